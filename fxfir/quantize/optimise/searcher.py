"""Words with a small largest error: reduced lattice, nearest plane, descent, again and again."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxfir.errors import SpecError
from fxfir.quantize.optimise.aim import Aim
from fxfir.quantize.optimise.descent import Descent, State, short_steps
from fxfir.quantize.optimise.layout import Layout
from fxfir.quantize.optimise.peak import largest_error
from fxfir.quantize.optimise.reduce import nearest_plane, reduce

__all__ = ["MOST_FREE", "Found", "Limits", "Progress", "Searcher", "search"]

_Array = NDArray[Any]
Progress = Callable[[int, int], None]

MOST_FREE = 512
"""Words that may move; the reduction takes the fourth power of them."""

_PER_EFFORT = 32
_STEPS = 1500
_NODES = 4
_SEARCHED = 8
_JUDGED = 32
_REWEIGHTED = 6
_BASES = {True: 16, False: 3}
"""Reduced bases, each of another order of the columns; they take long filters most of a second."""
_TINY = 1e-300
_SHORT = 32
_STARTS = {True: 0.8, False: 0.25}
"""Part of the descents that start anew, in short and long filters; the others start near the best
so far, which is cheaper, and in long filters better."""
_WORSE = 0.02
_KICKS = (2, 5)
_CHAINS = 24
_PATIENCE = 40
"""Descents in a row without a gain before another good end is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a search may do.

    Parameters
    ----------
    low, high : int
        Least and greatest word.
    effort : int, optional
        1 to 10; each doubles the descents.
    seed : int, optional
    enough : float or None, optional
        Level at which to stop.
    report : callable, optional
        `report(done, total)`, called now and then.
    """

    low: int
    high: int
    effort: int = 5
    seed: int = 0
    enough: float | None = None
    report: Progress = field(default=lambda done, total: None)

    @property
    def descents(self) -> int:
        """Number of descents."""
        return _PER_EFFORT << self.effort


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The best words of a search.

    Parameters
    ----------
    words : tuple of int, shape (n_free,)
    level : float
        Largest weighted error at any frequency: see `largest_error`.
    interrupted : bool
        Whether somebody stopped the search.
    """

    words: tuple[int, ...]
    level: float
    interrupted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Basis:
    change: _Array
    columns: _Array


class Searcher:
    """An aim at one word length: reduced once, searched as often as wanted.

    Parameters
    ----------
    aim : Aim
    layout : Layout
    step : float
        What a word's unit stands for.
    limits : Limits

    Raises
    ------
    SpecError
        If more than 512 words may move, or none.
    """

    def __init__(self, aim: Aim, layout: Layout, step: float, limits: Limits) -> None:
        n = layout.n_free
        if not 1 <= n <= MOST_FREE:
            raise SpecError(f"a search of words takes 1 to {MOST_FREE} taps that differ, got {n}")
        self.aim, self.layout, self.step = aim, layout, step
        self.limits = limits
        self.rng = np.random.default_rng(limits.seed)
        nodes, goal = _real(*aim.rows(layout, step, aim.points(_NODES * (n + 1))))
        matrix, target = aim.rows(layout, step, aim.points(_SEARCHED * (n + 1)))
        self.fine, self.fine_target = aim.rows(layout, step, aim.points(_JUDGED * (n + 1)))
        real, self.goal = _real(matrix, target)
        self.bases = []
        # The reduced basis depends on the order of the columns, and with it what is found.
        for k in range(_BASES[n <= _SHORT]):
            order = self.rng.permutation(n) if k else np.arange(n)
            change = np.zeros((n, n))
            change[order] = reduce(nodes[:, order])
            self.bases.append(_Basis(change=change, columns=real @ change))
        first = self.bases[0].change
        self.planes = [first @ nearest_plane(nodes @ first, goal)]
        steps = first @ short_steps(nodes @ first, _STEPS)
        self.descent = Descent(
            matrix, target, steps, low=float(limits.low), high=float(limits.high)
        )

    def level(self, words: _Array, below: float = math.inf) -> float:
        """Return the largest weighted error of words; if not below `below`, any that they have."""
        seen = float(np.abs(self.fine @ words - self.fine_target).max())
        if seen >= below:
            return seen
        whole = tuple(int(w) for w in words)
        return largest_error(self.aim, self.layout, self.step, whole, known=seen)

    def states(self, start: _Array) -> Iterator[State]:
        """Yield the end of every descent; the first starts at `start`."""
        descent, rng = self.descent, self.rng
        pool = [descent.run(descent.start(start))]
        yield pool[0]
        total = self.limits.descents
        for state in self._anew():
            yield state
            pool.append(state)
            if len(pool) >= max(_STARTS[descent.matrix.shape[1] <= _SHORT] * total, 2):
                break
        done = len(pool)
        pool = sorted(pool, key=lambda state: state.level)[:_CHAINS]
        current, stalled = pool[0], 0
        while done < total:
            chosen = rng.integers(0, len(descent.steps), rng.integers(*_KICKS))
            state = descent.run(descent.kick(current, chosen))
            yield state
            done += 1
            stalled = 0 if state.level < current.level * (1 - 1e-9) else stalled + 1
            if state.level < current.level * (1 + _WORSE * rng.exponential()):
                current = state
            if stalled >= _PATIENCE:
                # Good ends lie near one another, but not all near the same one.
                current, stalled = pool[int(rng.integers(0, len(pool)))], 0

    def _anew(self) -> Iterator[State]:
        """Yield descents from nearest planes, the points that err most weighing more each time."""
        for words in self.planes:
            yield self.descent.run(self.descent.start(words))
        m = len(self.goal)
        cost = np.ones(m)
        for turn in count():
            basis = self.bases[turn % len(self.bases)]
            for _ in range(_REWEIGHTED):
                near = nearest_plane(basis.columns * cost[:, np.newaxis], self.goal * cost)
                state = self.descent.run(self.descent.start(basis.change @ near))
                yield state
                cost = cost * (0.2 + np.abs(self._missed(state)) / max(state.level, _TINY))
                cost /= cost.mean()
            if turn >= len(self.bases) - 1:
                cost = self.rng.exponential(1.0, m) ** self.rng.uniform(0.0, 1.0)
            else:
                cost = np.ones(m)

    def _missed(self, state: State) -> _Array:
        if not np.iscomplexobj(state.error):
            return state.error
        return np.concatenate([state.error.real, state.error.imag])


def search(aim: Aim, layout: Layout, step: float, start: tuple[int, ...], limits: Limits) -> Found:
    """Return words whose largest weighted error is as small as the effort finds.

    Parameters
    ----------
    aim : Aim
    layout : Layout
    step : float
        What a word's unit stands for.
    start : tuple of int, shape (n_free,)
        Rounded words; the answer is never worse.
    limits : Limits

    Returns
    -------
    Found
        Stopped by KeyboardInterrupt, the best so far.

    References
    ----------
    .. [1] N. Brisebarre, S. Filip, G. Hanrot, "A lattice basis reduction approach for the design
       of finite wordlength FIR filters", IEEE TSP 66, 2018, section IV: reduction and nearest
       plane, there once; here with changing weights, each followed by a descent.
    """
    words = np.array(start, dtype=np.float64)
    best, level, interrupted = words, float("inf"), False
    try:
        searcher = Searcher(aim, layout, step, limits)
        level = searcher.level(words)
        for done, state in enumerate(searcher.states(words)):
            limits.report(done, limits.descents)
            if state.level < level:
                found = searcher.level(state.words, level)
                if found < level:
                    best, level = state.words, found
            if limits.enough is not None and level <= limits.enough:
                break
    except KeyboardInterrupt:
        interrupted = True
    return Found(words=tuple(int(w) for w in best), level=level, interrupted=interrupted)


def _real(matrix: _Array, target: _Array) -> tuple[_Array, _Array]:
    """Return complex rows as twice as many real ones."""
    if not np.iscomplexobj(matrix):
        return matrix, target
    return (
        np.concatenate([matrix.real, matrix.imag]),
        np.concatenate([target.real, target.imag]),
    )
