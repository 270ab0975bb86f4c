"""Among words that meet a mask, those whose multiplierless core has the fewest adders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxfir.arith import csd, solve
from fxfir.quantize.optimise.aim import Aim
from fxfir.quantize.optimise.layout import Layout
from fxfir.quantize.optimise.peak import largest_error
from fxfir.quantize.optimise.searcher import Found, Limits

__all__ = ["Adders", "count_adders", "fewest_adders"]

_Array = NDArray[Any]

_POINTS = 16
_REACH = 6
"""How far a word moves at once."""
_MARGIN = 1e-4
"""Part of the limits that is left to what lies between the points."""
_DIGITS = 0.12
_LEVEL = 0.3
_KEPT = 24
_PER_EFFORT = 6
_KICKS = (2, 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adders:
    """Adders of a multiplierless core.

    Parameters
    ----------
    block : int
        In the graph that multiplies one sample by every tap.
    chain : int
        Between taps: one less than taps that are not zero.
    """

    block: int
    chain: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.block + self.chain


def count_adders(taps: tuple[int, ...], *, effort: str = "quick") -> Adders:
    """Return the adders of the transposed form of taps.

    Examples
    --------
    >>> count_adders((1, 3, 0, 3, 1))
    Adders(block=1, chain=3)
    """
    used = [tap for tap in taps if tap]
    return Adders(block=solve(used, effort=effort).graph.n_adders, chain=len(used) - 1)


def fewest_adders(
    aim: Aim,
    layout: Layout,
    step: float,
    found: Found,
    limits: Limits,
    accept: Callable[[tuple[int, ...]], bool],
) -> tuple[Found, Adders]:
    """Return words with few adders whose weighted error is still at most the aim's limit.

    Parameters
    ----------
    aim : Aim
        With a limit.
    layout : Layout
    step : float
    found : Found
        Words from a search that keep the limit.
    limits : Limits
    accept : callable
        `accept(words)` is the verdict that counts; no others are returned, `found` apart.

    Returns
    -------
    found : Found
        Stopped by KeyboardInterrupt, the best so far.
    adders : Adders

    Notes
    -----
    A descent over single words, kicked again and again. What it lowers is a stand-in for the
    solver's count: one for every fundamental, a little for its signed digits, and one for every
    tap that is not zero. The solver then counts the adders of the best.
    """
    walk = _Walk(aim, layout, step, limits)
    interrupted = False
    start = np.array(found.words, dtype=np.int64)
    walk.keep(start)
    try:
        rng = np.random.default_rng(limits.seed)
        current = walk.down(start)
        rounds = _PER_EFFORT << limits.effort
        for done in range(rounds):
            limits.report(done, rounds)
            trial = walk.down(walk.kicked(current, rng))
            if walk.cost(trial) <= walk.cost(current) + rng.exponential(0.5):
                current = trial
    except KeyboardInterrupt:
        interrupted = True
    ranked = sorted(walk.kept.items(), key=lambda item: item[1])[:_KEPT]
    best: tuple[int, float, tuple[int, ...], Adders] | None = None
    for words, cost in ranked:
        adders = count_adders(layout.words(words, walk.frac))
        if best is not None and (adders.total, cost) >= best[:2]:
            continue
        if accept(words):
            best = (adders.total, cost, words, adders)
    words, adders = (found.words, count_adders(layout.words(found.words, walk.frac)))
    if best is not None:
        words, adders = best[2], best[3]
    level = largest_error(aim, layout, step, words)
    return Found(words=words, level=level, interrupted=interrupted), adders


class _Walk:
    """Words, their error and what they cost."""

    def __init__(self, aim: Aim, layout: Layout, step: float, limits: Limits) -> None:
        points = aim.points(_POINTS * (layout.n_free + 1))
        matrix, target = aim.rows(layout, step, points)
        self.matrix, self.target = matrix, target
        self.columns = np.ascontiguousarray(matrix.T)
        self.most = (aim.limit or 1.0) * (1 - _MARGIN)
        self.low, self.high = limits.low, limits.high
        self.frac = round(-np.log2(step))
        self.shares = np.array([len(group) for group in layout.groups])
        size = max(abs(self.low), abs(self.high)) + 1
        values = np.arange(size, dtype=np.int64)
        odd = np.where(values > 0, values // np.maximum(values & -values, 1), 0)
        self.fundamental = np.where(odd > 1, odd, 0)
        self.prices = np.zeros(size)
        self.priced = np.zeros(size, dtype=bool)
        self.kept: dict[tuple[int, ...], float] = {}

    def level(self, words: _Array) -> float:
        return float(np.abs(self.matrix @ words - self.target).max())

    def price(self, odd: _Array) -> _Array:
        """Return what a fundamental costs on its own."""
        for value in np.unique(odd[~self.priced[odd]]):
            if value:
                self.prices[value] = 1 + _DIGITS * max(0, len(csd(int(value))) - 2)
            self.priced[value] = True
        result: _Array = self.prices[odd]
        return result

    def cost(self, words: _Array) -> float:
        odd = np.unique(self.fundamental[np.abs(words)])
        return float(self.price(odd).sum() + self.shares[words != 0].sum())

    def keep(self, words: _Array) -> None:
        key = tuple(int(w) for w in words)
        if key not in self.kept and self.level(words) <= self.most:
            self.kept[key] = self.cost(words) + _LEVEL * self.level(words)
            if len(self.kept) > 4 * _KEPT:
                ranked = sorted(self.kept.items(), key=lambda item: item[1])[:_KEPT]
                self.kept = dict(ranked)

    def kicked(self, words: _Array, rng: np.random.Generator) -> _Array:
        moved = words.copy()
        for k in rng.integers(0, len(words), rng.integers(*_KICKS)):
            moved[k] += rng.integers(-2, 3)
        return np.clip(moved, self.low, self.high)

    def down(self, words: _Array) -> _Array:
        """Move one word after the other: first into the limits, then to fewer adders."""
        words = words.copy()
        error = self.matrix @ words - self.target
        level = float(np.abs(error).max())
        cost = self.cost(words)
        index, change = self._moves()
        for _ in range(200):
            new = words[index] + change
            inside = (new >= self.low) & (new <= self.high)
            where = np.argpartition(np.abs(error), -min(40, len(error)))[-40:]
            quick = np.abs(
                error[where] + self.columns[:, where][index] * change[:, np.newaxis]
            ).max(axis=1)
            allowed = inside & (quick <= max(self.most, level * (1 - 1e-6)))
            costs = self._costs(words, index, new, cost)
            over = np.maximum(quick - self.most, 0) / self.most
            present = cost + _LEVEL * level + 1000 * max(level - self.most, 0) / self.most
            scores = np.where(allowed, costs + _LEVEL * quick + 1000 * over, np.inf)
            moved = False
            for k in np.argsort(scores, kind="stable")[:24]:
                if scores[k] >= present - 1e-9:
                    break
                shifted = error + self.columns[index[k]] * change[k]
                reached = float(np.abs(shifted).max())
                true = costs[k] + _LEVEL * reached
                true += 1000 * max(reached - self.most, 0) / self.most
                if true < present - 1e-9:
                    words[index[k]] += change[k]
                    error, level, cost = shifted, reached, float(costs[k])
                    moved = True
                    break
            if not moved:
                break
        self.keep(words)
        return words

    def _moves(self) -> tuple[_Array, _Array]:
        steps = np.array([d for d in range(-_REACH, _REACH + 1) if d])
        n = self.matrix.shape[1]
        return np.repeat(np.arange(n), len(steps)), np.tile(steps, n)

    def _costs(self, words: _Array, index: _Array, new: _Array, cost: float) -> _Array:
        """Return the cost after each move."""
        present = self.fundamental[np.abs(words)]
        counts = np.bincount(present, minlength=len(self.fundamental))
        new = np.clip(new, self.low, self.high)
        before, after = present[index], self.fundamental[np.abs(new)]
        gone = (before > 0) & (counts[before] == 1)
        come = (after > 0) & (counts[after] == 0)
        same = before == after
        change = self.price(after) * come - self.price(before) * gone
        # A move from the last word of a fundamental to the same one changes nothing.
        change = np.where(same, 0.0, change)
        zeros = (new != 0).astype(float) - (words[index] != 0)
        result: _Array = cost + change + zeros * self.shares[index]
        return result
