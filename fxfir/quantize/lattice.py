"""Closest integers under a quadratic error: lattice reduction and the nearest plane."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["nearest_integers", "reduce_basis"]

Floats = NDArray[np.float64]

_DELTA = 0.99
_MOST_STEPS = 20_000
_REGULAR = 1e-9


def nearest_integers(
    jacobian: Floats, target: Floats, *, pulls: Sequence[float] = (0.0,)
) -> list[NDArray[np.int64]]:
    """Return integers d for which |jacobian @ d - target| is small, near its least.

    Rounding each number on its own ignores that errors can cancel; after reduction the columns
    are nearly orthogonal, and rounding one after the other loses little.

    Parameters
    ----------
    jacobian : ndarray of float64, shape (m, n)
        m >= 1; columns may be dependent.
    target : ndarray of float64, shape (m,)
    pulls : sequence of float, optional
        Costs of a step away from zero, over the mean length of a column: for an error that is
        linear near zero only. Falling order is fastest.

    Returns
    -------
    list of ndarray of int64, shape (n,)
        One for each pull.

    References
    ----------
    .. [1] L. Babai, "On Lovasz' lattice reduction and the nearest lattice point problem",
       Combinatorica 6, 1986, section 3: the nearest plane.
    .. [2] N. Brisebarre, S. Filip, G. Hanrot, "A lattice basis reduction approach for the design
       of finite wordlength FIR filters", IEEE TSP 66, 2018: the same tool for FIR taps.

    Examples
    --------
    >>> basis = np.array([[1.0, 1.1], [0.0, 0.05]])
    >>> nearest_integers(basis, np.array([0.05, 0.25]))
    [array([-5,  5])]
    """
    n = jacobian.shape[1]
    q, triangle = np.linalg.qr(np.vstack([jacobian, np.zeros((n, n))]))
    goal = np.concatenate([q.T @ np.concatenate([target, np.zeros(n)]), np.zeros(n)])
    length = max(float(np.mean(np.linalg.norm(jacobian, axis=0))), float(np.finfo(float).tiny))
    change = np.eye(n)
    found = []
    for pull in pulls:
        # The least pull keeps dependent columns from running away.
        cost = max(pull, _REGULAR) * length
        # What was reduced for one pull is nearly reduced for the next.
        q, r = np.linalg.qr(np.vstack([triangle, cost * np.eye(n)]) @ change)
        change = change @ reduce_basis(r)
        q, r = np.linalg.qr(np.vstack([triangle, cost * np.eye(n)]) @ change)
        wanted = q.T @ goal
        steps = np.zeros(n)
        for k in range(n - 1, -1, -1):
            steps[k] = np.rint((wanted[k] - r[k, k + 1 :] @ steps[k + 1 :]) / r[k, k])
        # Products of integers far below 2**53: exact in float64.
        found.append(np.rint(change @ steps).astype(np.int64))
    return found


def reduce_basis(triangle: Floats) -> Floats:
    """Find the change that makes the columns of a matrix short and nearly orthogonal (LLL).

    Parameters
    ----------
    triangle : ndarray of float64, shape (n, n)
        Upper triangular and regular, as a QR decomposition gives it.

    Returns
    -------
    ndarray of float64, shape (n, n)
        Integers, determinant 1 or -1; `triangle @ change` spans the same lattice.

    References
    ----------
    .. [1] A. K. Lenstra, H. W. Lenstra, L. Lovasz, "Factoring polynomials with rational
       coefficients", Mathematische Annalen 261, 1982, section 1.
    """
    n = triangle.shape[1]
    r = triangle.copy()
    change = np.eye(n)
    k = 1
    for _ in range(_MOST_STEPS):
        if k >= n:
            break
        _subtract(r, change, k - 1, k)
        if r[k, k] ** 2 + r[k - 1, k] ** 2 >= _DELTA * r[k - 1, k - 1] ** 2:
            for j in range(k - 2, -1, -1):
                _subtract(r, change, j, k)
            k += 1
            continue
        r[:, [k - 1, k]] = r[:, [k, k - 1]]
        change[:, [k - 1, k]] = change[:, [k, k - 1]]
        # One rotation makes the two swapped columns triangular again.
        length = np.hypot(r[k - 1, k - 1], r[k, k - 1])
        c, s = r[k - 1, k - 1] / length, r[k, k - 1] / length
        upper, lower = r[k - 1, k - 1 :].copy(), r[k, k - 1 :].copy()
        r[k - 1, k - 1 :] = c * upper + s * lower
        r[k, k - 1 :] = c * lower - s * upper
        r[k, k - 1] = 0.0
        k = max(k - 1, 1)
    return change


def _subtract(r: Floats, change: Floats, j: int, k: int) -> None:
    """Take from column k the multiple of column j that makes their product least."""
    times = np.rint(r[j, k] / r[j, j])
    if times:
        r[: j + 1, k] -= times * r[: j + 1, j]
        change[:, k] -= times * change[:, j]
