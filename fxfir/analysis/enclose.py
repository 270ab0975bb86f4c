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
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxfir.analysis.response import Cascade

__all__ = ["Enclosure", "prove_margin"]

Floats = NDArray[np.float64]

_ORDER = 5
_EPSILON = float(np.finfo(np.float64).eps)
_BLOCK = 1 << 20
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
        self.factors: list[tuple[_Factor, bool]] = []
        for b, a in cascade.parts:
            self.factors.append((_Factor(b), True))
            if len(a) > 1 or a[0] != 1:
                self.factors.append((_Factor(a), False))
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
            under, over = factor.over(middle, half)
            if above:
                least, greatest = least * under, greatest * over
            else:
                with np.errstate(divide="ignore", over="ignore"):
                    least, greatest = least / over, greatest / under
        slack = 1 + 8 * len(self.factors) * _EPSILON
        return least / slack, greatest * slack


class _Factor:
    """One polynomial in z**-1: a real amplitude where it has symmetry."""

    def __init__(self, coefficients: Floats) -> None:
        used = np.flatnonzero(coefficients)
        values = coefficients[used[0] : used[-1] + 1] if len(used) else np.zeros(1)
        n = len(values)
        self.offsets = np.arange(n) - (n - 1) / 2
        self.values = values
        self.kind = 0
        for sign in (1, -1):
            if np.array_equal(values, sign * values[::-1]):
                self.kind = sign
                half = n // 2
                kept = values[half:].copy()
                kept[n % 2 :] *= 2
                self.offsets, self.values = self.offsets[half:], kept
                break
        size, reach = np.abs(self.values), np.abs(self.offsets)
        self.bounds = [float((size * reach**k).sum()) for k in range(_ORDER + 1)]
        # Products, sums, cosines, and angles that are off by one rounding each.
        steps = 8 + 2 * math.log2(len(size) + 1) + 4 * reach
        self.errors = [float((size * reach**k * steps).sum()) * 2 * _EPSILON for k in range(_ORDER)]

    def over(self, middle: Floats, half: Floats) -> tuple[Floats, Floats]:
        """Return bounds of the factor's magnitude over middle - half to middle + half."""
        block = max(1, _BLOCK // len(self.values))
        parts = [
            self._over(middle[k : k + block], half[k : k + block])
            for k in range(0, len(middle), block)
        ]
        under, over = zip(*parts, strict=True) if parts else ((np.empty(0),), (np.empty(0),))
        return np.concatenate(under), np.concatenate(over)

    def _over(self, middle: Floats, half: Floats) -> tuple[Floats, Floats]:
        angles = middle[:, np.newaxis] * self.offsets
        turns: Any
        if self.kind:
            # Derivatives of cosines are cosines and sines in turn, but for signs.
            turns = (np.cos(angles), np.sin(angles))
            if self.kind < 0:
                turns = turns[::-1]
        else:
            turns = (np.exp(-1j * angles),) * 2
        centre = np.abs(turns[0] @ self.values) if not self.kind else turns[0] @ self.values
        radius = np.full(len(middle), self.errors[0])
        power = np.ones(len(middle))
        for k in range(1, _ORDER):
            power = power * half / k
            slope = np.abs(turns[k % 2] @ (self.values * self.offsets**k)) + self.errors[k]
            radius += slope * power
        radius += self.bounds[_ORDER] * power * half / _ORDER
        size = np.abs(centre)
        return np.maximum(size - radius, 0.0), size + radius


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
