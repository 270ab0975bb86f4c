"""Coefficient words and what decides the formats to the SOS contract."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from fxfir.analysis.poles import PolePair, pole_pair
from fxfir.filters import Direct, FixedSos
from fxfir.fixed import Cast, Format
from fxfir.quantize.arrange import Grid
from fxfir.quantize.casts import lay_out
from fxfir.quantize.layout import Layout
from fxfir.quantize.norms import NEAREST, OutputRange, output_range, prove_norms
from fxfir.quantize.sections import ExactSection
from fxfir.quantize.words import SectionWords

if TYPE_CHECKING:
    from fxfir.quantize.optimise.fir import SearchReport

__all__ = ["Cascade", "QuantizedSos", "SectionReport", "assemble", "output_needed"]

_MANY_GUARD_BITS = 16
_FAIR_DB = 40.0
_GOOD_DB = 60.0
_DB_PER_BIT = 6.02


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionReport:
    """What became of one section.

    Parameters
    ----------
    origin : int
        Row of the caller's sos that the poles came from.
    before, after : PolePair
        Poles of the exact coefficients and of the words.
    guard_bits : int
        Fraction bits of the section's output beyond the filter's output.
    """

    origin: int
    before: PolePair
    after: PolePair
    guard_bits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantizedSos:
    """A cascade in integers, and what it was made from.

    Parameters
    ----------
    filter : FixedSos
        The contract.
    ideal : tuple of tuples of Fraction, shape (n_sections, 6)
        The rows as given, divided by their a0, in the caller's order.
    gain : Fraction
        What the filter was multiplied by: 1, as the gain of a cascade is never changed.
    sections : tuple of SectionReport
        In the order of the filter.
    rounded_db, searched_db : float
        Energy of the ideal response over that of the error that coefficient words make, in dB:
        rounded one by one, and as they are now.
    output_needed : Format
        The output format itself if no input overflows it; else the narrowest that is safe for
        certain, with the same fraction.
    notes : tuple of str
        What a user may want to know.
    warnings : tuple of str
        What a user should look at; the filter is usable all the same.
    search : SearchReport or None
        What a search on request came to.
    """

    filter: FixedSos
    ideal: tuple[tuple[Fraction, ...], ...]
    gain: Fraction
    sections: tuple[SectionReport, ...]
    rounded_db: float
    searched_db: float
    output_needed: Format
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    search: SearchReport | None = None

    @property
    def output_fits(self) -> bool:
        """Whether it is certain that no input overflows the output format."""
        return self.output_needed == self.filter.output.to


@dataclass(frozen=True, slots=True, kw_only=True)
class Cascade:
    """A caller's sections on their way to words.

    Parameters
    ----------
    exact : tuple of ExactSection
        As given.
    scaled : tuple of ExactSection
        Arranged and with the gain distributed.
    normalised : bool
        Whether any a0 differed from 1.
    """

    exact: tuple[ExactSection, ...]
    scaled: tuple[ExactSection, ...]
    normalised: bool


def assemble(
    cascade: Cascade,
    words: Sequence[SectionWords],
    layout: Layout,
    grid: Grid,
    *,
    ratios_db: tuple[float, float],
    warn_of_words: bool = True,
) -> QuantizedSos:
    """Lay out the casts of coefficient words and make the contract.

    Parameters
    ----------
    cascade : Cascade
    words : sequence of SectionWords
        Of `cascade.scaled`.
    layout : Layout
    grid : Grid
    ratios_db : (float, float)
        `rounded_db` and `searched_db` of the result.
    warn_of_words : bool, optional
        Say where the words keep the response but coarsely; not of words searched for something
        else than that, such as a mask.
    """
    exact, scaled, cast, feedback = cascade.exact, cascade.scaled, layout.output, layout.feedback
    norms = prove_norms(words, layout)
    casts = lay_out(words, layout, grid, norms)
    filter = FixedSos(
        sections=tuple(
            Direct(
                form=layout.form,
                b=w.b,
                a=w.a,
                b_coeff=w.b_coeff,
                a_coeff=w.a_coeff,
                state=c.state,
                out=c.out,
                feedback=None if feedback is None else feedback[k],
            )
            for k, (w, c) in enumerate(zip(words, casts, strict=True))
        ),
        input=layout.input,
        output=cast,
    )
    reports = tuple(
        SectionReport(
            origin=s.origin,
            before=pole_pair(*s.a),
            after=pole_pair(*w.values()[1]),
            guard_bits=c.out.to.frac - cast.to.frac,
        )
        for s, w, c in zip(scaled, words, casts, strict=True)
    )
    needed, warnings = output_needed(cast, output_range(words, casts, layout, norms))
    if warn_of_words:
        warnings += _coefficient_warnings(ratios_db[1])
    warnings += _guard_warnings(reports)
    return QuantizedSos(
        filter=filter,
        ideal=tuple((*s.b, Fraction(1), *s.a) for s in exact),
        gain=Fraction(1),
        sections=reports,
        rounded_db=ratios_db[0],
        searched_db=ratios_db[1],
        output_needed=needed,
        notes=_notes(exact, scaled, cascade.normalised),
        warnings=tuple(warnings),
    )


def output_needed(cast: Cast, reach: OutputRange) -> tuple[Format, list[str]]:
    """Return the output format that no input overflows, and a warning where it is another."""
    to = cast.to
    low, high = reach.low / to.step, reach.high / to.step
    if cast.rounding in NEAREST:
        # A nearest rounding moves a value by half an LSB at most, any other by less than one.
        lo, hi = math.ceil(low - Fraction(1, 2)), math.floor(high + Fraction(1, 2))
    else:
        lo, hi = math.floor(low), math.ceil(high)
    if to.contains(lo) and to.contains(hi):
        return to, []
    needed = Format.holding(lo, hi, to.frac)
    text = (
        f"the output range [{float(reach.low):.6g}, {float(reach.high):.6g}] exceeds {to} "
        f"and may {cast.overflow.value}; {needed} fits"
    )
    return needed, [text]


def _notes(
    exact: tuple[ExactSection, ...], scaled: tuple[ExactSection, ...], normalised: bool
) -> tuple[str, ...]:
    notes = []
    if normalised:
        notes.append("rows are divided by their a0")
    order = [s.origin for s in scaled]
    if order != list(range(len(exact))):
        notes.append("sections run in the order " + ", ".join(map(str, order)))
    return tuple(notes)


def _coefficient_warnings(reached_db: float) -> list[str]:
    if reached_db >= _FAIR_DB:
        return []
    bits = math.ceil((_GOOD_DB - reached_db) / _DB_PER_BIT)
    text = (
        f"coefficient words keep the response to {reached_db:.1f} dB only; "
        f"coeff_width wider by {bits} bits would reach about {_GOOD_DB:g} dB"
    )
    return [text]


def _guard_warnings(reports: tuple[SectionReport, ...]) -> list[str]:
    worst = max(reports, key=lambda r: r.guard_bits)
    if worst.guard_bits <= _MANY_GUARD_BITS:
        return []
    text = (
        f"section {worst.origin} needs {worst.guard_bits} guard bits against round-off noise; "
        "df1 with error feedback needs fewer"
    )
    return [text]
