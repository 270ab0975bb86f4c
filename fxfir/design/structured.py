"""Half-band and Hilbert filters, whose zero taps are exactly zero."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fxfir.design.minimax import Problem, minimax
from fxfir.design.result import FirDesign
from fxfir.design.search import smallest
from fxfir.spec.fir import HalfBandFir, HilbertFir
from fxfir.spec.mask import Band, Mask

__all__ = ["design_half_band", "design_hilbert", "half_band_taps", "hilbert_taps"]

_Array = np.ndarray[Any, Any]
_MOST = 2047


def design_half_band(spec: HalfBandFir) -> FirDesign:
    """Return the taps that a `HalfBandFir` asks for.

    Raises
    ------
    DesignError
        If the design does not converge, or no number of taps within reason reaches the
        attenuation.
    """
    fs_hz = float(spec.fs_hz or 1.0)
    edge = spec.pass_hz / fs_hz
    if spec.n_taps is not None:
        taps = half_band_taps(edge, spec.n_taps)
    else:
        limit_db = float(spec.attenuation_db or 0.0)
        goal = Mask(
            fs_hz=fs_hz,
            bands=(
                Band(low_hz=0, high_hz=spec.pass_hz),
                Band(low_hz=fs_hz / 2 - spec.pass_hz, high_hz=fs_hz / 2, attenuation_db=limit_db),
            ),
        )
        gap = 0.5 - 2 * edge
        start = round((2 * limit_db - 13) / (14.6 * gap) / 2) + 3
        taps = smallest(
            lambda n_taps: half_band_taps(edge, n_taps),
            goal,
            start=max(3, start),
            classes=((3, 4),),
            most=_MOST,
            what="a half-band design",
        )
    return FirDesign(taps=taps, method=spec.method, fs_hz=spec.fs_hz, mask=spec.mask)


def half_band_taps(edge: float, n_taps: int) -> _Array:
    """Return an equiripple half-band low-pass.

    Parameters
    ----------
    edge : float
        End of the pass band in cycles per sample, below 0.25.
    n_taps : int
        4 k + 3.

    Returns
    -------
    ndarray of float64, shape (n_taps,)
        Symmetric; every second tap from the centre exactly 0, the centre exactly 0.5.

    Notes
    -----
    The other taps form a filter g of even length whose zero at fs / 2 becomes the symmetry about
    fs / 4, so that one band of g, twice as wide, is all there is to design [1]_.

    References
    ----------
    .. [1] P. P. Vaidyanathan, T. Q. Nguyen, "A 'trick' for the design of FIR half-band filters",
       IEEE Trans. Circuits and Systems 34(3), 1987.
    """
    inner = minimax(
        Problem(edges=((0.0, 2 * edge),), wanted=(1.0,), weights=(1.0,)), (n_taps + 1) // 2
    )
    taps = np.zeros(n_taps)
    taps[0::2] = inner / 2
    taps[n_taps // 2] = 0.5
    return taps


def design_hilbert(spec: HilbertFir) -> FirDesign:
    """Return the taps that a `HilbertFir` asks for.

    Raises
    ------
    DesignError
        If the design does not converge, or no number of taps within reason keeps the ripple.
    """
    fs_hz = float(spec.fs_hz or 1.0)
    low, high = spec.low_hz / fs_hz, float(spec.high_hz or 0.0) / fs_hz
    if spec.n_taps is not None:
        taps = hilbert_taps(low, high, spec.n_taps)
    else:
        goal = Mask(
            fs_hz=fs_hz,
            bands=(
                Band(
                    low_hz=spec.low_hz,
                    high_hz=float(spec.high_hz or 0.0),
                    ripple_db=spec.ripple_db,
                ),
            ),
        )
        # A first guess only: the length falls with the distance of the band from 0 and fs / 2.
        width = min(low, 0.5 - high)
        start = round(0.61 * math.log10(1 / goal.bands[0].deviation) / width)
        taps = smallest(
            lambda n_taps: hilbert_taps(low, high, n_taps),
            goal,
            start=max(3, start),
            classes=((3, 2),),
            most=_MOST,
            what="a Hilbert design",
        )
    return FirDesign(taps=taps, method=spec.method, fs_hz=spec.fs_hz, mask=spec.mask)


def hilbert_taps(low: float, high: float, n_taps: int) -> _Array:
    """Return an equiripple Hilbert transformer.

    Parameters
    ----------
    low, high : float
        Band in cycles per sample.
    n_taps : int

    Returns
    -------
    ndarray of float64, shape (n_taps,)
        Exactly antisymmetric. With an odd number of taps and a band symmetric about 0.25 every
        second tap from the centre is exactly 0.
    """
    if n_taps % 2 == 0 or abs(low + high - 0.5) > 1e-12:
        return minimax(
            Problem(edges=((low, high),), wanted=(1.0,), weights=(1.0,), odd=True), n_taps
        )
    # A half-band filter moved up by fs / 4: its real part vanishes, and with 4 k + 1 taps the
    # outermost ones are zero, which is the best an odd amplitude about fs / 4 can do.
    inner_taps = n_taps if n_taps % 4 == 3 else n_taps - 2
    half_band = half_band_taps(0.25 - low, inner_taps)
    offset = np.arange(inner_taps) - inner_taps // 2
    signs = np.where(offset % 2 == 0, 0.0, np.where(offset % 4 == 1, 1.0, -1.0))
    taps = np.zeros(n_taps)
    outside = (n_taps - inner_taps) // 2
    taps[outside : outside + inner_taps] = 2 * signs * half_band
    return taps
