"""From a specification to floating-point taps or sections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from fxfir.design.equaliser import design_equaliser
from fxfir.design.equiripple import design_equiripple
from fxfir.design.iir import design_iir
from fxfir.design.least_squares import design_least_squares
from fxfir.design.pulse import design_raised_cosine
from fxfir.design.result import FirDesign, SosDesign
from fxfir.design.sampling import design_frequency_sampling
from fxfir.design.structured import design_half_band, design_hilbert
from fxfir.design.window import design_window
from fxfir.errors import SpecError
from fxfir.fixed import Format
from fxfir.spec.equaliser import EqSos
from fxfir.spec.fir import FirSpec, MovingAverageFir, TapsFir
from fxfir.spec.sos import IirSos, RowsSos, SosSpec
from fxfir.spec.taps import Codes

__all__ = ["METHODS", "design_fir", "design_moving_average", "design_sos"]


def design_moving_average(spec: MovingAverageFir) -> FirDesign:
    """Return the taps that a `MovingAverageFir` asks for: 1 / n_taps each."""
    return FirDesign(
        taps=np.full(spec.n_taps, 1 / spec.n_taps),
        method=spec.method,
        fs_hz=spec.fs_hz,
        mask=spec.mask,
    )


METHODS: dict[str, Callable[[Any], FirDesign]] = {
    "window": design_window,
    "least_squares": design_least_squares,
    "equiripple": design_equiripple,
    "frequency_sampling": design_frequency_sampling,
    "half_band": design_half_band,
    "hilbert": design_hilbert,
    "raised_cosine": design_raised_cosine,
    "root_raised_cosine": design_raised_cosine,
    "moving_average": design_moving_average,
}
"""Design methods of FIR filters by name; each takes the spec of `fxfir.spec.FIR_METHODS`."""


def design_fir(spec: FirSpec, *, coeff: Format | None = None) -> FirDesign:
    """Return the taps that a specification asks for.

    Parameters
    ----------
    spec : FirSpec
    coeff : Format, optional
        Format of taps that were given as integer codes, and only those.

    Returns
    -------
    FirDesign

    Raises
    ------
    DesignError
        If the design does not converge, or nothing within reason meets the mask.
    TapsError
        If the taps are codes and `coeff` is missing or does not hold one.
    SpecError
        If `spec` is no specification of a FIR filter.
    """
    if isinstance(spec, TapsFir):
        codes = None
        if isinstance(spec.taps, Codes):
            codes = spec.taps.integers(coeff)
            taps = spec.taps.values(coeff)
        else:
            taps = spec.taps.values
        return FirDesign(
            taps=np.array(taps), method=spec.method, fs_hz=spec.fs_hz, mask=spec.mask, codes=codes
        )
    if not isinstance(spec, FirSpec) or spec.method not in METHODS:
        raise SpecError(f"a FIR filter needs one of {', '.join(METHODS)} or taps, got {spec!r}")
    return METHODS[spec.method](spec)


def design_sos(spec: SosSpec) -> SosDesign:
    """Return the sections that a specification asks for.

    Parameters
    ----------
    spec : SosSpec

    Returns
    -------
    SosDesign

    Raises
    ------
    DesignError
        If the order is beyond what doubles carry, or none within reason meets the mask.
    SpecError
        If `spec` is no specification of a recursive filter.
    """
    match spec:
        case RowsSos():
            return SosDesign(
                sos=np.array(spec.rows), family=spec.method, fs_hz=spec.fs_hz, mask=spec.mask
            )
        case IirSos():
            return design_iir(spec)
        case EqSos():
            return design_equaliser(spec)
        case _:
            raise SpecError(
                f"a recursive filter needs rows, a family or an equaliser, got {spec!r}"
            )
