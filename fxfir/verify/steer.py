"""Samples that steer a filter onto its rounding ties and its saturation limits.

A wrong rounding constant shows only where a sum lies on a tie, and a wrong limit only one step
beside it; random samples meet a 15-bit tie once in 32768.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fxfir.filters import Node
from fxfir.fixed import Format, Overflow, round_shift
from fxfir.verify import words
from fxfir.verify.probe import Probe, Trial
from fxfir.verify.windows import last_rounding_to

__all__ = ["ride", "steps_per_tie", "ties"]

_CANDIDATES = 128
"""Random words beside exact solutions; also those of one step of `ride`."""
_SEARCHED = 1 << 14
"""Random words for a sum that no formula solves: a 14-bit residue is met twice in three tries."""
_MOST_SEARCHED = 1 << 16
"""The same where there are few sums, so that a trial is cheap."""


def ties(path: Trial, node: Node, count: int, *, seed: int) -> list[list[int]]:
    """Choose samples whose sums lie on, just below and just above rounding boundaries.

    Parameters
    ----------
    path : Trial
        The filter in the state that the samples before left; it is moved on.
    node : Node
    count : int
        Number of samples.
    seed : int

    Returns
    -------
    list of list of int, shape (n_in, count)
    """
    rows: list[list[int]] = [[] for _ in range(node.n_in)]
    ends = _ends(node)
    width = min(f.width for f in node.inputs)
    few = _Candidates(node, 8 * _CANDIDATES, seed=seed)
    many: _Candidates | None = None
    turn = 0
    while len(rows[0]) < count:
        _, seen = path.look(ends)
        tied = [k for k, p in enumerate(seen) if p.shift > 0]
        random = few.at(turn, _CANDIDATES)
        found = None
        if tied:
            k = tied[turn % len(tied)]
            target = _target(turn // len(tied), seen[k])
            left = count - len(rows[0])
            found = _solved(path, node, k, target, ends, few, turn, left)
            if found is None:
                if many is None:
                    many = _Candidates(node, _searched(seen), seed=seed)
                n_steps = min(steps_per_tie(seen[k].shift, width), left)
                steps = [many.at(turn + n, many.count) for n in range(n_steps)]
                found = steps, _searched_through(path, steps, k, target)
        if found is None:
            path.look(random)
            found = [random], 0
        steps, j = found
        path.take(j)
        for step in steps:
            for lane, row in enumerate(rows):
                row.append(int(step[lane][j]))
        turn += 1
    return rows


def _searched_through(path: Trial, steps: list[list[Any]], k: int, target: int) -> int:
    """Candidate whose samples together bring probe `k` nearest to the target."""
    for step in steps[:-1]:
        path.look(step)
        path.take(None)
    _, probes = path.look(steps[-1])
    return _nearest(probes[k], target)


def _solved(
    path: Trial,
    node: Node,
    k: int,
    target: int,
    ends: list[Any],
    few: _Candidates,
    turn: int,
    left: int,
) -> tuple[list[list[Any]], int] | None:
    """One or two samples that bring probe `k` exactly to the target; None if none do.

    The newest sample alone may not reach a residue, where its coefficient is even or its word is
    narrow; a random sample before it then brings what is missing.
    """
    random = few.at(turn, _CANDIDATES)
    linear = _linear(path, k, ends, random)
    if linear is None:
        return None
    lane, gain, zero = linear
    shift = path.look(ends)[1][k].shift
    inverse = _Inverse(gain, shift + 1, node.inputs[lane])
    drawn = [int(v) for v in random[lane]]
    exact = inverse.word(target - zero, drawn[-1])
    if exact is not None:
        random[lane][0] = exact
        path.look(random)
        return [random], 0
    if left < 2:
        return None
    before = path.state()
    if inverse.bits > node.inputs[lane].width:
        random = few.at(turn, few.count)
    path.look(random)
    path.take(None)
    last = [np.zeros_like(row) for row in random]
    _, probes = path.look(last)
    for j, rest in enumerate(probes[k].sums.tolist()):
        exact = inverse.word(target - rest, drawn[j % _CANDIDATES])
        if exact is not None:
            last[lane][j] = exact
            path.look(last)
            return [random, last], j
    path.restore(before)
    return None


class _Inverse:
    """Solve gain * x = wanted modulo 2**bits for a word x of a format."""

    def __init__(self, gain: int, bits: int, fmt: Format) -> None:
        self._even = (gain & -gain).bit_length() - 1
        self._fmt = fmt
        self.bits = bits - self._even
        self._inverse = pow(gain >> self._even, -1, 1 << self.bits) if self.bits > 0 else 0

    def word(self, wanted: int, random: int) -> int | None:
        """The solution nearest below `random`, None if there is none."""
        if self.bits <= 0 or wanted % (1 << self._even):
            return None
        base = (wanted >> self._even) * self._inverse % (1 << self.bits)
        # The random word's upper bits keep the amplitude, the solution's lower bits hit.
        x = (random >> self.bits << self.bits) + base
        return x if self._fmt.contains(x) else None


def steps_per_tie(shift: int, width: int) -> int:
    """Return how many samples together reach a residue that no formula solves.

    A narrow input needs several, and so does a sum behind other casts: the newest sample alone
    moves it by few different steps.
    """
    return max(-(-(shift + 2) // width), 3)


def _target(turn: int, probe: Probe) -> int:
    """Residue to hit, modulo two steps of the result.

    First the last sum that is still rounded down, which the smallest error lifts over the edge;
    then ties of both parities, their neighbours and the whole steps.
    """
    one = 1 << probe.shift
    half = one >> 1
    edges = [last_rounding_to(probe.cast, v, probe.frac) for v in (0, 1)]
    # half + half / 2 is a tie for hardware that misses the highest of the bits below.
    order = (*edges, half, half + one, half - 1, half + 1, half + half // 2, half, 0, -1, 1)
    return (edges[0] if turn < 4 else order[turn % len(order)]) % (2 * one)


def _searched(seen: Sequence[Probe]) -> int:
    shift = max(p.shift for p in seen)
    most = _MOST_SEARCHED if len(seen) <= 4 else _SEARCHED if len(seen) <= 8 else _SEARCHED // 4
    return max(min(1 << (shift + 1), most), 1 << 10)


def ride(path: Trial, node: Node, rows: Sequence[Sequence[int]], *, seed: int) -> list[list[int]]:
    """Follow `rows`, but step exactly onto each cast's limits where one is within reach.

    Parameters
    ----------
    path : Trial
        The filter in the state that the samples before left; it is moved on.
    node : Node
    rows : sequence of sequence of int, shape (n_in, time)
        Samples that drive the filter into saturation.
    seed : int

    Returns
    -------
    list of list of int, shape (n_in, time)
        Each of hi, hi + 1, lo, lo - 1 is met at most once per cast.
    """
    out: list[list[int]] = [[] for _ in range(node.n_in)]
    met: set[tuple[int, int]] = set()
    few = _Candidates(node, 8 * _CANDIDATES, seed=seed)
    for t in range(len(rows[0])):
        tries = few.at(t, _CANDIDATES)
        for lane, row in enumerate(rows):
            tries[lane][0] = row[t]
        _, probes = path.look(tries)
        j = 0
        for k, probe in enumerate(probes):
            to = probe.cast.to
            if not _near(probe, to.hi) and not _near(probe, to.lo):
                continue
            rounded = round_shift(probe.sums, probe.shift, probe.cast.rounding)
            for goal in (to.hi + 1, to.lo - 1, to.hi, to.lo):
                if j == 0 and (k, goal) not in met:
                    hits = np.flatnonzero(rounded == goal)
                    if len(hits):
                        j = int(hits[0])
                        met.add((k, goal))
        path.take(j)
        for lane, row_out in enumerate(out):
            row_out.append(int(tries[lane][j]))
    return out


def _near(probe: Probe, code: int) -> bool:
    """Whether some candidate's sum is within two steps of a code of the target format."""
    if probe.shift < 0:
        low, high = code - 2 >> -probe.shift, code + 2 >> -probe.shift
    else:
        low, high = code - 2 << probe.shift, code + 2 << probe.shift
    return bool(probe.sums.min() <= high and probe.sums.max() >= low)


def _ends(node: Node) -> list[Any]:
    """Three candidates that show whether a sum is linear in the newest sample."""
    return [_column((f.lo, 0, f.hi), f) for f in node.inputs]


class _Candidates:
    """Random words, half of them over smaller ranges, so that a high gain does not always clip."""

    def __init__(self, node: Node, count: int, *, seed: int) -> None:
        self.count = count
        self._rows = []
        for lane, fmt in enumerate(node.inputs):
            drawn = words.noise(fmt, count, seed=seed, stream=201 + lane)
            spread = [v >> (k % fmt.width) if k % 2 else v for k, v in enumerate(drawn)]
            self._rows.append(_column(spread, fmt))

    def at(self, t: int, count: int) -> list[Any]:
        """A fresh copy of `count` words per lane, others at each `t`."""
        start = t * 37
        picked = (start + np.arange(count)) % self.count
        return [row[picked] for row in self._rows]


def _column(values: Sequence[int], fmt: Format) -> Any:
    return words.array([values], [fmt])[0]


def _linear(path: Trial, k: int, ends: list[Any], random: list[Any]) -> tuple[int, int, int] | None:
    """Lane, gain and rest by which the newest sample decides probe `k`; None if none does so."""
    for lane, fixed in enumerate(ends):
        others = [np.zeros(3, dtype=row.dtype) for row in random]
        for other, row in enumerate(random):
            others[other][:] = row[0]
        others[lane] = fixed
        _, probes = path.look(others)
        low, zero, high = (int(v) for v in probes[k].sums)
        bottom, _, top = (int(v) for v in fixed)
        gain = (high - zero) // top if top else zero - low
        if gain and zero + gain * top == high and zero + gain * bottom == low:
            return lane, gain, zero
    return None


def _nearest(probe: Probe, target: int) -> int:
    """Index of the candidate nearest to the residue `target`, clipping ones last.

    The residue counts before the parity of the result above it.
    """
    modulus = 1 << probe.shift
    # Four times the modulus must fit beside a sum.
    sums = probe.sums.astype(object) if probe.shift > 60 else probe.sums
    ahead = (sums - target) % modulus
    distance = 2 * np.minimum(ahead, modulus - ahead)
    distance = distance + ((sums - target + modulus // 2 >> probe.shift) & 1)
    if probe.cast.overflow is Overflow.SATURATE:
        rounded = round_shift(sums, probe.shift, probe.cast.rounding)
        clips = (rounded > probe.cast.to.hi) | (rounded < probe.cast.to.lo)
        if not clips.all():
            distance = np.where(clips, 2 * modulus, distance)
    return int(np.argmin(distance))
