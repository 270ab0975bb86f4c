"""A cascade through several multipliers: one engine for each part of it, in a row."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

from amaranth.hdl import Module, Signal

from fxfir import filters
from fxfir.errors import ArchitectureError, FxfirError
from fxfir.filters import FixedSos, Interleave
from fxfir.fixed import Cast
from fxfir.rtl.core import Core
from fxfir.rtl.series import Series
from fxfir.rtl.sos.serial import Serial

__all__ = ["Chain", "serial"]


def serial(
    filter: FixedSos | Interleave,
    *,
    multipliers: int | None = None,
    memory: str | None = None,
    target: str = "generic",
    clocks: int | None = None,
) -> Core:
    """Return a cascade, or one for each of many channels, with as many multipliers as wanted.

    Parameters
    ----------
    filter : FixedSos or Interleave
        As for `Serial`.
    multipliers : int or None, optional
        From 1 to the number of sections. Left out: the fewest that keep the pace.
    memory, target : optional
        As for `Serial`.
    clocks : int or None, optional
        The pace: clock cycles from sample to sample.

    Returns
    -------
    Serial or Chain

    Raises
    ------
    ArchitectureError
        If `multipliers` is out of range, or a part is refused by `Serial`.
    """
    one = Serial(filter, memory=memory, target=target)
    most = _sections(filter)
    if multipliers is None:
        multipliers = 1
        while clocks is not None and multipliers < most:
            core = _chained(one, filter, multipliers, memory, target)
            if core.timing.interval <= clocks:
                break
            multipliers += 1
    if not 1 <= multipliers <= most:
        raise ArchitectureError(
            f"multipliers must be from 1 to {most} for {most} sections, got {multipliers}"
        )
    return _chained(one, filter, multipliers, memory, target)


def _chained(one: Serial, filter: Any, count: int, memory: str | None, target: str) -> Core:
    return one if count == 1 else Chain(filter, multipliers=count, memory=memory, target=target)


class Chain(Core):
    """Parts of a cascade, each in an engine of its own that works on the sample before.

    Parameters
    ----------
    filter : FixedSos or Interleave
    multipliers : int
        From 2 to the number of sections, which are split as evenly as goes.
    memory, target : optional
        As for `Serial`.

    Raises
    ------
    ArchitectureError
        If channels do not meet in one format between two parts, or `Serial` refuses a part.

    Members
    -------
    i : In(stream.Signature(shape of filter.input))
    o : Out(stream.Signature(shape of filter.output.to))

    Notes
    -----
    Interval: that of the longest part. Latency: the sum of all, and 1 for the output's register:
    a sample waits there while the engines, which move together, work on. A word between two parts
    is the last section's as it stands, so nothing is rounded there.
    """

    def __init__(
        self,
        filter: FixedSos | Interleave,
        *,
        multipliers: int,
        memory: str | None = None,
        target: str = "generic",
    ) -> None:
        try:
            parts = _parts(filter, multipliers)
            row = filters.Series(stages=tuple(parts))
        except FxfirError as error:
            raise ArchitectureError(
                f"channels must have one format where a cascade is cut: {error}"
            ) from None
        engines = [Serial(part, memory=memory, target=target) for part in parts]
        self._row = Series(row, engines)
        architecture = {"name": "serial", "multipliers": multipliers}
        if memory is not None:
            architecture["memory"] = memory
        timing = self._row.timing
        timing = replace(timing, latency=timing.latency + 1)
        super().__init__(filter, architecture=architecture, timing=timing)

    def elaborate(self, platform: Any) -> Module:
        """Return the row's own module with a register between its output and these ports."""
        row = self._row
        m = row.elaborate(platform)
        held = Signal(row.o.payload.shape(), name="held", reset_less=True)
        full = Signal(name="full")
        m.d.comb += [
            row.i.payload.eq(self.i.payload),
            row.i.valid.eq(self.i.valid),
            self.i.ready.eq(row.i.ready),
            row.o.ready.eq(~full | self.o.ready),
            self.o.payload.eq(held),
            self.o.valid.eq(full),
        ]
        with m.If(row.o.ready):
            m.d.sync += [held.eq(row.o.payload), full.eq(row.o.valid)]
        return m


def _sections(filter: Any) -> int:
    """Return how many sections each cascade has."""
    return _sections(filter.filters[0]) if isinstance(filter, Interleave) else len(filter.sections)


def _parts(filter: FixedSos | Interleave, count: int) -> list[Any]:
    """Return `count` filters in a row that are the same cascade, or the same channels."""
    n = _sections(filter)
    ends = [round(k * n / count) for k in range(count + 1)]
    return [_part(filter, first, last) for first, last in pairwise(ends)]


def _part(filter: Any, first: int, last: int) -> Any:
    if not isinstance(filter, Interleave):
        return _cut(filter, first, last)
    cut = tuple(_part(one, first, last) for one in filter.filters)
    return Interleave(filters=cut, channels=filter.channels)


def _cut(sos: FixedSos, first: int, last: int) -> FixedSos:
    sections = sos.sections[first:last]
    whole = last == len(sos.sections)
    output = sos.output if whole else Cast(to=sections[-1].out.to)
    return replace(sos, sections=sections, input=sos.section_inputs[first], output=output)
