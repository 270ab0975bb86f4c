"""Try many next samples at once and see the exact sum before every cast.

Steering a stimulus onto a rounding tie or a saturation limit needs the sums inside a filter, which
the model does not show. This is a search aid, never a source of expected values: an error here
would only make a stimulus less sharp.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from fxfir.errors import FilterError
from fxfir.filters import (
    Bank,
    Clip,
    FirMatrix,
    FixedFir,
    FixedSos,
    Interleave,
    Node,
    Parallel,
    Requantise,
    Select,
    Series,
    Sum,
    SwitchedFir,
    Table,
)
from fxfir.fixed import apply
from fxfir.verify.section_probe import Probe, SectionTrial, fit, pick

__all__ = ["CascadeTrial", "Probe", "Trial", "trial"]


class Trial:
    """A filter with its state, one sample at a time: `look` at candidates, then `take` one."""

    def look(self, x: Sequence[Any]) -> tuple[list[Any], list[Probe]]:
        """Compute outputs and probes for candidate samples.

        Parameters
        ----------
        x : sequence of ndarray or int, length n_in
            One array of candidates per lane; candidate j is element j of every lane. Plain
            integers are one candidate, and fast.

        Returns
        -------
        outputs : list of ndarray, length n_out
        probes : list of Probe
        """
        raise NotImplementedError

    def take(self, j: int | None) -> None:
        """Make candidate `j` of the last `look` the sample that was sent.

        None keeps all candidates side by side, each with a state of its own; a later `take` of
        one `j` keeps that one's whole history.
        """
        raise NotImplementedError

    def cascades(self, first: int = 0) -> list[tuple[int, CascadeTrial]]:
        """Return the cascades that read an input lane, each with its lane's number.

        Parameters
        ----------
        first : int, optional
            Number of this filter's first lane.
        """
        del first
        return []

    def state(self) -> Any:
        """Return the state, for `restore`."""
        raise NotImplementedError

    def restore(self, state: Any) -> None:
        """Go back to a state that `state` returned."""
        raise NotImplementedError


def trial(node: Node) -> Trial:
    """Return a `Trial` of any filter, from zero history.

    Raises
    ------
    FilterError
        If the node is of an unknown type.
    """
    match node:
        case FixedFir():
            return _Fir(node)
        case SwitchedFir():
            return _Switched(node)
        case FirMatrix():
            return trial(node.expanded())
        case FixedSos():
            return CascadeTrial(node)
        case Requantise():
            return _Requantise(node)
        case Clip():
            return _Memoryless(lambda x: np.minimum(np.maximum(x[0], node.lo), node.hi))
        case Table():
            entries = np.array(node.words, dtype=object)
            return _Memoryless(lambda x: entries[np.asarray(x[0] - node.input.lo, dtype=np.int64)])
        case Select():
            return _Memoryless(lambda x: _chosen(node, x))
        case Sum():
            return _Sum(node)
        case Series(stages=stages):
            return _Chain([trial(s) for s in stages])
        case Interleave():
            return _Turns([trial(f) for f in node.of_channels])
        case Bank(filters=filters):
            return _Beside([(slice(0, f.n_in), trial(f)) for f in filters])
        case Parallel(filters=filters):
            spans, start = [], 0
            for f in filters:
                spans.append((slice(start, start + f.n_in), trial(f)))
                start += f.n_in
            return _Beside(spans)
        case _:
            raise FilterError(f"a stimulus needs a filter it knows, got {type(node).__name__}")


def _chosen(node: Select, x: Sequence[Any]) -> Any:
    index = np.minimum(np.maximum(x[-1], 0), node.count - 1)
    y = x[0]
    for k in range(1, node.count):
        y = np.where(index == k, x[k], y)
    return y


class _Fir(Trial):
    def __init__(self, node: FixedFir) -> None:
        self._node = node
        # Leading zeros only delay: the newest sample decides the sum `skip` samples later.
        self._skip = next(k for k, c in enumerate(node.taps) if c)
        self._acc = node.acc
        self._past: list[Any] = [0] * node.n_taps
        # What the past adds to a sum; many candidates are looked at from one state.
        self._rest: Any = 0
        self._split = False
        self._x: Any = None

    def look(self, x: Sequence[Any]) -> tuple[list[Any], list[Probe]]:
        node, skip, frac = self._node, self._skip, self._acc.frac
        self._x = fit(x[0], self._acc.width)
        if self._rest is None:
            self._rest = self._sum(node.taps[skip + 1 :])
        sums = node.taps[skip] * self._x + self._rest
        probe = Probe(sums=sums, frac=frac, cast=node.output)
        if skip == 0:
            return [apply(node.output, sums, frac)], [probe]
        now = self._sum(node.taps[1:])
        old = now
        if isinstance(self._x, np.ndarray) and not isinstance(now, np.ndarray):
            old = np.full_like(self._x, now)
        return [apply(node.output, old, frac)], [probe]

    def _sum(self, taps: Sequence[int]) -> Any:
        """Sum of products with the past: plain integers first, so that few sums are of arrays."""
        total: Any = 0
        arrays = []
        for tap, value in zip(taps, self._past, strict=False):
            if isinstance(value, np.ndarray):
                arrays.append(tap * value)
            else:
                total += tap * value
        return sum(arrays, total)

    def take(self, j: int | None) -> None:
        self._past = [self._x, *self._past[:-1]]
        self._rest = None
        if j is None:
            self._split = True
        elif self._split:
            self._past = [pick(v, j) for v in self._past]
            self._split = False
        else:
            self._past[0] = pick(self._x, j)

    def state(self) -> Any:
        return list(self._past), self._split

    def restore(self, state: Any) -> None:
        self._past, self._split = list(state[0]), state[1]
        self._rest = None


class _Switched(Trial):
    """The filter of every set, all on the same samples; what a candidate chooses counts."""

    def __init__(self, node: SwitchedFir) -> None:
        self._sets = [_Fir(fir) for fir in node.sets]

    def look(self, x: Sequence[Any]) -> tuple[list[Any], list[Probe]]:
        index = np.minimum(x[1], len(self._sets) - 1)
        found = [part.look(x[:1]) for part in self._sets]
        if not isinstance(x[0], np.ndarray):
            return found[int(index)]
        ((y,), (probe,)), *others = found
        sums = probe.sums
        for k, ((other,), (one,)) in enumerate(others, 1):
            y, sums = np.where(index == k, other, y), np.where(index == k, one.sums, sums)
        return [y], [Probe(sums=sums, frac=probe.frac, cast=probe.cast)]

    def take(self, j: int | None) -> None:
        for part in self._sets:
            part.take(j)

    def state(self) -> Any:
        return [part.state() for part in self._sets]

    def restore(self, state: Any) -> None:
        for part, kept in zip(self._sets, state, strict=True):
            part.restore(kept)


class _Memoryless(Trial):
    def __init__(self, function: Callable[[Sequence[Any]], Any]) -> None:
        self._function = function

    def look(self, x: Sequence[Any]) -> tuple[list[Any], list[Probe]]:
        y = self._function(x)
        return [y if any(isinstance(v, np.ndarray) for v in x) else int(y)], []

    def take(self, j: int | None) -> None:
        del j

    def state(self) -> Any:
        return None

    def restore(self, state: Any) -> None:
        del state


class _Requantise(_Memoryless):
    def __init__(self, node: Requantise) -> None:
        self._node = node

    def look(self, x: Sequence[Any]) -> tuple[list[Any], list[Probe]]:
        cast, frac = self._node.cast, self._node.input.frac
        return [apply(cast, x[0], frac)], [Probe(sums=x[0], frac=frac, cast=cast)]


class _Sum(_Memoryless):
    def __init__(self, node: Sum) -> None:
        self._cast, self._frac, self._offset = node.output, node.acc.frac, node.offset
        self._formats = [(node.acc.width + 2, self._frac - fmt.frac) for fmt in node.inputs]

    def look(self, x: Sequence[Any]) -> tuple[list[Any], list[Probe]]:
        parts = [
            fit(lane, width) << shift for lane, (width, shift) in zip(x, self._formats, strict=True)
        ]
        sums = sum(parts, self._offset)
        probe = Probe(sums=sums, frac=self._frac, cast=self._cast)
        return [apply(self._cast, sums, self._frac)], [probe]


class _Chain(Trial):
    def __init__(self, stages: list[Trial]) -> None:
        self._stages = stages

    def look(self, x: Sequence[Any]) -> tuple[list[Any], list[Probe]]:
        values, probes = list(x), []
        for stage in self._stages:
            values, more = stage.look(values)
            probes += more
        return values, probes

    def take(self, j: int | None) -> None:
        for stage in self._stages:
            stage.take(j)

    def cascades(self, first: int = 0) -> list[tuple[int, CascadeTrial]]:
        return self._stages[0].cascades(first)

    def state(self) -> Any:
        return [stage.state() for stage in self._stages]

    def restore(self, state: Any) -> None:
        for stage, kept in zip(self._stages, state, strict=True):
            stage.restore(kept)


class _Turns(Trial):
    """Channels in turn: what is looked at and taken next is the next channel's."""

    def __init__(self, channels: list[Trial]) -> None:
        self._channels = channels
        self._now = 0
        self._split: set[int] = set()

    def look(self, x: Sequence[Any]) -> tuple[list[Any], list[Probe]]:
        return self._channels[self._now].look(x)

    def take(self, j: int | None) -> None:
        self._channels[self._now].take(j)
        if j is None:
            self._split.add(self._now)
        else:
            for k in self._split - {self._now}:
                self._channels[k].restore(_picked(self._channels[k].state(), j))
            self._split.clear()
        self._now = (self._now + 1) % len(self._channels)

    def state(self) -> Any:
        kept = [channel.state() for channel in self._channels]
        return self._now, frozenset(self._split), kept

    def restore(self, state: Any) -> None:
        self._now, split, kept = state
        self._split = set(split)
        for channel, its in zip(self._channels, kept, strict=True):
            channel.restore(its)


def _picked(state: Any, j: int) -> Any:
    """Return the state of candidate `j` out of those side by side."""
    if isinstance(state, list | tuple):
        return type(state)(_picked(v, j) for v in state)
    return pick(state, j)


class _Beside(Trial):
    def __init__(self, parts: list[tuple[slice, Trial]]) -> None:
        self._parts = parts

    def look(self, x: Sequence[Any]) -> tuple[list[Any], list[Probe]]:
        values, probes = [], []
        for lanes, part in self._parts:
            given, more = part.look(x[lanes])
            values += given
            probes += more
        return values, probes

    def take(self, j: int | None) -> None:
        for _, part in self._parts:
            part.take(j)

    def cascades(self, first: int = 0) -> list[tuple[int, CascadeTrial]]:
        return [c for lanes, part in self._parts for c in part.cascades(first + lanes.start)]

    def state(self) -> Any:
        return [part.state() for _, part in self._parts]

    def restore(self, state: Any) -> None:
        for (_, part), kept in zip(self._parts, state, strict=True):
            part.restore(kept)


class CascadeTrial(Trial):
    """A cascade of sections.

    Parameters
    ----------
    node : FixedSos

    Attributes
    ----------
    node : FixedSos
    sections : list of SectionTrial
    """

    def __init__(self, node: FixedSos) -> None:
        self.node = node
        pairs = zip(node.sections, node.section_inputs, strict=True)
        self.sections = [SectionTrial(s, f) for s, f in pairs]

    def cascades(self, first: int = 0) -> list[tuple[int, CascadeTrial]]:
        """Return itself; see `Trial.cascades`."""
        return [(first, self)]

    def look(self, x: Sequence[Any]) -> tuple[list[Any], list[Probe]]:
        """Compute outputs and probes; see `Trial.look`."""
        values, probes = x[0], []
        for section in self.sections:
            values, more = section.look(values)
            probes += more
        frac = self.node.sections[-1].out.to.frac
        probes.append(Probe(sums=values, frac=frac, cast=self.node.output))
        return [apply(self.node.output, values, frac)], probes

    def take(self, j: int | None) -> None:
        """Make a candidate the sample that was sent; see `Trial.take`."""
        for section in self.sections:
            section.take(j)

    def state(self) -> Any:
        """Return the state; see `Trial.state`."""
        return [section.kept for section in self.sections]

    def restore(self, state: Any) -> None:
        """Go back to a state; see `Trial.restore`."""
        for section, kept in zip(self.sections, state, strict=True):
            section.kept = kept
