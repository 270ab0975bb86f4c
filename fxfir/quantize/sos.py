"""Second-order sections and word lengths to the SOS contract."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Any, TypeVar

from fxfir.analysis.poles import PolePair, pole_pair
from fxfir.errors import FormatError, SectionError
from fxfir.filters import Direct, FixedSos, Form
from fxfir.fixed import Cast, Format, Overflow, Rounding
from fxfir.quantize.arrange import Grid, arrange, as_given
from fxfir.quantize.casts import lay_out
from fxfir.quantize.coefficients import check_width, narrowest
from fxfir.quantize.fir import DEFAULT_INPUT
from fxfir.quantize.layout import Layout
from fxfir.quantize.norms import NEAREST, OutputRange, output_range, prove_norms
from fxfir.quantize.scaling import Scaling, scale_sections
from fxfir.quantize.sections import ExactSection, read_sections
from fxfir.quantize.words import SectionWords, round_words, search_words

Kind = TypeVar("Kind", bound=Enum)

__all__ = ["QuantizedSos", "SectionReport", "quantize_sos"]

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

    @property
    def output_fits(self) -> bool:
        """Whether it is certain that no input overflows the output format."""
        return self.output_needed == self.filter.output.to


def quantize_sos(
    sos: Any,
    *,
    input: Format = DEFAULT_INPUT,
    output: Format | None = None,
    coeff_width: int = 18,
    max_coeff_frac: int | None = None,
    form: Form | str = Form.DF2T,
    scaling: Scaling | str = Scaling.LINF,
    rearrange: bool = True,
    search: bool = True,
    guard_bits: int | None = None,
    section_width: int | None = None,
    error_feedback: bool = False,
    rounding: Rounding = Rounding.HALF_EVEN,
    overflow: Overflow = Overflow.SATURATE,
) -> QuantizedSos:
    """Pair, order, scale and round second-order sections.

    Parameters
    ----------
    sos : array_like of real numbers, shape (n_sections, 6)
        Rows [b0, b1, b2, a0, a1, a2], scipy's signs; divided by a0 where it is not 1.
    input : Format, optional
    output : Format, optional
        The input format unless given.
    coeff_width : int, optional
        Bits that a coefficient may take; b and a of every section have a format of their own,
        with the greatest fraction that fits and no bits that all words leave unused.
    max_coeff_frac : int, optional
        Fraction bits that no coefficient may exceed; free unless given.
    form : Form or str, optional
        df1, df2, df1t or df2t.
    scaling : Scaling or str, optional
        linf (no steady sinusoid overflows inside), l1 (nothing does, proven), l2 or none.
    rearrange : bool, optional
        Pair zeros with poles and order the sections for the least round-off noise.
    search : bool, optional
        Move coefficient words together so that their errors cancel, instead of rounding each.
    guard_bits : int, optional
        Fraction bits of all states and section outputs beyond the output's. Unless given, as many
        as keep the inner round-off noise at or below a quarter of that of the output rounding.
    section_width : int, optional
        Bits of all states and section outputs, instead of `guard_bits`.
    error_feedback : bool, optional
        df1 only: feed the rounding error back through the integers nearest to a1, a2, which
        takes most noise out of low cutoffs at the price of two additions.
    rounding, overflow : optional
        Of the output. Inner casts round alike and always saturate.

    Returns
    -------
    QuantizedSos

    Raises
    ------
    SectionError
        If the shape is wrong, a number is not finite and real, an a0 or a numerator is zero, a
        numerator rounds to zero, or an option does not go with the form.
    StabilityError
        If a pole is on or outside the unit circle, before or after rounding; with section and
        radius.
    FormatError
        If a width is out of range.

    Notes
    -----
    The transfer function of the exact cascade is kept exactly: numerators, denominators and the
    total gain move between sections, none is recomputed from rounded roots.

    Examples
    --------
    >>> made = quantize_sos([[0.25, 0.5, 0.25, 1.0, -0.5, 0.25]])
    >>> made.filter.sections[0].b, str(made.filter.sections[0].b_coeff)
    ((1, 2, 1), 'sfix3_En2')
    """
    structure, norm = _member(Form, form, "form"), _member(Scaling, scaling, "scaling")
    check_width(coeff_width, "coeff_width")
    _check_options(structure, guard_bits, section_width, error_feedback)
    exact, normalised = read_sections(sos)
    grid = Grid(exact)
    arranged = arrange(exact, grid) if rearrange else as_given(exact)
    scaled = scale_sections(arranged, norm, grid, max_coeff_frac)
    words = tuple(round_words(s, coeff_width, max_coeff_frac) for s in scaled)
    words, rounded_db, searched_db = search_words(scaled, words, grid, passes=4 if search else 0)
    words = tuple(_trimmed(w) for w in words)
    cast = Cast(to=input if output is None else output, rounding=rounding, overflow=overflow)
    feedback = tuple(_feedback(w) for w in words) if error_feedback else None
    layout = Layout(
        form=structure,
        input=input,
        output=cast,
        scaling=norm,
        guard_bits=guard_bits,
        section_width=section_width,
        feedback=feedback,
    )
    norms = prove_norms(words, layout)
    casts = lay_out(words, layout, grid, norms)
    filter = FixedSos(
        sections=tuple(
            Direct(
                form=structure,
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
        input=input,
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
    needed, warnings = _output_needed(cast, output_range(words, casts, layout, norms))
    warnings += _coefficient_warnings(searched_db) + _guard_warnings(reports)
    return QuantizedSos(
        filter=filter,
        ideal=tuple((*s.b, Fraction(1), *s.a) for s in exact),
        gain=Fraction(1),
        sections=reports,
        rounded_db=rounded_db,
        searched_db=searched_db,
        output_needed=needed,
        notes=_notes(exact, scaled, normalised),
        warnings=tuple(warnings),
    )


def _member(kind: type[Kind], value: Kind | str, what: str) -> Kind:
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(m.value for m in kind)
        raise SectionError(f"{what} must be one of {known}, got {value!r}") from None


def _check_options(
    form: Form, guard_bits: int | None, section_width: int | None, error_feedback: bool
) -> None:
    if guard_bits is not None and section_width is not None:
        raise FormatError(
            "give guard_bits or section_width, not both, "
            f"got guard_bits = {guard_bits} and section_width = {section_width}"
        )
    if guard_bits is not None and (isinstance(guard_bits, bool) or not isinstance(guard_bits, int)):
        raise FormatError(f"guard_bits must be an integer, got {guard_bits!r}")
    if section_width is not None:
        check_width(section_width, "section_width")
    if error_feedback and form is not Form.DF1:
        raise SectionError(f"error feedback needs form df1, got {form.value}")


def _trimmed(words: SectionWords) -> SectionWords:
    b, b_coeff = narrowest(words.b, words.b_coeff.frac)
    a, a_coeff = narrowest(words.a, words.a_coeff.frac)
    return SectionWords(b=b, a=a, b_coeff=b_coeff, a_coeff=a_coeff)


def _feedback(words: SectionWords) -> tuple[int, int]:
    first, second = words.values()[1]
    return round(first), round(second)


def _output_needed(cast: Cast, reach: OutputRange) -> tuple[Format, list[str]]:
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
