"""Measured signal-to-noise ratio between a reference and what came out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fxfir.errors import FilterError

__all__ = ["snr_db"]


def snr_db(reference: Any, actual: Any) -> float:
    """Return the power of `reference` over the power of its difference from `actual`, in dB.

    Parameters
    ----------
    reference, actual : array_like of real numbers, equal shapes
        In one unit: divide integers by 2**frac before.

    Returns
    -------
    float
        Infinity where both are equal; minus infinity where only the reference is silent.

    Raises
    ------
    FilterError
        If the shapes differ or there is no sample.

    Examples
    --------
    >>> round(snr_db([1.0, -1.0], [1.1, -1.1]), 6)
    20.0
    """
    wanted = np.asarray(reference, dtype=np.float64)
    found = np.asarray(actual, dtype=np.float64)
    if wanted.shape != found.shape:
        raise FilterError(f"both signals must have one shape, got {wanted.shape}, {found.shape}")
    if not wanted.size:
        raise FilterError("a ratio needs at least one sample, got none")
    signal = float(np.sum(np.square(wanted)))
    noise = float(np.sum(np.square(wanted - found)))
    if noise == 0:
        return math.inf
    return 10 * math.log10(signal / noise) if signal else -math.inf
