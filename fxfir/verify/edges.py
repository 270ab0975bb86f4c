"""Samples after which a rounding of a recursive filter that is off by one shows at the output.

A defect of one unit in the last place of a sum acts only where that sum lies exactly beside a
rounding boundary, and inner words are finer than the output, so even then it may fade unseen.
Here each boundary of each cast is met until a filter that rounds it wrongly gives other samples.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np

from fxfir.filters import FixedSos, Node
from fxfir.fixed import Cast, Format, Rounding, round_shift
from fxfir.verify import words
from fxfir.verify.probe import CascadeTrial, Trial
from fxfir.verify.section_probe import Probe
from fxfir.verify.windows import last_rounding_to

__all__ = ["edges"]

_FEW = 1 << 12
"""Candidates for a sample that are looked at in one go: what a cache holds."""
_MANY = 1 << 16
"""Candidates for a sample in all."""
_PARTS = 4
"""Parts of them that are tried before two samples are chosen together."""
_LASTS = 2
"""Last samples tried for each part, where two samples are chosen together."""
_LOOKS = 3 << 12
"""Sections looked at for a whole cascade, after which what is left is given up."""
_TRIES = 12
"""Times that a sum is met after which a wrong rounding is taken not to show."""
_FRESH = 4
"""Samples for which a wrong rounding is helped to show."""
_PATIENCE = 48
"""Samples after which a wrong rounding that has not shown yet is given up."""


@dataclass(slots=True, kw_only=True)
class _Goal:
    """A sum before a cast, modulo two steps of its result, and what a defect there would add.

    Parameters
    ----------
    section, cast : int
    rule : Cast
    edge : int
        Sums up to here are rounded down.
    above : bool
        Meet the first sum above the edge, not the last one up to it.
    error : int
    """

    section: int
    cast: int
    rule: Cast
    edge: int
    above: bool
    error: int
    done: bool = False
    shadow: CascadeTrial | None = None
    left: int = 0
    tries: int = 0


@dataclass(slots=True, kw_only=True, eq=False)
class _Other:
    """A filter of which one rule of one section rounds in another way.

    Parameters
    ----------
    section : int
    cast : Cast
        The rule as the right filter has it.
    rounding : Rounding
    filter : CascadeTrial
        Its state counts only while it is `apart`.
    apart : int, optional
        For how many samples its state has been another than that of the right filter.
    """

    section: int
    cast: Cast
    rounding: Rounding
    filter: CascadeTrial
    apart: int = 0
    tries: int = 0

    def differs(self, probes: Sequence[Probe]) -> Any:
        """Whether it rounds one of these sums to another word, before any overflow; elementwise."""
        found: Any = False
        for p in probes:
            if p.cast == self.cast:
                right = round_shift(p.sums, p.shift, self.cast.rounding)
                found = found | (right != round_shift(p.sums, p.shift, self.rounding))
        return found


def edges(path: Trial, node: Node, count: int, *, seed: int) -> list[list[int]]:
    """Choose samples that show each wrong rounding inside the recursive filters at an output.

    Parameters
    ----------
    path : Trial
        The filter in the state that the samples before left; it is moved on.
    node : Node
    count : int
        Most samples; fewer are returned once all has been shown.
    seed : int

    Returns
    -------
    list of list of int, shape (n_in, at most count)
    """
    rows: list[list[int]] = [[] for _ in node.inputs]
    tasks = [_Task(lane, cascade) for lane, cascade in path.cascades()]
    pools = [_Pool(fmt, seed=seed, stream=401 + k) for k, fmt in enumerate(node.inputs)]
    while len(rows[0]) < count:
        if not any(task.busy for task in tasks):
            break
        turn = len(rows[0])
        x = [pool.word(turn) for pool in pools]
        for lane in {task.lane for task in tasks}:
            mine = [task for task in tasks if task.lane == lane and task.busy]
            # The second sample of a pair comes right behind the first.
            begun = [task for task in mine if task.pair is not None]
            if mine:
                task = begun[0] if begun else mine[turn % len(mine)]
                found = task.search(pools[lane], turn)
                x[lane] = x[lane] if found is None else found
        for task in tasks:
            task.follow(x[task.lane])
        path.look(x)
        path.take(0)
        for row, value in zip(rows, x, strict=True):
            row.append(value)
    return rows


class _Pool:
    """Words of a lane to choose from: all of a narrow format, else random ones."""

    def __init__(self, fmt: Format, *, seed: int, stream: int) -> None:
        drawn = words.noise(fmt, 1 << 12, seed=seed, stream=stream)
        # Half of them over smaller ranges: full scale alone would keep a loud filter clipping.
        self._random = [v >> (k % fmt.width) if k % 2 else v for k, v in enumerate(drawn)]
        every = range(fmt.lo, fmt.hi + 1) if fmt.width <= 16 else None
        self._many = words.array(
            [every or words.noise(fmt, _MANY, seed=seed, stream=stream + 1)], [fmt]
        )[0]

    def word(self, turn: int) -> int:
        return self._random[turn % len(self._random)]

    def parts(self, turn: int) -> Iterator[Any]:
        """Yield all words in parts that each spread over the range, another one first each turn."""
        stride = max(1, len(self._many) // _FEW)
        for k in range(stride):
            yield self._many[(turn * 7 + k) % stride :: stride]


class _Task:
    """One cascade and its goals."""

    def __init__(self, lane: int, cascade: CascadeTrial) -> None:
        self.lane = lane
        self._cascade = cascade
        self._goals: list[_Goal] = []
        # All sums of a cast so far, or-ed: what is 0 in their last bits always is.
        self._seen: dict[tuple[int, int], int] = {}
        self.pair: tuple[_Goal, int] | None = None
        self._looks = _LOOKS
        # Where the probes of each section stand among all.
        self._probes: list[slice] = []
        quick = True
        value: Any = np.zeros(1, dtype=np.int64)
        for k, section in enumerate(cascade.sections):
            value, probes = section.look(value)
            first = self._probes[-1].stop if self._probes else 0
            self._probes.append(slice(first, first + len(probes)))
            # Python integers are too slow for a search as wide as this, here and behind.
            quick = quick and all(probe.sums.dtype != object for probe in probes)
            for c, probe in enumerate(probes):
                if probe.shift > 0 and quick:
                    self._goals += _goals(k, c, probe.cast, probe.frac)
        self._depth = max((g.section + 1 for g in self._goals), default=0)
        # Filters that round one of their words in another way, until they show.
        self._others: list[_Other] = []
        for k, rule, rounding, changed in _others(cascade.node):
            if any(g.section == k and g.rule == rule for g in self._goals):
                trial = CascadeTrial(changed)
                other = _Other(section=k, cast=rule, rounding=rounding, filter=trial)
                self._others.append(other)

    @property
    def open(self) -> list[_Goal]:
        """Goals that are not reached, nor being waited for, nor given up."""
        return [g for g in self._goals if not g.done and g.shadow is None and g.tries < _TRIES]

    @property
    def busy(self) -> bool:
        """Whether a goal may still be reached, or a rounding shown."""
        waiting = any(g.shadow is not None for g in self._goals)
        tried = [*self.open, *(o for o in self._others if o.tries < _TRIES)]
        return waiting or (bool(tried) and self._looks > 0)

    def search(self, pool: _Pool, turn: int) -> int | None:
        """Look for a sample, or the first of two, that meets an open goal."""
        if self.pair is not None:
            goal, x = self.pair
            self.pair = None
            return self._meet(goal, x)
        shown = self._show(next(pool.parts(turn)), turn)
        if shown is not None or self._looks <= 0:
            return shown
        spare = None
        for candidates in islice(pool.parts(turn), _PARTS):
            probes = self._look(candidates)
            hit = self._hit(probes, turn)
            if hit is not None:
                return self._meet(hit[0], int(candidates[hit[1]]))
            if spare is None and (other := self._parted(probes, turn)) is not None:
                spare = other[0], int(candidates[other[1]])
        return self._two(pool, turn) if spare is None else self._meet(*spare)

    def _show(self, candidates: Any, turn: int) -> int | None:
        """Look for a sample by which what was rounded wrongly just before reaches the output."""
        fresh = [g.shadow for g in self._goals if g.shadow and g.left > _PATIENCE - _FRESH]
        fresh += [o.filter for o in self._others if 0 < o.apart <= _FRESH]
        if not fresh:
            return None
        (right,), _ = self._cascade.look([candidates])
        for other in fresh:
            (wrong,), _ = other.look([candidates])
            hits = np.flatnonzero(right != wrong)
            if len(hits):
                return int(candidates[hits[turn % len(hits)]])
        return None

    def _two(self, pool: _Pool, turn: int) -> int | None:
        """Let the sample before the last one bring what the last one cannot."""
        before = self._cascade.state()
        for k, firsts in enumerate(pool.parts(turn)):
            self._look(firsts)
            self._cascade.take(None)
            for step in range(_LASTS):
                last = pool.word(turn * _FEW + k * _LASTS + step)
                hit = self._hit(self._look(np.full_like(firsts, last)), turn)
                if hit is not None:
                    self._cascade.restore(before)
                    self.pair = hit[0], last
                    return int(firsts[hit[1]])
            self._cascade.restore(before)
        return None

    def _look(self, candidates: Any) -> Sequence[Probe]:
        """Probes of all sections with open goals, and of those before, for candidate samples."""
        value = candidates
        probes: list[Probe] = []
        self._looks -= self._depth
        for section in self._cascade.sections[: self._depth]:
            value, more = section.look(value)
            probes += more
        return probes

    def _hit(self, probes: Sequence[Probe], turn: int) -> tuple[_Goal, int] | None:
        """The goal searched least of those that some candidate meets, and which candidate."""
        low: dict[tuple[int, int], Any] = {}
        for goal in sorted(self.open, key=lambda g: g.tries):
            key = (goal.section, goal.cast)
            probe = probes[self._probes[goal.section].start + goal.cast]
            unit = self._unit(goal, probe)
            wanted = goal.edge // unit * unit + (unit if goal.above else 0)
            mask = (2 << probe.shift) - 1
            if key not in low:
                low[key] = probe.sums & mask
            hits = np.flatnonzero(low[key] == (wanted & mask))
            if len(hits):
                # Beyond the ends of the format no rounding shows.
                words_ = probe.sums[hits] >> probe.shift
                to = probe.cast.to
                hits = hits[(words_ > to.lo) & (words_ < to.hi - 1)]
            if len(hits):
                return goal, int(hits[turn % len(hits)])
        return None

    def _parted(self, probes: Sequence[Probe], turn: int) -> tuple[_Other, int] | None:
        """The other rounding searched least of those that some candidate tells, and which one."""
        for other in sorted(self._others, key=lambda o: o.tries):
            if other.tries < _TRIES and not other.apart:
                hits = np.flatnonzero(other.differs(probes[self._probes[other.section]]))
                if len(hits):
                    return other, int(hits[turn % len(hits)])
        return None

    def _unit(self, goal: _Goal, probe: Probe) -> int:
        """The power of two that all sums of a cast are multiples of, from those seen so far."""
        key = (goal.section, goal.cast)
        before = self._seen.get(key, 0)
        self._seen[key] = bits = before | int(np.bitwise_or.reduce(probe.sums))
        if before and bits & -bits < before & -before:
            # What was met so far stood a coarser step beside its edge.
            for other in self._goals:
                if (other.section, other.cast) == key:
                    other.done, other.shadow, other.tries = False, None, 0
        return bits & -bits or 1

    def _meet(self, wanted: _Goal | _Other, x: int) -> int:
        """Begin to follow what a defect at this goal would do."""
        wanted.tries += 1
        if isinstance(wanted, _Goal):
            wanted.shadow = shadow = CascadeTrial(self._cascade.node)
            shadow.restore(self._cascade.state())
            shadow.sections[wanted.section].nudge = {wanted.cast: wanted.error}
            wanted.left = _PATIENCE
        return x

    def follow(self, x: int) -> None:
        """Send a sample through the filter and all defects; those that show are done."""
        (right,), probes = self._cascade.look([x])
        state = None
        for other in list(self._others):
            if not other.apart:
                # From the same state the same words come to the same state.
                if not other.differs(probes[self._probes[other.section]]):
                    continue
                other.filter.restore(self._cascade.state())
            (wrong,), _ = other.filter.look([x])
            other.filter.take(0)
            if wrong != right:
                self._others.remove(other)
                continue
            state = state or self._after()
            other.apart = other.apart + 1 if other.filter.state() != state else 0
        for goal in self._goals:
            shadow = goal.shadow
            if shadow is None:
                continue
            (wrong,), _ = shadow.look([x])
            shadow.take(0)
            shadow.sections[goal.section].nudge = {}
            goal.left -= 1
            if wrong != right:
                goal.done, goal.shadow = True, None
            elif goal.left == 0 or shadow.state() == (state := state or self._after()):
                goal.shadow = None

    def _after(self) -> Any:
        """State after the sample that was looked at last."""
        before = self._cascade.state()
        self._cascade.take(0)
        found = self._cascade.state()
        self._cascade.restore(before)
        return found


def _others(sos: FixedSos) -> Iterator[tuple[int, Cast, Rounding, FixedSos]]:
    """Yield section, rule, other rounding and filter for each cast of a section."""
    for k, section in enumerate(sos.sections):
        for rounding in Rounding:
            made = []
            if rounding is not section.out.rounding:
                out = replace(section.out, rounding=rounding)
                made.append((section.out, replace(section, out=out)))
            if section.state is not None and rounding is not section.state.rounding:
                state = replace(section.state, rounding=rounding)
                made.append((section.state, replace(section, state=state)))
            for rule, other in made:
                sections = (*sos.sections[:k], other, *sos.sections[k + 1 :])
                yield k, rule, rounding, replace(sos, sections=sections)


def _goals(section: int, cast: int, rule: Cast, frac: int) -> Sequence[_Goal]:
    """Sums just below and just above two boundaries, and two that nearly look like a tie.

    Of the bits below a half, the first alone may decide that a sum is no tie; half and a quarter
    shows it.
    """
    shift = frac - rule.to.frac
    one = 1 << shift
    found = []
    for value in (0, 1):
        edge = last_rounding_to(rule, value, frac)
        found += [(edge, False, 1), (edge, True, -1)]
    found.append((one, False, -1))
    if shift > 2:
        half = last_rounding_to(rule, 0, frac)
        above = half + (one >> 2)
        if round_shift(half, shift, rule.rounding) < round_shift(above, shift, rule.rounding):
            found.append((above, False, -1))
    return [
        _Goal(section=section, cast=cast, rule=rule, edge=edge, above=above, error=error)
        for edge, above, error in found
    ]
