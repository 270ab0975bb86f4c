"""Where a specification asks for a search of a cascade: words, or the fewest bits for a mask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fxfir.errors import SpecError
from fxfir.flow.optimise import Outcome, check_width_is_open, goal_for
from fxfir.spec.hardware import Hardware
from fxfir.spec.optimise import Optimise
from fxfir.spec.sos import IirSos, SosSpec
from fxfir.spec.words import Words

if TYPE_CHECKING:
    from fxfir.design import SosDesign
    from fxfir.quantize import QuantizedSos
    from fxfir.quantize.optimise import Progress

__all__ = ["search_sos"]

Quantiser = Callable[..., "QuantizedSos"]


def search_sos(
    item: SosSpec,
    quantise: Quantiser,
    words: Words,
    options: Optimise,
    *,
    report: Progress,
) -> Outcome:
    """Search the words of a cascade and, where asked for, their width.

    Parameters
    ----------
    item : SosSpec
        Where its order is left open and a mask is to be met, the design keeps well inside the mask.
    quantise : callable
        `quantise(sos, words, search=..., refine=...)`; see `fxfir.quantize.quantize_sos`.
    words : Words
    options : Optimise
    report : callable
        `report(done, total)`.

    Returns
    -------
    Outcome

    Raises
    ------
    SpecError
        If the goal, the accuracy or the structure is not one of direct forms, or the width is to
        be found and was given too.
    DesignError
        If no width meets the mask; the message names the band.
    """
    from fxfir.quantize.optimise.sos import SosRefiner

    if words.accuracy == "faithful":
        raise SpecError("a search moves words of a given width, got accuracy 'faithful' with it")
    if words.structure is not None:
        raise SpecError(
            f"a search moves words of direct forms, got structure {words.structure!r} with it"
        )
    if options.meet_mask is not None:
        return _narrowest(item, quantise, words, options, report)
    design = _design(item)
    refiner = SosRefiner(design.mask, options, report)
    made = quantise(design.sos, words, refine=refiner)
    return Outcome(design=design, quantized=replace(made, search=refiner.said))


def _narrowest(
    item: SosSpec, quantise: Quantiser, words: Words, options: Optimise, report: Progress
) -> Outcome:
    from fxfir.quantize.optimise import SosWidths, least_width

    check_width_is_open(words)
    if options.meet_mask == "taps":
        raise SpecError("meet_mask 'taps' serves FIR filters, got second-order sections")
    options = goal_for(options, Hardware(), item.mask)
    design = _design(item, roomy=True)
    mask = design.mask
    if mask is None:
        raise SpecError("meet_mask needs bands, got none")

    def at(width: int, **how: Any) -> QuantizedSos:
        return quantise(design.sos, replace(words, coeff_width=width), **how)

    found = least_width(SosWidths(at, mask), mask, options, report=report)
    return Outcome(
        design=design,
        quantized=found.best,
        width=found.width,
        widths=found.rows,
        rounding_width=found.rounding_width,
    )


def _design(item: SosSpec, *, roomy: bool = False) -> SosDesign:
    from fxfir.design import design_roomy, design_sos

    own = getattr(item, "ripple_db", None) is not None
    own = own or getattr(item, "attenuation_db", None) is not None
    if roomy and isinstance(item, IirSos) and item.order is None and not own:
        return design_roomy(item)
    return design_sos(item)
