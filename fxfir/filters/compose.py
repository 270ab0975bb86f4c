"""Filters made of filters: stages in a row, bands beside each other, lanes, and a bare cast."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from fxfir.errors import FilterError
from fxfir.filters.node import Node
from fxfir.fixed import Cast, Format

__all__ = ["Bank", "Parallel", "Requantise", "Series"]


def _nodes(values: Any, what: str) -> tuple[Node, ...]:
    nodes = tuple(values)
    if not nodes:
        raise FilterError(f"{what} must hold at least one filter, got none")
    for k, node in enumerate(nodes):
        if not isinstance(node, Node):
            raise FilterError(f"{what} must be filters, got {what}[{k}] = {node!r}")
    return nodes


@dataclass(frozen=True, slots=True, kw_only=True)
class Requantise:
    """A stage that only casts one lane.

    Parameters
    ----------
    input : Format
        Format that it reads.
    cast : Cast
        What it does.
    """

    input: Format
    cast: Cast

    def __post_init__(self) -> None:
        for name, kind in (("input", Format), ("cast", Cast)):
            if not isinstance(getattr(self, name), kind):
                raise FilterError(f"{name} must be a {kind.__name__}, got {getattr(self, name)!r}")

    @property
    def n_in(self) -> int:
        """Number of input lanes: 1."""
        return 1

    @property
    def n_out(self) -> int:
        """Number of output lanes: 1."""
        return 1

    @property
    def inputs(self) -> tuple[Format, ...]:
        """Format of the input lane."""
        return (self.input,)

    @property
    def outputs(self) -> tuple[Format, ...]:
        """Format of the output lane."""
        return (self.cast.to,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Stages in a row; lanes and formats must be equal where two stages meet.

    Parameters
    ----------
    stages : sequence of Node
        The first stage sees the input first.

    Raises
    ------
    FilterError
        If there is no stage, or two neighbours do not meet in lanes and formats.
    """

    stages: tuple[Node, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "stages", _nodes(self.stages, "stages"))
        for k, (left, right) in enumerate(pairwise(self.stages)):
            if left.outputs != right.inputs:
                raise FilterError(
                    f"stages must meet in lanes and formats, got stages[{k}] giving "
                    f"{_lanes(left.outputs)} and stages[{k + 1}] reading {_lanes(right.inputs)}"
                )

    @property
    def n_in(self) -> int:
        """Number of input lanes: the first stage's."""
        return self.stages[0].n_in

    @property
    def n_out(self) -> int:
        """Number of output lanes: the last stage's."""
        return self.stages[-1].n_out

    @property
    def inputs(self) -> tuple[Format, ...]:
        """Formats of the input lanes."""
        return self.stages[0].inputs

    @property
    def outputs(self) -> tuple[Format, ...]:
        """Formats of the output lanes."""
        return self.stages[-1].outputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """One input copied to every filter; their outputs are the lanes, in order.

    Parameters
    ----------
    filters : sequence of Node
        All must read the same lanes and formats.

    Raises
    ------
    FilterError
        If there is no filter, or two read different inputs.
    """

    filters: tuple[Node, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "filters", _nodes(self.filters, "filters"))
        first = self.filters[0]
        for k, node in enumerate(self.filters):
            if node.inputs != first.inputs:
                raise FilterError(
                    f"filters of a bank must read the same input {_lanes(first.inputs)}, "
                    f"got filters[{k}] reading {_lanes(node.inputs)}"
                )

    @property
    def n_in(self) -> int:
        """Number of input lanes: one filter's."""
        return self.filters[0].n_in

    @property
    def n_out(self) -> int:
        """Number of output lanes: the sum over the filters."""
        return sum(f.n_out for f in self.filters)

    @property
    def inputs(self) -> tuple[Format, ...]:
        """Formats of the input lanes."""
        return self.filters[0].inputs

    @property
    def outputs(self) -> tuple[Format, ...]:
        """Formats of the output lanes, filter 0 lowest."""
        return tuple(fmt for f in self.filters for fmt in f.outputs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parallel:
    """Lanes beside each other: each filter reads its own input lanes.

    Parameters
    ----------
    filters : sequence of Node
        Filter 0 reads and gives the lowest lanes.

    Raises
    ------
    FilterError
        If there is no filter.
    """

    filters: tuple[Node, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "filters", _nodes(self.filters, "filters"))

    @property
    def n_in(self) -> int:
        """Number of input lanes: the sum over the filters."""
        return sum(f.n_in for f in self.filters)

    @property
    def n_out(self) -> int:
        """Number of output lanes: the sum over the filters."""
        return sum(f.n_out for f in self.filters)

    @property
    def inputs(self) -> tuple[Format, ...]:
        """Formats of the input lanes, filter 0 lowest."""
        return tuple(fmt for f in self.filters for fmt in f.inputs)

    @property
    def outputs(self) -> tuple[Format, ...]:
        """Formats of the output lanes, filter 0 lowest."""
        return tuple(fmt for f in self.filters for fmt in f.outputs)


def _lanes(formats: tuple[Format, ...]) -> str:
    return "(" + ", ".join(str(f) for f in formats) + ")"
