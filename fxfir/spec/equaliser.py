"""Specification of an equaliser: bands as audio people write them, and a gain before them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from fxfir.errors import SpecError
from fxfir.spec.check import finite, inside_band, positive
from fxfir.spec.sos import SosSpec

__all__ = ["EqBand", "EqKind", "EqSos"]

_MOST_DB = 120.0


class EqKind(Enum):
    """What one band of an equaliser does.

    Members
    -------
    PEAK
        Boost or cut around a centre.
    LOW_SHELF, HIGH_SHELF
        Boost or cut below or above a frequency.
    LOW_PASS, HIGH_PASS
        12 dB per octave.
    BAND_PASS
        Gain 1 at the centre.
    NOTCH
        Gain 0 at the centre.
    ALL_PASS
        Gain 1 everywhere, phase turned by 180 degrees at the centre.
    """

    PEAK = "peak"
    LOW_SHELF = "low_shelf"
    HIGH_SHELF = "high_shelf"
    LOW_PASS = "low_pass"
    HIGH_PASS = "high_pass"
    BAND_PASS = "band_pass"
    NOTCH = "notch"
    ALL_PASS = "all_pass"

    @property
    def is_shelf(self) -> bool:
        """Whether the band is a shelf, which may have a slope."""
        return self in (EqKind.LOW_SHELF, EqKind.HIGH_SHELF)

    @property
    def has_gain(self) -> bool:
        """Whether `gain_db` means anything."""
        return self.is_shelf or self is EqKind.PEAK


@dataclass(frozen=True, slots=True, kw_only=True)
class EqBand:
    """One band of an equaliser, a single second-order section.

    Parameters
    ----------
    kind : EqKind or str
    frequency_hz : float
        Centre or corner in Hz. Of a shelf it is the frequency of half the gain in dB.
    gain_db : float, optional
        Boost (positive) or cut in dB; peaks and shelves only.
    q : float or None, optional
        Quality factor.
    bandwidth_oct : float or None, optional
        Width in octaves between the points of half the gain in dB (peak) or of -3 dB; shelves
        have none.
    slope : float or None, optional
        Of a shelf, in units of the steepest monotonic one (12 dB per octave).
    corner : bool, optional
        `frequency_hz` of a shelf is the corner on its flat side, as Equalizer APO reads `LS` and
        `HS` with a width.

    Raises
    ------
    SpecError
        If a number is out of range, not exactly one width is given, or one that the kind
        does not have.

    Examples
    --------
    >>> EqBand(kind="peak", frequency_hz=1000, gain_db=-3, q=1.4).kind
    <EqKind.PEAK: 'peak'>
    """

    kind: EqKind
    frequency_hz: float
    gain_db: float = 0.0
    q: float | None = None
    bandwidth_oct: float | None = None
    slope: float | None = None
    corner: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", _kind(self.kind))
        frequency = positive(self.frequency_hz, "frequency_hz", "Hz")
        object.__setattr__(self, "frequency_hz", frequency)
        gain = finite(self.gain_db, "gain_db", "dB")
        if abs(gain) > _MOST_DB:
            raise SpecError(f"gain_db must lie from -{_MOST_DB:g} to {_MOST_DB:g}, got {gain:g}")
        if gain and not self.kind.has_gain:
            raise SpecError(f"a band of kind {self.kind.value} has no gain_db, got {gain:g}")
        object.__setattr__(self, "gain_db", gain)
        given = [name for name in _WIDTHS if getattr(self, name) is not None]
        if len(given) != 1:
            raise SpecError(
                f"a band needs one of {', '.join(_WIDTHS)}, got {' and '.join(given) or 'none'}"
            )
        (name,) = given
        if name == ("bandwidth_oct" if self.kind.is_shelf else "slope"):
            raise SpecError(
                f"a band of kind {self.kind.value} has no {name}, got {getattr(self, name)!r}"
            )
        object.__setattr__(self, name, positive(getattr(self, name), name))
        if self.corner and not self.kind.is_shelf:
            raise SpecError(f"only a shelf has a corner, got {self.kind.value}")


_WIDTHS = ("q", "bandwidth_oct", "slope")


@dataclass(frozen=True, slots=True, kw_only=True)
class EqSos(SosSpec):
    """An equaliser: one section for each band, and a gain.

    Parameters
    ----------
    bands : sequence of EqBand
        May be empty if `preamp_db` is not 0.
    preamp_db : float, optional
        Gain in dB before the bands; negative ones leave them room.

    Raises
    ------
    SpecError
        If `fs_hz` is missing, a band does not lie below half of it (the message names the band),
        or there is nothing to do.
    """

    method: ClassVar[str] = "equaliser"

    bands: tuple[EqBand, ...]
    preamp_db: float = 0.0

    def __post_init__(self) -> None:
        SosSpec.__post_init__(self)
        if self.fs_hz is None:
            raise SpecError("an equaliser needs fs_hz, got none")
        bands = tuple(self.bands)
        for k, band in enumerate(bands):
            if not isinstance(band, EqBand):
                raise SpecError(f"bands must be of EqBand, got bands[{k}] = {band!r}")
            inside_band(band.frequency_hz, f"frequency_hz of band {k + 1}", self.fs_hz)
        preamp = finite(self.preamp_db, "preamp_db", "dB")
        if abs(preamp) > _MOST_DB:
            raise SpecError(
                f"preamp_db must lie from -{_MOST_DB:g} to {_MOST_DB:g}, got {preamp:g}"
            )
        if not bands and not preamp:
            raise SpecError("an equaliser needs a band or a gain, got neither")
        object.__setattr__(self, "bands", bands)
        object.__setattr__(self, "preamp_db", preamp)


def _kind(value: EqKind | str) -> EqKind:
    try:
        return EqKind(value)
    except ValueError:
        known = ", ".join(kind.value for kind in EqKind)
        raise SpecError(f"kind must be one of {known}, got {value!r}") from None
