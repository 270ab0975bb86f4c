"""What a design returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fxfir.spec.mask import Mask

__all__ = ["FirDesign", "SosDesign"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FirDesign:
    """Taps as real numbers, and where they came from.

    Parameters
    ----------
    taps : ndarray of float64, shape (n_taps,)
        Read-only; linear-phase methods return exactly (anti)symmetric ones.
    method : str
        Name of the method, or "taps" for taps as given.
    fs_hz : float or None, optional
        Sampling rate in Hz.
    mask : Mask or None, optional
        What the response is to be judged by.
    codes : tuple of int or None, optional
        The exact integers where the taps were given as codes of a coefficient format.
    """

    taps: np.ndarray[Any, np.dtype[np.float64]]
    method: str
    fs_hz: float | None = None
    mask: Mask | None = None
    codes: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        taps = np.array(self.taps, dtype=np.float64)
        taps.flags.writeable = False
        object.__setattr__(self, "taps", taps)

    @property
    def n_taps(self) -> int:
        """Number of taps."""
        return int(self.taps.size)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SosDesign:
    """Second-order sections as real numbers, and where they came from.

    Parameters
    ----------
    sos : ndarray of float64, shape (n_sections, 6)
        Read-only rows b0, b1, b2, 1, a1, a2.
    family : str
        Name of the family, or "rows" for sections as given.
    fs_hz : float or None, optional
        Sampling rate in Hz.
    mask : Mask or None, optional
        What the response is to be judged by.
    order : int or None, optional
        Order of the prototype, given or found.
    """

    sos: np.ndarray[Any, np.dtype[np.float64]]
    family: str
    fs_hz: float | None = None
    mask: Mask | None = None
    order: int | None = None

    def __post_init__(self) -> None:
        sos = np.array(self.sos, dtype=np.float64)
        sos.flags.writeable = False
        object.__setattr__(self, "sos", sos)

    @property
    def n_sections(self) -> int:
        """Number of second-order sections."""
        return int(self.sos.shape[0])
