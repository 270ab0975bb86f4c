"""A cascade's coefficient words moved together until its largest error falls no more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxfir.analysis.grid import angles_near
from fxfir.analysis.poles import quadratic_roots
from fxfir.errors import SpecError
from fxfir.quantize.optimise.fir import SearchReport
from fxfir.quantize.optimise.searcher import Progress
from fxfir.quantize.sections import ExactSection
from fxfir.quantize.words import SectionWords, apply_move, moves_of
from fxfir.spec.mask import Mask
from fxfir.spec.optimise import Optimise

__all__ = ["SosRefiner"]

_Array = NDArray[Any]
_Words = tuple[SectionWords, ...]

_REACH = 2
_PAIRED = 48
_PER_EFFORT = 2
_UNIFORM = 256
_GAIN = 1e-9
_KICKS = (1, 4)


class SosRefiner:
    """A descent of the largest error over steps of one or two sections, for `quantize_sos`.

    Parameters
    ----------
    mask : Mask or None
        What errors are weighted by: the distance of the magnitude from the middle between the
        limits over what they allow. Without limits, the distance from the exact cascade's complex
        response, at all frequencies alike.
    options : Optimise
        The goals "minimax" and "auto".
    report : callable, optional
        `report(done, total)`.
    enough : float or None, optional
        Largest error at which to stop.

    Attributes
    ----------
    said : SearchReport or None
        What the last call came to.

    Raises
    ------
    SpecError
        If the goal is another.

    Notes
    -----
    A step moves a1 and a2 of a section by up to two, or its numerator: as a whole where its zeros
    lie on the unit circle, so that they stay there, else word by word. Poles stay inside the
    circle, decided exactly. Pairs of steps in two sections follow where no single one helps, then
    kicks. Starts from the rounded words or those of the quadratic search and is never worse.
    """

    def __init__(
        self,
        mask: Mask | None,
        options: Optimise,
        report: Progress = lambda done, total: None,
        *,
        enough: float | None = None,
    ) -> None:
        if options.goal not in ("minimax", "auto"):
            raise SpecError(f"goal {options.goal!r} serves FIR filters, got second-order sections")
        self.mask = mask if mask is not None and mask.has_limits else None
        self.options, self.report, self.enough = options, report, enough
        self.said: SearchReport | None = None

    def __call__(self, sections: Sequence[ExactSection], rounded: _Words, words: _Words) -> _Words:
        """Return words that are better than both, of the same formats."""
        walk = _Walk(sections, self.mask)
        before, moved = (walk.level(walk.parts(start)) for start in (rounded, words))
        best, best_level = (words, moved) if moved <= before else (rounded, before)
        interrupted = False
        try:
            rng = np.random.default_rng(self.options.seed)
            current, level = walk.down(best)
            rounds = _PER_EFFORT << self.options.effort
            for done in range(rounds):
                if level < best_level * (1 - _GAIN):
                    best, best_level = current, level
                self.report(done, rounds)
                if self.enough is not None and best_level <= self.enough:
                    break
                trial, reached = walk.down(walk.kicked(best, rng))
                if reached < best_level * (1 + 0.02 * rng.exponential()):
                    current, level = trial, reached
            if level < best_level:
                best, best_level = current, level
        except KeyboardInterrupt:
            interrupted = True
        self.said = SearchReport(
            goal="minimax", before=before, after=best_level, interrupted=interrupted
        )
        return best


class _Walk:
    def __init__(self, sections: Sequence[ExactSection], mask: Mask | None) -> None:
        self.sections = sections
        poles = [root for s in sections for root in quadratic_roots(*s.a)]
        near = angles_near(poles)
        uniform = np.linspace(0, math.pi, _UNIFORM * 2 + 1)
        angles = [np.unique(np.concatenate([uniform, near]))]
        self.centre: _Array | None = None
        if mask is not None:
            angles, centres, rooms = [], [], []
            for band in mask.bands:
                if not band.is_limited:
                    continue
                low, high = (
                    min(f / mask.fs_hz, 0.5) * 2 * math.pi for f in (band.low_hz, band.high_hz)
                )
                inside = near[(near > low) & (near < high)]
                points = np.unique(np.concatenate([np.linspace(low, high, _UNIFORM), inside]))
                angles.append(points)
                centres.append(np.full(len(points), band.centre))
                rooms.append(np.full(len(points), band.deviation))
            self.centre = np.concatenate(centres)
            self.room = np.concatenate(rooms)
        delay = np.exp(-1j * np.concatenate(angles))
        self.powers = np.stack([np.ones_like(delay), delay, delay * delay])
        exact = np.ones(len(delay), dtype=np.complex128)
        for section in sections:
            exact = exact * self._response(section.b, section.a)
        self.exact = exact

    def _response(self, b: Sequence[Any], a: Sequence[Any]) -> _Array:
        top = np.array([float(v) for v in b]) @ self.powers
        bottom = np.array([1.0, *(float(v) for v in a)]) @ self.powers
        result: _Array = top / bottom
        return result

    def parts(self, words: _Words) -> list[_Array]:
        return [self._response(*w.values()) for w in words]

    def levels(self, responses: _Array) -> _Array:
        """Return the largest error of each row of responses."""
        if self.centre is None:
            found: _Array = np.abs(responses - self.exact).max(axis=-1)
        else:
            found = (np.abs(np.abs(responses) - self.centre) / self.room).max(axis=-1)
        return found

    def level(self, parts: list[_Array]) -> float:
        return float(self.levels(np.prod(parts, axis=0)))

    def steps(self, k: int, words: SectionWords) -> list[SectionWords]:
        """Return the neighbours of a section that fit and are stable."""
        section = self.sections[k]
        moves = moves_of(k, section, words)
        poles = [move for move in moves if move.part == "a"]
        reach = range(-_REACH, _REACH + 1)
        found: dict[tuple[Any, Any], SectionWords] = {}
        trials: list[SectionWords | None] = []
        for move in moves:
            if move.part == "b":
                trials += [apply_move(words, section, move, d) for d in reach if d]
        moved: list[SectionWords | None] = [words]
        for move in poles:
            moved = [
                None if w is None else apply_move(w, section, move, d) for w in moved for d in reach
            ]
        for trial in (*trials, *moved):
            if trial is not None and (trial.b, trial.a) != (words.b, words.a):
                found[trial.b, trial.a] = trial
        return [trial for trial in found.values() if trial.is_stable()]

    def kicked(self, words: _Words, rng: np.random.Generator) -> _Words:
        changed = list(words)
        for _ in range(int(rng.integers(*_KICKS))):
            k = int(rng.integers(0, len(changed)))
            near = self.steps(k, changed[k])
            if near:
                changed[k] = near[int(rng.integers(0, len(near)))]
        return tuple(changed)

    def down(self, words: _Words) -> tuple[_Words, float]:
        """Take the best step of one section, or of two, until none lowers the largest error."""
        parts = self.parts(words)
        level = self.level(parts)
        while True:
            single: list[tuple[int, SectionWords]] = [
                (k, trial) for k, w in enumerate(words) for trial in self.steps(k, w)
            ]
            if not single:
                return words, level
            others = [
                np.prod([p for j, p in enumerate(parts) if j != k], axis=0)
                if len(parts) > 1
                else np.ones(1)
                for k in range(len(parts))
            ]
            changed = [self._response(*trial.values()) for _, trial in single]
            rows = np.stack([others[k] * h for (k, _), h in zip(single, changed, strict=True)])
            scores = self.levels(rows)
            order = np.argsort(scores, kind="stable")
            best = int(order[0])
            if scores[best] < level * (1 - _GAIN):
                k, trial = single[best]
                words = (*words[:k], trial, *words[k + 1 :])
                parts[k], level = changed[best], float(scores[best])
                continue
            pair = self._best_pair(parts, single, changed, order[:_PAIRED])
            if pair is None or pair[0] >= level * (1 - _GAIN):
                return words, level
            level = pair[0]
            moved = list(words)
            for index in pair[1:]:
                k, trial = single[index]
                moved[k], parts[k] = trial, changed[index]
            words = tuple(moved)

    def _best_pair(
        self,
        parts: list[_Array],
        single: list[tuple[int, SectionWords]],
        changed: list[_Array],
        order: _Array,
    ) -> tuple[float, int, int] | None:
        best: tuple[float, int, int] | None = None
        for position, i in enumerate(order):
            k = single[i][0]
            partners = [int(j) for j in order[position + 1 :] if single[j][0] != k]
            if not partners:
                continue
            rows = []
            for j in partners:
                rest = [p for m, p in enumerate(parts) if m not in (k, single[j][0])]
                rows.append(np.prod([changed[i], changed[j], *rest], axis=0))
            scores = self.levels(np.stack(rows))
            least = int(np.argmin(scores))
            if best is None or scores[least] < best[0]:
                best = (float(scores[least]), int(i), partners[least])
        return best
