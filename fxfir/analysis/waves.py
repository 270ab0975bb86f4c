"""Sums of waves over intervals of frequency: bounds that hold between points too."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Waves", "greatest"]

Floats = NDArray[np.float64]

_ORDER = 5
_EPSILON = float(np.finfo(np.float64).eps)
_BLOCK = 1 << 20
_CELLS_PER_WAVE = 4
_MOST_CELLS = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Waves:
    """The function sum(values[k] * wave(offsets[k] * omega)) - level.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
    offsets : ndarray of float64, shape (n,)
        Multiples of a half.
    kind : int
        The wave: 1 cosine, -1 sine, 0 exp(-1j * angle).
    level : float, optional
        0 where the kind is 0.
    """

    values: Floats
    offsets: Floats
    kind: int
    level: float = 0.0
    bounds: tuple[float, ...] = field(init=False, repr=False)
    errors: tuple[float, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        size, reach = np.abs(self.values), np.abs(self.offsets)
        bounds = tuple(float((size * reach**k).sum()) for k in range(_ORDER + 1))
        # Products, cosines, sums in any order, and angles that are off by one rounding each.
        steps = 8 + len(size) / 2 + 4 * reach
        errors = [float((size * reach**k * steps).sum()) * 2 * _EPSILON for k in range(_ORDER)]
        errors[0] += 2 * _EPSILON * abs(self.level)
        object.__setattr__(self, "bounds", bounds)
        object.__setattr__(self, "errors", tuple(errors))

    @classmethod
    def of_coefficients(cls, coefficients: Floats) -> Waves:
        """Return the magnitude of a polynomial in z**-1: a real amplitude where it has symmetry."""
        used = np.flatnonzero(coefficients)
        values = coefficients[used[0] : used[-1] + 1] if len(used) else np.zeros(1)
        n = len(values)
        offsets: Floats = np.arange(n, dtype=np.float64) - (n - 1) / 2
        for sign in (1, -1):
            if np.array_equal(values, sign * values[::-1]):
                half = n // 2
                kept = values[half:].copy()
                kept[n % 2 :] *= 2
                return cls(values=kept, offsets=offsets[half:], kind=sign)
        return cls(values=values, offsets=offsets, kind=0)

    def over(self, middle: Floats, half: Floats) -> tuple[Floats, Floats]:
        """Enclose the function over the intervals middle - half to middle + half.

        Parameters
        ----------
        middle, half : ndarray of float64, shape (n,)
            Radians per sample.

        Returns
        -------
        size, radius : ndarray of float64, shape (n,)
            The magnitude in the middle, and how far it is from that at most anywhere in the
            interval; rounding errors are inside.
        """
        block = max(1, _BLOCK // len(self.values))
        parts = [
            self._over(middle[k : k + block], half[k : k + block])
            for k in range(0, len(middle), block)
        ]
        size, radius = zip(*parts, strict=True) if parts else ((np.empty(0),), (np.empty(0),))
        return np.concatenate(size), np.concatenate(radius)

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
        size = np.abs(turns[0] @ self.values - self.level)
        radius = np.full(len(middle), self.errors[0])
        power = np.ones(len(middle))
        for k in range(1, _ORDER):
            power = power * half / k
            slope = np.abs(turns[k % 2] @ (self.values * self.offsets**k)) + self.errors[k]
            radius += slope * power
        radius += self.bounds[_ORDER] * power * half / _ORDER
        return size, radius


def greatest(waves: Waves, low: float, high: float, *, known: float, gap: float) -> float:
    """Return a bound of the magnitude over an interval that is near the largest there.

    Parameters
    ----------
    waves : Waves
    low, high : float
        Radians per sample.
    known : float
        What the answer need not resolve: values up to it are of no interest.
    gap : float
        How much the answer may be above both the largest magnitude and `known`, as a part of it.

    Returns
    -------
    float
        The magnitude is nowhere larger, rounding errors included. They alone can widen the gap.
    """
    n = 1 + math.ceil(_CELLS_PER_WAVE * len(waves.values) * (high - low) / math.pi)
    edges = np.linspace(low, high, n + 1)
    left, right = edges[:-1], edges[1:]
    reached, bound, seen = known, 0.0, 0
    while len(left):
        middle = (left + right) / 2
        # The middle is rounded: the interval grows by what it may be off.
        size, radius = waves.over(middle, (right - left) / 2 + 4 * _EPSILON)
        reached = max(reached, float(size.max()))
        seen += len(left)
        # Where rounding errors are half of the radius, narrower intervals gain little.
        open_ = (size + radius > reached * (1 + gap)) & (radius > 2 * waves.errors[0])
        open_ &= seen <= _MOST_CELLS + n
        bound = max(bound, float((size + radius)[~open_].max(initial=0.0)))
        left, middle, right = left[open_], middle[open_], right[open_]
        left, right = np.concatenate([left, middle]), np.concatenate([middle, right])
    return bound * (1 + 4 * _EPSILON)
