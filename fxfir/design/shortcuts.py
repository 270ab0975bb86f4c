"""One call per classic filter, for use from Python. Order N of a FIR filter has N + 1 taps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fxfir.design.dispatch import design_fir, design_sos
from fxfir.design.result import FirDesign, SosDesign
from fxfir.errors import SpecError
from fxfir.spec.check import choice, count
from fxfir.spec.fir import EquirippleFir, LeastSquaresFir, MovingAverageFir, WindowFir
from fxfir.spec.kind import Kind, parse_kind
from fxfir.spec.mask import Band, Mask
from fxfir.spec.sos import IirSos

__all__ = [
    "bandpass",
    "bands",
    "bandstop",
    "bessel",
    "butter",
    "cheby1",
    "cheby2",
    "ellip",
    "highpass",
    "lowpass",
    "moving_average",
]


def lowpass(order: int, cutoff_hz: float, *, fs_hz: float, **window: Any) -> FirDesign:
    """Return a FIR low-pass by window.

    Parameters
    ----------
    order : int
        Number of taps less one; at least 1.
    cutoff_hz : float
        Where the gain is one half, in Hz.
    fs_hz : float
        Sampling rate in Hz.
    **window
        `window`, `beta`, `attenuation_db`, `scale` as in `fxfir.spec.WindowFir`; without them the
        Hamming window.

    Raises
    ------
    SpecError
        If the order is below 1, or the cutoff is not strictly between 0 and fs_hz / 2.

    Examples
    --------
    >>> design = lowpass(50, 1000, fs_hz=44100)
    >>> design.n_taps, round(float(design.taps.sum()), 12)
    (51, 1.0)
    """
    return _by_window(order, cutoff_hz, Kind.LOWPASS, fs_hz, window)


def highpass(order: int, cutoff_hz: float, *, fs_hz: float, **window: Any) -> FirDesign:
    """Return a FIR high-pass by window; parameters as `lowpass`, the order even."""
    return _by_window(order, cutoff_hz, Kind.HIGHPASS, fs_hz, window)


def bandpass(
    order: int, cutoff_hz: tuple[float, float], *, fs_hz: float, **window: Any
) -> FirDesign:
    """Return a FIR band-pass by window; parameters as `lowpass`, with two cutoffs."""
    return _by_window(order, cutoff_hz, Kind.BANDPASS, fs_hz, window)


def bandstop(
    order: int, cutoff_hz: tuple[float, float], *, fs_hz: float, **window: Any
) -> FirDesign:
    """Return a FIR band-stop by window; parameters as `lowpass`, two cutoffs, the order even."""
    return _by_window(order, cutoff_hz, Kind.BANDSTOP, fs_hz, window)


def bands(
    order: int,
    points: Iterable[tuple[float, ...]],
    *,
    fs_hz: float,
    method: str = "least_squares",
) -> FirDesign:
    """Return a FIR filter for general bands.

    Parameters
    ----------
    order : int
        Number of taps less one; at least 1.
    points : iterable of (start_hz, end_hz, gain) or (start_hz, end_hz, gain, weight)
        Bands in order, with a gap between any two; gain is linear, weight 1 if not given.
    fs_hz : float
        Sampling rate in Hz.
    method : str, optional
        "least_squares" or "equiripple".

    Raises
    ------
    SpecError
        If bands overlap or are out of order, lie outside 0 to fs_hz / 2, or a band is not three
        or four numbers.

    Examples
    --------
    >>> design = bands(40, [(0, 1000, 1, 1), (1500, 4000, 0, 10)], fs_hz=8000)
    >>> design.n_taps
    41
    """
    known = {"least_squares": LeastSquaresFir, "equiripple": EquirippleFir}
    choice(method, "method", known)
    parts = []
    for k, point in enumerate(points):
        values = tuple(point)
        if len(values) not in (3, 4):
            raise SpecError(f"a band must be start, end, gain, weight, got bands[{k}] = {values}")
        weight = values[3] if len(values) == 4 else 1.0
        try:
            band = Band(low_hz=values[0], high_hz=values[1], gain=values[2], weight=weight)
        except SpecError as error:
            raise SpecError(f"bands[{k}]: {error}") from None
        parts.append(band)
    mask = Mask(fs_hz=fs_hz, bands=tuple(parts))
    return design_fir(known[method](mask=mask, n_taps=_n_taps(order)))


def moving_average(n_taps: int, *, fs_hz: float | None = None) -> FirDesign:
    """Return the mean of the last `n_taps` samples.

    Examples
    --------
    >>> moving_average(5).taps
    array([0.2, 0.2, 0.2, 0.2, 0.2])
    """
    return design_fir(MovingAverageFir(n_taps=n_taps, fs_hz=fs_hz))


def butter(order: int, cutoff_hz: Any, *, fs_hz: float, kind: Kind | str = "lowpass") -> SosDesign:
    """Return a Butterworth filter as second-order sections.

    Parameters
    ----------
    order : int
        Order of the prototype; a bandpass or bandstop has twice as many poles.
    cutoff_hz : float or pair of float
        Points of -3 dB in Hz.
    fs_hz : float
        Sampling rate in Hz.
    kind : Kind or str, optional
        lowpass, highpass, bandpass or bandstop.

    Raises
    ------
    SpecError
        If a number is out of range.
    DesignError
        If the order is beyond what doubles carry.

    Examples
    --------
    >>> butter(2, (0.2, 0.6), fs_hz=2, kind="bandpass").n_sections
    2
    """
    return _iir("butter", order, cutoff_hz, fs_hz, kind)


def cheby1(
    order: int,
    cutoff_hz: Any,
    *,
    fs_hz: float,
    kind: Kind | str = "lowpass",
    ripple_db: float,
) -> SosDesign:
    """Return a Chebyshev filter with ripple in the pass band; see `butter`."""
    return _iir("cheby1", order, cutoff_hz, fs_hz, kind, ripple_db=ripple_db)


def cheby2(
    order: int,
    cutoff_hz: Any,
    *,
    fs_hz: float,
    kind: Kind | str = "lowpass",
    attenuation_db: float,
) -> SosDesign:
    """Return a Chebyshev filter with ripple in the stop band, which starts at the cutoff."""
    return _iir("cheby2", order, cutoff_hz, fs_hz, kind, attenuation_db=attenuation_db)


def ellip(
    order: int,
    cutoff_hz: Any,
    *,
    fs_hz: float,
    kind: Kind | str = "lowpass",
    ripple_db: float,
    attenuation_db: float,
) -> SosDesign:
    """Return an elliptic filter, with ripple in both bands; see `butter`."""
    return _iir(
        "ellip", order, cutoff_hz, fs_hz, kind, ripple_db=ripple_db, attenuation_db=attenuation_db
    )


def bessel(order: int, cutoff_hz: Any, *, fs_hz: float, kind: Kind | str = "lowpass") -> SosDesign:
    """Return a Bessel filter normalised by phase; see `butter`.

    The phase reaches the middle of its range about the cutoff: a low-pass has the asymptotes of
    the Butterworth filter of the same order.
    """
    return _iir("bessel", order, cutoff_hz, fs_hz, kind)


def _by_window(
    order: int, cutoff_hz: Any, kind: Kind, fs_hz: float, window: dict[str, Any]
) -> FirDesign:
    return design_fir(
        WindowFir(kind=kind, cutoff_hz=cutoff_hz, n_taps=_n_taps(order), fs_hz=fs_hz, **window)
    )


def _n_taps(order: int) -> int:
    return count(order, "order") + 1


def _iir(
    family: str,
    order: int,
    cutoff_hz: Any,
    fs_hz: float,
    kind: Kind | str,
    *,
    ripple_db: float | None = None,
    attenuation_db: float | None = None,
) -> SosDesign:
    return design_sos(
        IirSos(
            family=family,
            order=count(order, "order"),
            kind=parse_kind(kind),
            cutoff_hz=cutoff_hz,
            fs_hz=fs_hz,
            ripple_db=ripple_db,
            attenuation_db=attenuation_db,
        )
    )
