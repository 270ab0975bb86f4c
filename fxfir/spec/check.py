"""Checks of single numbers, shared by specifications and design functions.

The same rule must read the same whether it is broken in a SPEC.toml or in a Python call, so the
sentences live here, once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from difflib import get_close_matches
from numbers import Real
from typing import Any

from fxfir.errors import SpecError

__all__ = ["choice", "count", "finite", "finites", "inside_band", "positive", "unit"]


def finite(value: Any, what: str, unit: str = "") -> float:
    """Return `value` as a finite float.

    Parameters
    ----------
    value : real number
        NumPy scalars and fractions are welcome, bools and text are not.
    what : str
        Name used in the message.
    unit : str, optional
        Unit named in the message, such as "Hz".

    Raises
    ------
    SpecError
        If `value` is no real number, or is infinite or NaN.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise SpecError(f"{what} must be a number{_in(unit)}, got {value!r}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise SpecError(f"{what} must be a finite number{_in(unit)}, got {value!r}")
    return number


def finites(values: Any, what: str, unit: str = "") -> tuple[float, ...]:
    """Return a sequence of finite floats; an error names the position. See `finite`."""
    if isinstance(values, (str, bytes, dict)) or not isinstance(values, Iterable):
        raise SpecError(f"{what} must be a sequence of numbers{_in(unit)}, got {values!r}")
    return tuple(finite(value, f"{what}[{k}]", unit) for k, value in enumerate(values))


def positive(value: Any, what: str, unit: str = "") -> float:
    """Return `value` as a float above zero; see `finite`."""
    number = finite(value, what, unit)
    if number <= 0:
        raise SpecError(f"{what} must be above 0{_tail(unit)}, got {number:g}")
    return number


def unit(value: Any, what: str) -> float:
    """Return `value` as a float from 0 to 1, both included; see `finite`."""
    number = finite(value, what)
    if not 0 <= number <= 1:
        raise SpecError(f"{what} must lie from 0 to 1, got {number:g}")
    return number


def count(value: Any, what: str, least: int = 1, most: int | None = None) -> int:
    """Return `value` as an integer from `least` to `most`.

    Raises
    ------
    SpecError
        If `value` is no integer (floats and bools are not), or lies outside.
    """
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise SpecError(f"{what} must be an integer, got {value!r}")
    number = int(value.__index__())
    if number < least:
        raise SpecError(f"{what} must be at least {least}, got {number}")
    if most is not None and number > most:
        raise SpecError(f"{what} must be at most {most}, got {number}")
    return number


def inside_band(value: Any, what: str, fs_hz: float) -> float:
    """Return a frequency in Hz that lies strictly between 0 and fs_hz / 2.

    Raises
    ------
    SpecError
        If it does not.
    """
    number = finite(value, what, "Hz")
    if not 0 < number < fs_hz / 2:
        raise SpecError(
            f"{what} must lie above 0 and below fs_hz / 2 = {fs_hz / 2:g} Hz, got {number:g}"
        )
    return number


def choice(value: Any, what: str, known: Iterable[str]) -> str:
    """Return `value` if it is one of the names `known`.

    Raises
    ------
    SpecError
        If it is not; the message lists the names and the nearest one.
    """
    names = list(known)
    if isinstance(value, str) and value in names:
        return value
    near = get_close_matches(value, names, n=1) if isinstance(value, str) else []
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    raise SpecError(f"{what} must be one of {', '.join(names)}, got {value!r}{hint}")


def _in(unit: str) -> str:
    return f" in {unit}" if unit else ""


def _tail(unit: str) -> str:
    return f" {unit}" if unit else ""
