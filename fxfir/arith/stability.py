"""Stability of second-order sections, decided exactly."""

from __future__ import annotations

import math
from fractions import Fraction

from fxfir.errors import StabilityError

__all__ = ["is_stable", "pole_radius", "require_stable"]


def is_stable(a1: Fraction | int, a2: Fraction | int, one: Fraction | int = 1) -> bool:
    """Decide whether z**2 + a1 z + a2 has both roots strictly inside the unit circle.

    Parameters
    ----------
    a1, a2 : Fraction or int
        Denominator, in units of 1 / `one`; so coefficient words go with one = 2**frac.
    one : Fraction or int, optional
        The leading coefficient, above 0.

    Returns
    -------
    bool
        True in the open triangle |a2| < 1, |a1| < 1 + a2; a pole on the circle is not stable.

    References
    ----------
    .. [1] E. I. Jury, "Theory and Application of the z-Transform Method", 1964, ch. 3.

    Examples
    --------
    >>> is_stable(-127, 63, one=64), is_stable(-126, 63, one=64)
    (False, True)
    """
    first, second, unit = Fraction(a1), Fraction(a2), Fraction(one)
    return abs(second) < unit and abs(first) < unit + second


def pole_radius(a1: Fraction | int, a2: Fraction | int, one: Fraction | int = 1) -> float:
    """Return the largest magnitude of a root of one z**2 + a1 z + a2.

    For messages and reports: a float64 cannot tell 1 from its nearest neighbours. `is_stable`
    decides.
    """
    first, second = Fraction(a1) / one, Fraction(a2) / one
    discriminant = first * first - 4 * second
    if discriminant < 0:
        return math.sqrt(second)
    return (abs(float(first)) + math.sqrt(discriminant)) / 2


def require_stable(a1: Fraction | int, a2: Fraction | int, one: Fraction | int, where: str) -> None:
    """Raise unless both roots of one z**2 + a1 z + a2 are strictly inside the unit circle.

    Parameters
    ----------
    a1, a2, one : Fraction or int
        As in `is_stable`.
    where : str
        Which section, and before or after what: "section 2 before quantisation".

    Raises
    ------
    StabilityError
        Naming `where` and the pole radius.
    """
    if not is_stable(a1, a2, one):
        raise StabilityError(
            "poles must lie inside the unit circle, "
            f"got pole radius {pole_radius(a1, a2, one):.9g} in {where}"
        )
