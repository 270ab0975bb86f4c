"""Zero-input limit cycles of sections by their state equations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxfir.analysis.cycles import Cycle, Region, find_cycles
from fxfir.analysis.seek import seek, spread_words
from fxfir.analysis.spread import carry
from fxfir.analysis.stepper import Stepper
from fxfir.analysis.verdict import LimitCycles
from fxfir.arith.carry import Carry, rounding_range
from fxfir.arith.flow import SectionFlow, section_flow
from fxfir.filters import StateSpace
from fxfir.fixed import Format, apply

__all__ = ["coupled_cycles"]

Ints = NDArray[np.int64]
Weights = tuple[Fraction, ...]

_SMALL = 1 << 16
_INT64_BITS = 62
_SLOPES = (0, -1, 1)


def coupled_cycles(section: StateSpace, source_frac: int, max_states: int) -> LimitCycles:
    """Decide by exhaustive search whether a coupled section oscillates on zero input.

    Parameters
    ----------
    section : StateSpace
        Stable.
    source_frac : int
        Fraction bits of its input.
    max_states : int
        More states than this are not searched.

    Notes
    -----
    As for direct forms, with both states in place of two words of one recursion: each is the sum of
    both casts' errors through its own response, and so is s1 + m s2.
    """
    flow = section_flow(section, source_frac)
    to = section.state.to
    s1, s2 = (_weights(flow, name) for name in ("s1", "s2"))
    ends = rounding_range(section.state.rounding, section.a_coeff.frac)
    first, second = (_range(flow, weights, ends) for weights in (s1, s2))
    regions = []
    for slope in _SLOPES:
        joint = {k: tuple(u + slope * v for u, v in zip(s1[k], s2[k], strict=True)) for k in s1}
        low, high = _range(flow, joint, ends)
        regions.append(
            Region(
                p_lo=first[0],
                p_hi=first[1],
                q_lo=second[0],
                q_hi=second[1],
                d_lo=low,
                d_hi=high,
                slope=slope,
            )
        )
    region = min(regions, key=lambda r: r.size)
    whole = (to.hi - to.lo + 1) ** 2 <= max(region.size, min(max_states, _SMALL))
    if whole:
        region = Region.box(to.lo, to.hi)
    found: dict[str, Any] = {"word": "s1", "low": first[0], "high": first[1], "whole": whole}
    largest = max(-region.p_lo, region.p_hi, -region.q_lo, region.q_hi)
    if region.size > max_states or not _fits(section, largest):
        unknown = LimitCycles(
            n_states=0, amplitude=None, period=None, start=None, exact=False, **found
        )
        if not _fits(section, max(-first[0], first[1], -second[0], second[1])):
            return unknown
        stepper = Stepper(section, Format(signed=True, width=2, frac=source_frac))
        return seek(stepper, (spread_words(*first, 1), spread_words(*second, 2)), unknown)

    def step(p: Ints, q: Ints) -> tuple[Ints, Ints]:
        frac = section.a_coeff.frac + to.frac
        (a11, a12), (a21, a22) = section.a
        return (
            np.asarray(apply(section.state, a11 * p + a12 * q, frac), dtype=np.int64),
            np.asarray(apply(section.state, a21 * p + a22 * q, frac), dtype=np.int64),
        )

    cycles = [c for c in find_cycles(step, region) if np.any(c.p) or np.any(c.q)]
    if not cycles:
        return LimitCycles(n_states=region.size, amplitude=0, period=None, start=None, **found)
    worst = max(cycles, key=lambda c: (_amplitude(section, c), int(np.max(np.abs(c.p)))))
    at = int(np.argmax(np.abs(worst.p)))
    return LimitCycles(
        n_states=region.size,
        amplitude=_amplitude(section, worst),
        period=worst.period,
        start={"s1": int(worst.p[at]), "s2": int(worst.q[at])},
        **found,
    )


def _weights(flow: SectionFlow, name: str) -> dict[str, Weights]:
    """Return what both casts' errors contribute to a state word, over A."""
    whole = (Fraction(1), *flow.a)
    found = {}
    for source in ("s1", "s2"):
        # A sum and, after its cast, the cast's own error at once.
        own = whole if source == name else ()
        pairs = zip_longest(flow.sums[name].get(source, ()), own, fillvalue=Fraction(0))
        weights = tuple(u + v for u, v in pairs)
        found[source] = (*weights, *[Fraction(0)] * (len(whole) - len(weights)))
    return found


def _range(
    flow: SectionFlow, weights: dict[str, Weights], ends: tuple[Fraction, Fraction]
) -> tuple[int, int]:
    low, high = Fraction(0), Fraction(0)
    for shape in weights.values():
        part = _carry(shape, flow.a).range(*ends)
        low, high = low + part[0], high + part[1]
    return math.ceil(low), math.floor(high)


def _carry(shape: Sequence[Fraction], a: Weights) -> Carry:
    if not any(shape):
        return Carry(gain=Fraction(0), steady=Fraction(0))
    return carry(shape, a)


def _amplitude(section: StateSpace, cycle: Cycle) -> int:
    c1, c2 = section.c
    frac = section.c_coeff.frac + section.state.to.frac
    y = apply(section.out, c1 * cycle.p + c2 * cycle.q, frac)
    return int(np.max(np.abs(y)))


def _fits(section: StateSpace, largest: int) -> bool:
    words = [abs(word) for row in (*section.a, section.c) for word in row]
    fracs = (section.a_coeff.frac, section.c_coeff.frac)
    up = max(0, section.out.to.frac - section.state.to.frac, *(-f for f in fracs))
    bits = max(max(words).bit_length(), *fracs) + largest.bit_length()
    return bits + up + 3 <= _INT64_BITS
