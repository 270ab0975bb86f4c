"""How far rounding errors carry: the ends that a sum of all of them stays between."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from fxfir.arith import peak_gain
from fxfir.arith.carry import Carry

__all__ = ["carry", "word_ends"]

_MAX_TERMS = 1 << 17


def carry(weights: Sequence[Fraction | int], a: Sequence[Fraction]) -> Carry:
    """Return what an error is worth behind weights / A.

    Parameters
    ----------
    weights : sequence of Fraction
        Numerator.
    a : sequence of Fraction, shape (2,)
        a1, a2 of a stable A.

    Raises
    ------
    StabilityError
        If A is unstable.
    """
    gain = peak_gain(weights, a, relative=Fraction(1, 1 << 16), max_terms=_MAX_TERMS).upper
    steady = Fraction(sum(weights, Fraction(0))) / (1 + sum(a, Fraction(0)))
    return Carry(gain=max(gain, abs(steady)), steady=steady)


def word_ends(
    weights: Sequence[Fraction | int], a: Sequence[Fraction], low: Fraction, high: Fraction
) -> tuple[int, int]:
    """Return the integers between which errors in [low, high] stay behind weights / A."""
    ends = carry(weights, a).range(low, high)
    return math.ceil(ends[0]), math.floor(ends[1])
