"""Filters in a row, fed at the rate of the slowest, so that none of them ever has to wait."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

from amaranth.hdl import Module

from fxfir import filters
from fxfir.errors import ArchitectureError
from fxfir.rtl.core import Core
from fxfir.rtl.lockstep import Lockstep
from fxfir.rtl.timing import Timing

__all__ = ["Series"]


class Series(Core):
    """Cores of any kind, each reading what the one before it gives.

    Parameters
    ----------
    filter : fxfir.filters.Series
    cores : sequence of Core, shape (n_stages,)
        One for each stage, in order.

    Raises
    ------
    ArchitectureError
        If a core computes another filter than the stage in its place.

    Members
    -------
    i : In(stream.Signature(first stage's payload))
    o : Out(stream.Signature(last stage's payload))

    Notes
    -----
    Latency: the sum of the cores'. Interval: the longest of the cores; where that is not the
    first one, a counter spaces the input, since samples waiting in front of a slow stage would
    only add to the latency.
    """

    filter: filters.Series

    def __init__(self, filter: filters.Series, cores: Sequence[Core]) -> None:
        if len(cores) != len(filter.stages):
            raise ArchitectureError(
                f"architecture 'series' needs {len(filter.stages)} cores, got {len(cores)}"
            )
        for k, (node, core) in enumerate(zip(filter.stages, cores, strict=True)):
            if core.filter != node:
                raise ArchitectureError(
                    f"architecture 'series' needs a core for stages[{k}], got one for another "
                    "filter"
                )
        self._cores = tuple(cores)
        timings = [core.timing for core in cores]
        # The edge at which a sample accepted at edge 0 reaches each stage.
        reached = accumulate((t.latency for t in timings[:-1]), initial=0)
        wait = max(t.startup - edge for t, edge in zip(timings, reached, strict=True))
        interval = max(t.interval for t in timings)
        self._first = wait if wait > timings[0].startup else 0
        self._again = interval if interval > timings[0].interval else 1
        super().__init__(
            filter,
            architecture={"name": "series", "stages": [core.architecture for core in cores]},
            timing=Timing(
                latency=sum(t.latency for t in timings),
                interval=interval,
                startup=max(wait, 0),
            ),
        )

    def inner_sums(self) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """Return those of the first core, the only one that reads the input."""
        return self._cores[0].inner_sums()

    def elaborate(self, platform: Any) -> Module:
        """Place the cores and connect them."""
        m = Module()
        step = Lockstep(m, self)
        for k, core in enumerate(self._cores):
            step.place(f"stage{k}", core)
        first, last = self._cores[0], self._cores[-1]
        m.d.comb += [
            self.i.ready.eq(step.ce & first.i.ready & step.gate(self._first, self._again)),
            first.i.valid.eq(step.accept),
            first.i.payload.eq(self.i.payload),
            self.o.valid.eq(last.o.valid),
            self.o.payload.eq(last.o.payload),
        ]
        for left, right in pairwise(self._cores):
            m.d.comb += [
                right.i.valid.eq(left.o.valid),
                right.i.payload.eq(left.o.payload),
            ]
        return m
