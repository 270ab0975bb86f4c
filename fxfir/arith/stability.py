"""Stability of second-order sections, decided exactly."""

from __future__ import annotations

import math
from fractions import Fraction

from fxfir.errors import StabilityError

__all__ = ["is_stable", "pole_radius", "recursion_gain", "require_stable"]

_ROOT_BITS = 64


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


def recursion_gain(a1: Fraction | int, a2: Fraction | int) -> Fraction:
    """Bound the L1 norm of 1 / (1 + a1 z**-1 + a2 z**-2) from above, in closed form.

    Parameters
    ----------
    a1, a2 : Fraction or int
        Of a stable section; see `is_stable`.

    Returns
    -------
    Fraction
        For real poles p, q: 1 / ((1 - |p|) (1 - |q|)), which the norm reaches where both have one
        sign. For complex poles of radius r and angle t: the lesser of 1 / (1 - r)**2 and
        1 / ((1 - r) |sin t|).

    Notes
    -----
    The impulse response is the convolution of p**n and q**n, and r**n sin((n + 1) t) / sin t where
    p, q = r exp(+-j t); both bounds are sums of magnitudes. Square roots are taken in integers and
    rounded to the safe side.

    Examples
    --------
    >>> recursion_gain(Fraction(-3, 4), Fraction(1, 8)) == 1 / (Fraction(1, 2) * Fraction(3, 4))
    True
    """
    first, second = Fraction(a1), Fraction(a2)
    discriminant = first * first - 4 * second
    if discriminant >= 0:
        if second >= 0:
            return 1 / (1 - abs(first) + second)
        # (1 - |p|)(1 - |q|) = 1 + |a2| - sqrt(discriminant), without the cancellation.
        high = 1 + abs(second) + _root_above(discriminant)
        return high / ((1 + second) ** 2 - first * first)
    # 1 / (1 - r) = (1 + r) / (1 - r**2), and |sin t| = sqrt(-discriminant) / 2 r.
    sharp = (1 + _root_above(second)) / (1 - second)
    return sharp * min(sharp, 2 * _root_above(second) / _root_below(-discriminant))


def _root_below(value: Fraction) -> Fraction:
    """Return a positive fraction just below the square root of a positive one."""
    bits = _ROOT_BITS + value.denominator.bit_length()
    root = math.isqrt((value.numerator << 2 * bits) // value.denominator)
    return Fraction(max(root, 1), 1 << bits)


def _root_above(value: Fraction) -> Fraction:
    """Return a fraction just above the square root of a fraction of at least 0."""
    bits = _ROOT_BITS + value.denominator.bit_length()
    root = math.isqrt((value.numerator << 2 * bits) // value.denominator)
    return Fraction(root + 1, 1 << bits)
