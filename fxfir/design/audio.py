"""Small fixed jobs of audio: removing DC, tone controls, loudness weightings."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fxfir.design.equaliser import parametric_eq
from fxfir.design.iir import design_iir
from fxfir.design.result import SosDesign
from fxfir.errors import SpecError
from fxfir.spec.check import choice, positive
from fxfir.spec.equaliser import EqBand, EqKind
from fxfir.spec.kind import Kind
from fxfir.spec.sos import IirSos

__all__ = ["WEIGHTINGS", "dc_blocker", "tone", "weighting", "weighting_db"]

WEIGHTINGS = ("A", "C", "K")
"""IEC 61672-1 A and C; K of ITU-R BS.1770."""

_LOW_HZ, _A_HZ, _HIGH_HZ = 20.598997, (107.65265, 737.86223), 12194.217
"""Pole frequencies of the A and C weightings, IEC 61672-1:2013 annex E, from its formulas."""

_K_SHELF = (1681.974450955533, 3.999843853973347, 0.7071752369554196)
_K_HIGH_PASS = (38.13547087602444, 0.5003270373238773)
"""Analogue parameters (Hz, dB, Q and Hz, Q) that give the 48 kHz tables of BS.1770-4 annex 1."""


def dc_blocker(cutoff_hz: float = 5.0, *, fs_hz: float) -> SosDesign:
    """Return a first-order high-pass: one pole, a zero exactly at 0 Hz.

    Parameters
    ----------
    cutoff_hz : float, optional
        The -3 dB point in Hz.
    fs_hz : float
        Sampling rate in Hz.

    Raises
    ------
    SpecError
        If the cutoff does not lie between 0 and fs_hz / 2.

    Examples
    --------
    >>> dc_blocker(fs_hz=48000).sos[0, :3].sum()
    np.float64(0.0)
    """
    return design_iir(
        IirSos(family="butter", order=1, kind=Kind.HIGHPASS, cutoff_hz=(cutoff_hz,), fs_hz=fs_hz)
    )


def tone(
    bass_db: float = 0.0,
    treble_db: float = 0.0,
    *,
    bass_hz: float = 300.0,
    treble_hz: float = 3000.0,
    fs_hz: float,
) -> SosDesign:
    """Return bass and treble controls: two shelves of slope one half.

    Parameters
    ----------
    bass_db, treble_db : float, optional
        Gain in dB far below `bass_hz` and far above `treble_hz`.
    bass_hz, treble_hz : float, optional
        Where half of the gain in dB is reached.
    fs_hz : float
        Sampling rate in Hz.

    Raises
    ------
    SpecError
        If a number is out of range.
    """
    common: dict[str, Any] = {"slope": 0.5}
    low = EqBand(kind=EqKind.LOW_SHELF, frequency_hz=bass_hz, gain_db=bass_db, **common)
    high = EqBand(kind=EqKind.HIGH_SHELF, frequency_hz=treble_hz, gain_db=treble_db, **common)
    return parametric_eq([low, high], fs_hz=fs_hz)


def weighting(name: str, *, fs_hz: float) -> SosDesign:
    """Return a loudness weighting.

    A and C are the analogue curves of IEC 61672-1 with their poles mapped exactly (matched z) and
    the double zero in place of the pair of poles near 12 kHz chosen so that the gain is right at
    1 kHz, at half of 12.2 kHz and near the upper end: the bilinear transform alone would miss class
    1 above 10 kHz at 48 kHz. K is the shelf and the high-pass of ITU-R BS.1770, by the bilinear
    transform at the rate asked for, which at 48 kHz gives the tables of the recommendation.

    Parameters
    ----------
    name : str
        One of `WEIGHTINGS`.
    fs_hz : float
        Sampling rate in Hz, at least 32000 for A and C.

    Returns
    -------
    SosDesign
        Gain 1 at 1 kHz for A and C.

    Raises
    ------
    SpecError
        If the name is unknown or the rate is too low.
    """
    choice(name, "weighting", WEIGHTINGS)
    fs_hz = positive(fs_hz, "fs_hz", "Hz")
    if name == "K":
        return _k_weighting(fs_hz)
    if fs_hz < 32000:
        raise SpecError(f"a weighting {name} needs fs_hz of at least 32000 Hz, got {fs_hz:g}")
    rows = [_pair(_LOW_HZ, _LOW_HZ, fs_hz)]
    if name == "A":
        rows.append(_pair(*_A_HZ, fs_hz))
    rows.append(_roll_off(fs_hz))
    sos = np.array(rows)
    sos[0, :3] /= abs(_gain(sos, 1000.0, fs_hz))
    return SosDesign(sos=sos, family=f"weighting_{name}", fs_hz=fs_hz)


def weighting_db(name: str, frequency_hz: Any) -> Any:
    """Return the analogue curve that `weighting` follows.

    Parameters
    ----------
    name : str
        "A" or "C".
    frequency_hz : array_like of float
        In Hz, above 0.

    Returns
    -------
    ndarray of float64, shape of `frequency_hz`
        Gain in dB, 0 at 1 kHz (IEC 61672-1:2013, annex E).

    Raises
    ------
    SpecError
        If the name is another.
    """
    choice(name, "weighting", ("A", "C"))

    def gain(f: Any) -> Any:
        square = np.asarray(f, dtype=float) ** 2
        value = square * _HIGH_HZ**2 / ((square + _LOW_HZ**2) * (square + _HIGH_HZ**2))
        if name == "A":
            value = value * square / np.sqrt(math.prod(square + hz**2 for hz in _A_HZ))
        return value

    return 20 * np.log10(gain(frequency_hz) / gain(1000.0))


def _pair(first_hz: float, second_hz: float, fs_hz: float) -> tuple[float, ...]:
    """Two zeros at 0 Hz and two real poles, mapped by z = exp(s / fs)."""
    p, q = (math.exp(-2 * math.pi * hz / fs_hz) for hz in (first_hz, second_hz))
    return (1.0, -2.0, 1.0, 1.0, -(p + q), p * q)


def _roll_off(fs_hz: float) -> tuple[float, ...]:
    """The double pole at 12.2 kHz, with a numerator that fits three points of its magnitude.

    |B|^2 is linear in 1, cos w, cos 2w, so three points fix it; its spectral factor is B.
    """
    p = math.exp(-2 * math.pi * _HIGH_HZ / fs_hz)
    denominator = np.array([1.0, -2 * p, p * p])
    points_hz = np.array([1000.0, _HIGH_HZ / 2, min(16000.0, 0.45 * fs_hz)])
    w = 2 * np.pi * points_hz / fs_hz
    wanted = (_HIGH_HZ**2 / (points_hz**2 + _HIGH_HZ**2)) ** 2
    z = np.exp(-1j * w)
    power = wanted * np.abs(np.polyval(denominator[::-1], z)) ** 2
    cosines = np.array([np.ones_like(w), 2 * np.cos(w), 2 * np.cos(2 * w)]).T
    r0, r1, r2 = np.linalg.solve(cosines, power)
    roots = np.roots([r2, r1, r0, r1, r2])
    inside = roots[np.argsort(np.abs(roots))][:2]
    b = np.real(np.poly(inside))
    b *= math.sqrt((r0 + 2 * r1 + 2 * r2) / b.sum() ** 2)
    return (*b.tolist(), *denominator.tolist())


def _k_weighting(fs_hz: float) -> SosDesign:
    frequency, gain_db, q = _K_SHELF
    k = math.tan(math.pi * frequency / fs_hz)
    high = 10 ** (gain_db / 20)
    # The exponent is the one with which the published table is met; a plain shelf has one half.
    middle = high**0.4996667741545416
    a0 = 1 + k / q + k * k
    shelf = [
        (high + middle * k / q + k * k) / a0,
        2 * (k * k - high) / a0,
        (high - middle * k / q + k * k) / a0,
        1.0,
        2 * (k * k - 1) / a0,
        (1 - k / q + k * k) / a0,
    ]
    frequency, q = _K_HIGH_PASS
    k = math.tan(math.pi * frequency / fs_hz)
    a0 = 1 + k / q + k * k
    high_pass = [1.0, -2.0, 1.0, 1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0]
    return SosDesign(sos=np.array([shelf, high_pass]), family="weighting_K", fs_hz=fs_hz)


def _gain(sos: Any, frequency_hz: float, fs_hz: float) -> complex:
    z = np.exp(-2j * np.pi * frequency_hz / fs_hz)
    powers = np.array([1.0, z, z * z])
    return complex(np.prod((sos[:, :3] @ powers) / (sos[:, 3:] @ powers)))
