"""Steepest descent of the largest error, by short steps of the lattice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Descent", "State", "short_steps"]

_Array = NDArray[Any]

_GAIN = 1e-9
"""Less is no gain: it could be the sums' own rounding."""
_SCREEN = 40
_BATCH = 16


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class State:
    """Words, their error at every point, and the largest.

    Parameters
    ----------
    words : ndarray of float64, shape (n,)
        Whole numbers.
    error : ndarray, shape (m,)
    level : float
    """

    words: _Array
    error: _Array
    level: float


def short_steps(columns: _Array, count: int) -> _Array:
    """Return the `count` shortest sums of one or two columns, plus and minus.

    Parameters
    ----------
    columns : ndarray of float64, shape (m, n)
    count : int

    Returns
    -------
    ndarray of float64, shape (n, about 2 * count)
        Columns hold how often each column is taken; both signs of each are there.
    """
    n = columns.shape[1]
    gram = columns.T @ columns
    size = np.diag(gram)
    left, right = np.triu_indices(n, 1)
    pairs = size[left] + size[right]
    lengths = np.concatenate([size, pairs + 2 * gram[left, right], pairs - 2 * gram[left, right]])
    kept = np.argsort(lengths, kind="stable")[: max(count, n)]
    steps = np.zeros((n, len(kept)))
    n_pairs = len(left)
    for column, index in enumerate(kept):
        if index < n:
            steps[index, column] = 1.0
            continue
        which, minus = (index - n) % n_pairs, index >= n + n_pairs
        steps[left[which], column] = 1.0
        steps[right[which], column] = -1.0 if minus else 1.0
    return np.concatenate([steps, -steps], axis=1)


class Descent:
    """Steps that may be taken, and what each does to the error.

    Parameters
    ----------
    matrix : ndarray, shape (m, n)
        Error of one unit of each word.
    target : ndarray, shape (m,)
    steps : ndarray of float64, shape (n, n_steps)
        In words.
    low, high : float
        Least and greatest word.
    """

    def __init__(
        self, matrix: _Array, target: _Array, steps: _Array, *, low: float, high: float
    ) -> None:
        self.matrix, self.target = matrix, target
        self.steps = np.ascontiguousarray(steps.T)
        self.effects = np.ascontiguousarray((matrix @ steps).T)
        self.low, self.high = low, high

    def start(self, words: _Array) -> State:
        """Return the state of words, moved into their range."""
        words = np.clip(words, self.low, self.high)
        error = self.matrix @ words - self.target
        return State(words=words, error=error, level=float(np.abs(error).max()))

    def kick(self, state: State, chosen: _Array) -> State:
        """Return the state after the steps `chosen`, whatever they do."""
        return self.start(state.words + self.steps[chosen].sum(axis=0))

    def run(self, state: State) -> State:
        """Take the best step until none lowers the largest error.

        Notes
        -----
        Steps are compared at the points that err most, and only those that win there everywhere.
        """
        screen = min(_SCREEN, len(state.error))
        while True:
            least = state.level * (1 - _GAIN)
            worst = np.argpartition(np.abs(state.error), -screen)[-screen:]
            scores = np.abs(self.effects[:, worst] + state.error[worst]).max(axis=1)
            candidates = np.flatnonzero(scores < least)
            candidates = candidates[np.argsort(scores[candidates], kind="stable")]
            found = self._first_gain(state, candidates, least)
            if found is None:
                return state
            state = found

    def _first_gain(self, state: State, candidates: _Array, least: float) -> State | None:
        for start in range(0, len(candidates), _BATCH):
            batch = candidates[start : start + _BATCH]
            errors = self.effects[batch] + state.error
            levels = np.abs(errors).max(axis=1)
            for k in np.argsort(levels, kind="stable"):
                if levels[k] >= least:
                    break
                words = state.words + self.steps[batch[k]]
                if words.min() >= self.low and words.max() <= self.high:
                    return State(words=words, error=errors[k], level=float(levels[k]))
        return None
