"""Lattice reduction in doubles: columns made short and nearly orthogonal by whole steps."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["nearest_plane", "reduce"]

_Array = NDArray[Any]

_DELTA = 0.99
_MOST_STEPS = 60_000
_ROUNDS = 4
_PULL = 1e-7
"""Cost of a step of one word where the response does not see it, over the longest column."""


def reduce(columns: _Array) -> NDArray[np.int64]:
    """Return integers `u` such that the columns of `columns @ u` are short (LLL).

    Parameters
    ----------
    columns : ndarray of float64, shape (m, n)
        Need not be independent: each also carries a small entry of its own.

    Returns
    -------
    ndarray of int64, shape (n, n)
        Unimodular.

    Notes
    -----
    The triangular factor is made anew from the integers until a pass exchanges nothing, so that
    rounding errors do not add up.

    References
    ----------
    .. [1] A. K. Lenstra, H. W. Lenstra, L. Lovasz, "Factoring polynomials with rational
       coefficients", Mathematische Annalen 261, 1982, section 1.
    """
    n = columns.shape[1]
    pull = _PULL * float(np.sqrt((columns**2).sum(axis=0).max()))
    kept = np.vstack([columns, pull * np.eye(n)])
    change = np.eye(n, dtype=np.int64)
    for _ in range(_ROUNDS):
        r: Any = np.linalg.qr(kept @ change.astype(np.float64), mode="r")
        if not _pass(r, change):
            break
    return change


def _pass(r: _Array, change: NDArray[np.int64]) -> int:
    """Reduce the triangular `r` in place, `change` along with it; return the exchanges made."""
    n = r.shape[1]
    exchanges = 0
    k = 1
    while k < n and exchanges < _MOST_STEPS:
        _subtract(r, change, k - 1, k)
        if r[k, k] ** 2 + r[k - 1, k] ** 2 >= _DELTA * r[k - 1, k - 1] ** 2:
            for j in range(k - 2, -1, -1):
                _subtract(r, change, j, k)
            k += 1
            continue
        r[:, [k - 1, k]] = r[:, [k, k - 1]]
        change[:, [k - 1, k]] = change[:, [k, k - 1]]
        length = np.hypot(r[k - 1, k - 1], r[k, k - 1])
        c, s = r[k - 1, k - 1] / length, r[k, k - 1] / length
        upper = c * r[k - 1, k - 1 :] + s * r[k, k - 1 :]
        r[k, k - 1 :] = c * r[k, k - 1 :] - s * r[k - 1, k - 1 :]
        r[k - 1, k - 1 :] = upper
        r[k, k - 1] = 0.0
        exchanges += 1
        k = max(k - 1, 1)
    return exchanges


def _subtract(r: _Array, change: NDArray[np.int64], j: int, k: int) -> None:
    times = round(r[j, k] / r[j, j])
    if times:
        r[: j + 1, k] -= times * r[: j + 1, j]
        change[:, k] -= times * change[:, j]


def nearest_plane(columns: _Array, target: _Array) -> _Array:
    """Return integers, as float64, whose sum of columns is near `target` (Babai).

    Parameters
    ----------
    columns : ndarray of float64, shape (m, n)
        Reduced.
    target : ndarray of float64, shape (m,)

    References
    ----------
    .. [1] L. Babai, "On Lovasz' lattice reduction and the nearest lattice point problem",
       Combinatorica 6, 1986, section 3.
    """
    n = columns.shape[1]
    r: Any = np.linalg.qr(np.column_stack([columns, target]), mode="r")
    left = r[:n, n].copy()
    found = np.zeros(n)
    for k in range(n - 1, -1, -1):
        pivot = r[k, k]
        if pivot:
            found[k] = np.rint(left[k] / pivot)
            left[:k] -= found[k] * r[:k, k]
    return found
