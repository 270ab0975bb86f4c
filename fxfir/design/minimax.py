"""The best weighted Chebyshev approximation of piecewise constant bands.

scipy's exchange algorithm does the work where it converges, and its answer is believed only if
the error alternates as the theorem demands: it is known to return nonsense without a word, and it
gives up where a long filter meets wide gaps. Then, and where the response would swell in a gap, a
linear program finds the answer.

References
----------
.. [1] J. H. McClellan, T. W. Parks, "A unified approach to the design of optimum FIR linear-phase
   digital filters", IEEE Trans. Circuit Theory CT-20, 1973.
.. [2] E. W. Cheney, "Introduction to Approximation Theory", 1966, the alternation theorem.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from fxfir.design.basis import functions, n_functions, to_taps
from fxfir.errors import DesignError

__all__ = ["Problem", "minimax"]

_Array = np.ndarray[Any, Any]

_GRID_PER_FUNCTION = 16
_LEVEL = 0.97
"""An extremum counts towards the alternation if it reaches this part of the largest one."""
_FLOOR = 1e-7
"""Errors below this are left as they are: doubles and the linear program resolve no more."""
_LP_MOST = 400
_MOST = 4096
"""More free coefficients than this take a linear program minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is to be approximated; frequencies in cycles per sample, 0 to 0.5.

    Parameters
    ----------
    edges : sequence of (float, float)
        Bands in order, apart from one another.
    wanted, weights : sequence of float
        Amplitude and weight of each band.
    odd : bool, optional
        Antisymmetric taps.
    """

    edges: tuple[tuple[float, float], ...]
    wanted: tuple[float, ...]
    weights: tuple[float, ...]
    odd: bool = False


def minimax(problem: Problem, n_taps: int) -> _Array:
    """Return the taps that minimise the largest weighted error.

    Parameters
    ----------
    problem : Problem
    n_taps : int

    Returns
    -------
    ndarray of float64, shape (n_taps,)
        Exactly (anti)symmetric.

    Raises
    ------
    DesignError
        If no algorithm finds them; the message says what to relax.
    """
    size = n_functions(n_taps, odd=problem.odd)
    if size == 0:
        raise DesignError(f"an antisymmetric filter needs at least 2 taps, got {n_taps}")
    if n_taps > _MOST:
        raise DesignError(f"an equiripple design has at most {_MOST} taps, got {n_taps}")
    swollen = False
    for density, rounds in ((16, 50), (40, 200)):
        taps = _exchange(problem, n_taps, density, rounds)
        if taps is None or not _alternates(problem, taps):
            continue
        if _peak_in_gaps(problem, taps) <= _cap(problem):
            return taps
        swollen = True
        break
    if size > _LP_MOST:
        reason = "swells between its bands" if swollen else "does not converge"
        raise DesignError(
            f"an equiripple design of {n_taps} taps {reason}; use fewer taps, narrower gaps "
            f"between the bands, or method window or least_squares"
        )
    return _program(problem, n_taps)


def _exchange(problem: Problem, n_taps: int, density: int, rounds: int) -> _Array | None:
    from scipy.signal import remez

    flat = [edge for pair in problem.edges for edge in pair]
    heaviest = max(problem.weights)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            taps = remez(
                n_taps,
                flat,
                list(problem.wanted),
                weight=[w / heaviest for w in problem.weights],
                type="hilbert" if problem.odd else "bandpass",
                maxiter=rounds,
                grid_density=density,
                fs=1.0,
            )
    except (ValueError, RuntimeError, ZeroDivisionError, MemoryError):
        return None
    if not np.all(np.isfinite(taps)):
        return None
    sign = -1.0 if problem.odd else 1.0
    taps = (taps + sign * taps[::-1]) / 2
    if problem.odd and _amplitude(problem, taps, np.array(problem.edges[0]))[-1] < 0:
        taps = -taps
    return np.asarray(taps, dtype=np.float64)


def _amplitude(problem: Problem, taps: _Array, frequency: _Array) -> _Array:
    n_taps = taps.size
    half = taps[n_taps - n_functions(n_taps, odd=problem.odd) :]
    weights = 2 * half
    if n_taps % 2 and not problem.odd:
        weights[0] /= 2
    result: _Array = functions(2 * np.pi * frequency, n_taps, odd=problem.odd) @ weights
    return result


def _grid(problem: Problem, n_taps: int, per_function: int) -> list[_Array]:
    """Return points of each band, its edges included, about evenly spread over all bands."""
    total = sum(high - low for low, high in problem.edges)
    points = per_function * max(n_functions(n_taps, odd=problem.odd), 4)
    return [
        np.linspace(low, high, max(8, round(points * (high - low) / total)))
        for low, high in problem.edges
    ]


def _alternates(problem: Problem, taps: _Array) -> bool:
    """Tell whether the error alternates often enough to be the smallest there is."""
    errors = [
        weight * (_amplitude(problem, taps, points) - wanted)
        for points, wanted, weight in zip(
            _grid(problem, taps.size, _GRID_PER_FUNCTION),
            problem.wanted,
            problem.weights,
            strict=True,
        )
    ]
    error = np.concatenate(errors)
    peak = float(np.abs(error).max())
    if peak <= _FLOOR * max(problem.weights):
        return True
    signs = np.sign(error[np.abs(error) >= _LEVEL * peak])
    changes = int(np.count_nonzero(np.diff(signs)))
    needed = n_functions(taps.size, odd=problem.odd) + 1
    return changes + 1 >= needed


def _gaps(problem: Problem) -> list[tuple[float, float]]:
    """Return what lies between bands, and before the first and after the last."""
    ends = [0.0, *(edge for pair in problem.edges for edge in pair), 0.5]
    pairs = list(zip(ends[::2], ends[1::2], strict=True))
    return [(low, high) for low, high in pairs if high > low]


def _cap(problem: Problem) -> float:
    return 1.2 * max(abs(w) for w in problem.wanted)


def _gap_points(problem: Problem, n_taps: int) -> _Array:
    count = _GRID_PER_FUNCTION * n_taps
    parts = [
        np.linspace(low, high, max(8, round(count * (high - low)))) for low, high in _gaps(problem)
    ]
    return np.concatenate(parts) if parts else np.empty(0)


def _peak_in_gaps(problem: Problem, taps: _Array) -> float:
    points = _gap_points(problem, taps.size)
    return float(np.abs(_amplitude(problem, taps, points)).max()) if points.size else 0.0


def _program(problem: Problem, n_taps: int) -> _Array:
    """Minimise t with |weight * error| <= t in the bands and the amplitude capped in the gaps."""
    from scipy.optimize import linprog

    heaviest = max(problem.weights)
    rows, bounds = [], []
    for points, wanted, weight in zip(
        _grid(problem, n_taps, _GRID_PER_FUNCTION), problem.wanted, problem.weights, strict=True
    ):
        table = functions(2 * np.pi * points, n_taps, odd=problem.odd) * (weight / heaviest)
        column = np.full((points.size, 1), -1.0)
        level = np.full(points.size, wanted * weight / heaviest)
        rows += [np.hstack([table, column]), np.hstack([-table, column])]
        bounds += [level, -level]
    gaps = _gap_points(problem, n_taps)[::2]
    if gaps.size:
        table = functions(2 * np.pi * gaps, n_taps, odd=problem.odd)
        column = np.zeros((gaps.size, 1))
        rows += [np.hstack([table, column]), np.hstack([-table, column])]
        bounds += [np.full(gaps.size, _cap(problem))] * 2
    size = n_functions(n_taps, odd=problem.odd)
    answer = linprog(
        np.r_[np.zeros(size), 1.0],
        A_ub=np.vstack(rows),
        b_ub=np.concatenate(bounds),
        bounds=[(None, None)] * size + [(0, None)],
        method="highs",
    )
    if answer.x is None or not answer.success:
        raise DesignError(
            f"an equiripple design of {n_taps} taps does not converge; use fewer taps, narrower "
            f"gaps between the bands, or method window or least_squares"
        )
    return to_taps(np.asarray(answer.x[:size]), n_taps, odd=problem.odd)
