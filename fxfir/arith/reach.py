"""What the sums inside a quantised cascade can reach, certified for every input.

A saturation that no input can trigger needs no gates, and a bit that no value uses needs no
register. Which ones those are is decided here, in exact fractions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from fxfir.arith.flow import INPUT, Flow, SectionFlow, section_flow, shape
from fxfir.arith.peak_gain import Block, cascade_peak_gains
from fxfir.arith.stability import is_stable
from fxfir.filters import FixedSos
from fxfir.fixed import Cast, Format, Rounding, round_shift

__all__ = ["Reach", "SectionReach", "cascade_reach", "linear_reach"]

_PRECISION = Fraction(1, 1 << 16)
_ROUGH = Fraction(1, 1 << 6)
_MOST_TERMS = 20_000
"""Of an impulse response; a longer one is bounded by its tail, a little above the truth."""
_NEAREST = (Rounding.HALF_UP, Rounding.HALF_DOWN, Rounding.HALF_AWAY, Rounding.HALF_EVEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Ends of an exact sum before its cast: no input whatever leads outside.

    Parameters
    ----------
    lo, hi : int
        Units of 2**-frac; lo <= 0 <= hi.
    frac : int
    cast : Cast
    """

    lo: int
    hi: int
    frac: int
    cast: Cast

    def sums(self, frac: int) -> tuple[int, int]:
        """Return the ends in units of 2**-frac, for a sum that has no finer bits."""
        up = frac - self.frac
        return (self.lo << up, self.hi << up) if up >= 0 else (-(-self.lo >> -up), self.hi >> -up)

    @property
    def words(self) -> tuple[int, int]:
        """Lowest and highest word that the cast makes of the sum."""
        shift = self.frac - self.cast.to.frac
        lo, hi = (int(round_shift(v, shift, self.cast.rounding)) for v in (self.lo, self.hi))
        return lo, hi

    @property
    def fits(self) -> bool:
        """Whether the cast neither saturates nor wraps on any of these sums."""
        return all(map(self.cast.to.contains, self.words))


SectionReach = Mapping[str, Reach]
"""Sums of a section by the name of the word that they become, those of `Form`: y, w, r1, ..."""


@lru_cache(maxsize=64)
def cascade_reach(sos: FixedSos) -> tuple[SectionReach | None, ...]:
    """Bound every sum of a cascade that no input drives out of its cast's format.

    Parameters
    ----------
    sos : FixedSos

    Returns
    -------
    tuple of (mapping of str to Reach) or None, shape (n_sections,)
        None for a section of which a cast may saturate or wrap.

    Notes
    -----
    While no cast has overflowed, a section is linear, and each cast adds an error of at most one
    rounding. So a sum is the input through one transfer function and each error through another;
    its range follows from the positive and the negative part of each impulse response,
    (L1 norm +- gain at 0 Hz) / 2. If that range lies inside the format at every cast of the
    section, then none of them overflows at the first sample, hence none at the second, and so on.

    Sections are taken together from the first one on; behind one that may overflow its output
    format is all that is known. Errors of earlier sections pass each later one by its own norm.

    References
    ----------
    .. [1] A. Volkova, T. Hilaire, C. Lauter, "Determining fixed-point formats for a digital filter
       implementation using the worst-case peak gain measure", Asilomar 2015: formats from the
       same argument.

    Examples
    --------
    >>> from fxfir.filters import Direct
    >>> from fxfir.fixed import SQ
    >>> half = Direct(form="df1", b=(2, 0, 0), a=(-2, 0), b_coeff=SQ(2, 2), a_coeff=SQ(2, 2),
    ...               state=None, out=Cast(to=SQ(2, 7)))
    >>> sos = FixedSos(sections=(half,), input=SQ(1, 7), output=Cast(to=SQ(1, 7)))
    >>> cascade_reach(sos)[0]["y"].words
    (-128, 128)
    """
    found: list[SectionReach | None] = []
    source = sos.input
    while len(found) < len(sos.sections):
        run = _run_from(sos, len(found), source)
        found += [reach if _fit(reach) else None for reach in run]
        if len(found) == len(sos.sections):
            break
        if not run or found[-1] is not None:
            found.append(None)
        source = sos.sections[len(found) - 1].out.to
    return tuple(found)


def linear_reach(sos: FixedSos, *, max_terms: int = _MOST_TERMS) -> tuple[SectionReach, ...]:
    """Bound the sums of a cascade for as long as no cast has overflowed.

    Parameters
    ----------
    sos : FixedSos
    max_terms : int, optional
        Of an impulse response; the bounds of a response that is longer are wider.

    Returns
    -------
    tuple of mapping of str to Reach
        Of the sections in order, up to and including the first of which a cast may overflow or
        up to, and without, the first that is unstable.
    """
    return _run_from(sos, 0, sos.input, max_terms)


@lru_cache(maxsize=64)
def _run_from(
    sos: FixedSos, first: int, source: Format, max_terms: int = _MOST_TERMS
) -> tuple[SectionReach, ...]:
    parts = _parts(sos, max_terms)[first:]
    return tuple(_run(parts, source.lo * source.step, source.hi * source.step, max_terms))


@lru_cache(maxsize=64)
def _parts(sos: FixedSos, max_terms: int) -> tuple[_Part, ...]:
    pairs = zip(sos.sections, sos.section_inputs, strict=True)
    return tuple(_Part(section_flow(spec, source.frac), max_terms) for spec, source in pairs)


def _fit(reach: SectionReach) -> bool:
    return all(r.fits for r in reach.values())


class _Part:
    """A section and how much of each of its rounding errors its signals show at most."""

    def __init__(self, flow: SectionFlow, max_terms: int) -> None:
        self.flow = flow
        self.max_terms = max_terms
        self.stable = is_stable(*flow.a)
        self.own: dict[str, Fraction] = {}
        self.through: dict[str, Fraction] = {}
        if self.stable:
            self._measure({**flow.sums, "": flow.output})

    def block(self) -> Block:
        """The section as a link of a cascade, its sums as probes."""
        probes = tuple(sum_[INPUT] for sum_ in self.flow.sums.values())
        return Block(b=self.flow.b, a=self.flow.a, probes=probes)

    def steady(self, name: str = "") -> Fraction:
        """Gain at 0 Hz from the input to a sum, or to the output."""
        flow = self.flow.sums[name] if name else self.flow.output
        return sum(flow[INPUT], Fraction(0)) / (1 + sum(self.flow.a))

    def _measure(self, signals: Mapping[str, Flow]) -> None:
        shapes = sorted({shape(w) for flow in signals.values() for w in flow.values()})
        block = Block(b=self.flow.b, a=self.flow.a, probes=tuple(shapes))
        gains = cascade_peak_gains([block], relative=_ROUGH, max_terms=self.max_terms)[0]
        norms = dict(zip(shapes, (g.upper for g in gains[1:]), strict=True))
        for name, flow in signals.items():
            self.through[name] = norms[shape(flow[INPUT])]
            self.own[name] = sum(
                (
                    norms[shape(weights)] * _error(self.flow.casts[cast], self.flow.fracs[cast])
                    for cast, weights in flow.items()
                    if cast != INPUT
                ),
                Fraction(0),
            )


def _run(
    parts: Sequence[_Part], low: Fraction, high: Fraction, max_terms: int
) -> list[SectionReach]:
    """Bound sections that are linear together, up to the first of which a cast may overflow.

    That one is the last entry; an unstable one is not an entry.
    """
    parts = parts[: next((k for k, part in enumerate(parts) if not part.stable), len(parts))]
    if not parts:
        return []
    blocks = [part.block() for part in parts]
    gains = cascade_peak_gains(blocks, relative=_PRECISION, max_terms=max_terms)
    found: list[SectionReach] = []
    steady, arriving = Fraction(1), Fraction(0)
    for part, (_, *norms) in zip(parts, gains, strict=True):
        reach: dict[str, Reach] = {}
        for name, norm in zip(part.flow.sums, norms, strict=True):
            level = steady * part.steady(name)
            rising, falling = (norm.upper + level) / 2, (norm.upper - level) / 2
            rest = arriving * part.through[name] + part.own[name]
            frac = part.flow.fracs[name]
            one = Fraction(2) ** frac
            bottom = rising * low - falling * high - rest
            top = rising * high - falling * low + rest
            reach[name] = Reach(
                lo=-int(-bottom * one), hi=int(top * one), frac=frac, cast=part.flow.casts[name]
            )
        found.append(reach)
        if not _fit(reach):
            break
        steady *= part.steady()
        arriving = arriving * part.through[""] + part.own[""]
    return found


def _error(cast: Cast, frac: int) -> Fraction:
    """Largest magnitude of what a cast rounds away, as a value."""
    if frac <= cast.to.frac:
        return Fraction(0)
    return cast.to.step / 2 if cast.rounding in _NEAREST else cast.to.step
