"""The sampling rate that a filter and its mask share."""

from __future__ import annotations

from fxfir.errors import SpecError
from fxfir.spec.check import positive
from fxfir.spec.mask import Mask

__all__ = ["shared_rate"]


def shared_rate(fs_hz: float | None, mask: Mask | None) -> float | None:
    """Return the one sampling rate that a filter and its mask have, or None if neither has one."""
    rate = None if fs_hz is None else positive(fs_hz, "fs_hz", "Hz")
    if mask is None:
        return rate
    if not isinstance(mask, Mask):
        raise SpecError(f"mask must be a Mask, got {mask!r}")
    if rate is not None and rate != mask.fs_hz:
        raise SpecError(f"fs_hz must be the mask's {mask.fs_hz:g} Hz, got {rate:g}")
    return mask.fs_hz
