"""Second-order sections of audio equalisers.

The formulas are those of R. Bristow-Johnson, "Audio EQ Cookbook" (W3C Working Group Note, 2021):
analogue prototypes under the bilinear transform, the centre frequency kept exactly.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from fxfir.errors import DesignError
from fxfir.spec.check import inside_band, positive
from fxfir.spec.equaliser import EqBand, EqKind

__all__ = ["SHAPES", "alpha_of", "band_section", "centre_of"]

Row = tuple[float, float, float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Angles:
    """The cookbook's intermediate values; `a` is the square root of the linear gain."""

    a: float
    cos: float
    alpha: float

    @property
    def beta(self) -> float:
        return 2 * math.sqrt(self.a) * self.alpha


def _peak(v: _Angles) -> Row:
    up, down = v.alpha * v.a, v.alpha / v.a
    return (1 + up, -2 * v.cos, 1 - up, 1 + down, -2 * v.cos, 1 - down)


def _low_shelf(v: _Angles) -> Row:
    plus, minus = v.a + 1, v.a - 1
    return (
        v.a * (plus - minus * v.cos + v.beta),
        2 * v.a * (minus - plus * v.cos),
        v.a * (plus - minus * v.cos - v.beta),
        plus + minus * v.cos + v.beta,
        -2 * (minus + plus * v.cos),
        plus + minus * v.cos - v.beta,
    )


def _high_shelf(v: _Angles) -> Row:
    # The mirror image of the low shelf about a quarter of the rate: every odd power of z changes
    # its sign, and the cosine with it.
    b0, b1, b2, a0, a1, a2 = _low_shelf(replace(v, cos=-v.cos))
    return (b0, -b1, b2, a0, -a1, a2)


def _recursive(v: _Angles) -> tuple[float, float, float]:
    return (1 + v.alpha, -2 * v.cos, 1 - v.alpha)


def _low_pass(v: _Angles) -> Row:
    half = (1 - v.cos) / 2
    return (half, 2 * half, half, *_recursive(v))


def _high_pass(v: _Angles) -> Row:
    half = (1 + v.cos) / 2
    return (half, -2 * half, half, *_recursive(v))


def _band_pass(v: _Angles) -> Row:
    return (v.alpha, 0.0, -v.alpha, *_recursive(v))


def _notch(v: _Angles) -> Row:
    return (1.0, -2 * v.cos, 1.0, *_recursive(v))


def _all_pass(v: _Angles) -> Row:
    a0, a1, a2 = _recursive(v)
    return (a2, a1, a0, a0, a1, a2)


SHAPES: dict[EqKind, Callable[[_Angles], Row]] = {
    EqKind.PEAK: _peak,
    EqKind.LOW_SHELF: _low_shelf,
    EqKind.HIGH_SHELF: _high_shelf,
    EqKind.LOW_PASS: _low_pass,
    EqKind.HIGH_PASS: _high_pass,
    EqKind.BAND_PASS: _band_pass,
    EqKind.NOTCH: _notch,
    EqKind.ALL_PASS: _all_pass,
}
"""The rows b0, b1, b2, a0, a1, a2 of each kind, before the division by a0."""


def band_section(band: EqBand, *, fs_hz: float) -> Row:
    """Return the section of one band.

    Parameters
    ----------
    band : EqBand
    fs_hz : float
        Sampling rate in Hz.

    Returns
    -------
    tuple of float, shape (6,)
        b0, b1, b2, 1, a1, a2.

    Raises
    ------
    SpecError
        If the band does not lie below fs_hz / 2.
    DesignError
        If a slope is steeper than the gain of a shelf allows, or the section has no stable pole in
        doubles.

    Examples
    --------
    >>> row = band_section(EqBand(kind="peak", frequency_hz=1000, gain_db=6, q=1), fs_hz=48000)
    >>> [round(value, 6) for value in row]
    [1.043953, -1.895321, 0.867722, 1.0, -1.895321, 0.911675]
    """
    fs_hz = positive(fs_hz, "fs_hz", "Hz")
    w = 2 * math.pi * inside_band(centre_of(band), "the centre of a band", fs_hz) / fs_hz
    a = 10 ** (band.gain_db / 40) if band.kind.has_gain else 1.0
    values = _Angles(a=a, cos=math.cos(w), alpha=alpha_of(band, a, w))
    b0, b1, b2, a0, a1, a2 = SHAPES[band.kind](values)
    row = (b0 / a0, b1 / a0, b2 / a0, 1.0, a1 / a0, a2 / a0)
    if not (abs(row[5]) < 1 and abs(row[4]) < 1 + row[5]):
        raise DesignError(
            f"a band must have poles inside the unit circle, got a1 = {row[4]:.17g} and "
            f"a2 = {row[5]:.17g} for {band.kind.value} at {band.frequency_hz:g} Hz"
        )
    return row


def centre_of(band: EqBand) -> float:
    """Return the frequency in Hz that the formulas are centred on.

    Of a shelf given by its corner it lies 10 ** (|gain_db| / 80 / slope) further into the shelf;
    the rule is Equalizer APO's, made to match a hardware equaliser.

    Raises
    ------
    DesignError
        If a q is so high that the shelf has no slope.
    """
    if not band.corner:
        return band.frequency_hz
    slope = band.slope
    if slope is None:
        a = 10 ** (band.gain_db / 40)
        inverse = (1 / (band.q or 1.0) ** 2 - 2) / (a + 1 / a) + 1
        if inverse <= 0:
            raise DesignError(
                f"q of a shelf of {band.gain_db:g} dB with a corner must be lower, got {band.q:g}"
            )
        slope = 1 / inverse
    factor = 10 ** (abs(band.gain_db) / 80 / slope)
    return band.frequency_hz * (factor if band.kind is EqKind.LOW_SHELF else 1 / factor)


def alpha_of(band: EqBand, a: float, w: float) -> float:
    """Return the cookbook's alpha, a being the root of the gain and w the angle of the centre."""
    sine = math.sin(w)
    if band.q is not None:
        return sine / (2 * band.q)
    if band.bandwidth_oct is not None:
        return sine * math.sinh(math.log(2) / 2 * band.bandwidth_oct * w / sine)
    slope = band.slope or 1.0
    square = (a + 1 / a) * (1 / slope - 1) + 2
    if square <= 0:
        most = 1 / (1 - 2 / (a + 1 / a))
        raise DesignError(
            f"slope of a shelf of {band.gain_db:g} dB must be below {most:.4g}, got {slope:g}"
        )
    return sine / 2 * math.sqrt(square)
