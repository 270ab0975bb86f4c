"""Stages without memory: a clip, a sum of lanes, a choice of one, a table."""

from __future__ import annotations

from functools import reduce
from typing import Any

from amaranth.hdl import Module, Signal
from amaranth.lib.memory import Memory, MemoryData

from fxfir import filters
from fxfir.errors import ArchitectureError
from fxfir.rtl.arith.node import Exact, add, constant, register, select, shift_left, sized, word
from fxfir.rtl.arith.requantise import Requantiser
from fxfir.rtl.core import Core, lane_shape, split_lanes
from fxfir.rtl.pipeline import Pipeline
from fxfir.rtl.timing import Timing

__all__ = ["Clip", "Select", "Sum", "Table"]


class Clip(Core):
    """Two comparisons and a choice, one sample per clock.

    Parameters
    ----------
    filter : fxfir.filters.Clip

    Raises
    ------
    ArchitectureError
        If `filter` is of another type.

    Members
    -------
    i : In(stream.Signature(shape of filter.input))
    o : Out(stream.Signature(shape of filter.input))

    Notes
    -----
    Latency 1, interval 1, no start-up.
    """

    filter: filters.Clip

    def __init__(self, filter: filters.Clip) -> None:
        _check(filter, filters.Clip, "clip")
        super().__init__(filter, architecture={"name": "clip"}, timing=Timing(latency=1))

    def elaborate(self, platform: Any) -> Module:
        """Build the comparisons in front of the output register."""
        m = Module()
        node = self.filter
        pipe = Pipeline(m, self, depth=1, flush=0)
        x = word(self.i.payload, node.input)
        y = x
        if node.lo > node.input.lo:
            y = _bounded(select(x.value < node.lo, constant(node.lo), y), node.lo, y.hi)
        if node.hi < node.input.hi:
            y = _bounded(select(x.value > node.hi, constant(node.hi), y), y.lo, node.hi)
        pipe.output(m, y)
        return m


class Sum(Core):
    """All lanes added in one clock, then the cast.

    Parameters
    ----------
    filter : fxfir.filters.Sum

    Raises
    ------
    ArchitectureError
        If `filter` is of another type.

    Members
    -------
    i : In(stream.Signature(all lanes, lane 0 lowest))
    o : Out(stream.Signature(shape of filter.output.to))

    Notes
    -----
    Latency 1 more than the registers of the cast, interval 1, no start-up.
    """

    filter: filters.Sum

    def __init__(self, filter: filters.Sum) -> None:
        _check(filter, filters.Sum, "sum")
        lo, hi = filter.acc_range
        self._requantiser = Requantiser(filter.output, lo=lo, hi=hi, frac=filter.acc.frac)
        # One lane as it is needs no register of its own.
        self._adds = len(filter.inputs) > 1 or filter.offset != 0
        super().__init__(
            filter,
            architecture={"name": "sum"},
            timing=Timing(latency=int(self._adds) + max(1, self._requantiser.stages)),
        )

    def elaborate(self, platform: Any) -> Module:
        """Build the sum between registers."""
        m = Module()
        node, cast = self.filter, self._requantiser
        pipe = Pipeline(m, self, depth=self.timing.latency, flush=0)
        lanes = split_lanes(self.i.payload, node.inputs)
        parts = [
            shift_left(word(lane, fmt), node.acc.frac - fmt.frac)
            for lane, fmt in zip(lanes, node.inputs, strict=True)
        ]
        if node.offset:
            parts.append(constant(node.offset))
        total = reduce(add, parts)
        if self._adds:
            total = register(m, total, "total", en=pipe.ce)
        enables = [pipe.ce] * max(0, cast.stages - 1)
        pipe.output(m, cast.entering(m, total, "y", enables=enables))
        return m


class Select(Core):
    """A choice among lanes in front of the output register, one sample per clock.

    Parameters
    ----------
    filter : fxfir.filters.Select

    Raises
    ------
    ArchitectureError
        If `filter` is of another type.

    Members
    -------
    i : In(stream.Signature(all lanes, the index highest))
    o : Out(stream.Signature(shape of filter.input))

    Notes
    -----
    Latency 1, interval 1, no start-up.
    """

    filter: filters.Select

    def __init__(self, filter: filters.Select) -> None:
        _check(filter, filters.Select, "select")
        super().__init__(filter, architecture={"name": "select"}, timing=Timing(latency=1))

    def elaborate(self, platform: Any) -> Module:
        """Build a comparison for every lane but the first and the last."""
        m = Module()
        node = self.filter
        pipe = Pipeline(m, self, depth=1, flush=0)
        *lanes, index = split_lanes(self.i.payload, node.inputs)
        y = word(lanes[-1], node.input)
        for k in range(node.count - 2, 0, -1):
            y = select(index == k, word(lanes[k], node.input), y)
        y = select(index <= 0, word(lanes[0], node.input), y)
        pipe.output(m, y)
        return m


class Table(Core):
    """A memory of constants, read by the sample, one sample per clock.

    Parameters
    ----------
    filter : fxfir.filters.Table

    Raises
    ------
    ArchitectureError
        If `filter` is of another type.

    Members
    -------
    i : In(stream.Signature(shape of filter.input))
    o : Out(stream.Signature(shape of filter.to))

    Notes
    -----
    Latency 2: the memory's own read register, then the output register. Interval 1, no start-up.
    """

    filter: filters.Table

    def __init__(self, filter: filters.Table) -> None:
        _check(filter, filters.Table, "table")
        super().__init__(filter, architecture={"name": "table"}, timing=Timing(latency=2))

    def elaborate(self, platform: Any) -> Module:
        """Build the memory; the address is the sample's bit pattern."""
        m = Module()
        node = self.filter
        pipe = Pipeline(m, self, depth=2, flush=0)
        # Patterns count from zero up and then, signed, from the lowest word up.
        turn = -node.input.lo
        contents = [*node.words[turn:], *node.words[:turn]]
        m.submodules["words"] = memory = Memory(
            data=MemoryData(shape=lane_shape(node.to), depth=len(contents), init=contents)
        )
        port = memory.read_port()
        held = Signal(lane_shape(node.to), name="word")
        m.d.comb += [
            port.addr.eq(self.i.payload.as_unsigned()),
            port.en.eq(pipe.ce),
            held.eq(port.data),
        ]
        pipe.output(m, word(held, node.to))
        return m


def _bounded(x: Exact, lo: int, hi: int) -> Exact:
    """Return an expression that a choice has left in [lo, hi]."""
    return sized(x.value, lo, hi)


def _check(node: Any, kind: type[Any], name: str) -> None:
    if not isinstance(node, kind):
        raise ArchitectureError(
            f"architecture {name!r} builds a {kind.__name__}, got a {type(node).__name__}"
        )
