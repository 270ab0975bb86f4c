"""Fully pipelined multiplication: the values that stand in the registers of each stage.

Every value of a stage is a copy of one of the stage before, or one adder away from two of them;
either takes a register, an adder's own register included. So the cost is the number of values over
all stages, and the search runs backwards: from the targets to a small set of predecessors.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from random import Random

import numpy as np

from fxfir.arith.mcm.universe import (
    Bytes,
    Flags,
    Floats,
    Ints,
    combine,
    multiples,
    noise,
    spread,
)

__all__ = ["Layers", "find_layers"]

Layers = tuple[tuple[int, ...], ...]
"""Values of stage 1, 2, ..., each in order of size; the last holds the targets."""

_WEIGHTS = (0.2, 0.5, 0.05, 0.8)
_SIMPLE = 0.02
_STRAY = 0.5
_MOST_FORGOTTEN = 3


def find_layers(
    targets: Collection[int],
    *,
    depth: int,
    seed: int = 0,
    restarts: int = 0,
) -> Layers:
    """Return the values of every pipeline stage, as few as can be found.

    Parameters
    ----------
    targets : collection of int
        Odd; all are ready after the last stage, 1 among them if the input itself is needed there.
    depth : int
        Number of stages, at least the least depth of every target.
    seed : int, optional
    restarts : int, optional
        Times to forget some values of a stage and all below it, and to search again.

    References
    ----------
    .. [1] M. Kumm, P. Zipf, M. Faust, C.-H. Chang, "Pipelined adder graph optimization for high
       speed multiple constant multiplication", ISCAS 2012: the problem, and RPAG, which also runs
       backwards.
    """
    stages = [_Stage(level, max(targets)) for level in range(1, depth)]
    random = Random(seed)

    def below(
        above: Sequence[Sequence[int]], kept: Sequence[int], weight: float, stray: Random | None
    ) -> Layers:
        """Fill in the stages below the given ones, highest first."""
        result = [list(stage) for stage in above]
        for stage in reversed(stages[: depth - len(above)]):
            result.append(stage.predecessors(result[-1], kept, weight, stray))
            kept, stray = (), None
        return tuple(tuple(sorted(stage)) for stage in reversed(result))

    best = current = min((below([sorted(targets)], (), w, None) for w in _WEIGHTS), key=_cost)
    for _ in range(restarts if depth > 1 else 0):
        level = 1 + int(random.random() * (depth - 1))
        stage = sorted(current[level - 1], key=lambda _: random.random())
        forgotten = int((_MOST_FORGOTTEN + 1) * random.random()) or len(stage)
        above = current[: level - 1 : -1]
        weight = _WEIGHTS[0] / 4 * 20 ** random.random()
        found = below(above, stage[forgotten:], weight, random)
        if _cost(found) <= _cost(current):
            current = found
        if _cost(found) < _cost(best):
            best = found
    return best


def _cost(stages: Layers) -> int:
    return sum(map(len, stages))


class _Stage:
    """The values that can stand in one stage: those whose least depth is not above its number."""

    def __init__(self, level: int, largest: int) -> None:
        self.limit = (2 << largest.bit_length()) - 1
        size = (self.limit + 1) // 2
        odd = np.arange(1, self.limit + 1, 2, dtype=np.int64)
        digits = np.bitwise_count(odd ^ (3 * odd))
        self.allowed: Flags = digits <= 1 << level
        self.values: Ints = odd[self.allowed]
        self.place: Ints = np.cumsum(self.allowed) - 1
        self.factor: Floats = (1 - _SIMPLE * digits[self.allowed]).astype(np.float32)
        self.size = size
        self._alone: dict[int, Flags] = {}
        self._paired: dict[int, Bytes] = {}

    def predecessors(
        self,
        targets: Sequence[int],
        kept: Sequence[int],
        weight: float,
        random: Random | None,
    ) -> list[int]:
        """Return values of this stage that give every target in the next one.

        Parameters
        ----------
        targets : sequence of int
        kept : sequence of int
            Values to start with.
        weight : float
            What it is worth to give a target together with a value not chosen yet.
        random : Random or None
            Strays from the best value each time, if given.
        """
        # The input can only be kept: no adder makes it again.
        held = [1] if 1 in targets else []
        targets = [t for t in targets if t != 1]
        if not targets:
            return held
        wanted = np.array(targets, np.int64)
        cover = np.stack([self.alone(t) for t in targets])
        score = np.zeros(len(self.values), np.float32)
        for target, row in zip(targets, cover, strict=True):
            score += row + np.float32(weight) * self.paired(target)
        left = np.ones(len(targets), np.bool_)
        chosen: list[int] = []
        waiting = [*held, *(v for v in kept if v not in held)]
        while left.any():
            value = waiting.pop(0) if waiting else self.best(score, chosen, random)
            chosen.append(value)
            for k in np.flatnonzero(left & cover[:, self.place[value >> 1]]).tolist():
                score -= cover[k] + np.float32(weight) * self.paired(targets[k])
                left[k] = False
            rows = np.flatnonzero(left)
            partners, positions = combine(value, wanted[rows], self.limit)
            usable = self.allowed[partners >> 1]
            cells = rows[positions[usable]] * len(score) + self.place[partners[usable] >> 1]
            fresh = np.unique(cells[~cover.ravel()[cells]])
            cover.ravel()[fresh] = True
            np.add.at(score, fresh % len(score), np.float32(1))
        return self.prune(targets, chosen, held, random)

    def best(self, score: Floats, chosen: Sequence[int], random: Random | None) -> int:
        """Return the value of greatest score, or one near it."""
        weighed = score * self.factor
        weighed[self.place[np.array(chosen, np.int64) >> 1]] = 0
        if random is None:
            return int(self.values[np.argmax(weighed)])
        salt = int(random.random() * (1 << 62))
        strays = weighed * (1 + _STRAY * noise(self.values, salt))
        return int(self.values[np.argmax(strays)])

    def inside(self, values: Ints) -> Ints:
        """Return the distinct places of those values that can stand here."""
        indices = np.unique(values >> 1)
        places: Ints = self.place[indices[self.allowed[indices]]]
        return places

    def alone(self, target: int) -> Flags:
        """Return which values give the target by themselves: as a copy or times 2**n +- 1."""
        if target not in self._alone:
            parts = [target, *(target // c for c in multiples(self.size) if target % c == 0)]
            cover = np.zeros(len(self.values), np.bool_)
            cover[self.inside(np.array(parts, np.int64))] = True
            self._alone[target] = cover
        return self._alone[target]

    def paired(self, target: int) -> Bytes:
        """Return which values give the target together with some other value of this stage."""
        if target not in self._paired:
            out = np.zeros(self.size, np.uint8)
            spread(out, self.allowed.view(np.uint8), target)
            self._paired[target] = out[self.allowed]
        return self._paired[target]

    def prune(
        self,
        targets: Sequence[int],
        chosen: Sequence[int],
        held: Sequence[int],
        random: Random | None,
    ) -> list[int]:
        """Leave out values that are neither needed nor held, large ones first or in any order."""
        array = np.array(chosen, np.int64)
        places = self.place[array >> 1]
        ways: list[list[set[int]]] = []
        for target in targets:
            results, positions = combine(target, array, self.limit)
            inside = np.flatnonzero(np.isin(results, array))
            pairs = zip(results[inside].tolist(), array[positions[inside]].tolist(), strict=True)
            alone = array[self.alone(target)[places]].tolist()
            # target - target is no value, though `combine` answers 1.
            ways.append([*({v} for v in alone), *({u, v} for u, v in pairs if v != target)])
        kept = set(chosen)
        for value in sorted(
            kept.difference(held), key=lambda v: -v if random is None else random.random()
        ):
            fewer = kept - {value}
            if all(any(way <= fewer for way in each) for each in ways):
                kept = fewer
        return sorted(kept)
