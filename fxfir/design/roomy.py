"""Recursive filters of the order that a mask needs, with the most room for rounded words."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from fxfir.design.excess import sos_excess
from fxfir.design.iir import design_iir
from fxfir.design.result import SosDesign
from fxfir.errors import DesignError, SpecError
from fxfir.spec.mask import Mask
from fxfir.spec.sos import IirSos

__all__ = ["design_roomy"]

_HALVINGS = 8
_TIGHTEST = 0.05


def design_roomy(spec: IirSos) -> SosDesign:
    """Return sections of the order that `design_iir` finds, far inside the mask in every band.

    Parameters
    ----------
    spec : IirSos
        With a mask and without an order, a ripple and an attenuation of its own.

    Returns
    -------
    SosDesign
        Errors are at most a part t of what the mask allows, the pass band around its gain and not
        below it; t is as small as the order lets it be. A classic design lies on the mask's limits
        instead, and no rounded words keep those.

    Raises
    ------
    DesignError
        If no order within reason meets the mask.
    """
    least = design_iir(spec)
    if spec.mask is None or least.order is None:
        return least
    best, share = least, sos_excess(least.sos, spec.mask)
    low, high = math.log(_TIGHTEST), 0.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        tried = _within(spec, spec.mask, math.exp(middle), least.order)
        if tried is None:
            low = middle
            continue
        high = middle
        reached = sos_excess(tried.sos, spec.mask)
        if reached < share:
            best, share = tried, reached
    return best


def _within(spec: IirSos, mask: Mask, part: float, order: int) -> SosDesign | None:
    """Return a design that uses a part of what the mask allows, unless it takes a higher order."""
    ripple = min(b.ripple_db for b in mask.bands if b.ripple_db is not None) * part
    # A classic pass band lies below its gain: twice the ripple, and then up by once.
    stop = ripple - 20 * math.log10(part)
    bands = tuple(
        replace(band, attenuation_db=band.attenuation_db + stop)
        if band.attenuation_db is not None
        else replace(band, ripple_db=2 * ripple)
        for band in mask.bands
    )
    try:
        found = design_iir(replace(spec, mask=replace(mask, bands=bands)))
    except (DesignError, SpecError):
        return None
    if found.order is None or found.order > order:
        return None
    sos = np.array(found.sos)
    sos[0, :3] *= 10 ** (ripple / 20)
    return replace(found, sos=sos, mask=mask)
