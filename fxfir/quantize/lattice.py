"""Closest integers under a quadratic error: lattice reduction and the nearest plane.

Everything after the rounded Gram matrix is Python's own arithmetic: a library's matrix routines
sum in an order that depends on the machine, and the words of a filter must not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import mul

__all__ = ["Basis", "nearest_integers"]

_DELTA = 0.99
_MOST_STEPS = 20_000
_KEPT_BITS = 40

Rows = list[list[float]]


class Basis:
    """Columns that span a lattice, upper triangular, and the integers that led to them.

    Parameters
    ----------
    gram : sequence of sequences of float, shape (n, n)
        Inner products of the original columns; positive definite.
    change : sequence of sequences of int, shape (n, n), optional
        Columns to start from, in terms of the original ones; unimodular.

    Attributes
    ----------
    r : list of list of float
        `r[k]` holds entries 0..k of column k.
    change : list of list of int
        `change[k]` is column k in terms of the original ones.

    References
    ----------
    .. [1] A. K. Lenstra, H. W. Lenstra, L. Lovasz, "Factoring polynomials with rational
       coefficients", Mathematische Annalen 261, 1982, section 1.
    """

    def __init__(
        self, gram: Sequence[Sequence[float]], change: Sequence[Sequence[int]] | None = None
    ) -> None:
        n = len(gram)
        if change is None:
            self.change = [[int(i == k) for i in range(n)] for k in range(n)]
            start = [list(row) for row in gram]
        else:
            self.change = [list(column) for column in change]
            half = [[_dot(row, column) for row in gram] for column in self.change]
            start = [[_dot(column, left) for column in self.change] for left in half]
        self.r = _cholesky(start)

    def solve_transposed(self, gradient: Sequence[float]) -> list[float]:
        """Return the target's coordinates, given its inner products with the original columns."""
        goal: list[float] = []
        for column, words in zip(self.r, self.change, strict=True):
            wanted = _dot(words, gradient) - _dot(column, goal)
            goal.append(wanted / column[-1])
        return goal

    def reduce(self) -> None:
        """Make the columns short and nearly orthogonal (LLL)."""
        k = 1
        for _ in range(_MOST_STEPS):
            if k >= len(self.r):
                return
            self._subtract(k - 1, k)
            left, right = self.r[k - 1], self.r[k]
            if right[k] ** 2 + right[k - 1] ** 2 >= _DELTA * left[k - 1] ** 2:
                for j in range(k - 2, -1, -1):
                    self._subtract(j, k)
                k += 1
            else:
                self._swap(k)
                k = max(k - 1, 1)

    def round_off(self, goal: Sequence[float]) -> list[int]:
        """Return integers d for which sum(d[k] * original column k) is near the target."""
        n = len(self.r)
        rest = list(goal)
        total = [0] * n
        for k in range(n - 1, -1, -1):
            times = round(rest[k] / self.r[k][k])
            if times:
                for i, entry in enumerate(self.r[k]):
                    rest[i] -= times * entry
                total = [t + times * c for t, c in zip(total, self.change[k], strict=True)]
        return total

    def _subtract(self, j: int, k: int) -> None:
        """Take from column k the multiple of column j that makes their product least."""
        times = round(self.r[k][j] / self.r[j][j])
        if times:
            column = self.r[k]
            for i, entry in enumerate(self.r[j]):
                column[i] -= times * entry
            self.change[k] = [
                a - times * b for a, b in zip(self.change[k], self.change[j], strict=True)
            ]

    def _swap(self, k: int) -> None:
        """Exchange columns k-1 and k; one rotation makes the rows triangular again."""
        change, r = self.change, self.r
        change[k - 1], change[k] = change[k], change[k - 1]
        longer, shorter = r[k], r[k - 1]
        length = math.hypot(longer[k - 1], longer[k])
        c, s = longer[k - 1] / length, longer[k] / length
        r[k - 1] = [*longer[: k - 1], length]
        r[k] = [*shorter[: k - 1], c * shorter[k - 1], -s * shorter[k - 1]]
        for column in r[k + 1 :]:
            upper, lower = column[k - 1], column[k]
            column[k - 1] = c * upper + s * lower
            column[k] = c * lower - s * upper


def nearest_integers(
    gram: Sequence[Sequence[float]], gradient: Sequence[float], pulls: Sequence[float]
) -> list[list[int]]:
    """Return integers d for which |J d - t| is small, near its least.

    Rounding each number on its own ignores that errors can cancel; after reduction the columns
    of J are nearly orthogonal, and rounding one after the other loses little.

    Parameters
    ----------
    gram : sequence of sequences of float, shape (n, n)
        J' J; columns may be dependent.
    gradient : sequence of float, shape (n,)
        J' t.
    pulls : sequence of float
        Costs of a step away from zero, over the root mean square length of a column; above 1e-6.
        For an error that is linear near zero only. Falling order is fastest.

    Returns
    -------
    list of list of int, shape (n_pulls, n)

    References
    ----------
    .. [1] L. Babai, "On Lovasz' lattice reduction and the nearest lattice point problem",
       Combinatorica 6, 1986, section 3: the nearest plane.
    .. [2] N. Brisebarre, S. Filip, G. Hanrot, "A lattice basis reduction approach for the design
       of finite wordlength FIR filters", IEEE TSP 66, 2018: the same tool for FIR taps.

    Examples
    --------
    Columns (1, 0) and (1.1, 0.1), target (0, 0.5): one by one the nearest are 0 and 0.

    >>> nearest_integers([[1.0, 1.1], [1.1, 1.22]], [0.0, 0.05], [1e-5])
    [[-2, 2]]
    """
    n = len(gradient)
    size = sum(gram[k][k] for k in range(n)) / n
    if size <= 0:
        return [[0] * n for _ in pulls]
    # Rounded well above the noise of the sums they came from.
    rounded = [[_rounded(value / size) for value in row] for row in gram]
    goal = [_rounded(value / size) for value in gradient]
    change: list[list[int]] | None = None
    found = []
    for pull in pulls:
        kept = [
            [value + pull * pull * (i == k) for k, value in enumerate(row)]
            for i, row in enumerate(rounded)
        ]
        basis = Basis(kept, change)
        basis.reduce()
        # Again from the integers alone: rounding errors of the reduction do not add up.
        basis = Basis(kept, basis.change)
        found.append(basis.round_off(basis.solve_transposed(goal)))
        change = basis.change
    return found


def _rounded(value: float) -> float:
    return math.ldexp(round(math.ldexp(value, _KEPT_BITS)), -_KEPT_BITS)


def _dot(left: Sequence[float], right: Sequence[float]) -> float:
    total: float = sum(map(mul, left, right))
    return total


def _cholesky(gram: Rows) -> Rows:
    """Return columns of the upper triangular r with r' r = gram, each down to its diagonal."""
    r: Rows = []
    for k, row in enumerate(gram):
        column: list[float] = []
        for j in range(k):
            column.append((row[j] - _dot(r[j], column)) / r[j][j])
        left = row[k] - _dot(column, column)
        # A dependent column is left with rounding noise, which the pull keeps positive.
        column.append(math.sqrt(max(left, math.ldexp(1.0, -_KEPT_BITS))))
        r.append(column)
    return r
