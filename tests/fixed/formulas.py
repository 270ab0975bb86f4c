"""The definitions of docs/numerics.md, word for word, in exact fractions: the oracle here."""

import math
from fractions import Fraction

from fxfir.fixed import Format, Overflow, Rounding

HALF = Fraction(1, 2)


def half_away(v: Fraction) -> int:
    size = math.floor(abs(v) + HALF)
    return size if v > 0 else -size


def half_even(v: Fraction) -> int:
    below = math.floor(v)
    rest = v - below
    if rest == HALF:
        return below if below % 2 == 0 else below + 1
    return below if rest < HALF else below + 1


ROUND = {
    Rounding.FLOOR: math.floor,
    Rounding.CEIL: math.ceil,
    Rounding.TO_ZERO: math.trunc,
    Rounding.HALF_UP: lambda v: math.floor(v + HALF),
    Rounding.HALF_DOWN: lambda v: math.ceil(v - HALF),
    Rounding.HALF_AWAY: half_away,
    Rounding.HALF_EVEN: half_even,
}


def limit(q: int, to: Format, overflow: Overflow) -> int:
    lo = -(2 ** (to.width - 1)) if to.signed else 0
    if overflow is Overflow.WRAP:
        return (q - lo) % 2**to.width + lo
    return sorted((lo, q, lo + 2**to.width - 1))[1]


def cast(word: int, frac: int, to: Format, rounding: Rounding, overflow: Overflow) -> int:
    return limit(ROUND[rounding](Fraction(word) * Fraction(2) ** (to.frac - frac)), to, overflow)
