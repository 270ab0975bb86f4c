"""Nodes as trees of runners: leaves compute, compositions route lanes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from fxfir.errors import FilterError
from fxfir.filters import Bank, FirMatrix, Interleave, Node, Parallel, Series
from fxfir.model.lanes import Array

__all__ = ["Leaf", "Runner", "build", "leaves"]


class Runner(Protocol):
    """A node with its history."""

    reach: int
    """Samples of history, a hint for the block size."""

    def reset(self, batch: int) -> None:
        """Make the history zero, for `batch` independent signals."""

    def advance(self, lanes: list[Array], ahead: int) -> list[Array]:
        """Filter the next samples: lanes `[batch, time]` in, lanes `[batch, time]` out.

        `ahead` counts the samples of the whole call, this chunk included. The lanes given may be
        overwritten by the next call.
        """


Leaf = Callable[[Any], Runner]
"""Makes the runner of one filter."""


class _Series:
    def __init__(self, node: Series, make: Mapping[type, Leaf]) -> None:
        self._stages = [build(stage, make) for stage in node.stages]
        self.reach = max(stage.reach for stage in self._stages)

    def reset(self, batch: int) -> None:
        for stage in self._stages:
            stage.reset(batch)

    def advance(self, lanes: list[Array], ahead: int) -> list[Array]:
        for stage in self._stages:
            lanes = stage.advance(lanes, ahead)
        return lanes


class _Bank:
    def __init__(self, node: Bank, make: Mapping[type, Leaf]) -> None:
        self._filters = [build(f, make) for f in node.filters]
        self.reach = max(f.reach for f in self._filters)

    def reset(self, batch: int) -> None:
        for f in self._filters:
            f.reset(batch)

    def advance(self, lanes: list[Array], ahead: int) -> list[Array]:
        return [lane for f in self._filters for lane in f.advance(lanes, ahead)]


class _Parallel:
    def __init__(self, node: Parallel, make: Mapping[type, Leaf]) -> None:
        self._filters = [(build(f, make), f.n_in) for f in node.filters]
        self.reach = max(f.reach for f, _ in self._filters)

    def reset(self, batch: int) -> None:
        for f, _ in self._filters:
            f.reset(batch)

    def advance(self, lanes: list[Array], ahead: int) -> list[Array]:
        out: list[Array] = []
        first = 0
        for f, n_in in self._filters:
            out += f.advance(lanes[first : first + n_in], ahead)
            first += n_in
        return out


class _Interleave:
    def __init__(self, node: Interleave, make: Mapping[type, Leaf]) -> None:
        self._channels = [build(f, make) for f in node.of_channels]
        self.reach = max(f.reach for f in self._channels) * node.channels
        self._turn = 0

    def reset(self, batch: int) -> None:
        self._turn = 0
        for f in self._channels:
            f.reset(batch)

    def advance(self, lanes: list[Array], ahead: int) -> list[Array]:
        count, x = len(self._channels), lanes[0]
        out: list[Array] = []
        for k, f in enumerate(self._channels):
            own = slice((k - self._turn) % count, None, count)
            if own.start >= x.shape[1]:
                continue
            # Lanes may be overwritten by the next call, so each is put in its place at once.
            lanes = f.advance([np.ascontiguousarray(x[:, own])], -(-ahead // count))
            out = out or [np.empty(x.shape, dtype=y.dtype) for y in lanes]
            for whole, y in zip(out, lanes, strict=True):
                whole[:, own] = y
        self._turn = (self._turn + x.shape[1]) % count
        return out


_COMPOSITIONS: dict[type, Callable[[Any, Mapping[type, Leaf]], Runner]] = {
    Series: _Series,
    Bank: _Bank,
    Parallel: _Parallel,
    Interleave: _Interleave,
}


def build(node: Node, make: Mapping[type, Leaf]) -> Runner:
    """Return the runner of a node.

    Parameters
    ----------
    node : Node
    make : mapping from filter type to Leaf
        How each kind of filter is run.

    Raises
    ------
    FilterError
        If a type of node is unknown.
    """
    if isinstance(node, FirMatrix):
        return build(node.expanded(), make)
    kind = type(node)
    if kind in _COMPOSITIONS:
        return _COMPOSITIONS[kind](node, make)
    if kind in make:
        runner: Runner = make[kind](node)
        return runner
    known = ", ".join(sorted(k.__name__ for k in (*_COMPOSITIONS, *make)))
    raise FilterError(f"the model runs {known}, got {kind.__name__}")


def leaves(node: Node) -> list[Node]:
    """Return the filters at the ends of a tree of compositions, in lane order."""
    match node:
        case FirMatrix():
            return leaves(node.expanded())
        case (
            Series(stages=children)
            | Bank(filters=children)
            | Parallel(filters=children)
            | Interleave(filters=children)
        ):
            return [leaf for child in children for leaf in leaves(child)]
        case _:
            return [node]
