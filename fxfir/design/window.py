"""FIR filters by window: the ideal response, cut."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fxfir.design.excess import fir_excess
from fxfir.design.result import FirDesign
from fxfir.design.search import smallest
from fxfir.errors import DesignError
from fxfir.spec.fir import WindowFir
from fxfir.spec.kind import Kind
from fxfir.spec.mask import Mask

__all__ = ["design_window", "kaiser_beta", "kaiser_taps", "window_shape"]

_Array = np.ndarray[Any, Any]
_Pieces = list[tuple[float, float, float]]

_MOST = 20_000
# The ripples of several edges add up: what Kaiser's formula promises for one may need this more.
_EXTRA_DB = (0.0, 0.5, 1.0, 2.0, 4.0, 6.0)
_SCIPY: dict[str, str] = {
    "rectangular": "boxcar",
    "bartlett": "bartlett",
    "hann": "hann",
    "hamming": "hamming",
    "blackman": "blackman",
    "blackman_harris": "blackmanharris",
    "nuttall": "nuttall",
    "flat_top": "flattop",
}


def kaiser_beta(attenuation_db: float) -> float:
    """Return the shape parameter of the Kaiser window for an attenuation in positive dB.

    References
    ----------
    .. [1] J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh window function",
       Proc. IEEE ISCAS, 1974.

    Examples
    --------
    >>> round(kaiser_beta(60), 4)
    5.6533
    """
    if attenuation_db > 50:
        return 0.1102 * (attenuation_db - 8.7)
    if attenuation_db > 21:
        return float(0.5842 * (attenuation_db - 21) ** 0.4 + 0.07886 * (attenuation_db - 21))
    return 0.0


def kaiser_taps(attenuation_db: float, transition_hz: float, fs_hz: float) -> int:
    """Return the number of taps that Kaiser's formula gives; reference as `kaiser_beta`.

    Examples
    --------
    >>> kaiser_taps(65, 24, 1000)
    167
    """
    width = 2 * math.pi * transition_hz / fs_hz
    return max(1, math.ceil((attenuation_db - 7.95) / (2.285 * width) + 1))


def window_shape(name: str, n_taps: int, *, parameter: float | None = None) -> _Array:
    """Return a symmetric window.

    Parameters
    ----------
    name : str
        One of `fxfir.spec.WINDOWS`.
    n_taps : int
    parameter : float, optional
        Kaiser's beta, or the side lobes of chebyshev in dB.

    Returns
    -------
    ndarray of float64, shape (n_taps,)
    """
    from scipy.signal import windows

    if name == "kaiser":
        shape = np.kaiser(n_taps, 0.0 if parameter is None else parameter)
    elif name == "chebyshev":
        shape = windows.chebwin(n_taps, parameter, sym=True)
    else:
        shape = getattr(windows, _SCIPY[name])(n_taps, sym=True)
    return np.asarray(shape, dtype=np.float64)


def design_window(spec: WindowFir) -> FirDesign:
    """Return the taps that a `WindowFir` asks for.

    Raises
    ------
    DesignError
        If no number of taps within reason meets the mask.
    """
    fs_hz = spec.mask.fs_hz if spec.mask is not None else float(spec.fs_hz or 1.0)
    if spec.kind is not None and spec.cutoff_hz is not None:
        pieces = _pieces_of_kind(spec.kind, spec.cutoff_hz, fs_hz)
        taps = _of_kind(spec, spec.kind, pieces, fs_hz)
    else:
        taps = _of_mask(spec)
    return FirDesign(taps=taps, method=spec.method, fs_hz=spec.fs_hz, mask=spec.mask)


def _of_kind(spec: WindowFir, kind: Kind, pieces: _Pieces, fs_hz: float) -> _Array:
    n_taps = spec.n_taps
    if n_taps is None:
        n_taps = kaiser_taps(float(spec.attenuation_db or 0), float(spec.transition_hz or 1), fs_hz)
        _refuse_long(n_taps, spec)
        # An even number would force the gain at fs_hz / 2 to 0.
        n_taps += kind.passes_nyquist and n_taps % 2 == 0
    shape = window_shape(str(spec.window), n_taps, parameter=_parameter(spec))
    match kind:
        case Kind.LOWPASS | Kind.BANDSTOP:
            at: tuple[float, float] = (0.0, 1.0)
        case Kind.HIGHPASS:
            at = (0.5, 1.0)
        case Kind.BANDPASS:
            at = ((pieces[0][0] + pieces[0][1]) / 2, 1.0)
    return _cut(pieces, shape, at if spec.scale else None)


def _refuse_long(n_taps: int, spec: WindowFir) -> None:
    if n_taps > _MOST:
        raise DesignError(
            f"a window design has at most {_MOST} taps, got {n_taps} for "
            f"transition_hz = {spec.transition_hz:g}"
        )


def _of_mask(spec: WindowFir) -> _Array:
    mask = spec.mask
    if mask is None:
        raise DesignError("a window design needs kind and cutoff_hz, or bands, got neither")
    pieces, steps = _pieces_of_mask(mask)
    passing = next(band for band in mask.bands if not band.is_stop)
    at = ((passing.low_hz + passing.high_hz) / 2 / mask.fs_hz, passing.gain)
    if passing.low_hz == 0:
        at = (0.0, passing.gain)
    at_or_none = at if spec.scale else None
    name = str(spec.window)
    wanted_db = spec.attenuation_db
    if wanted_db is None and mask.is_limited:
        tightest = min(band.deviation for band in mask.bands)
        wanted_db = max(8.0, -20 * math.log10(min(1.0, tightest / max(steps, default=1.0))))
    if spec.n_taps is not None:
        parameter = _parameter(spec)
        if name == "kaiser" and parameter is None and wanted_db is not None:
            parameter = kaiser_beta(wanted_db)
        return _cut(pieces, window_shape(name, spec.n_taps, parameter=parameter), at_or_none)
    if wanted_db is None:
        raise DesignError("n_taps can be found only from attenuation_db or limited bands, got none")
    transition = spec.transition_hz or mask.transition_hz
    odd_only = not mask.bands[-1].is_stop and mask.bands[-1].high_hz == mask.nyquist_hz
    start = kaiser_taps(wanted_db, min(transition, mask.nyquist_hz), mask.fs_hz)
    if spec.transition_hz is not None:
        _refuse_long(start, spec)
        n_taps = start + (odd_only and start % 2 == 0)
        parameter = _parameter(spec) if name != "kaiser" or spec.beta else kaiser_beta(wanted_db)
        return _cut(pieces, window_shape(name, n_taps, parameter=parameter), at_or_none)

    def build(n_taps: int) -> _Array:
        return _best_cut(spec, pieces, mask, n_taps, float(wanted_db or 0), at_or_none)

    return smallest(
        build,
        mask,
        start=start,
        classes=((1, 2),) if odd_only else ((1, 2), (2, 2)),
        most=min(_MOST, 4 * start + 64),
        what=f"a design by the {name} window",
    )


def _best_cut(
    spec: WindowFir,
    pieces: _Pieces,
    mask: Mask,
    n_taps: int,
    wanted_db: float,
    at: tuple[float, float] | None,
) -> _Array:
    name = str(spec.window)
    if name != "kaiser" or spec.beta is not None:
        return _cut(pieces, window_shape(name, n_taps, parameter=_parameter(spec)), at)
    best: tuple[float, _Array] | None = None
    for extra in _EXTRA_DB:
        shape = window_shape(name, n_taps, parameter=kaiser_beta(wanted_db + extra))
        taps = _cut(pieces, shape, at)
        excess = fir_excess(taps, mask)
        if best is None or excess < best[0]:
            best = (excess, taps)
        if excess <= 1:
            break
    if best is None:
        raise DesignError(f"a window must have a shape, got {name}")
    return best[1]


def _parameter(spec: WindowFir) -> float | None:
    if spec.window == "chebyshev":
        return spec.attenuation_db
    if spec.beta is not None or spec.attenuation_db is None:
        return spec.beta
    return kaiser_beta(spec.attenuation_db)


def _pieces_of_kind(kind: Kind, cutoff_hz: tuple[float, ...], fs_hz: float) -> _Pieces:
    edges = [f / fs_hz for f in cutoff_hz]
    match kind:
        case Kind.LOWPASS:
            return [(0.0, edges[0], 1.0)]
        case Kind.HIGHPASS:
            return [(edges[0], 0.5, 1.0)]
        case Kind.BANDPASS:
            return [(edges[0], edges[1], 1.0)]
        case Kind.BANDSTOP:
            return [(0.0, edges[0], 1.0), (edges[1], 0.5, 1.0)]


def _pieces_of_mask(mask: Mask) -> tuple[_Pieces, list[float]]:
    """Return the ideal response with edges half way between bands, and the height of each step."""
    pieces: _Pieces = []
    steps: list[float] = []
    low = 0.0
    for k, band in enumerate(mask.bands):
        last = k == len(mask.bands) - 1
        high = 0.5
        if not last:
            high = (band.high_hz + mask.bands[k + 1].low_hz) / 2 / mask.fs_hz
            steps.append(abs(band.gain - mask.bands[k + 1].gain))
        if band.gain:
            pieces.append((low, high, band.gain))
        low = high
    return pieces, [s for s in steps if s > 0]


def _cut(pieces: _Pieces, shape: _Array, at: tuple[float, float] | None) -> _Array:
    """Return the ideal taps times the window, scaled to gain `at[1]` at frequency `at[0]`."""
    n_taps = shape.size
    offset = np.arange(n_taps) - (n_taps - 1) / 2
    taps = np.zeros(n_taps)
    for low, high, gain in pieces:
        taps += gain * (2 * high * np.sinc(2 * high * offset) - 2 * low * np.sinc(2 * low * offset))
    taps *= shape
    taps = (taps + taps[::-1]) / 2
    if at is not None:
        frequency, gain = at
        now = float(taps @ np.cos(2 * np.pi * frequency * offset))
        if now == 0:
            raise DesignError(f"{n_taps} taps must leave a gain to scale, got 0")
        taps *= gain / now
    return taps
