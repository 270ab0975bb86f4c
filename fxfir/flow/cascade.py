"""Second-order sections to integers, by whichever quantiser makes the structure asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fxfir.errors import SpecError, StabilityError
from fxfir.filters.sos import Form
from fxfir.flow.limits import check_magnitude, check_sections
from fxfir.spec.words import COUPLED, Words

if TYPE_CHECKING:
    from fxfir.quantize import QuantizedSos

__all__ = ["quantize_cascade"]

_AMPLE = 64
"""Bits of a coefficient that no stable section needs."""


def quantize_cascade(
    sos: Any, words: Words, *, search: bool = True, refine: Any = None
) -> QuantizedSos:
    """Make the integers of a cascade in the words that a user asks for.

    Parameters
    ----------
    sos : array_like, shape (n_sections, 6)
    words : Words
        Of a structure other than "auto".
    search : bool, optional
        As `fxfir.quantize.quantize_sos` takes it.
    refine : callable, optional
        Searches coefficient words, as `fxfir.quantize.quantize_sos` takes it.

    Returns
    -------
    QuantizedSos

    Raises
    ------
    FxfirError
        If the words do not suffice for these sections or do not go with sections.
    """
    from fxfir.quantize import faithful_sos, quantize_sos

    check_magnitude([value for row in sos for value in row[:3]])
    check_magnitude([value for row in sos for value in row[3:]])

    if words.scale_taps:
        raise SpecError("scale_taps needs taps, got second-order sections")
    if words.accuracy == "faithful":
        chosen: dict[str, Any] = {
            "coeff_width": words.coeff_width,
            "section_width": words.section_width,
            "form": words.form,
            "error_feedback": words.error_feedback,
        }
        return faithful_sos(
            sos,
            input=words.input,
            output=words.output,
            rounding=words.rounding,
            overflow=words.overflow,
            **{name: value for name, value in chosen.items() if value is not None},
        )
    options: dict[str, Any] = {
        "coeff_width": words.coeff.width if words.coeff is not None else words.coeff_width,
        "max_coeff_frac": words.coeff.frac if words.coeff is not None else None,
        "form": Form.DF2 if words.structure in COUPLED else words.form,
        "scaling": words.norm,
        "guard_bits": words.guard_bits,
        "section_width": words.section_width,
        "error_feedback": words.error_feedback,
        "search": search,
        "refine": refine,
    }
    # What the user left open is the quantiser's choice, made in one place: its own defaults.
    given = {name: value for name, value in options.items() if value is not None}
    formats: dict[str, Any] = {
        "input": words.input,
        "output": words.output,
        "rounding": words.rounding,
        "overflow": words.overflow,
    }
    if words.structure in COUPLED:
        quantized = _coupled(sos, words, given, formats)
    else:
        quantized = quantize_sos(sos, **formats, **given)
    if words.coeff is not None:
        check_sections(quantized.filter.sections, words.coeff)
    return quantized


def _coupled(
    sos: Any, words: Words, given: dict[str, Any], formats: dict[str, Any]
) -> QuantizedSos:
    """Quantise by state equations, whether or not direct forms are stable in such words."""
    from fxfir.quantize import coupled_form, quantize_sos

    kept = ("coeff_width", "max_coeff_frac", "scaling", "guard_bits", "section_width")
    chosen = {name: given[name] for name in kept if name in given}
    try:
        base = quantize_sos(sos, **formats, **given)
    except StabilityError:
        # Order, gains and casts are those of any words; a section that stays direct is none.
        wide = {**given, "coeff_width": _AMPLE, "max_coeff_frac": None}
        base = quantize_sos(sos, **formats, **{n: v for n, v in wide.items() if v is not None})
        made = coupled_form(sos, base, str(words.structure), **chosen)
        if any(hasattr(section, "form") for section in made.filter.sections):
            raise
        return made
    return coupled_form(sos, base, str(words.structure), **chosen)
