"""Zero-input limit cycles of sections: none, or the exact worst one, or what bounds them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxfir.analysis.coupled import coupled_cycles
from fxfir.analysis.cycles import Cycle, Region, find_cycles
from fxfir.arith import peak_gain
from fxfir.arith.carry import Carry, rounding_range
from fxfir.arith.flow import section_flow
from fxfir.filters import Direct, Form, Section, StateSpace
from fxfir.fixed import Cast, apply

__all__ = ["LimitCycles", "limit_cycles"]

Ints = NDArray[np.int64]

_MAX_STATES = 1 << 23
_MAX_TERMS = 1 << 17
_INT64_BITS = 62
_SLOPES = (0, -1, 1, -2, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitCycles:
    """What a section does when its input has become 0.

    Parameters
    ----------
    word : str
        The word whose recursion decides: y (df1, df2t), w (df2, df1t) or s1 (state equations).
    low, high : int
        Ends of that word in any cycle that no cast overflows in.
    n_states : int
        States that were searched, all there are in question; 0 where they are too many, so that
        the ends above are all that is known.
    amplitude : int or None
        Largest magnitude of the section's output y in any cycle, in its LSB; 0 if there is none,
        None where nothing was searched.
    period : int or None
        Of a cycle with that amplitude, or of the largest one that never reaches y.
    start : mapping of str to int or None
        State words from which that cycle runs, named as in `Form`: y1, y2; w1, w2; r1, r2; s1, s2.
    whole : bool
        Whether all states of the format were searched, with everything that overflows among them;
        otherwise the claim is for what runs without overflow.
    """

    word: str
    low: int
    high: int
    n_states: int
    amplitude: int | None
    period: int | None
    start: Mapping[str, int] | None
    whole: bool

    @property
    def searched(self) -> bool:
        """Whether the verdict is exact."""
        return self.n_states > 0

    @property
    def none(self) -> bool:
        """Whether it is certain that every state ends at 0."""
        return self.searched and self.period is None

    def __str__(self) -> str:
        """Return the verdict in a few words."""
        if not self.searched:
            return f"not searched; {self.word} stays within [{self.low}, {self.high}] LSB"
        reach = "all states" if self.whole else f"{self.n_states} states"
        if self.none:
            return f"none ({reach} searched)"
        start = ", ".join(f"{name} = {value}" for name, value in (self.start or {}).items())
        return f"up to {self.amplitude} LSB of y, period {self.period}, from {start}"


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
    included. Error feedback has four states and is bounded only. Sections by their state equations:
    `fxfir.analysis.coupled`.

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
    shaped = section.feedback is not None and any(section.feedback)
    shapes = {m: (1, m) for m in _SLOPES} if not shaped else {0: (1, *(section.feedback or ()))}
    strips = {m: _ends(shape, flow.a, low, high) for m, shape in shapes.items()}
    inner = strips[0]
    found: dict[str, Any] = {"word": word, "low": inner[0], "high": inner[1], "whole": False}
    unknown = LimitCycles(n_states=0, amplitude=None, period=None, start=None, **found)
    if shaped:
        return unknown
    region = min((_region(inner, m, ends) for m, ends in strips.items()), key=lambda r: r.size)
    states = (cast.to.hi - cast.to.lo + 1) ** 2
    if states <= max(region.size, min(max_states, 1 << 16)):
        region = Region.box(cast.to.lo, cast.to.hi)
        found["whole"] = True
    machine = _Machine(section)
    if region.size > max_states or not machine.fits(max(-region.q_lo, region.q_hi)):
        return unknown
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


def _ends(
    shape: tuple[int, ...], a: tuple[Fraction, ...], low: Fraction, high: Fraction
) -> tuple[int, int]:
    """Return the integers between which errors in [low, high] stay behind shape / A."""
    gain = peak_gain(shape, a, relative=Fraction(1, 1 << 16), max_terms=_MAX_TERMS).upper
    steady = Fraction(sum(shape), 1 + sum(a))
    ends = Carry(gain=max(gain, abs(steady)), steady=steady).range(low, high)
    return math.ceil(ends[0]), math.floor(ends[1])


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
        form = self.section.form
        if form in (Form.DF1, Form.DF2):
            name = "y" if form is Form.DF1 else "w"
            return {f"{name}1": u1, f"{name}2": u2}
        name = "s" if form is Form.DF2T else "r"
        pair = np.array([u1]), np.array([u2])
        return {
            f"{name}1": int(self._chain(*pair)[0]),
            f"{name}2": int(self._product(-self.section.a[1], pair[0])[0]),
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
