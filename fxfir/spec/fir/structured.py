"""Specifications of FIR filters with a structure that their use asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fxfir.errors import SpecError
from fxfir.spec.check import count, finite, inside_band, positive
from fxfir.spec.fir.base import MOST_TAPS, FirSpec

__all__ = ["HalfBandFir", "HilbertFir"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfBandFir(FirSpec):
    """A low-pass at fs_hz / 4 whose every second tap is exactly 0 and whose centre is exactly 0.5.

    Parameters
    ----------
    pass_hz : float
        End of the pass band in Hz, below fs_hz / 4; the stop band starts at fs_hz / 2 - pass_hz.
    n_taps : int or None, optional
        4 k + 3, so that the outermost taps are not 0. None finds the smallest that reaches
        `attenuation_db`.
    attenuation_db : float or None, optional
        Attenuation of the stop band; the pass band's deviation from 1 is the same number.

    Raises
    ------
    SpecError
        If `pass_hz` is out of range, `n_taps` is not 4 k + 3, or not exactly one of `n_taps` and
        `attenuation_db` is given.
    """

    method: ClassVar[str] = "half_band"

    pass_hz: float
    n_taps: int | None = None
    attenuation_db: float | None = None

    def __post_init__(self) -> None:
        FirSpec.__post_init__(self)
        quarter = self._rate() / 4
        edge = finite(self.pass_hz, "pass_hz", "Hz")
        if not 0 < edge < quarter:
            raise SpecError(
                f"pass_hz of a half-band filter must lie above 0 and below "
                f"fs_hz / 4 = {quarter:g} Hz, got {edge:g}"
            )
        self._set("pass_hz", edge)
        if (self.n_taps is None) == (self.attenuation_db is None):
            raise SpecError(
                f"a half-band filter needs either n_taps or attenuation_db, "
                f"got {'neither' if self.n_taps is None else 'both'}"
            )
        if self.n_taps is not None:
            self._set("n_taps", count(self.n_taps, "n_taps", 3, MOST_TAPS))
            if self.n_taps % 4 != 3:
                raise SpecError(f"a half-band filter needs 4 k + 3 taps, got {self.n_taps}")
        else:
            self._set("attenuation_db", positive(self.attenuation_db, "attenuation_db", "dB"))


@dataclass(frozen=True, slots=True, kw_only=True)
class HilbertFir(FirSpec):
    """A shift by 90 degrees: H(f) = -j for f > 0, apart from the delay; equiripple.

    Parameters
    ----------
    low_hz, high_hz : float, optional
        Band in Hz in which the magnitude is near 1. Default of `high_hz`: fs_hz / 2 - low_hz.
    n_taps : int or None, optional
        Odd: the gain is 0 at fs_hz / 2 as well as at 0, and with a symmetric band every second
        tap is exactly 0. None finds the smallest odd number that keeps within `ripple_db`.
    ripple_db : float or None, optional
        Largest deviation of the magnitude from 1 in dB.

    Raises
    ------
    SpecError
        If the band is out of range or out of order, or not exactly one of `n_taps` and
        `ripple_db` is given.
    """

    method: ClassVar[str] = "hilbert"

    low_hz: float
    high_hz: float | None = None
    n_taps: int | None = None
    ripple_db: float | None = None

    def __post_init__(self) -> None:
        FirSpec.__post_init__(self)
        fs_hz = self._rate()
        low = inside_band(self.low_hz, "low_hz", fs_hz)
        high = fs_hz / 2 - low if self.high_hz is None else finite(self.high_hz, "high_hz", "Hz")
        even = self.n_taps is not None and count(self.n_taps, "n_taps", 2) % 2 == 0
        if not low < high <= fs_hz / 2:
            raise SpecError(
                f"high_hz must lie above low_hz = {low:g} Hz and not above fs_hz / 2 = "
                f"{fs_hz / 2:g} Hz, got {high:g}"
            )
        if high == fs_hz / 2 and not even:
            raise SpecError(
                f"high_hz must be below fs_hz / 2 = {fs_hz / 2:g} Hz for an odd number of taps, "
                f"got {high:g}"
            )
        if (self.n_taps is None) == (self.ripple_db is None):
            raise SpecError(
                f"a Hilbert filter needs either n_taps or ripple_db, "
                f"got {'neither' if self.n_taps is None else 'both'}"
            )
        if self.n_taps is not None:
            self._set("n_taps", count(self.n_taps, "n_taps", 2, MOST_TAPS))
        else:
            self._set("ripple_db", positive(self.ripple_db, "ripple_db", "dB"))
        self._set("low_hz", low)
        self._set("high_hz", high)
