"""All words whose largest error is within a level, by enumeration of an ellipsoid."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxfir.quantize.optimise.reduce import reduce

__all__ = ["Ellipsoid"]

_Array = NDArray[Any]

_TURNS = 600
_STEP = 0.9
_LIGHTEST = 1e-9
_SLACK = 1e-8
"""Part by which limits grow: doubles err by far less."""
_CHUNK = 1 << 14
_TINY = 1e-300


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ellipsoid:
    """An ellipsoid that holds every choice of words with errors up to a level.

    Parameters
    ----------
    level : float
    matrix : ndarray of float64, shape (m, n)
    target : ndarray of float64, shape (m,)
        Rows of weight in the ellipsoid; the error of words w is `matrix @ w - target`.
    change : ndarray of float64, shape (n, n)
        Unimodular: words are `change @ z`, and z is what is enumerated.
    upper : ndarray of float64, shape (n, n)
        Triangular: the ellipsoid is |upper @ z - centre| <= radius.
    centre : ndarray of float64, shape (n,)
    radius : float

    Notes
    -----
    Where every error is within the level, so is any weighted root mean square of them with weights
    that sum to 1: an ellipsoid. The weights are those that make its volume least (multiplicative
    updates, as for D-optimal designs), and words inside are enumerated over the reduced basis [1]_.

    References
    ----------
    .. [1] U. Fincke, M. Pohst, "Improved methods for calculating vectors of short length in a
       lattice", Mathematics of Computation 44, 1985, section 2.
    """

    level: float
    matrix: _Array
    target: _Array
    change: _Array
    upper: _Array
    centre: _Array
    radius: float

    @classmethod
    def around(cls, matrix: _Array, target: _Array, level: float) -> Ellipsoid | None:
        """Return the smallest found for errors `matrix @ w - target` of real rows up to `level`.

        None where the rows leave a direction free, and nothing is bounded.
        """
        try:
            weights = _least_volume(matrix, target, level)
        except np.linalg.LinAlgError:
            return None
        kept = weights > _LIGHTEST
        # Dropped rows leave weights whose sum is below 1, which only widens the ellipsoid.
        root = np.sqrt(weights[kept])
        rows, goal = matrix[kept] * root[:, np.newaxis], target[kept] * root
        change = reduce(rows).astype(np.float64)
        n = matrix.shape[1]
        # Rows of zeros, so that there are enough of them for the factor.
        system = np.vstack([np.column_stack([rows @ change, goal]), np.zeros((n + 1, n + 1))])
        triangle: Any = np.linalg.qr(system, mode="r")
        square = (level * (1 + _SLACK)) ** 2 - float(triangle[n, n]) ** 2
        return cls(
            level=level,
            matrix=matrix[kept],
            target=target[kept],
            change=change,
            upper=triangle[:n, :n],
            centre=triangle[:n, n],
            radius=math.sqrt(max(square, 0.0)),
        )

    @property
    def nodes(self) -> float:
        """About how many partial choices an enumeration visits: volumes, level by level."""
        pivots = np.maximum(np.abs(np.diag(self.upper)), _TINY)
        sizes = np.log(pivots)[::-1].cumsum()
        total = 0.0
        for k, size in enumerate(sizes, 1):
            log = k / 2 * math.log(math.pi) - math.lgamma(k / 2 + 1) - float(size)
            log += k * math.log(max(self.radius, _TINY))
            total += math.exp(min(log, 700.0))
        return total

    def words(self) -> Iterator[_Array]:
        """Yield blocks of all words, shape (k, n), with errors on the rows within the level."""
        n = len(self.centre)
        open_ = [(n, np.zeros((1, 0)), np.full(1, self.radius**2))]
        while open_:
            k, chosen, left = open_.pop()
            if k == 0:
                words = np.rint(chosen @ self.change.T)
                errors = np.abs(words @ self.matrix.T - self.target).max(axis=1)
                inside = errors <= self.level * (1 + _SLACK)
                if inside.any():
                    yield words[inside]
                continue
            if len(chosen) > _CHUNK:
                # Depth first: what waits stays small.
                open_.append((k, chosen[_CHUNK:], left[_CHUNK:]))
                chosen, left = chosen[:_CHUNK], left[:_CHUNK]
            if len(chosen):
                open_.append(self._choose(k - 1, chosen, left))

    def _choose(self, k: int, chosen: _Array, left: _Array) -> tuple[int, _Array, _Array]:
        """Return every choice of entry `k` that keeps inside, given the entries after it."""
        pivot = self.upper[k, k]
        middle = (self.centre[k] - chosen @ self.upper[k, k + 1 :]) / pivot
        reach = np.sqrt(left) / abs(pivot) * (1 + _SLACK) + _SLACK
        least = np.ceil(middle - reach)
        count = np.maximum(np.floor(middle + reach) - least + 1, 0).astype(np.int64)
        origin = np.repeat(np.arange(len(chosen)), count)
        nth = np.arange(len(origin)) - np.repeat(np.cumsum(count) - count, count)
        entry = least[origin] + nth
        rest = np.maximum(left[origin] - (pivot * (entry - middle[origin])) ** 2, 0.0)
        return k, np.column_stack([entry, chosen[origin]]), rest


def _least_volume(matrix: _Array, target: _Array, level: float) -> _Array:
    """Return weights of rows, summing to 1, whose ellipsoid has about the least volume."""
    m, n = matrix.shape
    weights, best, least = np.full(m, 1 / m), np.full(m, 1 / m), math.inf
    for _ in range(_TURNS):
        gram = matrix.T @ (matrix * weights[:, np.newaxis])
        solved = np.linalg.solve(gram, np.column_stack([matrix.T @ (weights * target), matrix.T]))
        error = matrix @ solved[:, 0] - target
        square = level**2 - float(weights @ error**2)
        if square <= 0:
            # No real numbers reach the level on these rows: nothing lies inside.
            return weights
        volume = n * math.log(square) - float(np.linalg.slogdet(gram)[1])
        if volume < least:
            least, best = volume, weights
        slope = np.einsum("ij,ji->i", matrix, solved[:, 1:]) + n * error**2 / square
        weights = weights * (slope / (weights @ slope)) ** _STEP
        weights = weights / weights.sum()
    return best
