"""Limit cycles of sections with too many states to search: run from many of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fxfir.analysis.stepper import Ints, Orbits, State, Stepper
from fxfir.analysis.verdict import LimitCycles

__all__ = ["N_RUNS", "seek", "spread_words"]

N_RUNS = 1024
"""Histories that are run."""

_STEPS = 1 << 14


def seek(stepper: Stepper, state: State, known: LimitCycles) -> LimitCycles:
    """Run a section on zero input until its states repeat.

    Parameters
    ----------
    stepper : Stepper
    state : tuple of ndarray of int64, each of shape (n,)
        Where the runs start.
    known : LimitCycles
        With the ends of a word.

    Returns
    -------
    LimitCycles
        With the largest cycle met. It is exact if y is the word and the cycle reaches its ends.
    """
    n = len(state[0])
    # Errors of half an LSB reach `ends` through 1/A; so a start within them grows no further
    # than their product.
    ends = max(-known.low, known.high) + 1
    words = [word for word, name in zip(state, stepper.names, strict=True) if "err" not in name]
    if not stepper.fits(8 * ends * max(int(np.max(np.abs(word))) for word in words)):
        return known
    orbits = Orbits.run(stepper, state, np.zeros(n, dtype=np.int64), _STEPS, silent=False)
    size = np.where(orbits.period > 0, np.maximum(-orbits.low, orbits.high), 0)
    largest = int(np.max(size))
    if not largest:
        return replace(known, tried=n)
    # Of equal ones the shortest, which is the easiest to look at.
    at = min(np.flatnonzero(size == largest).tolist(), key=lambda k: int(orbits.period[k]))
    return replace(
        known,
        amplitude=largest,
        period=int(orbits.period[at]),
        start={name: int(word[at]) for name, word in orbits.state.items()},
        exact=known.word == "y" and largest >= max(-known.low, known.high),
        tried=n,
    )


def spread_words(low: int, high: int, seed: int) -> Ints:
    """Return `N_RUNS` words of a range, spread at random, always the same ones."""
    rng = np.random.Generator(np.random.PCG64(seed))
    return rng.integers(low, high, N_RUNS, endpoint=True, dtype=np.int64)
