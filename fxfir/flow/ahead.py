"""Cascades with look-ahead: from a specification to the contract, and what builds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fxfir.errors import ArchitectureError, SpecError
from fxfir.filters import FixedFir, Form, Series
from fxfir.fixed import Overflow
from fxfir.flow.limits import check_magnitude
from fxfir.spec.sos import SosSpec
from fxfir.spec.spec import Spec

if TYPE_CHECKING:
    from fxfir.quantize.look_ahead import LookAhead

__all__ = ["ahead_architecture", "ahead_notes", "compile_ahead"]

_FIR_ARCHITECTURES = ("direct", "transposed", "multiplierless")
"""Those that take a sample every clock and any taps."""


def compile_ahead(spec: Spec) -> LookAhead:
    """Design a cascade and give it the look-ahead that its words ask for.

    Raises
    ------
    SpecError
        If the filter is no single cascade, or another option goes with plain cascades only.
    FxfirError
        Whatever design and quantisation refuse.
    """
    from fxfir.design import design_sos
    from fxfir.quantize.look_ahead import look_ahead
    from fxfir.quantize.scaling import Scaling

    words, item = spec.words, spec.filter
    if not isinstance(item, SosSpec):
        raise SpecError(f"look-ahead needs one cascade of sections, got {type(item).__name__}")
    if spec.channels > 1:
        raise SpecError(f"a cascade with look-ahead has one channel, got {spec.channels}")
    if spec.optimise is not None:
        raise SpecError("look-ahead and a search of coefficients exclude each other, got both")
    if words.form not in (None, Form.DF1):
        raise SpecError(f"recursions with look-ahead are df1, got {words.form.value}")
    for name in ("coeff", "structure", "section_width", "accuracy"):
        if getattr(words, name) is not None:
            raise SpecError(f"a cascade with look-ahead has no {name}, got {getattr(words, name)}")
    if words.error_feedback or words.scale_taps:
        name = "error_feedback" if words.error_feedback else "scale_taps"
        raise SpecError(f"a cascade with look-ahead has no {name}, got true")
    if words.overflow is not Overflow.SATURATE:
        raise SpecError(f"a cascade with look-ahead saturates, got overflow {words.overflow.value}")
    design = design_sos(item)
    sos = design.sos
    check_magnitude([value for row in sos for value in row[:3]])
    check_magnitude([value for row in sos for value in row[3:]])
    options: dict[str, Any] = {}
    if words.coeff_width is not None:
        options["coeff_width"] = words.coeff_width
    if words.norm is not None:
        options["norm"] = Scaling(words.norm)
    made = look_ahead(
        sos,
        words.look_ahead or 0,
        input=words.input,
        output=words.output,
        rounding=words.rounding,
        guard_bits=words.guard_bits,
        **options,
    )
    if design.mask is not None and design.mask.has_limits:
        text = "the mask is judged of plain cascades only, not with look-ahead"
        made = replace(made, warnings=(*made.warnings, text))
    return made


def ahead_notes(made: LookAhead) -> tuple[str, ...]:
    """Return what a user may want to know."""
    recursion: Any = made.filter.stages[1]
    own = "integers of its own, not those of the plain cascade"
    shares = f"{float(made.coefficient_lsb):.3g} LSB coefficients, {float(made.rounding_lsb):.3g}"
    return (
        f"look-ahead of {recursion.channels} samples: {own}",
        f"of the certified error {shares} roundings",
    )


def ahead_architecture(node: Series, arch: Any) -> dict[str, Any]:
    """Return how a cascade with look-ahead is built: one sample per clock throughout.

    Parameters
    ----------
    node : Series
    arch : str, mapping or None
        Of the FIR filters in front of the recursions.

    Raises
    ------
    ArchitectureError
        If it is none of those that take a sample every clock.
    """
    name = arch.get("name") if isinstance(arch, Mapping) else arch
    if name in ("auto", "parallel"):
        arch = name = None
    if name is not None and name not in _FIR_ARCHITECTURES:
        known = ", ".join(("parallel", *_FIR_ARCHITECTURES))
        raise ArchitectureError(
            f"architecture must be one of {known} with look-ahead, got {name!r}"
        )
    fir = "transposed" if arch is None else arch
    stages = [fir if isinstance(part, FixedFir) else {"name": "parallel"} for part in node.stages]
    return {"name": "series", "stages": stages}
