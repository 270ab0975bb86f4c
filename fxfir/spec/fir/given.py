"""Taps that need no design: as given, or all alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fxfir.spec.check import count
from fxfir.spec.fir.base import MOST_TAPS, FirSpec
from fxfir.spec.taps import Codes, Taps, Values

__all__ = ["MovingAverageFir", "TapsFir"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TapsFir(FirSpec):
    """Taps as given.

    Parameters
    ----------
    taps : Values, Codes or sequence of real numbers, shape (n_taps,)
        A plain sequence means real values: 1, 2, 3 is 1.0, 2.0, 3.0.

    Raises
    ------
    TapsError
        See `fxfir.spec.taps.Values`.
    """

    method: ClassVar[str] = "taps"

    taps: Taps

    def __post_init__(self) -> None:
        FirSpec.__post_init__(self)
        if not isinstance(self.taps, (Values, Codes)):
            self._set("taps", Values(values=self.taps))


@dataclass(frozen=True, slots=True, kw_only=True)
class MovingAverageFir(FirSpec):
    """The mean of the last `n_taps` samples.

    Parameters
    ----------
    n_taps : int

    Raises
    ------
    SpecError
        If `n_taps` is below 1.
    """

    method: ClassVar[str] = "moving_average"

    n_taps: int

    def __post_init__(self) -> None:
        FirSpec.__post_init__(self)
        self._set("n_taps", count(self.n_taps, "n_taps", most=MOST_TAPS))
