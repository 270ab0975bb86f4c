"""Second-order sections and word lengths to the SOS contract."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, TypeVar

from fxfir.errors import FormatError, SectionError
from fxfir.filters import Form
from fxfir.fixed import Cast, Format, Overflow, Rounding
from fxfir.quantize.arrange import Grid, arrange, as_given
from fxfir.quantize.assemble import Cascade, QuantizedSos, assemble
from fxfir.quantize.coefficients import check_width, narrowest
from fxfir.quantize.fir import DEFAULT_INPUT
from fxfir.quantize.layout import Layout
from fxfir.quantize.scaling import Scaling, scale_sections
from fxfir.quantize.sections import ExactSection, read_sections
from fxfir.quantize.words import SectionWords, round_words, search_words

Kind = TypeVar("Kind", bound=Enum)
Cascaded = tuple[SectionWords, ...]
Refine = Callable[[Sequence[ExactSection], Cascaded, Cascaded], Cascaded]

__all__ = ["member", "nearest_feedback", "quantize_sos", "trimmed"]


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
    refine: Refine | None = None,
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
    refine : callable, optional
        `refine(sections, rounded, words)` returns other words of the same formats, from there;
        poles that rounding makes unstable start at the nearest words that are not.
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
    structure, norm = member(Form, form, "form"), member(Scaling, scaling, "scaling")
    check_width(coeff_width, "coeff_width")
    _check_options(structure, guard_bits, section_width, error_feedback)
    exact, normalised = read_sections(sos)
    grid = Grid(exact)
    arranged = arrange(exact, grid) if rearrange else as_given(exact)
    scaled = scale_sections(arranged, norm, grid, max_coeff_frac)
    rounded = tuple(
        round_words(s, coeff_width, max_coeff_frac, pull=refine is not None) for s in scaled
    )
    words, rounded_db, searched_db = search_words(scaled, rounded, grid, passes=4 if search else 0)
    if refine is not None:
        words = refine(scaled, rounded, words)
        searched_db = search_words(scaled, words, grid, passes=0)[2]
    words = tuple(trimmed(w) for w in words)
    cast = Cast(to=input if output is None else output, rounding=rounding, overflow=overflow)
    feedback = tuple(nearest_feedback(w) for w in words) if error_feedback else None
    layout = Layout(
        form=structure,
        input=input,
        output=cast,
        scaling=norm,
        guard_bits=guard_bits,
        section_width=section_width,
        feedback=feedback,
    )
    return assemble(
        Cascade(exact=exact, scaled=scaled, normalised=normalised),
        words,
        layout,
        grid,
        ratios_db=(rounded_db, searched_db),
        warn_of_words=refine is None,
    )


def member(kind: type[Kind], value: Kind | str, what: str) -> Kind:
    """Return a member of an enumeration, by itself or by its value."""
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


def trimmed(words: SectionWords) -> SectionWords:
    """Drop bits that all words of a part leave unused."""
    b, b_coeff = narrowest(words.b, words.b_coeff.frac)
    a, a_coeff = narrowest(words.a, words.a_coeff.frac)
    return SectionWords(b=b, a=a, b_coeff=b_coeff, a_coeff=a_coeff)


def nearest_feedback(words: SectionWords) -> tuple[int, int]:
    """Return the integers nearest to a1 and a2, which shape noise like 1 / A."""
    first, second = words.values()[1]
    return round(first), round(second)
