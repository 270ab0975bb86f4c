"""Whatever numbers a caller brings, as exact fractions, or an error that names the position."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from numbers import Complex, Rational
from typing import Any

import numpy as np

from fxfir.errors import FxfirError

__all__ = ["exact_reals"]


def exact_reals(values: Any, what: str, error: type[FxfirError]) -> tuple[Fraction, ...]:
    """Return a flat sequence of real numbers as exact fractions.

    A float64 is a fraction with a power of two below it, so nothing is lost: 0.1 becomes
    3602879701896397 / 2**55.

    Parameters
    ----------
    values : sequence or ndarray of real numbers, shape (n,)
        Python or NumPy integers and floats, Fraction, Decimal.
    what : str
        How messages call it: "taps".
    error : type
        Which error to raise.

    Raises
    ------
    FxfirError
        Of type `error`: not a flat sequence, empty, or an entry that is complex, NaN, infinite or
        no number; the message names its position.
    """
    if isinstance(values, np.ndarray):
        if values.ndim != 1:
            raise error(f"{what} must be a flat list of numbers, got shape {values.shape}")
        values = values.tolist()
    if isinstance(values, (str, bytes, dict)) or not isinstance(values, Iterable):
        raise error(f"{what} must be a flat list of numbers, got {values!r:.60}")
    values = list(values)
    if not values:
        raise error(f"{what} must hold at least one number, got none")
    return tuple(_exact(value, what, k, error) for k, value in enumerate(values))


def _exact(value: Any, what: str, k: int, error: type[FxfirError]) -> Fraction:
    if isinstance(value, float):
        if math.isfinite(value):
            return Fraction(*value.as_integer_ratio())
        raise error(f"{what} must be finite, got {what}[{k}] = {value}")
    if isinstance(value, Rational) and not isinstance(value, bool):
        return Fraction(int(value.numerator), int(value.denominator))
    if hasattr(value, "as_integer_ratio") and not isinstance(value, (bool, np.bool_)):
        try:
            numerator, denominator = value.as_integer_ratio()
        except (ValueError, OverflowError):
            raise error(f"{what} must be finite, got {what}[{k}] = {value}") from None
        return Fraction(int(numerator), int(denominator))
    if isinstance(value, Complex) and not isinstance(value, bool):
        raise error(f"{what} must be real, got {what}[{k}] = {value}")
    raise error(f"{what} must be numbers, got {what}[{k}] = {value!r}")
