"""Coefficient words: the greatest fraction that fits, the rounding, and bits nobody needs."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from fxfir.arith import half_even_scaled
from fxfir.errors import FormatError
from fxfir.fixed import Format

__all__ = ["check_width", "greatest_frac", "narrowest", "waste", "words_of"]

_SPARE_BITS = 4


def check_width(width: int, name: str) -> int:
    """Return `width` if a signed coefficient of so many bits can hold more than a sign.

    Raises
    ------
    FormatError
        If it is no integer of at least 2.
    """
    if isinstance(width, bool) or not isinstance(width, int) or width < 2:
        raise FormatError(f"{name} must be an integer of at least 2 bits, got {width!r}")
    return width


def words_of(values: Sequence[Fraction], frac: int) -> tuple[int, ...]:
    """Return half-even(value * 2**frac) of every value, computed exactly."""
    return tuple(half_even_scaled(v, frac) for v in values)


def greatest_frac(values: Sequence[Fraction], width: int) -> int:
    """Return the greatest frac at which every rounded word fits `width` signed bits.

    Parameters
    ----------
    values : sequence of Fraction
        Not all zero.
    width : int
        At least 2.

    Returns
    -------
    int
        Negative for large values, above `width` for small ones.

    Notes
    -----
    Rounding is monotonic, so the two ends of the list decide for all of it.

    Examples
    --------
    >>> greatest_frac([Fraction(1, 4)], 8), greatest_frac([Fraction(300)], 8)
    (8, -2)
    """
    most, least = max(values), min(values)
    peak = max(most, -least)
    hi, lo = (1 << (width - 1)) - 1, -(1 << (width - 1))
    # Two above what the bit lengths promise; at most four steps down from there.
    frac = width + 1 - (peak.numerator.bit_length() - peak.denominator.bit_length())
    while half_even_scaled(most, frac) > hi or half_even_scaled(least, frac) < lo:
        frac -= 1
    return frac


def narrowest(words: Sequence[int], frac: int) -> tuple[tuple[int, ...], Format]:
    """Drop the zero bits that all words share at the low end, and the unused ones at the top.

    Returns
    -------
    words : tuple of int
    coeff : Format
        Signed; the values are unchanged.
    """
    joint = 0
    for word in words:
        joint |= word
    zeros = (joint & -joint).bit_length() - 1 if joint else 0
    short = tuple(w >> zeros for w in words)
    held = Format.holding(min(short), max(short), frac - zeros)
    width = held.width if held.signed else held.width + 1
    return short, Format(signed=True, width=width, frac=frac - zeros)


def waste(words: Sequence[int], coeff: Format) -> Format | None:
    """Return the format that would do, if `coeff` is wider by several bits; else None."""
    _, needed = narrowest(words, coeff.frac)
    if not coeff.signed:
        needed = Format(signed=False, width=max(1, needed.width - 1), frac=needed.frac)
    return needed if coeff.width - needed.width >= _SPARE_BITS else None
