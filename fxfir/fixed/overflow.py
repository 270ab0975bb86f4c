"""What becomes of an integer that does not fit: wrap or saturate."""

from __future__ import annotations

from enum import Enum
from typing import Any, assert_never

import numpy as np

from fxfir.fixed.format import Format

__all__ = ["Overflow", "clamp", "saturate", "wrap"]


class Overflow(Enum):
    """How an integer outside a format's range is brought back into it."""

    WRAP = "wrap"
    """Keep the low bits: modulo 2**width."""
    SATURATE = "saturate"
    """Take the nearest end of the range."""


def wrap(values: Any, to: Format) -> Any:
    """Reduce integers modulo 2**width into the range of `to`.

    Parameters
    ----------
    values : int or ndarray of int64 or object
    to : Format

    Returns
    -------
    int or ndarray
        Of the same kind as `values`.
    """
    if isinstance(values, np.ndarray) and values.dtype != object and to.width >= 63:
        # An int64 word is inside a signed format this wide; the unsigned ones need Python integers.
        if to.signed and to.width >= 64:
            return values
        values = values.astype(object)
    if to.signed:
        half = 1 << (to.width - 1)
        return ((values + half) & ((1 << to.width) - 1)) - half
    return values & ((1 << to.width) - 1)


def saturate(values: Any, to: Format) -> Any:
    """Clamp integers to the range of `to`.

    Parameters
    ----------
    values : int or ndarray of int64 or object
    to : Format

    Returns
    -------
    int or ndarray
        Of the same kind as `values`.
    """
    if isinstance(values, np.ndarray):
        if values.dtype != object:
            ends = np.iinfo(np.int64)
            return np.clip(values, max(to.lo, ends.min), min(to.hi, ends.max))
        return np.minimum(np.maximum(values, to.lo), to.hi)
    return min(max(values, to.lo), to.hi)


def clamp(values: Any, to: Format, overflow: Overflow) -> Any:
    """Bring integers into the range of `to` in the way `overflow` says."""
    match overflow:
        case Overflow.WRAP:
            return wrap(values, to)
        case Overflow.SATURATE:
            return saturate(values, to)
        case _:
            assert_never(overflow)
