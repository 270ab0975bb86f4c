"""Filters beside each other: one input for all, or one for each; all outputs in one transfer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from amaranth.hdl import Cat, Module, Value

from fxfir import filters
from fxfir.errors import ArchitectureError
from fxfir.rtl.core import Core
from fxfir.rtl.lockstep import Lockstep
from fxfir.rtl.timing import Timing

__all__ = ["Bank", "Beside", "Parallel"]


class Beside(Core):
    """Cores of any kind that take samples together and whose outputs leave together.

    Parameters
    ----------
    filter : fxfir.filters.Bank or fxfir.filters.Parallel
    cores : sequence of Core, shape (n_filters,)
        One for each filter, in order; they may differ in latency and interval.
    name : str
        Name of the architecture.

    Raises
    ------
    ArchitectureError
        If a core computes another filter than the one in its place.

    Notes
    -----
    Interval: the longest of the cores. Latency: the longest of the cores. At full rate the
    faster cores get their input later, out of one shared row of registers; else their
    results wait for the slowest.
    """

    filter: filters.Bank | filters.Parallel

    def __init__(
        self, filter: filters.Bank | filters.Parallel, cores: Sequence[Core], *, name: str
    ) -> None:
        _check(filter.filters, cores, name)
        self._cores = tuple(cores)
        timings = [core.timing for core in cores]
        super().__init__(
            filter,
            architecture={"name": name, "filters": [core.architecture for core in cores]},
            timing=Timing(
                latency=max(t.latency for t in timings),
                interval=max(t.interval for t in timings),
                startup=max(t.startup for t in timings),
            ),
        )

    def elaborate(self, platform: Any) -> Module:
        """Place the cores and align them."""
        m = Module()
        step = Lockstep(m, self)
        ready: Value = step.ce
        for k, core in enumerate(self._cores):
            step.place(f"filter{k}", core)
            ready = ready & core.i.ready
        m.d.comb += self.i.ready.eq(ready)
        slowest = max(self._cores, key=lambda core: core.timing.latency)
        full_rate = self.timing.interval == 1
        delays = [self.timing.latency - core.timing.latency for core in self._cores]
        inputs = self._inputs(step, delays if full_rate else [0] * len(delays))
        outputs = []
        for k, (core, (valid, payload), late) in enumerate(
            zip(self._cores, inputs, delays, strict=True)
        ):
            m.d.comb += [core.i.valid.eq(valid), core.i.payload.eq(payload)]
            result = core.o.payload
            if late and not full_rate:
                places = -(-late // self.timing.interval)
                result = step.queue(result, core.o.valid, slowest.o.valid, f"y{k}", places)
            outputs.append(result)
        m.d.comb += [self.o.valid.eq(slowest.o.valid), self.o.payload.eq(Cat(*outputs))]
        return m

    def _inputs(self, step: Lockstep, delays: Sequence[int]) -> list[tuple[Value, Value]]:
        """Return valid and payload for each core, each delayed by its own number of moves."""
        raise NotImplementedError(f"{type(self).__name__} has no inputs")


class Bank(Beside):
    """One input copied to every filter; their outputs are the lanes, filter 0 lowest.

    Parameters
    ----------
    filter : fxfir.filters.Bank
    cores : sequence of Core, shape (n_filters,)

    Members
    -------
    i : In(stream.Signature(one filter's payload))
    o : Out(stream.Signature(all outputs, filter 0 lowest))
    """

    def __init__(self, filter: filters.Bank, cores: Sequence[Core]) -> None:
        super().__init__(filter, cores, name="bank")

    def inner_sums(self) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """Return those of the cores that have one output: they read one input."""
        if any(core.filter.n_out != 1 for core in self._cores):
            return ()
        return tuple((k, h) for k, core in enumerate(self._cores) for _, h in core.inner_sums())

    def _inputs(self, step: Lockstep, delays: Sequence[int]) -> list[tuple[Value, Value]]:
        valid = step.delays(step.accept, "valid", max(delays))
        payload = step.delays(self.i.payload, "x", max(delays), reset_less=True)
        return [(valid[late], payload[late]) for late in delays]


class Parallel(Beside):
    """Each filter reads its own lanes; filter 0 reads and gives the lowest ones.

    Parameters
    ----------
    filter : fxfir.filters.Parallel
    cores : sequence of Core, shape (n_filters,)

    Members
    -------
    i : In(stream.Signature(all inputs, filter 0 lowest))
    o : Out(stream.Signature(all outputs, filter 0 lowest))
    """

    def __init__(self, filter: filters.Parallel, cores: Sequence[Core]) -> None:
        super().__init__(filter, cores, name="parallel")

    def _inputs(self, step: Lockstep, delays: Sequence[int]) -> list[tuple[Value, Value]]:
        valid = step.delays(step.accept, "valid", max(delays))
        inputs, start = [], 0
        for k, (core, late) in enumerate(zip(self._cores, delays, strict=True)):
            stop = start + len(core.i.payload)
            bits = self.i.payload[start:stop]
            payload = step.delays(bits, f"x{k}", late, reset_less=True)
            inputs.append((valid[late], payload[late]))
            start = stop
        return inputs


def _check(nodes: Sequence[Any], cores: Sequence[Core], name: str) -> None:
    if len(cores) != len(nodes):
        raise ArchitectureError(f"architecture {name!r} needs {len(nodes)} cores, got {len(cores)}")
    for k, (node, core) in enumerate(zip(nodes, cores, strict=True)):
        if core.filter != node:
            raise ArchitectureError(
                f"architecture {name!r} needs a core for filters[{k}], got one for another filter"
            )
