"""The cast: the one operation by which a value loses bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fxfir.errors import FormatError
from fxfir.fixed.format import Format
from fxfir.fixed.overflow import Overflow, clamp
from fxfir.fixed.rounding import Rounding, round_shift_right

__all__ = ["Cast", "apply", "round_shift"]

_INT64_BITS = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Round to the target's LSB, then wrap or saturate into its range.

    Parameters
    ----------
    to : Format
        Target format.
    rounding : Rounding, optional
        Half-even unless said otherwise.
    overflow : Overflow, optional
        Saturate unless said otherwise.

    Raises
    ------
    FormatError
        If a field is of the wrong type.

    Examples
    --------
    >>> from fxfir.fixed import SQ
    >>> cast = Cast(to=SQ(1, 3))
    >>> [cast(v, frac=4) for v in (3, 5, 100, -100)]
    [2, 2, 7, -8]
    """

    to: Format
    rounding: Rounding = Rounding.HALF_EVEN
    overflow: Overflow = Overflow.SATURATE

    def __post_init__(self) -> None:
        for name, kind in (("to", Format), ("rounding", Rounding), ("overflow", Overflow)):
            value = getattr(self, name)
            if not isinstance(value, kind):
                raise FormatError(f"{name} of a cast must be a {kind.__name__}, got {value!r}")

    def __call__(self, values: Any, *, frac: int) -> Any:
        """Cast integers that count units of 2**-frac; see `apply`."""
        return apply(self, values, frac)


def round_shift(values: Any, shift: int, rounding: Rounding) -> Any:
    """Round values * 2**-shift to integers; a negative shift is exact.

    Parameters
    ----------
    values : int or ndarray of int64 or object
        Exact integers; an int64 array is widened to Python integers where a sum could leave
        63 bits.
    shift : int
        Bits to drop (positive) or to append (negative).
    rounding : Rounding
        Used when bits are dropped.

    Returns
    -------
    int or ndarray of int64 or object
    """
    if shift == 0:
        return values
    if isinstance(values, np.ndarray) and values.dtype != object:
        peak = _peak_bits(values)
        if max(peak, abs(shift)) + 1 + (-shift if shift < 0 else 0) > _INT64_BITS - 1:
            values = values.astype(object)
    if shift < 0:
        return values << -shift
    return round_shift_right(values, shift, rounding)


def apply(cast: Cast, values: Any, frac: int) -> Any:
    """Cast exact integers that count units of 2**-frac to `cast.to`.

    Parameters
    ----------
    cast : Cast
    values : int or ndarray of integers
        Any integer dtype, or object dtype for words past 63 bits.
    frac : int
        Fraction bits of `values`.

    Returns
    -------
    int or ndarray
        Integers of `cast.to`: int64, or object dtype where the format is wider than 63 bits.

    Examples
    --------
    >>> from fxfir.fixed import SQ
    >>> apply(Cast(to=SQ(1, 3)), np.array([3, 5, 100]), 4)
    array([2, 2, 7])
    """
    if isinstance(values, np.ndarray) and values.dtype != object:
        # uint64 words may not fit int64: they go through Python integers.
        values = values.astype(object if values.dtype == np.uint64 else np.int64, copy=False)
    elif not isinstance(values, np.ndarray):
        values = int(values)
    result = clamp(round_shift(values, frac - cast.to.frac, cast.rounding), cast.to, cast.overflow)
    if isinstance(result, np.ndarray):
        narrow = cast.to.width <= (64 if cast.to.signed else 63)
        return result.astype(np.int64 if narrow else object, copy=False)
    return result


def _peak_bits(values: np.ndarray[Any, Any]) -> int:
    if values.size == 0:
        return 0
    return max(int(values.max()).bit_length(), int(values.min()).bit_length())
