"""The cast of single integers, prepared once and called per sample."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from fxfir.fixed import Cast, Overflow, Rounding

__all__ = ["clamp_word", "int_round", "round_word", "word_cast"]

WordMap = Callable[[int], int]


def int_round(rounding: Rounding, shift: int) -> tuple[int, int, int]:
    """Return (add, even, negative), the constants of one rounding formula for all modes.

    Notes
    -----
    (v + add + (v >> shift & even) + (negative if v < 0 else 0)) >> shift: `add` goes in before the
    floor, `even` adds one where the kept part is odd, `negative` where v is negative.

    Examples
    --------
    >>> int_round(Rounding.HALF_EVEN, 4)
    (7, 1, 0)
    """
    if shift == 0:
        return 0, 0, 0
    whole = (1 << shift) - 1
    half = 1 << (shift - 1)
    match rounding:
        case Rounding.FLOOR:
            return 0, 0, 0
        case Rounding.CEIL:
            return whole, 0, 0
        case Rounding.TO_ZERO:
            return 0, 0, whole
        case Rounding.HALF_UP:
            return half, 0, 0
        case Rounding.HALF_DOWN:
            return half - 1, 0, 0
        case Rounding.HALF_AWAY:
            return half, 0, -1
        case Rounding.HALF_EVEN:
            return half - 1, 1, 0
        case _:
            assert_never(rounding)


def round_word(rounding: Rounding, shift: int) -> WordMap:
    """Return v -> v * 2**-shift rounded to an integer; `shift` is 0 or more."""
    add, even, negative = int_round(rounding, shift)

    def rounded(v: int) -> int:
        return (v + add + (v >> shift & even) + (negative if v < 0 else 0)) >> shift

    return rounded


def clamp_word(cast: Cast) -> WordMap:
    """Return q -> q wrapped or saturated into the cast's target."""
    lo, hi = cast.to.lo, cast.to.hi
    match cast.overflow:
        case Overflow.SATURATE:
            return lambda q: lo if q < lo else hi if q > hi else q
        case Overflow.WRAP:
            mask = hi - lo
            return lambda q: (q - lo & mask) + lo
        case _:
            assert_never(cast.overflow)


def word_cast(cast: Cast, shift: int) -> WordMap:
    """Return the cast that drops `shift` bits: `round_word`, then `clamp_word`."""
    add, even, negative = int_round(cast.rounding, shift)
    lo, hi = cast.to.lo, cast.to.hi
    if cast.overflow is Overflow.WRAP:
        clamp = clamp_word(cast)
        return lambda v: clamp(
            (v + add + (v >> shift & even) + (negative if v < 0 else 0)) >> shift
        )

    def saturating(v: int) -> int:
        q = (v + add + (v >> shift & even) + (negative if v < 0 else 0)) >> shift
        return lo if q < lo else hi if q > hi else q

    return saturating
