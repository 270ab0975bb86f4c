"""Zero-input limit cycles of sections that feed their rounding errors back."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from fxfir.analysis.cycles import Cycle, Region, find_cycles
from fxfir.analysis.seek import seek, spread_words
from fxfir.analysis.spread import word_ends
from fxfir.analysis.stepper import Ints, State, Stepper
from fxfir.analysis.verdict import LimitCycles
from fxfir.arith.carry import rounding_range
from fxfir.arith.flow import section_flow
from fxfir.filters import Direct
from fxfir.fixed import Format, apply, round_shift

__all__ = ["shaped_cycles"]

_SLOPES = (0, -1, 1, -2, 2)
_SMALL = 1 << 16


def shaped_cycles(section: Direct, source_frac: int, max_states: int) -> LimitCycles:
    """Decide whether a df1 section with error feedback oscillates on zero input.

    Parameters
    ----------
    section : Direct
        Stable, with error feedback of which something is dropped.
    source_frac : int
        Fraction bits of its input.
    max_states : int
        More states than this are not searched.

    Notes
    -----
    A sum v before its cast holds the word and the error, y = round(v) and err = v - round(v), so
    the four states are the last two sums, and v[n] = F(v[n-1], v[n-2]). In a cycle v is the sum of
    all errors through (A - E) / A, E = 1 + e1/z + e2/z**2, and y through E / A. That decides where
    |y| < 1. Else the pairs (v[n-1], v[n-2]) inside are searched; with e2 = 0 the older error is
    not used and y[n-2] is enough: a few states for each error. Where there are too many pairs the
    section is run from some of them: a cycle that reaches the ends of y is the largest there is.

    Errors that stay for ever while y is 0 are no limit cycle.
    """
    machine = _Shaped(section, source_frac)
    flow = machine.flow
    (a1, a2), (e1, e2) = flow.a, (Fraction(e) for e in section.feedback or (0, 0))
    ends = rounding_range(section.out.rounding, machine.dropped)
    low, high = word_ends((1, e1, e2), flow.a, *ends)
    found: dict[str, Any] = {"word": "y", "low": low, "high": high, "whole": False}
    unit = 1 << machine.dropped
    errors = -ends[1] * unit, -ends[0] * unit
    difference = (a1 - e1, a2 - e2)
    strips = {m: word_ends(_times(difference, m), flow.a, *errors) for m in _SLOPES}
    inner = strips[0]
    regions = [machine.region(inner, (low, high), m, d) for m, d in strips.items()]
    region = min(regions, key=lambda r: r.size)
    to = section.out.to
    everything = machine.region(machine.sums(), (to.lo, to.hi), 0, machine.sums())
    if everything.size <= max(region.size, min(max_states, _SMALL)):
        region = everything
        found["whole"] = True
    elif not (low or high):
        return LimitCycles(n_states=0, amplitude=0, period=None, start=None, **found)
    largest = max(-region.p_lo, region.p_hi) >> machine.dropped
    if region.size > max_states or not machine.stepper.fits(largest + 1):
        unknown = LimitCycles(
            n_states=0, amplitude=None, period=None, start=None, exact=False, **found
        )
        return seek(machine.stepper, machine.state(*_pairs(region, inner)), unknown)
    cycles = find_cycles(machine.step, region, member=lambda p, q: machine.word(p) != 0)
    if not cycles:
        return LimitCycles(n_states=region.size, amplitude=0, period=None, start=None, **found)
    worst = max(cycles, key=machine.amplitude)
    at = int(np.argmax(np.abs(machine.word(worst.p))))
    state = machine.unpacked(worst.p[at : at + 1], worst.q[at : at + 1])
    return LimitCycles(
        n_states=region.size,
        amplitude=machine.amplitude(worst),
        period=worst.period,
        start={name: int(word[0]) for name, word in zip(machine.stepper.names, state, strict=True)},
        **found,
    )


class _Shaped:
    """The recursion of sums; where the older error is not used, of a sum and the word before it."""

    def __init__(self, section: Direct, source_frac: int) -> None:
        self.section = section
        self.flow = section_flow(section, source_frac)
        self.frac = self.flow.fracs["y"]
        self.dropped = self.frac - section.out.to.frac
        self.stepper = Stepper(section, Format(signed=True, width=2, frac=source_frac))
        self.short = not (section.feedback or (0, 0))[1]

    def sums(self) -> tuple[int, int]:
        """Return the ends of all sums that words of the format and errors can make."""
        section = self.section
        y, most = section.out.to, 1 << self.dropped
        up = self.frac - section.a_coeff.frac - y.frac
        size = sum(abs(a) for a in section.a) * max(-y.lo, y.hi) << up
        size += sum(abs(e) for e in section.feedback or ()) * most
        return -size, size

    def region(
        self, v: tuple[int, int], y: tuple[int, int], slope: int, joint: tuple[int, int]
    ) -> Region:
        """Return the pairs to search, given the ends of v, y and v[n] + slope v[n-1]."""
        if self.short:
            return Region(p_lo=v[0], p_hi=v[1], q_lo=y[0], q_hi=y[1], d_lo=v[0], d_hi=v[1])
        return Region(
            p_lo=v[0],
            p_hi=v[1],
            q_lo=v[0],
            q_hi=v[1],
            d_lo=joint[0],
            d_hi=joint[1],
            slope=slope,
        )

    def word(self, v: Ints) -> Ints:
        """Return y of sums."""
        return np.asarray(apply(self.section.out, v, self.frac), dtype=np.int64)

    def amplitude(self, cycle: Cycle) -> int:
        """Return the largest magnitude of y in a cycle."""
        return int(np.max(np.abs(self.word(cycle.p))))

    def step(self, p: Ints, q: Ints) -> tuple[Ints, Ints]:
        """Return the next sum, and what is kept of the last one."""
        section = self.section
        y1, y2, err1, err2 = self.unpacked(p, q)
        (a1, a2), (e1, e2) = section.a, section.feedback or (0, 0)
        up = self.frac - section.a_coeff.frac - section.out.to.frac
        v = ((-a1 * y1 - a2 * y2) << up) - e1 * err1 - e2 * err2
        return v, y1 if self.short else p

    def state(self, v1: Ints, v2: Ints) -> State:
        """Return the words behind two sums: y1, y2, err1, err2."""
        return self.word(v1), self.word(v2), self._error(v1), self._error(v2)

    def unpacked(self, p: Ints, q: Ints) -> State:
        """Return the words that a searched pair stands for."""
        if self.short:
            return self.word(p), q, self._error(p), np.zeros_like(p)
        return self.state(p, q)

    def _error(self, v: Ints) -> Ints:
        kept = np.asarray(round_shift(v, self.dropped, self.section.out.rounding), dtype=np.int64)
        return v - (kept << self.dropped)


def _times(weights: tuple[Fraction, Fraction], slope: int) -> tuple[Fraction, ...]:
    """Return weights * (1 + slope / z), which is what v[n] + slope v[n-1] is made of."""
    first, second = weights
    return (first, second + slope * first, slope * second)


def _pairs(region: Region, v: tuple[int, int]) -> tuple[Ints, Ints]:
    """Return pairs of sums to start from, inside a region of such pairs or in the range of v."""
    first = spread_words(*v, 1)
    if not region.slope:
        return first, spread_words(*v, 2)
    joint = spread_words(region.d_lo, region.d_hi, 2)
    return first, np.clip((joint - first) // region.slope, *v)
