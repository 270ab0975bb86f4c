"""The amplitude of a linear-phase FIR filter as a sum of cosines or sines."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["functions", "n_functions", "to_taps"]

_Array = np.ndarray[Any, Any]


def n_functions(n_taps: int, *, odd: bool = False) -> int:
    """Return how many free coefficients `n_taps` (anti)symmetric taps have.

    Parameters
    ----------
    n_taps : int
    odd : bool, optional
        Antisymmetric taps.
    """
    return n_taps // 2 if odd or n_taps % 2 == 0 else n_taps // 2 + 1


def functions(omega: _Array, n_taps: int, *, odd: bool = False) -> _Array:
    """Return the functions whose sum is the amplitude.

    Parameters
    ----------
    omega : ndarray, shape (n,)
        Radians per sample.
    n_taps : int
    odd : bool, optional
        Sines for antisymmetric taps instead of cosines.

    Returns
    -------
    ndarray, shape (n, n_functions)
        Column k belongs to the k-th pair of taps counted from the centre.
    """
    angles = omega[:, None] * _offsets(n_taps, odd)
    result: _Array = np.sin(angles) if odd else np.cos(angles)
    return result


def to_taps(weights: _Array, n_taps: int, *, odd: bool = False) -> _Array:
    """Return the taps whose amplitude is the sum of `weights` times `functions`.

    Returns
    -------
    ndarray of float64, shape (n_taps,)
        Exactly symmetric, or antisymmetric with the positive half after the centre: the response
        is then -j times the amplitude.
    """
    taps = np.zeros(n_taps)
    for weight, offset in zip(weights, _offsets(n_taps, odd), strict=True):
        after = round((n_taps - 1) / 2 + offset)
        before = n_taps - 1 - after
        if after == before:
            taps[after] = weight
        else:
            taps[after] = weight / 2
            taps[before] = -weight / 2 if odd else weight / 2
    return taps


def _offsets(n_taps: int, odd: bool) -> _Array:
    first = 0.5 if n_taps % 2 == 0 else 1.0 if odd else 0.0
    return first + np.arange(n_functions(n_taps, odd=odd))
