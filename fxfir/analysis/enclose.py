"""Ranges of a magnitude response over intervals of frequency: bounds that hold between points too.

Every factor of a cascade is expanded around the middle of an interval; derivatives there and a
bound of the next one everywhere enclose it. Halving intervals where the bound does not suffice
ends at any gap wanted.

References
----------
.. [1] R. E. Moore, R. B. Kearfott, M. J. Cloud, "Introduction to Interval Analysis", SIAM 2009,
   chapters 6 and 7: centred forms, branch and bound.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fxfir.analysis.response import Cascade
from fxfir.analysis.waves import Waves

__all__ = ["Enclosure", "prove_margin"]

Floats = NDArray[np.float64]

_EPSILON = float(np.finfo(np.float64).eps)
_MOST_CELLS = 1 << 18
_CELLS_PER_COEFFICIENT = 4
_MOST_COEFFICIENTS = 8192


class Enclosure:
    """A cascade's magnitude over intervals.

    Parameters
    ----------
    cascade : Cascade
    """

    def __init__(self, cascade: Cascade) -> None:
        self.factors: list[tuple[Waves, bool]] = []
        for b, a in cascade.parts:
            self.factors.append((Waves.of_coefficients(b), True))
            if len(a) > 1 or a[0] != 1:
                self.factors.append((Waves.of_coefficients(a), False))
        self.n_coefficients = cascade.n_coefficients

    def over(self, low: Floats, high: Floats) -> tuple[Floats, Floats]:
        """Return bounds of |H| over intervals of angles.

        Parameters
        ----------
        low, high : ndarray of float64, shape (n,)
            Radians per sample.

        Returns
        -------
        least, greatest : ndarray of float64, shape (n,)
            |H| lies between them at every angle of the interval; rounding errors are inside.
        """
        middle, half = (low + high) / 2, (high - low) / 2
        # The middle is rounded: the interval grows by what it may be off.
        half = half + 4 * _EPSILON
        least, greatest = np.ones(len(low)), np.ones(len(low))
        for factor, above in self.factors:
            size, radius = factor.over(middle, half)
            under, over = np.maximum(size - radius, 0.0), size + radius
            if above:
                least, greatest = least * under, greatest * over
            else:
                with np.errstate(divide="ignore", over="ignore"):
                    least, greatest = least / over, greatest / under
        slack = 1 + 8 * len(self.factors) * _EPSILON
        return least / slack, greatest * slack


def prove_margin(
    enclosure: Enclosure,
    low: float,
    high: float,
    margin: Callable[[Floats, Floats], Floats],
    least: float,
) -> bool:
    """Say whether the margin is at least `least` at every angle from low to high.

    Parameters
    ----------
    enclosure : Enclosure
    low, high : float
        Radians per sample.
    margin : callable
        `margin(under, over)` is the least margin of a magnitude between `under` and `over`.
    least : float
        In the unit of `margin`.

    Returns
    -------
    bool
        True is a proof. False says only that none was found: too many intervals, or more than
        8192 coefficients.
    """
    if enclosure.n_coefficients > _MOST_COEFFICIENTS:
        return False
    n = 1 + math.ceil(_CELLS_PER_COEFFICIENT * enclosure.n_coefficients * (high - low) / math.pi)
    edges = np.linspace(low, high, n + 1)
    edges[0], edges[-1] = low, high
    left, right = edges[:-1], edges[1:]
    seen = 0
    while len(left):
        seen += len(left)
        if seen > _MOST_CELLS + n:
            return False
        # Written so that what is no number stays open.
        open_ = ~(margin(*enclosure.over(left, right)) >= least)
        left, right = left[open_], right[open_]
        middle = (left + right) / 2
        if np.any((middle <= left) | (middle >= right)):
            return False
        left, right = np.concatenate([left, middle]), np.concatenate([middle, right])
    return True
