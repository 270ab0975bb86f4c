"""Zero-input limit cycles of sections: none, or the exact worst one, or what bounds them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxfir.analysis.coupled import coupled_cycles
from fxfir.analysis.cycles import Cycle, Region, find_cycles
from fxfir.analysis.seek import N_RUNS, seek, spread_words
from fxfir.analysis.shaped import shaped_cycles
from fxfir.analysis.spread import word_ends
from fxfir.analysis.stepper import State, Stepper
from fxfir.analysis.verdict import LimitCycles
from fxfir.arith.carry import rounding_range
from fxfir.arith.flow import section_flow
from fxfir.filters import Direct, Form, Section, StateSpace
from fxfir.fixed import Cast, Format, apply

__all__ = ["limit_cycles"]

Ints = NDArray[np.int64]

_MAX_STATES = 1 << 23
_INT64_BITS = 62
_SLOPES = (0, -1, 1, -2, 2)


def limit_cycles(
    section: Section, source_frac: int, *, max_states: int = _MAX_STATES
) -> LimitCycles:
    """Decide by exhaustive search whether a section oscillates on zero input.

    Parameters
    ----------
    section : Direct or StateSpace
        Stable.
    source_frac : int
        Fraction bits of its input.
    max_states : int, optional
        More states than this are not searched.

    Returns
    -------
    LimitCycles

    Raises
    ------
    StabilityError
        If the section is unstable.

    Notes
    -----
    On zero input every form is one recursion of second order, u[n] = F(u[n-1], u[n-2]): of y for
    df1 and df2t, of w for df2 and df1t, since the states of the transposed forms are made of those
    two words alone. In a cycle u is the sum of all rounding errors there ever were through 1/A, so
    it lies within their interval times the worst-case peak gain. So does u[n-1] + m u[n-2], through
    (1 + m/z)/A, which for poles near 1 is a thin strip: a search over both is exhaustive and yet
    has few states. Where the format itself is small, all its states are searched, overflow
    included. Where they are too many, the section is run from some of them and the largest cycle
    met is told, as what there is at least. Error feedback: `fxfir.analysis.shaped`; sections by
    their state equations: `fxfir.analysis.coupled`.

    References
    ----------
    .. [1] T. A. C. M. Claasen, W. F. G. Mecklenbraeuker, J. B. H. Peek, "Effects of quantization
       and overflow in recursive digital filters", IEEE Trans. ASSP 24, 1976.

    Examples
    --------
    >>> from fxfir.fixed import SQ, Rounding
    >>> def section(rounding):
    ...     return Direct(form="df1", b=(1, 0, 0), a=(-3, 0), b_coeff=SQ(2, 0), a_coeff=SQ(1, 2),
    ...                   state=None, out=Cast(to=SQ(16, 0), rounding=rounding))
    >>> print(limit_cycles(section(Rounding.HALF_UP), 0))
    up to 2 LSB of y, period 1, from y1 = 2, y2 = 2
    >>> print(limit_cycles(section(Rounding.TO_ZERO), 0))
    none (21 states searched)
    """
    if isinstance(section, StateSpace):
        return coupled_cycles(section, source_frac, max_states)
    flow = section_flow(section, source_frac)
    if any(section.feedback or ()) and flow.fracs["y"] > section.out.to.frac:
        return shaped_cycles(section, source_frac, max_states)
    word = "y" if section.form in (Form.DF1, Form.DF2T) else "w"
    cast = flow.casts[word]
    sources = flow.output if word == "y" else flow.sums["w"]
    low, high = Fraction(0), Fraction(0)
    for name, other in flow.casts.items():
        # The recursion's own casts: a state on the way, or the word itself.
        if name == word or any(sources.get(name, ())):
            unit = other.to.step / cast.to.step
            ends = rounding_range(other.rounding, flow.fracs[name] - other.to.frac)
            low, high = low + ends[0] * unit, high + ends[1] * unit
    strips = {m: word_ends((1, m), flow.a, low, high) for m in _SLOPES}
    inner = strips[0]
    found: dict[str, Any] = {"word": word, "low": inner[0], "high": inner[1], "whole": False}
    region = min((_region(inner, m, ends) for m, ends in strips.items()), key=lambda r: r.size)
    states = (cast.to.hi - cast.to.lo + 1) ** 2
    if states <= max(region.size, min(max_states, 1 << 16)):
        region = Region.box(cast.to.lo, cast.to.hi)
        found["whole"] = True
    machine = _Machine(section)
    unknown = LimitCycles(n_states=0, amplitude=None, period=None, start=None, exact=False, **found)
    if region.size > max_states or not machine.fits(max(-region.q_lo, region.q_hi)):
        if not machine.fits(max(-inner[0], inner[1])):
            return unknown
        stepper = Stepper(section, Format(signed=True, width=2, frac=source_frac))
        return seek(stepper, machine.spread(stepper, inner), unknown)
    cycles = [c for c in find_cycles(machine.step, region) if c.period > 1 or c.p[0] or c.q[0]]
    if not cycles:
        return LimitCycles(n_states=region.size, amplitude=0, period=None, start=None, **found)
    worst = max(cycles, key=lambda c: (machine.amplitude(c), int(np.max(np.abs(c.p)))))
    at = int(np.argmax(np.abs(worst.p)))
    return LimitCycles(
        n_states=region.size,
        amplitude=machine.amplitude(worst),
        period=worst.period,
        start=machine.states(int(worst.p[at]), int(worst.q[at])),
        **found,
    )


def _region(u: tuple[int, int], slope: int, d: tuple[int, int]) -> Region:
    return Region(p_lo=u[0], p_hi=u[1], q_lo=u[0], q_hi=u[1], d_lo=d[0], d_hi=d[1], slope=slope)


class _Machine:
    """A section's zero-input recursion on words, elementwise."""

    def __init__(self, section: Direct) -> None:
        self.section = section
        self.a_frac, self.b_frac = section.a_coeff.frac, section.b_coeff.frac

    def fits(self, largest: int) -> bool:
        """Tell whether all sums stay within int64."""
        section = self.section
        # A product, or a word brought to a product's fraction; the casts themselves shift down,
        # or up by what a coefficient with a negative fraction takes.
        factor = max(max(map(abs, (*section.a, *section.b))).bit_length(), self.a_frac, self.b_frac)
        casts = [c for c in (section.state, section.out) if c is not None]
        shifts = max(abs(c.to.frac - d.to.frac) for c in casts for d in casts)
        shifts += max(0, -self.a_frac, -self.b_frac)
        return factor + largest.bit_length() + shifts + 3 <= _INT64_BITS

    def step(self, u1: Ints, u2: Ints) -> tuple[Ints, Ints]:
        """Return u[n] and u[n-1]."""
        section = self.section
        a1, a2 = section.a
        match section.form:
            case Form.DF1 | Form.DF2:
                cast = section.out if section.form is Form.DF1 else _state(section)
                u = apply(cast, -a1 * u1 - a2 * u2, self.a_frac + cast.to.frac)
            case Form.DF1T:
                cast = _state(section)
                u = apply(cast, self._chain(u1, u2), cast.to.frac)
            case Form.DF2T:
                u = apply(section.out, self._chain(u1, u2), _state(section).to.frac)
        return np.asarray(u, dtype=np.int64), u1

    def states(self, u1: int, u2: int) -> dict[str, int]:
        """Return the state words after two words of the recursion."""
        pair = self._state(np.array([u1]), np.array([u2]))
        return {name: int(word[0]) for name, word in pair.items()}

    def spread(self, stepper: Stepper, ends: tuple[int, int]) -> State:
        """Return states to run from, their words spread over a range."""
        known = self._state(spread_words(*ends, 1), spread_words(*ends, 2))
        zero = np.zeros(N_RUNS, dtype=np.int64)
        return tuple(known.get(name, zero) for name in stepper.names)

    def _state(self, u1: Ints, u2: Ints) -> dict[str, Ints]:
        form = self.section.form
        if form in (Form.DF1, Form.DF2):
            name = "y" if form is Form.DF1 else "w"
            return {f"{name}1": u1, f"{name}2": u2}
        name = "s" if form is Form.DF2T else "r"
        return {
            f"{name}1": self._chain(u1, u2),
            f"{name}2": self._product(-self.section.a[1], u1),
        }

    def amplitude(self, cycle: Cycle) -> int:
        """Return the largest magnitude of the output's words in a cycle."""
        section = self.section
        if section.form in (Form.DF1, Form.DF2T):
            return int(np.max(np.abs(cycle.p)))
        w = cycle.p
        w1, w2 = np.roll(w, 1), np.roll(w, 2)
        b0, b1, b2 = section.b
        cast = _state(section)
        frac = self.b_frac + cast.to.frac
        if section.form is Form.DF2:
            y = apply(section.out, b0 * w + b1 * w1 + b2 * w2, frac)
        else:
            t2 = apply(cast, b2 * w2, frac)
            t1 = self._sum(b1 * w1, frac, t2, cast.to.frac, cast)
            y = self._sum(b0 * w, frac, t1, cast.to.frac, section.out)
        return int(np.max(np.abs(y)))

    def _chain(self, u1: Ints, u2: Ints) -> Ints:
        """Return the first state of a transposed form: S(-a1 u1 + S(-a2 u2))."""
        a1, a2 = self.section.a
        cast = _state(self.section)
        frac = self.a_frac + self._frac()
        return self._sum(-a1 * u1, frac, self._product(-a2, u2), cast.to.frac, cast)

    def _product(self, factor: int, u: Ints) -> Ints:
        return np.asarray(apply(_state(self.section), factor * u, self.a_frac + self._frac()))

    def _sum(self, left: Any, left_frac: int, right: Any, right_frac: int, cast: Cast) -> Ints:
        frac = max(left_frac, right_frac)
        total = left * (1 << (frac - left_frac)) + right * (1 << (frac - right_frac))
        return np.asarray(apply(cast, total, frac))

    def _frac(self) -> int:
        """Fraction bits of the word that is fed back."""
        section = self.section
        return section.out.to.frac if section.form is Form.DF2T else _state(section).to.frac


def _state(section: Direct) -> Cast:
    if section.state is None:
        raise ValueError(f"a {section.form.value} section needs a state cast, got None")
    return section.state
