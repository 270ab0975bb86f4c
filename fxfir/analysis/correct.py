"""How often a filter's output is the ideal one, correctly rounded."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from fxfir.analysis.bound import FirError
from fxfir.filters import FixedFir
from fxfir.fixed import apply

__all__ = ["Tally", "tally_errors"]

_DOUBT = 1e-6
"""Distance in LSB below which an error in float64 is computed again in fractions."""


class Tally:
    """Errors of a run against the ideal filter, in output LSB.

    Attributes
    ----------
    n : int
        Samples.
    correct : int
        Those within half an LSB of the ideal output after the same clamp.
    worst : float
        Largest error; exact near 1.
    violations : int
        Errors of 1 and more, decided in fractions.
    """

    def __init__(self, *, n: int, correct: int, worst: float, violations: int) -> None:
        self.n, self.correct = n, correct
        self.worst, self.violations = worst, violations

    @property
    def correct_rate(self) -> float:
        """Part of the samples that are correctly rounded."""
        return self.correct / self.n


def tally_errors(
    filter: FixedFir, ideal: Sequence[Fraction], samples: Any, gain: Fraction | int = 1
) -> Tally:
    """Run samples through a filter from zero history and compare with its ideal output.

    Parameters
    ----------
    filter : FixedFir
        Sums within 62 bits.
    ideal : sequence of Fraction, shape (n_taps,)
    samples : array_like of int, shape (n,)
    gain : Fraction, optional

    Returns
    -------
    Tally

    Notes
    -----
    The sum of products is exact in int64. Its distance from the ideal sum is a second sum, in
    float64, far below an LSB and known to 1e-9 of it; where that leaves an error in doubt about
    one half or one, it is computed again in fractions.
    """
    x = np.asarray(samples, dtype=np.int64)
    errors = FirError(filter, ideal, gain)
    acc = np.convolve(x, np.array(filter.taps, dtype=np.int64))[: len(x)]
    weights = np.array([float(Fraction(w, errors.denominator)) for w in errors.weights])
    off = np.convolve(x.astype(np.float64), weights)[: len(x)]
    cast = filter.output
    actual = np.asarray(apply(cast, acc, errors.shift + cast.to.frac))
    if errors.shift >= 0:
        whole, rest = acc >> errors.shift, acc & ((1 << errors.shift) - 1)
        near = (actual - whole).astype(np.float64) - rest / float(1 << errors.shift) + off
    else:
        near = (actual - (acc << -errors.shift)).astype(np.float64) + off
    # A clamp changes the ideal output too: leave those to the fractions.
    clamped = (actual <= cast.to.lo) | (actual >= cast.to.hi)
    size = np.abs(near)
    doubt = clamped | (np.abs(size - 0.5) < _DOUBT) | (np.abs(size - 1) < _DOUBT)
    correct = int(np.count_nonzero(size[~doubt] < 0.5))
    violations = int(np.count_nonzero(size[~doubt] >= 1))
    worst = float(size[~doubt].max(initial=0.0))
    padded = np.concatenate([np.zeros(filter.n_taps - 1, dtype=np.int64), x])
    for k in np.flatnonzero(doubt):
        exact = abs(errors.of(padded[k : k + filter.n_taps].tolist()))
        correct += exact <= Fraction(1, 2)
        violations += exact >= 1
        worst = max(worst, float(exact))
    return Tally(n=len(x), correct=correct, worst=worst, violations=violations)
