"""Frequency masks: what a magnitude response may be, band by band."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from fxfir.errors import SpecError
from fxfir.spec.check import finite, positive

__all__ = ["Band", "Mask"]

# Recognised by identity, so that a NaN somebody passes is still refused.
_BY_LIMIT = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """One band of a mask: edges in Hz, the wanted magnitude and how far it may be missed.

    Parameters
    ----------
    low_hz, high_hz : float
        Edges in Hz, both inside the band; 0 <= low_hz < high_hz.
    gain : float, optional
        Wanted magnitude, linear; 0 is a stop band. Without it a band with `attenuation_db` is a
        stop band and any other has gain 1.
    ripple_db : float or None, optional
        Pass bands: the magnitude stays within +-ripple_db of `gain`.
    attenuation_db : float or None, optional
        Stop bands: the magnitude stays at least this many dB below 1, a positive number. It is
        measured from 1 and not from a pass band, so a band means the same in every mask.
    weight : float, optional
        Relative cost of an error in this band to the weighted design methods; above 0.

    Attributes
    ----------
    lo, hi : float
        Linear limits of the magnitude: gain * 10**(-+ripple_db / 20), or 0 and
        10**(-attenuation_db / 20); 0 and infinity where neither is given.

    Raises
    ------
    SpecError
        If the edges are out of order or negative, a number is not finite, or a limit does not go
        with the gain.

    Examples
    --------
    >>> stop = Band(low_hz=3000, high_hz=4000, attenuation_db=40)
    >>> stop.gain, stop.lo, stop.hi
    (0.0, 0.0, 0.01)
    """

    low_hz: float
    high_hz: float
    gain: float = _BY_LIMIT
    ripple_db: float | None = None
    attenuation_db: float | None = None
    weight: float = 1.0

    def __post_init__(self) -> None:
        low = finite(self.low_hz, "low_hz", "Hz")
        high = finite(self.high_hz, "high_hz", "Hz")
        if low < 0:
            raise SpecError(f"low_hz must be at least 0 Hz, got {low:g}")
        if high <= low:
            raise SpecError(f"high_hz must be above low_hz = {low:g} Hz, got {high:g}")
        if self.gain is _BY_LIMIT:
            gain = 1.0 if self.attenuation_db is None else 0.0
        else:
            gain = finite(self.gain, "gain")
        if gain < 0:
            raise SpecError(f"gain must be a magnitude of at least 0, got {gain:g}")
        if self.ripple_db is not None and gain == 0:
            raise SpecError(
                f"a stop band takes attenuation_db, got ripple_db = {self.ripple_db!r} and gain 0"
            )
        if self.attenuation_db is not None and gain != 0:
            raise SpecError(
                f"a pass band takes ripple_db, got attenuation_db = {self.attenuation_db!r} "
                f"and gain {gain:g}"
            )
        for name in ("ripple_db", "attenuation_db"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, positive(value, name, "dB"))
        object.__setattr__(self, "low_hz", low)
        object.__setattr__(self, "high_hz", high)
        object.__setattr__(self, "gain", gain)
        object.__setattr__(self, "weight", positive(self.weight, "weight"))

    @property
    def is_stop(self) -> bool:
        """Whether the wanted magnitude is 0."""
        return self.gain == 0

    @property
    def is_limited(self) -> bool:
        """Whether the band says how far its gain may be missed."""
        return self.ripple_db is not None or self.attenuation_db is not None

    @property
    def lo(self) -> float:
        """Smallest magnitude allowed, linear."""
        return 0.0 if self.ripple_db is None else self.gain * 10 ** (-self.ripple_db / 20)

    @property
    def hi(self) -> float:
        """Largest magnitude allowed, linear; infinity where there is no limit."""
        if self.ripple_db is not None:
            return self.gain * float(10 ** (self.ripple_db / 20))
        if self.attenuation_db is not None:
            return float(10 ** (-self.attenuation_db / 20))
        return math.inf

    @property
    def centre(self) -> float:
        """Amplitude halfway between the limits, which leaves a design the most room."""
        return (self.lo + self.hi) / 2 if self.ripple_db is not None else self.gain

    @property
    def deviation(self) -> float:
        """Largest linear error around `centre` that the limits allow; infinity without limits."""
        return (self.hi - self.lo) / 2 if self.ripple_db is not None else self.hi


@dataclass(frozen=True, slots=True, kw_only=True)
class Mask:
    """Bands of a sampled magnitude response, lowest first; gaps between them are free.

    Parameters
    ----------
    fs_hz : float
        Sampling rate in Hz.
    bands : sequence of Band
        At least one; in order, not overlapping (two may share an edge), none above fs_hz / 2.

    Raises
    ------
    SpecError
        If a rule above is broken, or two bands share an edge and no magnitude satisfies both.

    Examples
    --------
    >>> mask = Mask.lowpass(
    ...     fs_hz=8000, pass_hz=1000, stop_hz=1500, ripple_db=0.1, attenuation_db=60
    ... )
    >>> [(band.low_hz, band.high_hz, band.gain) for band in mask.bands]
    [(0.0, 1000.0, 1.0), (1500.0, 4000.0, 0.0)]
    >>> mask.transition_hz
    500.0
    """

    fs_hz: float
    bands: tuple[Band, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "fs_hz", positive(self.fs_hz, "fs_hz", "Hz"))
        object.__setattr__(self, "bands", tuple(self.bands))
        if not self.bands:
            raise SpecError("a mask needs at least one band, got none")
        for k, band in enumerate(self.bands):
            if not isinstance(band, Band):
                raise SpecError(f"bands must be Band, got bands[{k}] = {band!r}")
            if band.high_hz > self.nyquist_hz:
                raise SpecError(
                    f"a band must end at or below fs_hz / 2 = {self.nyquist_hz:g} Hz, "
                    f"got bands[{k}].high_hz = {band.high_hz:g}"
                )
        for k in range(1, len(self.bands)):
            _check_neighbours(self.bands[k - 1], self.bands[k], k)

    @classmethod
    def lowpass(
        cls,
        *,
        fs_hz: float,
        pass_hz: float,
        stop_hz: float,
        ripple_db: float,
        attenuation_db: float,
        gain: float = 1.0,
    ) -> Mask:
        """Return a mask that passes 0 to pass_hz and stops stop_hz to fs_hz / 2."""
        fs_hz = positive(fs_hz, "fs_hz", "Hz")
        return cls(
            fs_hz=fs_hz,
            bands=(
                Band(low_hz=0, high_hz=pass_hz, gain=gain, ripple_db=ripple_db),
                Band(low_hz=stop_hz, high_hz=fs_hz / 2, attenuation_db=attenuation_db),
            ),
        )

    @classmethod
    def highpass(
        cls,
        *,
        fs_hz: float,
        stop_hz: float,
        pass_hz: float,
        ripple_db: float,
        attenuation_db: float,
        gain: float = 1.0,
    ) -> Mask:
        """Return a mask that stops 0 to stop_hz and passes pass_hz to fs_hz / 2."""
        fs_hz = positive(fs_hz, "fs_hz", "Hz")
        return cls(
            fs_hz=fs_hz,
            bands=(
                Band(low_hz=0, high_hz=stop_hz, attenuation_db=attenuation_db),
                Band(low_hz=pass_hz, high_hz=fs_hz / 2, gain=gain, ripple_db=ripple_db),
            ),
        )

    @classmethod
    def bandpass(
        cls,
        *,
        fs_hz: float,
        stop_hz: tuple[float, float],
        pass_hz: tuple[float, float],
        ripple_db: float,
        attenuation_db: float,
        gain: float = 1.0,
    ) -> Mask:
        """Return a mask that passes pass_hz[0] to pass_hz[1] and stops outside stop_hz."""
        fs_hz = positive(fs_hz, "fs_hz", "Hz")
        return cls(
            fs_hz=fs_hz,
            bands=(
                Band(low_hz=0, high_hz=stop_hz[0], attenuation_db=attenuation_db),
                Band(low_hz=pass_hz[0], high_hz=pass_hz[1], gain=gain, ripple_db=ripple_db),
                Band(low_hz=stop_hz[1], high_hz=fs_hz / 2, attenuation_db=attenuation_db),
            ),
        )

    @classmethod
    def bandstop(
        cls,
        *,
        fs_hz: float,
        pass_hz: tuple[float, float],
        stop_hz: tuple[float, float],
        ripple_db: float,
        attenuation_db: float,
        gain: float = 1.0,
    ) -> Mask:
        """Return a mask that stops stop_hz[0] to stop_hz[1] and passes outside pass_hz."""
        fs_hz = positive(fs_hz, "fs_hz", "Hz")
        return cls(
            fs_hz=fs_hz,
            bands=(
                Band(low_hz=0, high_hz=pass_hz[0], gain=gain, ripple_db=ripple_db),
                Band(low_hz=stop_hz[0], high_hz=stop_hz[1], attenuation_db=attenuation_db),
                Band(low_hz=pass_hz[1], high_hz=fs_hz / 2, gain=gain, ripple_db=ripple_db),
            ),
        )

    @property
    def nyquist_hz(self) -> float:
        """Half the sampling rate in Hz."""
        return self.fs_hz / 2

    @property
    def is_limited(self) -> bool:
        """Whether every band says how far its gain may be missed."""
        return all(band.is_limited for band in self.bands)

    @property
    def has_limits(self) -> bool:
        """Whether any band has limits, so that a verdict says something."""
        return any(band.is_limited for band in self.bands)

    @property
    def transition_hz(self) -> float:
        """Narrowest gap between two bands in Hz; infinity for a single band."""
        pairs = zip(self.bands, self.bands[1:], strict=False)
        return min((right.low_hz - left.high_hz for left, right in pairs), default=math.inf)

    def to_json(self) -> dict[str, Any]:
        """Return plain data that `from_json` reads back to an equal mask."""
        return {"fs_hz": self.fs_hz, "bands": [asdict(band) for band in self.bands]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Mask:
        """Build a mask from what `to_json` made."""
        return cls(fs_hz=data["fs_hz"], bands=tuple(Band(**band) for band in data["bands"]))


def _check_neighbours(left: Band, right: Band, k: int) -> None:
    if right.low_hz < left.low_hz:
        raise SpecError(
            f"bands must be in order, got bands[{k}].low_hz = {right.low_hz:g} "
            f"after bands[{k - 1}].low_hz = {left.low_hz:g}"
        )
    if right.low_hz < left.high_hz:
        raise SpecError(
            f"bands must not overlap, got bands[{k}].low_hz = {right.low_hz:g} "
            f"below bands[{k - 1}].high_hz = {left.high_hz:g}"
        )
    if right.low_hz == left.high_hz and (left.hi < right.lo or right.hi < left.lo):
        raise SpecError(
            f"bands that share an edge must allow a common magnitude, got bands[{k - 1}] and "
            f"bands[{k}] apart at {right.low_hz:g} Hz"
        )
