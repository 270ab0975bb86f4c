"""The least largest error that any words can have, by enumeration or integer programming."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxfir.errors import SpecError
from fxfir.quantize.optimise.aim import Aim
from fxfir.quantize.optimise.ellipsoid import Ellipsoid
from fxfir.quantize.optimise.layout import Layout
from fxfir.quantize.optimise.peak import GAP, largest_error

__all__ = ["MOST_EXACT", "Proof", "prove"]

_Array = NDArray[Any]

MOST_EXACT = 40
"""Words up to which a proof is tried; beyond, it ends at its limit of nodes."""
_MOST_NODES = 2.5e7
"""Partial choices that an enumeration may take, about 700,000 of them a second; beyond, the integer
program is tried."""
_PER_WORD = 8
_FINE = 64
_ROUNDS = 12
_TOLERANCE = 1e-6
"""HiGHS keeps rows and reduced costs to 1e-7, in units of one word; ten times that is left."""
_SAME = 1e-3
"""Words this near to the bound are called optimal: the grid and the solver resolve no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What is known of the least error.

    Parameters
    ----------
    words : tuple of int, shape (n_free,)
        The best words known.
    level : float
        Their largest weighted error at any frequency: see `largest_error`.
    bound : float
        No words in the range have a smaller one.
    """

    words: tuple[int, ...]
    level: float
    bound: float

    @property
    def optimal(self) -> bool:
        """Whether nothing is left between words and bound but the solver's tolerance."""
        return self.level <= self.bound * (1 + _SAME)


def prove(
    aim: Aim,
    layout: Layout,
    step: float,
    words: tuple[int, ...],
    *,
    low: int,
    high: int,
    seconds: float = 30.0,
) -> Proof:
    """Bound the largest error of all words from below, and improve `words` where they are not best.

    Parameters
    ----------
    aim : Aim
    layout : Layout
        Symmetric or antisymmetric.
    step : float
        What a word's unit stands for.
    words : tuple of int, shape (n_free,)
        The best known, from a search.
    low, high : int
        Least and greatest word.
    seconds : float, optional
        Time after which the integer program's bound so far is taken.

    Returns
    -------
    Proof

    Raises
    ------
    SpecError
        If the taps have no symmetry: their error is no linear function.

    Notes
    -----
    Demands at finitely many frequencies are fewer than those at all, so the least error there is a
    lower bound.

    Where an ellipsoid around all words as good as `words` holds few enough, every one of them is
    looked at (`Ellipsoid`): the least error is then known, however busy the machine.

    Else HiGHS solves a mixed-integer program. Words better than `words` lie between the least and
    the greatest value that linear programs find for each; that box is what makes the tree small.
    The answer's own extrema join the points until they change nothing: then the bound holds at
    every frequency. What HiGHS may err by is subtracted: 1e-6 of a word for every unit of the box.
    """
    if not layout.symmetry:
        raise SpecError("an exact search needs symmetric or antisymmetric taps, got neither")
    program = _Program(aim, layout, step, low=low, high=high)
    best = words
    level = program.level(words)
    program.add_extrema(words)
    ellipsoid = Ellipsoid.around(*program.rows(), level)
    if ellipsoid is not None and ellipsoid.nodes <= _MOST_NODES:
        return program.enumerate(ellipsoid, words, level)
    bound, left = 0.0, seconds
    for _ in range(_ROUNDS):
        found = program.solve(level, left)
        left -= found.seconds
        bound = max(bound, min(found.bound, level))
        if found.words is None:
            break
        reached = program.level(found.words)
        if reached < level:
            best, level = found.words, reached
        if reached <= found.bound * (1 + _SAME) or left <= 0 or not found.finished:
            break
        program.add_extrema(found.words)
    return Proof(words=best, level=level, bound=bound)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    words: tuple[int, ...] | None
    bound: float
    finished: bool
    seconds: float


class _Program:
    """The mixed-integer program on points that grow, errors counted in units of one word."""

    def __init__(self, aim: Aim, layout: Layout, step: float, *, low: int, high: int) -> None:
        n = layout.n_free
        self.aim, self.layout, self.step = aim, layout, step
        self.low, self.high = low, high
        self.points = aim.points(_PER_WORD * (n + 1))
        self.fine = aim.points(_FINE * (n + 1))
        self.fine_rows = aim.rows(layout, step, self.fine)

    def level(self, words: tuple[int, ...]) -> float:
        """Return the largest error of words at any frequency."""
        return largest_error(self.aim, self.layout, self.step, words)

    def rows(self) -> tuple[_Array, _Array]:
        """Return matrix and target of the error on the points."""
        return self.aim.rows(self.layout, self.step, self.points)

    def enumerate(self, ellipsoid: Ellipsoid, words: tuple[int, ...], level: float) -> Proof:
        """Look at all words as good as `words`: the best is the best there is."""
        matrix, target = self.fine_rows
        best, least = words, level
        for block in ellipsoid.words():
            fits = np.all((block >= self.low) & (block <= self.high), axis=1)
            found = block[fits]
            if not len(found):
                continue
            # What they err by on points is no more than they do anywhere.
            errors = np.abs(found @ matrix.T - target).max(axis=1)
            for k in np.argsort(errors, kind="stable"):
                if errors[k] >= least:
                    break
                trial = tuple(int(v) for v in found[k])
                reached = self.level(trial)
                if reached < least:
                    best, least = trial, reached
        # Levels are rounded up, bounds down.
        return Proof(words=best, level=least, bound=least * (1 - 2 * GAP))

    def add_extrema(self, words: tuple[int, ...]) -> None:
        matrix, target = self.fine_rows
        error = np.abs(matrix @ np.array(words, dtype=np.float64) - target)
        start = 0
        for k, omega in enumerate(self.fine):
            part = error[start : start + len(omega)]
            start += len(omega)
            padded = np.concatenate([[0.0], part, [0.0]])
            peaks = (padded[1:-1] >= padded[:-2]) & (padded[1:-1] >= padded[2:])
            self.points[k] = np.union1d(self.points[k], omega[peaks])

    def solve(self, level: float, seconds: float) -> _Answer:
        """Minimise over all words with an error below `level`."""
        from time import monotonic

        from scipy.optimize import Bounds, LinearConstraint, linprog, milp

        started = monotonic()
        matrix, target = self.rows()
        weights = np.concatenate(
            [
                np.full(len(omega), stretch.weight)
                for stretch, omega in zip(self.aim.stretches, self.points, strict=True)
            ]
        )
        # Rows in units of one word, whatever the weights: that is what tolerances are for.
        unit = (weights * self.step)[:, np.newaxis]
        heaviest = float(weights.max()) * self.step
        rows = np.hstack([matrix / unit, -heaviest / unit])
        mirrored = np.hstack([-matrix / unit, -heaviest / unit])
        sides = target / unit[:, 0]
        table = np.vstack([rows, mirrored])
        limits = np.concatenate([sides, -sides])
        top = level / heaviest
        box = self._box(table, limits, top, seconds)
        n = self.layout.n_free
        if box is None:
            return _Answer(words=None, bound=level, finished=True, seconds=0.0)
        least, greatest = box
        slack = _TOLERANCE * (1.0 + float((greatest - least).sum()))
        # Without whole numbers: what there is if the tree does not get beyond its root in time.
        relaxed = linprog(
            np.r_[np.zeros(n), 1.0],
            A_ub=table,
            b_ub=limits,
            bounds=[*zip(least, greatest, strict=True), (0.0, top)],
            method="highs",
        )
        root = float(relaxed.fun) if relaxed.success else 0.0
        answer = milp(
            np.r_[np.zeros(n), 1.0],
            integrality=np.r_[np.ones(n), 0],
            bounds=Bounds(np.r_[least, 0.0], np.r_[greatest, top]),
            constraints=LinearConstraint(table, -np.inf, limits),
            options={"time_limit": max(0.1, seconds - (monotonic() - started)), "mip_rel_gap": 0},
        )
        bound = answer.mip_dual_bound
        if answer.status == 2:
            # Nothing below `level`, solver's tolerance apart.
            bound = top
        elif bound is None or not math.isfinite(bound):
            bound = root
        bound = max(bound, root)
        words = None if answer.x is None else tuple(int(v) for v in np.rint(answer.x[:n]))
        return _Answer(
            words=words,
            bound=max(0.0, bound - slack) * heaviest,
            finished=answer.status in (0, 2),
            seconds=monotonic() - started,
        )

    def _box(
        self, table: _Array, limits: _Array, top: float, seconds: float
    ) -> tuple[_Array, _Array] | None:
        """Return least and greatest value of each word where the error is at most `top`."""
        from scipy.optimize import linprog

        n = self.layout.n_free
        inside = table[:, :n]
        room = limits - table[:, n] * top + _TOLERANCE
        least, greatest = np.full(n, float(self.low)), np.full(n, float(self.high))
        for k in range(n):
            for sign in (1.0, -1.0):
                cost = np.zeros(n)
                cost[k] = sign
                answer = linprog(
                    cost,
                    A_ub=inside,
                    b_ub=room,
                    bounds=list(zip(least, greatest, strict=True)),
                    method="highs",
                )
                if answer.status == 2:
                    return None
                if not answer.success:
                    continue
                if sign > 0:
                    least[k] = math.ceil(answer.fun - 1e-4)
                else:
                    greatest[k] = math.floor(-answer.fun + 1e-4)
        return least, greatest
