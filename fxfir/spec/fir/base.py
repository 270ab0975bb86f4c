"""What all specifications of FIR filters have, and the rule of parity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from fxfir.errors import SpecError
from fxfir.spec.mask import Mask
from fxfir.spec.rate import shared_rate

__all__ = ["MOST_TAPS", "FirSpec", "check_odd", "check_parity"]

MOST_TAPS = 1 << 15
"""Taps that a design may have; a count beyond this is a slip of the keyboard, not a filter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirSpec:
    """What every specification of a FIR filter has.

    Parameters
    ----------
    fs_hz : float or None, optional
        Sampling rate in Hz; taken from `mask` if that is given.
    mask : Mask or None, optional
        What the response is judged by and, for the methods that fit bands, what is fitted.

    Raises
    ------
    SpecError
        If `fs_hz` is not positive, is missing where the method needs it, or differs from the
        mask's.
    """

    method: ClassVar[str] = ""

    fs_hz: float | None = None
    mask: Mask | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "fs_hz", shared_rate(self.fs_hz, self.mask))

    def _rate(self) -> float:
        if self.fs_hz is None:
            raise SpecError(f"method {self.method} needs fs_hz, got none")
        return self.fs_hz

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)


def check_odd(n_taps: int, what: str) -> None:
    """Refuse an even number of taps where fs_hz / 2 must not be forced to 0.

    Raises
    ------
    SpecError
        If `n_taps` is even.
    """
    if n_taps % 2 == 0:
        raise SpecError(f"{what} needs an odd number of taps (an even order), got {n_taps} taps")


def check_parity(n_taps: int, mask: Mask) -> None:
    """Refuse an even number of taps where a mask passes fs_hz / 2.

    Raises
    ------
    SpecError
        If `n_taps` is even.
    """
    last = mask.bands[-1]
    if last.high_hz == mask.nyquist_hz and not last.is_stop:
        check_odd(n_taps, "a pass band that ends at fs_hz / 2")
