"""A cascade whose output is within one LSB of the ideal one, always: words derived from that."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from fxfir.analysis.sos_bound import cascade_bound
from fxfir.arith.carry import carries
from fxfir.arith.flow import SectionFlow, section_flow
from fxfir.errors import FormatError, SectionError
from fxfir.filters import Direct, Form
from fxfir.fixed import Cast, Format, Overflow, Rounding
from fxfir.quantize.arrange import Grid, arrange, as_given
from fxfir.quantize.assemble import Cascade, QuantizedSos, assemble
from fxfir.quantize.budget import coefficient_error, shortest_words
from fxfir.quantize.coefficients import check_width
from fxfir.quantize.fir import DEFAULT_INPUT
from fxfir.quantize.guard import guard_bits
from fxfir.quantize.layout import Layout, input_size
from fxfir.quantize.norms import NEAREST
from fxfir.quantize.scaling import Scaling, scale_sections
from fxfir.quantize.sections import read_sections
from fxfir.quantize.sos import member, nearest_feedback, trimmed
from fxfir.quantize.words import SectionWords, search_words

__all__ = ["faithful_sos"]

_COEFFICIENT_SHARE = Fraction(1, 4)
_LEAST_ROOM = Fraction(5, 8)
"""What is left for the casts at least: the last one takes half an LSB."""
_HAIR = Fraction(1, 1 << 10)
_WIDEST = 64


def faithful_sos(
    sos: Any,
    *,
    input: Format = DEFAULT_INPUT,
    output: Format | None = None,
    coeff_width: int = _WIDEST,
    section_width: int = _WIDEST,
    form: Form | str = Form.DF1,
    rearrange: bool = True,
    error_feedback: bool = False,
    rounding: Rounding = Rounding.HALF_EVEN,
    overflow: Overflow = Overflow.SATURATE,
) -> QuantizedSos:
    """Derive all word lengths so that |hardware - ideal| < 1 output LSB for every input.

    Parameters
    ----------
    sos : array_like of real numbers, shape (n_sections, 6)
        Rows [b0, b1, b2, a0, a1, a2], scipy's signs; the ideal filter.
    input : Format, optional
    output : Format, optional
        The input format unless given.
    coeff_width, section_width : int, optional
        Bits that a coefficient and a word inside may take at most.
    form : Form or str, optional
        df1 rounds once in each section.
    rearrange, error_feedback : optional
        As in `quantize_sos`.
    rounding : Rounding, optional
        Of all casts; one to nearest.
    overflow : Overflow, optional
        Of the output.

    Returns
    -------
    QuantizedSos
        `cascade_bound` of its filter is faithful.

    Raises
    ------
    FormatError
        If more bits are needed than allowed, with how many; if the rounding is not to nearest; or
        if the output can wrap.
    SectionError, StabilityError
        As `quantize_sos`.

    Notes
    -----
    Of one LSB the output rounding takes half. Coefficients get a quarter: `shortest_words`. What
    they leave is split over the casts by the worst-case peak gain from each to the output:
    `guard_bits`; for one df1 section with exact coefficients that is at most
    1 + ceil(log2(WCPG(1/A))), and none where its own rounding can be the output's.
    Sections are scaled by their L1 norms, so that nothing inside overflows. The result is certified
    as it is, by `cascade_bound`.

    References
    ----------
    .. [1] A. Volkova, M. Istoan, F. de Dinechin, T. Hilaire, "Towards hardware IIR filters
       computing just right", IEEE Trans. Computers 68, 2019.

    Examples
    --------
    >>> made = faithful_sos([[0.25, 0.5, 0.25, 1.0, -0.5, 0.25]])
    >>> str(made.filter.sections[0].out.to)
    'sfix17_En15'
    """
    structure = member(Form, form, "form")
    check_width(coeff_width, "coeff_width")
    check_width(section_width, "section_width")
    if rounding not in NEAREST:
        known = ", ".join(r.value for r in NEAREST)
        raise FormatError(f"a faithful output needs rounding {known}, got {rounding.value}")
    if error_feedback and structure is not Form.DF1:
        raise SectionError(f"error feedback needs form df1, got {structure.value}")
    cast = Cast(to=input if output is None else output, rounding=rounding, overflow=overflow)
    exact, normalised = read_sections(sos)
    grid = Grid(exact)
    arranged = arrange(exact, grid) if rearrange else as_given(exact)
    scaled = scale_sections(arranged, Scaling.L1, grid)
    size = input_size(input) / cast.to.step
    words = tuple(trimmed(w) for w in shortest_words(scaled, size, _COEFFICIENT_SHARE))
    taken = coefficient_error(scaled, words, size)
    feedback = tuple(nearest_feedback(w) for w in words) if error_feedback else None
    direct = structure in (Form.DF2, Form.DF1T)
    carried = carries(_flows(words, structure, feedback))
    _, rounded_db, _ = search_words(scaled, words, grid, passes=0)
    room, reason, error = 1 - taken, "", Fraction(0)
    while room > _LEAST_ROOM and not reason:
        guard = guard_bits(carried, room, direct=direct)
        made = assemble(
            Cascade(exact=exact, scaled=scaled, normalised=normalised),
            words,
            Layout(
                form=structure,
                input=input,
                output=cast,
                scaling=Scaling.L1,
                guard_bits=None,
                section_width=None,
                feedback=feedback,
                fracs=tuple(
                    (cast.to.frac + out, cast.to.frac + state)
                    for out, state in zip(guard.out, guard.state, strict=True)
                ),
            ),
            grid,
            ratios_db=(rounded_db, rounded_db),
        )
        _check_widths(made, coeff_width, section_width)
        bound = cascade_bound(made.filter, made.ideal)
        if bound.is_faithful:
            return made
        # What is proven of the whole can be a hair wider than the sum of its parts.
        reason, error = bound.reason or "", bound.error_lsb or Fraction(2)
        room -= 2 * (error - 1) + _HAIR
    raise FormatError(
        "a faithful output needs an error below one LSB, got: "
        + (reason or f"only |hardware - ideal| <= {float(error):.6g} LSB")
    )


def _flows(
    words: Sequence[SectionWords], form: Form, feedback: Sequence[tuple[int, int]] | None
) -> list[SectionFlow]:
    """Return the sections' transfer functions, which no format of a cast enters."""
    wide = Cast(to=Format(signed=True, width=64, frac=32))
    return [
        section_flow(
            Direct(
                form=form,
                b=w.b,
                a=w.a,
                b_coeff=w.b_coeff,
                a_coeff=w.a_coeff,
                state=None if form is Form.DF1 else wide,
                out=wide,
                feedback=None if feedback is None else feedback[k],
            ),
            32,
        )
        for k, w in enumerate(words)
    ]


def _check_widths(made: QuantizedSos, coeff_width: int, section_width: int) -> None:
    sections = made.filter.sections
    coeffs = [max(s.b_coeff.width, s.a_coeff.width) for s in sections]
    output = made.filter.output
    inner = [
        max((c.to.width for c in (s.state, s.out) if c and c != output), default=0)
        for s in sections
    ]
    for name, given, found in (
        ("coeff_width", coeff_width, coeffs),
        ("section_width", section_width, inner),
    ):
        needed = max(found)
        if needed > given:
            origin = made.sections[found.index(needed)].origin
            raise FormatError(
                f"{name} must allow {needed} bits for a faithful output (section {origin}), "
                f"got {given}"
            )
