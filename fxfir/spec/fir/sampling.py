"""Specification of a FIR filter by points of its magnitude."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fxfir.errors import SpecError
from fxfir.spec.check import choice, count, finites
from fxfir.spec.fir.base import MOST_TAPS, FirSpec, check_odd
from fxfir.spec.fir.window import WINDOWS

__all__ = ["FrequencySamplingFir"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrequencySamplingFir(FirSpec):
    """An arbitrary magnitude, given by points that straight lines join.

    Parameters
    ----------
    frequencies_hz : sequence of float, shape (n,)
        From 0 to fs_hz / 2, not falling; a frequency given twice is a step.
    gains : sequence of float, shape (n,)
        Linear magnitudes, at least 0.
    n_taps : int
    window : str, optional
        One of `WINDOWS` but kaiser and chebyshev.

    Raises
    ------
    SpecError
        If the points are out of order, do not cover the band, or the number of taps is even
        while the gain at fs_hz / 2 is not 0.
    """

    method: ClassVar[str] = "frequency_sampling"

    frequencies_hz: tuple[float, ...]
    gains: tuple[float, ...]
    n_taps: int
    window: str = "hamming"

    def __post_init__(self) -> None:
        FirSpec.__post_init__(self)
        top = self._rate() / 2
        points = finites(self.frequencies_hz, "frequencies_hz", "Hz")
        gains = finites(self.gains, "gains")
        if len(points) != len(gains):
            raise SpecError(
                f"gains must be as many as frequencies_hz, got {len(gains)} for {len(points)}"
            )
        if len(points) < 2 or points[0] != 0 or points[-1] != top:
            ends = f"{points[0]:g} to {points[-1]:g}" if points else "none"
            raise SpecError(f"frequencies_hz must run from 0 to fs_hz / 2 = {top:g} Hz, got {ends}")
        for k in range(1, len(points)):
            if points[k] < points[k - 1]:
                raise SpecError(
                    f"frequencies_hz must not fall, got frequencies_hz[{k}] = {points[k]:g} "
                    f"after {points[k - 1]:g}"
                )
            if k >= 2 and points[k] == points[k - 2]:
                raise SpecError(
                    f"a frequency may stand twice, got frequencies_hz[{k}] = {points[k]:g} thrice"
                )
            if points[k] == points[k - 1] and points[k] in (0, top):
                raise SpecError(
                    f"a step must lie inside 0 to fs_hz / 2, got one at {points[k]:g} Hz"
                )
        for k, gain in enumerate(gains):
            if gain < 0:
                raise SpecError(f"gains must be at least 0, got gains[{k}] = {gain:g}")
        if not any(gains):
            raise SpecError("at least one gain must be above 0, got zeros only")
        self._set("n_taps", count(self.n_taps, "n_taps", most=MOST_TAPS))
        if gains[-1] != 0:
            check_odd(self.n_taps, "a gain at fs_hz / 2")
        choice(self.window, "window", [w for w in WINDOWS if w not in ("kaiser", "chebyshev")])
        self._set("frequencies_hz", points)
        self._set("gains", gains)
