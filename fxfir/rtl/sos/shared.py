"""A bank of cascades, for each of many channels too, or cascades on lanes, with one multiplier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from amaranth.hdl import Array, Cat, Module, Mux, Signal, Value

from fxfir import filters
from fxfir.errors import ArchitectureError, FxfirError
from fxfir.filters import FixedSos, Interleave
from fxfir.rtl.core import Core, lane_shape, split_lanes
from fxfir.rtl.sos.chain import serial
from fxfir.rtl.timing import Timing

__all__ = ["Shared"]


class Shared(Core):
    """Every sample goes through the bands one after the other; their outputs leave together.

    Parameters
    ----------
    filter : fxfir.filters.Bank, fxfir.filters.Parallel or Interleave
        Of cascades, or of banks of cascades: of a bank all read one lane, of a `Parallel` each
        reads its own. Channels take turns, each with a bank and states of its own.
    multipliers : int or None, optional
        From 1 to the number of sections of a cascade. Left out: the fewest that keep the pace.
    memory : str or None, optional
        As for `Serial`.
    target : str, optional
    clocks : int or None, optional
        The pace: clock cycles from sample to sample.

    Raises
    ------
    ArchitectureError
        If there are fewer than two cascades or more than 64, one is no cascade, they differ in
        the formats of input or output, or `Serial` refuses them as channels.

    Members
    -------
    i : In(stream.Signature(all inputs, lane 0 lowest))
    o : Out(stream.Signature(all outputs, lane 0 lowest))

    Notes
    -----
    The engine is `Serial`, or a row of them, with a channel for each band: n bands take n of its
    intervals, and the last of them has the latency of one pass more. Outputs wait in registers
    for the last one, which leaves from the engine's own. With channels the engine takes a turn
    for each band of the channel whose sample came, and counts the channels by itself.
    """

    filter: filters.Bank | filters.Parallel | Interleave

    def __init__(
        self,
        filter: filters.Bank | filters.Parallel | Interleave,
        *,
        multipliers: int | None = None,
        memory: str | None = None,
        target: str = "generic",
        clocks: int | None = None,
    ) -> None:
        channels = filter.filters if isinstance(filter, Interleave) else (filter,)
        rows = [_bands(one, 0) for one in channels]
        self._lanes = [lane for lane, _ in rows[0]]
        # Of each band the cascades of all channels.
        bands: list[Any] = [tuple(sos for _, sos in row) for row in zip(*rows, strict=True)]
        try:
            if isinstance(filter, Interleave):
                bands = [Interleave(filters=row, channels=filter.channels) for row in bands]
            else:
                bands = [sos for (sos,) in bands]
            turns = Interleave(filters=tuple(bands), channels=len(bands))
        except FxfirError as error:
            raise ArchitectureError(
                f"architecture 'shared' gives each band a turn: {error}"
            ) from None
        self._engine = serial(
            turns,
            multipliers=multipliers,
            memory=memory,
            target=target,
            clocks=None if clocks is None else clocks // len(bands),
        )
        inner = self._engine.timing
        others = len(bands) - 1
        super().__init__(
            filter,
            architecture={**self._engine.architecture, "name": "shared"},
            timing=Timing(
                latency=others * inner.interval + inner.latency,
                interval=(others + 1) * inner.interval,
                startup=inner.startup,
            ),
        )

    @property
    def engine(self) -> Core:
        """What computes all bands."""
        return self._engine

    def elaborate(self, platform: Any) -> Module:
        """Return a fresh module holding the gates."""
        m = Module()
        m.submodules.engine = engine = self._engine
        count = len(self._lanes)
        taking, first = _turn(m, "band_in", count, engine.i.valid & engine.i.ready)
        m.d.comb += [
            engine.i.payload.eq(self._input(m, taking, first)),
            engine.i.valid.eq(self.i.valid | ~first),
            self.i.ready.eq(engine.i.ready & first),
        ]
        taken = engine.o.valid & engine.o.ready
        giving, _ = _turn(m, "band_out", count, taken)
        last = giving == count - 1
        shape = lane_shape(self.filter.outputs[0])
        outputs: list[Value] = []
        for k in range(count - 1):
            held = Signal(shape, name=f"y{k}", reset_less=True)
            with m.If(taken & (giving == k)):
                m.d.sync += held.eq(engine.o.payload)
            outputs.append(held)
        m.d.comb += [
            self.o.payload.eq(Cat(*outputs, engine.o.payload)),
            self.o.valid.eq(engine.o.valid & last),
            engine.o.ready.eq(~last | self.o.ready),
        ]
        return m

    def _input(self, m: Module, taking: Signal, first: Value) -> Value:
        """Return the sample of the lane whose turn it is; the first turn is the transfer's own."""
        lanes = split_lanes(self.i.payload, self.filter.inputs)
        shape = lane_shape(self.filter.inputs[0])
        kept = []
        for k, lane in enumerate(lanes):
            held = Signal(shape, name=f"x{k}", reset_less=True)
            # The first turn ends where the sample is taken; that keeps ready out of the way here.
            with m.If(first):
                m.d.sync += held.eq(lane)
            kept.append(held)
        if len(kept) == 1:
            return Mux(first, lanes[0], kept[0])
        return Mux(first, lanes[0], Array([kept[lane] for lane in self._lanes])[taking])


def _turn(m: Module, name: str, count: int, step: Value) -> tuple[Signal, Value]:
    """Return a counter of `count` turns, and whether it stands at the first one."""
    turn = Signal(range(count), name=name)
    with m.If(step):
        m.d.sync += turn.eq(Mux(turn == count - 1, 0, turn + 1))
    return turn, turn == 0


def _bands(node: Any, lane: int) -> list[tuple[int, FixedSos]]:
    """Return the cascades in the order of their outputs, each with the lane that it reads."""
    if isinstance(node, FixedSos):
        return [(lane, node)]
    parts: Sequence[Any] = getattr(node, "filters", ())
    found = []
    for k, part in enumerate(parts if isinstance(node, filters.Bank | filters.Parallel) else ()):
        # No member has more than one input lane.
        found += _bands(part, lane + (k if isinstance(node, filters.Parallel) else 0))
    if not found:
        raise ArchitectureError(f"architecture 'shared' builds cascades, got {type(node).__name__}")
    return found
