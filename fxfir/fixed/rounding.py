"""The seven roundings, as exact operations on integers."""

from __future__ import annotations

from enum import Enum
from typing import Any, assert_never

import numpy as np

__all__ = ["Rounding", "round_shift_right"]


class Rounding(Enum):
    """What becomes of the bits below the target LSB; v is the exact value in target LSBs.

    The values are the names used in JSON and on the command line.
    """

    FLOOR = "floor"
    """floor(v): the bits are dropped."""
    CEIL = "ceil"
    """ceil(v)."""
    TO_ZERO = "to_zero"
    """trunc(v): towards zero."""
    HALF_UP = "half_up"
    """floor(v + 1/2): nearest, ties towards plus infinity."""
    HALF_DOWN = "half_down"
    """ceil(v - 1/2): nearest, ties towards minus infinity."""
    HALF_AWAY = "half_away"
    """sign(v) * floor(|v| + 1/2): nearest, ties away from zero."""
    HALF_EVEN = "half_even"
    """Nearest, ties to the even integer: no bias."""


def round_shift_right(values: Any, shift: int, rounding: Rounding) -> Any:
    """Round values * 2**-shift to integers.

    Parameters
    ----------
    values : int or ndarray of int64 or object
        Integers. An int64 array must leave room for adding 2**(shift - 1).
    shift : int
        Bits to drop, at least 1.
    rounding : Rounding
        How they are dropped.

    Returns
    -------
    int or ndarray
        Of the same kind as `values`.

    Notes
    -----
    ``>>`` floors on Python integers and on NumPy arrays alike, so every mode is a floor after
    an added constant: half - 1 turns a tie downwards, half turns it upwards.
    """
    half = 1 << (shift - 1)
    match rounding:
        case Rounding.FLOOR:
            return values >> shift
        case Rounding.CEIL:
            return -((-values) >> shift)
        case Rounding.TO_ZERO:
            return (values + _negative(values) * ((1 << shift) - 1)) >> shift
        case Rounding.HALF_UP:
            return (values + half) >> shift
        case Rounding.HALF_DOWN:
            return (values + (half - 1)) >> shift
        case Rounding.HALF_AWAY:
            return (values + half - _negative(values)) >> shift
        case Rounding.HALF_EVEN:
            return (values + (half - 1) + ((values >> shift) & 1)) >> shift
        case _:
            assert_never(rounding)


def _negative(values: Any) -> Any:
    """1 where values < 0, in the dtype of `values` (NumPy's bool would overflow past 63 bits)."""
    if isinstance(values, np.ndarray):
        return (values < 0).astype(values.dtype)
    return int(values < 0)
