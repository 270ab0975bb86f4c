"""Frequencies dense enough to miss no narrow peak, and the weights that integrate over them."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

__all__ = ["angles_near", "integration_weights", "pole_grid"]

_RATIO = 1.3
_CLOSEST = 1e-12


def angles_near(roots: Iterable[complex]) -> NDArray[np.float64]:
    """Return angles in [0, pi] that crowd around those of roots near the unit circle.

    Parameters
    ----------
    roots : iterable of complex
        On each side, the distance of the points from the root's angle grows by three tenths
        each, from a tenth of the root's distance from the circle.

    Returns
    -------
    ndarray of float64, shape (n,), unsorted
    """
    found = []
    for root in roots:
        gap = max(abs(1 - abs(root)), _CLOSEST)
        if gap > 0.5:
            continue
        first = gap / 10
        steps = np.geomspace(first, np.pi, 1 + math.ceil(math.log(np.pi / first, _RATIO)))
        angle = abs(float(np.angle(root)))
        found += [angle + steps, angle - steps, np.array([angle])]
    if not found:
        return np.empty(0)
    angles = np.concatenate(found)
    return angles[(angles >= 0) & (angles <= np.pi)]


def pole_grid(roots: Iterable[complex], n: int) -> NDArray[np.float64]:
    """Return sorted angles from 0 to pi: n + 1 uniform ones and those near `roots`."""
    return np.unique(np.concatenate([np.linspace(0, np.pi, n + 1), angles_near(roots)]))


def integration_weights(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return trapezoid weights over sorted angles from 0 to pi, normalised to a mean.

    The weighted sum of |H|**2 is then the squared L2 norm of a real filter's impulse response.
    """
    steps = np.diff(angles)
    weights = np.zeros(len(angles))
    weights[:-1] += steps / 2
    weights[1:] += steps / 2
    return weights / np.pi
