"""Equalisers: a section for each band; gains of a graphic equaliser that hold at its centres."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fxfir.design.rbj import band_section
from fxfir.design.result import SosDesign
from fxfir.errors import DesignError, SpecError
from fxfir.spec.check import finites, positive
from fxfir.spec.equaliser import EqBand, EqKind, EqSos

__all__ = ["CENTRES_HZ", "design_equaliser", "graphic_eq", "parametric_eq"]

_OCTAVE_RATIO = 10**0.3


def _centres(per_octave: int, first: int, last: int) -> tuple[float, ...]:
    return tuple(1000 * _OCTAVE_RATIO ** (k / per_octave) for k in range(first, last + 1))


CENTRES_HZ: Mapping[str, tuple[float, ...]] = {
    "octave": _centres(1, -5, 4),
    "third_octave": _centres(3, -17, 13),
}
"""Exact mid-band frequencies of IEC 61260-1:2014, 5.4 (base-ten octave ratio): 10 and 31 bands."""


def design_equaliser(spec: EqSos) -> SosDesign:
    """Return the sections that an `EqSos` asks for.

    Returns
    -------
    SosDesign
        One section for each band in order; the gain is in the first.

    Raises
    ------
    SpecError, DesignError
        See `fxfir.design.rbj.band_section`; the message names the band.
    """
    fs_hz = positive(spec.fs_hz, "fs_hz", "Hz")
    rows = []
    for k, band in enumerate(spec.bands, 1):
        try:
            rows.append(band_section(band, fs_hz=fs_hz))
        except (SpecError, DesignError) as error:
            raise type(error)(f"band {k}: {error}") from None
    sos = np.array(rows or [(1.0, 0.0, 0.0, 1.0, 0.0, 0.0)])
    sos[0, :3] *= 10 ** (spec.preamp_db / 20)
    return SosDesign(sos=sos, family=spec.method, fs_hz=fs_hz, mask=spec.mask)


def parametric_eq(bands: Sequence[EqBand], *, fs_hz: float, preamp_db: float = 0.0) -> SosDesign:
    """Return an equaliser of bands with a frequency, a gain and a width of their own.

    Parameters
    ----------
    bands : sequence of EqBand
    fs_hz : float
        Sampling rate in Hz.
    preamp_db : float, optional
        Gain in dB before the bands.

    Raises
    ------
    SpecError, DesignError
        See `EqSos` and `design_equaliser`.

    Examples
    --------
    >>> parametric_eq([EqBand(kind="notch", frequency_hz=50, q=30)], fs_hz=48000).n_sections
    1
    """
    return design_equaliser(EqSos(bands=tuple(bands), fs_hz=fs_hz, preamp_db=preamp_db))


def graphic_eq(gains_db: Sequence[float], *, bands: str = "octave", fs_hz: float) -> SosDesign:
    """Return a graphic equaliser whose response passes through its gains.

    Every band is a peak whose neighbours raise or lower it too, so the gains of the sections are
    not those of the response. They are found from the bands' influence on each other's centres,
    which is nearly proportional to gain in dB (V. Valimaki, J. Liski, "Accurate cascade graphic
    equalizer", IEEE Signal Processing Letters 24(2), 2017), and refined by Newton steps on the
    response itself.

    Parameters
    ----------
    gains_db : sequence of float, shape (n_bands,)
        10 for "octave", 31 for "third_octave"; each from -24 to 24 dB.
    bands : str, optional
        Key of `CENTRES_HZ`. Centres at or above 0.45 * fs_hz are left out; their gains must
        be 0.
    fs_hz : float
        Sampling rate in Hz.

    Returns
    -------
    SosDesign
        Within 0.01 dB of every gain at its centre.

    Raises
    ------
    SpecError
        If there are too many or too few gains, or one is out of range.
    DesignError
        If the gains alternate so steeply that no gains of the sections give them.

    Examples
    --------
    >>> graphic_eq([0, 0, 0, 3, 0, 0, 0, -2, 0, 0], fs_hz=48000).n_sections
    10
    """
    if bands not in CENTRES_HZ:
        raise SpecError(f"bands must be one of {', '.join(CENTRES_HZ)}, got {bands!r}")
    fs_hz = positive(fs_hz, "fs_hz", "Hz")
    wanted = finites(gains_db, "gains_db", "dB")
    centres = CENTRES_HZ[bands]
    if len(wanted) != len(centres):
        raise SpecError(f"gains_db must hold {len(centres)} gains, got {len(wanted)}")
    for k, gain in enumerate(wanted):
        if abs(gain) > 24:
            raise SpecError(f"gains_db must lie from -24 to 24, got gains_db[{k}] = {gain:g}")
        if gain and centres[k] >= 0.45 * fs_hz:
            raise SpecError(
                f"a band at {centres[k]:.5g} Hz must have the gain 0 at fs_hz = {fs_hz:g}, "
                f"got gains_db[{k}] = {gain:g}"
            )
    used = [k for k, centre in enumerate(centres) if centre < 0.45 * fs_hz]
    octaves = math.log2(_OCTAVE_RATIO) / (1 if bands == "octave" else 3)
    graphic = _Graphic([centres[k] for k in used], 1.5 * octaves, fs_hz)
    return graphic.solve(np.array([wanted[k] for k in used]))


class _Graphic:
    """Peaks at fixed centres, their gains free."""

    def __init__(self, centres_hz: Sequence[float], width_oct: float, fs_hz: float) -> None:
        self.centres_hz = centres_hz
        self.width_oct = width_oct
        self.fs_hz = fs_hz

    def sections(self, gains_db: Any) -> Any:
        return np.array(
            [
                band_section(
                    EqBand(
                        kind=EqKind.PEAK,
                        frequency_hz=hz,
                        gain_db=float(gain),
                        bandwidth_oct=self.width_oct,
                    ),
                    fs_hz=self.fs_hz,
                )
                for hz, gain in zip(self.centres_hz, gains_db, strict=True)
            ]
        )

    def response_db(self, sos: Any) -> Any:
        """Gain in dB of every section at every centre, shape (n_sections, n_centres)."""
        z = np.exp(-2j * np.pi * np.array(self.centres_hz) / self.fs_hz)
        powers = np.array([np.ones_like(z), z, z * z])
        ratio = (sos[:, :3] @ powers) / (sos[:, 3:] @ powers)
        return 20 * np.log10(np.abs(ratio))

    def solve(self, wanted: Any) -> SosDesign:
        gains = np.zeros_like(wanted)
        for _ in range(40):
            sos = self.sections(gains)
            missing = wanted - self.response_db(sos).sum(axis=0)
            if np.abs(missing).max() < 1e-3:
                return SosDesign(sos=sos, family="graphic", fs_hz=self.fs_hz)
            # The influence of a band per dB, measured where it is now: a Newton step.
            step = np.where(np.abs(gains) < 1, 1.0, 0.1)
            slopes = (self.response_db(self.sections(gains + step)) - self.response_db(sos)) / step[
                :, np.newaxis
            ]
            gains = np.clip(gains + np.linalg.solve(slopes.T, missing), -60, 60)
        raise DesignError(
            "a graphic equaliser must pass through its gains, got "
            f"{np.abs(missing).max():.3g} dB beside one; make neighbours differ less"
        )
