"""FIR filters with the least weighted square error over bands.

The square error is a quadratic form in the coefficients of the amplitude; its matrix is known in
closed form, so there is no grid and even numbers of taps work as well as odd ones (scipy's `firls`
takes odd ones only).

References
----------
.. [1] I. W. Selesnick, M. Lang, C. S. Burrus, "Constrained least square design of FIR filters
   without specified transition bands", IEEE Trans. Signal Processing 44(8), 1996, section II.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from fxfir.design.basis import n_functions, to_taps
from fxfir.design.result import FirDesign
from fxfir.design.search import estimate, smallest
from fxfir.errors import DesignError
from fxfir.spec.fir import LeastSquaresFir
from fxfir.spec.mask import Mask

__all__ = ["design_least_squares", "least_squares_taps"]

_Array = np.ndarray[Any, Any]
_MOST = 2000


def design_least_squares(spec: LeastSquaresFir) -> FirDesign:
    """Return the taps that a `LeastSquaresFir` asks for.

    Raises
    ------
    DesignError
        If no number of taps within reason meets the mask.
    """
    mask = _mask(spec)
    if spec.n_taps is not None:
        taps = least_squares_taps(mask, spec.n_taps)
    else:
        odd_only = not mask.bands[-1].is_stop and mask.bands[-1].high_hz == mask.nyquist_hz
        taps = smallest(
            lambda n_taps: least_squares_taps(mask, n_taps),
            mask,
            start=round(1.2 * estimate(mask)),
            classes=((1, 2),) if odd_only else ((1, 2), (2, 2)),
            most=min(_MOST, 4 * estimate(mask) + 64),
            what="a least-squares design",
        )
    return FirDesign(taps=taps, method=spec.method, fs_hz=spec.fs_hz, mask=mask)


def least_squares_taps(mask: Mask, n_taps: int) -> _Array:
    """Return `n_taps` symmetric taps with the least weighted square error.

    Parameters
    ----------
    mask : Mask
        Where every band has limits, weights are divided by the square of what they allow.
    n_taps : int

    Returns
    -------
    ndarray of float64, shape (n_taps,)

    Raises
    ------
    DesignError
        If `n_taps` is beyond what is solved in reasonable time.
    """
    if n_taps > 2 * _MOST:
        raise DesignError(f"a least-squares design has at most {2 * _MOST} taps, got {n_taps}")
    size = n_functions(n_taps)
    half = 0.5 if n_taps % 2 == 0 else 0.0
    order = np.arange(size) + half
    differences = np.zeros(size)
    sums = np.zeros(2 * size)
    wanted = np.zeros(size)
    for band in mask.bands:
        weight = band.weight / (band.deviation**2 if mask.is_limited else 1.0)
        low, high = 2 * np.pi * band.low_hz / mask.fs_hz, 2 * np.pi * band.high_hz / mask.fs_hz
        gain = band.centre if mask.is_limited else band.gain
        differences += weight * _integral(np.arange(size), low, high)
        sums += weight * _integral(np.arange(2 * size) + 2 * half, low, high)
        wanted += weight * gain * _integral(order, low, high)
    index = np.arange(size)
    matrix = differences[np.abs(index[:, None] - index)] + sums[index[:, None] + index]
    # Long filters and wide gaps make the matrix nearly singular; the smallest solution is meant.
    solution = np.linalg.lstsq(matrix / 2, wanted, rcond=None)[0]
    return to_taps(solution, n_taps)


def _integral(order: _Array, low: float, high: float) -> _Array:
    """Return the integral of cos(order * w) over w from low to high."""
    result: _Array = high * np.sinc(order * high / np.pi) - low * np.sinc(order * low / np.pi)
    return result


def _mask(spec: LeastSquaresFir) -> Mask:
    if spec.mask is None:
        raise DesignError("a least-squares design needs bands, got none")
    return spec.mask
