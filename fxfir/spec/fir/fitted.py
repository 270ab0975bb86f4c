"""Specifications of FIR filters that fit the bands of a mask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fxfir.errors import SpecError
from fxfir.spec.check import count
from fxfir.spec.fir.base import MOST_TAPS, FirSpec, check_parity

__all__ = ["EquirippleFir", "FittedFir", "LeastSquaresFir"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedFir(FirSpec):
    """Bands of a mask fitted in some norm.

    Parameters
    ----------
    n_taps : int or None, optional
        None finds the smallest number that meets the mask.

    Raises
    ------
    SpecError
        If there is no mask, two bands touch, all are stop bands, the number of taps is even where
        fs_hz / 2 must pass, or is to be found and a band has no limit.
    """

    n_taps: int | None = None

    def __post_init__(self) -> None:
        FirSpec.__post_init__(self)
        if self.mask is None:
            raise SpecError(f"method {self.method} needs bands, got none")
        if self.mask.transition_hz <= 0:
            raise SpecError(
                f"method {self.method} needs a gap between bands, got two that share an edge"
            )
        if all(band.is_stop for band in self.mask.bands):
            raise SpecError("at least one band must have a gain above 0, got stop bands only")
        if self.n_taps is not None:
            self._set("n_taps", count(self.n_taps, "n_taps", most=MOST_TAPS))
            check_parity(self.n_taps, self.mask)
        elif not self.mask.is_limited:
            raise SpecError(
                "n_taps can be found only if every band has ripple_db or attenuation_db, "
                "got one without"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class LeastSquaresFir(FittedFir):
    """The least weighted square error over the bands; parameters as `EquirippleFir`."""

    method: ClassVar[str] = "least_squares"


@dataclass(frozen=True, slots=True, kw_only=True)
class EquirippleFir(FittedFir):
    """The least weighted peak error over the bands.

    Parameters
    ----------
    n_taps : int or None, optional
        None finds the smallest number that meets the mask.

    Notes
    -----
    The weight of a band is `Band.weight`, divided by what its limits allow where every band has
    limits: so equal weights spread the margin evenly over the bands.
    """

    method: ClassVar[str] = "equiripple"
