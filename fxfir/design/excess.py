"""How far a response leaves a mask, found on a dense grid and refined at every peak."""

from __future__ import annotations

from typing import Any

import numpy as np

from fxfir.spec.mask import Band, Mask

__all__ = ["fir_excess", "magnitude", "sos_excess", "sos_magnitude"]

_PER_TAP = 16
_REFINED = 17
_SOS_GRID = 4096


def magnitude(taps: Any, frequencies_hz: Any, fs_hz: float) -> np.ndarray[Any, Any]:
    """Return |H| of a FIR filter.

    Parameters
    ----------
    taps : array_like, shape (n_taps,)
    frequencies_hz : array_like, shape (n,)
    fs_hz : float
        Sampling rate in Hz.

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    taps = np.asarray(taps, dtype=np.float64)
    angles = 2 * np.pi * np.atleast_1d(np.asarray(frequencies_hz, dtype=np.float64)) / fs_hz
    result = np.empty(angles.size)
    step = max(1, 2_000_000 // max(1, taps.size))
    index = np.arange(taps.size)
    for start in range(0, angles.size, step):
        block = angles[start : start + step, None] * index
        result[start : start + step] = np.hypot(np.cos(block) @ taps, np.sin(block) @ taps)
    return result


def sos_magnitude(sos: Any, frequencies_hz: Any, fs_hz: float) -> np.ndarray[Any, Any]:
    """Return |H| of a cascade of second-order sections; parameters as `magnitude`."""
    sos = np.asarray(sos, dtype=np.float64)
    z = np.exp(-2j * np.pi * np.atleast_1d(np.asarray(frequencies_hz, dtype=np.float64)) / fs_hz)
    result = np.ones(z.size)
    for b0, b1, b2, a0, a1, a2 in sos:
        result *= np.abs((b0 + z * (b1 + z * b2)) / (a0 + z * (a1 + z * a2)))
    return result


def fir_excess(taps: Any, mask: Mask) -> float:
    """Return the largest error of |H| over all limited bands, in units of what they allow.

    Parameters
    ----------
    taps : array_like, shape (n_taps,)
    mask : Mask

    Returns
    -------
    float
        At most 1 if the response meets the mask.

    Notes
    -----
    The grid has 16 points per tap, so around a peak the response is nearly a parabola: its vertex
    is found twice, the second time from points eight times closer.
    """
    taps = np.asarray(taps, dtype=np.float64)
    size = 1 << int(np.ceil(np.log2(_PER_TAP * max(taps.size, 16))))
    response = np.abs(np.fft.rfft(taps, size))
    step = mask.fs_hz / size
    grid = np.arange(response.size) * step
    worst = 0.0
    for band in mask.bands:
        if not band.is_limited:
            continue
        edges = np.array([band.low_hz, band.high_hz])
        worst = max(worst, float(_error(magnitude(taps, edges, mask.fs_hz), band).max()))
        inside = (grid >= band.low_hz) & (grid <= band.high_hz)
        errors = _error(response[inside], band)
        if errors.size < 3:
            points = np.linspace(band.low_hz, band.high_hz, _REFINED)
            worst = max(worst, float(_error(magnitude(taps, points, mask.fs_hz), band).max()))
            continue
        worst = max(worst, float(errors.max()))
        # Only peaks that could still raise the worst one are worth a closer look.
        inner = errors[1:-1]
        peak = (inner >= errors[:-2]) & (inner >= errors[2:]) & (inner > 0.9 * worst)
        centres = grid[inside][1:-1][peak]
        if centres.size:
            worst = max(worst, _peak(taps, band, mask.fs_hz, centres, step))
    return worst


def sos_excess(sos: Any, mask: Mask) -> float:
    """Return the largest error of |H| of a cascade, in units of what the bands allow."""
    worst = 0.0
    for band in mask.bands:
        if band.is_limited:
            # Responses of low order crowd at the edges: cosine spacing puts the points there.
            spread = (1 - np.cos(np.linspace(0, np.pi, _SOS_GRID))) / 2
            points = band.low_hz + (band.high_hz - band.low_hz) * spread
            errors = _error(sos_magnitude(sos, points, mask.fs_hz), band)
            worst = max(worst, float(errors.max()))
    return worst


def _peak(
    taps: np.ndarray[Any, Any], band: Band, fs_hz: float, centres: np.ndarray[Any, Any], step: float
) -> float:
    def error(points: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return _error(magnitude(taps, points, fs_hz), band)

    for width in (step, step / 8):
        left, middle, right = error(centres - width), error(centres), error(centres + width)
        bend = left - 2 * middle + right
        shift = np.divide(left - right, 2 * bend, out=np.zeros_like(bend), where=bend < 0)
        centres = np.clip(centres + width * np.clip(shift, -1, 1), band.low_hz, band.high_hz)
    return float(error(centres).max())


def _error(response: np.ndarray[Any, Any], band: Band) -> np.ndarray[Any, Any]:
    result: np.ndarray[Any, Any] = np.abs(response - band.centre) / band.deviation
    return result
