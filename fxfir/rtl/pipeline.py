"""Control of a pipeline that moves as a whole: one clock enable, one valid bit for each stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from amaranth.hdl import Cat, Const, Module, Mux, ResetSignal, Signal, Value

from fxfir.rtl.arith.node import Exact, register, select
from fxfir.rtl.core import Core

__all__ = ["History", "Pipeline"]

_LATE = 2
"""Edges by which a counter that is reset by a register, and read through one, comes late."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class History:
    """Control of registers that move with samples only.

    Parameters
    ----------
    step : Value
        One bit: they move at the next edge.
    clear : Value
        One bit: a zero enters, whatever the input; implies `step`.
    """

    step: Value
    clear: Value


class Pipeline:
    """Valid bits, clock enable and start-up of a core that takes a sample on every edge.

    The enable is a register, so it reaches every stage early in the cycle and the input's ready
    does not wait for the output's. It learns of a stall one edge late; the sample that moves on
    at that edge finds the output register full and waits in a skid register beside it. When the
    sink takes again, the two leave one after the other while the pipeline starts, so a stall
    costs exactly the edges it lasts. Samples in flight drain without new input.

    Parameters
    ----------
    m : Module
    core : Core
        Its `i.ready` and `o` are driven here.
    depth : int
        Register stages from `i` to `o`, at least 1: the latency.
    flush : int
        Edges after reset during which ready is low and `flushing` is high: time to push zeros
        through registers that have no reset.
    platform : object, optional
        What the core's `elaborate` was given.
    drain : bool, optional
        Reset no more than the output's valid and `flushing`: what was in flight leaves unseen
        while zeros are pushed. Needs `flush` >= `depth`, else it is ignored.
    pace : int, optional
        Edges at least from sample to sample, at most `depth`: ready is low while one of the first
        `pace` - 1 stages holds a sample. Needs `flush` 0.

    Attributes
    ----------
    ce : Value
        The pipeline moves at the next edge: the skid register is empty.
    accept : Value
        An input sample transfers at the next edge.
    flushing : Value
        Zeros are pushed through the history; implies `ce`, with `drain` from the second edge on.
    valid : list of Value, shape (depth,)
        `valid[k]` says that stage k holds a sample; `valid[0]` is `accept`. The last stage is
        the output register, which moves by itself.
    """

    def __init__(
        self,
        m: Module,
        core: Core,
        *,
        depth: int,
        flush: int,
        platform: Any = None,
        drain: bool = False,
        pace: int = 1,
    ) -> None:
        # Without reset `ce` may be 0 for one edge, in which nothing leaves.
        drain = drain and flush >= depth
        self.ce: Value = Signal(init=1, name="ce", reset_less=drain)
        self.accept: Value = Signal(name="accept")
        self.flushing: Value = Const(0, 1)
        self.flush = flush
        self.platform = platform
        self._core = core
        self._take: Value = Signal(name="take")
        valid = Signal(name=f"valid{depth}", reset_less=drain)
        room: Value = Signal(init=1, name="room", reset_less=True) if drain else ~core.o.valid
        m.d.comb += [
            self._take.eq(core.o.ready | room),
            self.accept.eq(core.i.valid & core.i.ready),
        ]
        if flush:
            self.flushing = _flushing(m, flush, late=drain)
            m.d.comb += core.i.ready.eq(self.ce & ~self.flushing)
        elif pace == 1:
            m.d.comb += core.i.ready.eq(self.ce)
        self.valid: list[Value] = [self.accept]
        for stage in range(1, depth):
            held = Signal(name=f"valid{stage}", reset_less=drain)
            with m.If(self.ce):
                m.d.sync += held.eq(self.valid[-1])
            self.valid.append(held)
        if pace > 1:
            m.d.comb += core.i.ready.eq(self.ce & ~Cat(*self.valid[1:pace]).any())
        leaves = self.valid[-1] | ~self.ce
        if drain:
            # Not the register's own reset: that would tie it to the place of the others.
            live = ~(ResetSignal("sync", allow_reset_less=True) | self.flushing)
            m.d.sync += [
                valid.eq(live & Mux(self._take, leaves, valid)),
                # The complement, since synthesis merges registers that are equal.
                room.eq(~(live & Mux(self._take, leaves, ~room))),
            ]
        else:
            with m.If(self._take):
                m.d.sync += valid.eq(leaves)
        self._next_ce = self._take | (self.ce & ~self.valid[-1])
        m.d.sync += self.ce.eq(self._next_ce)
        m.d.comb += core.o.valid.eq(valid)

    def output(self, m: Module, y: Exact) -> None:
        """Build the last stage: the output register `y` and the register `skid` beside it.

        Parameters
        ----------
        m : Module
        y : Exact
            What enters the last stage, from the registers of the one before it.
        """
        skid = register(m, y, "skid", en=self.ce)
        held = register(m, select(self.ce, y, skid), "y", en=self._take)
        m.d.comb += self._core.o.payload.eq(held.value)

    def step(self, m: Module, stage: int) -> Value:
        """Return the enable of history registers in `stage`: they move with samples only.

        Parameters
        ----------
        m : Module
        stage : int
            Stage that holds the registers, 1 to depth.
        """
        moving = self.accept if stage == 1 else self.ce & self.valid[stage - 1]
        if stage == 1 and not self.flush:
            return moving
        step = Signal(name=f"step{stage}")
        m.d.comb += step.eq(moving | self.flushing if self.flush else moving)
        return step

    def history(self, m: Module) -> History:
        """Return the enable of history registers in stage 2 and their clear, from registers.

        The enable is `step(m, 2)`, decided an edge before: a gate less on the way to a net that
        reaches many registers. Flushing comes an edge late, when no sample can be there yet.

        Parameters
        ----------
        m : Module
        """
        clear: Value = Const(0, 1)
        moving = self._next_ce & Mux(self.ce, self.accept, self.valid[1])
        if self.flush:
            clear = Signal(name="clear", reset_less=True)
            m.d.sync += clear.eq(self.flushing)
            moving = moving | self.flushing
        # Without reset: whatever moves once more at its edge is flushed, or is no history.
        step = Signal(name="step2", reset_less=True)
        m.d.sync += step.eq(moving)
        return History(step=step, clear=clear)


def _flushing(m: Module, edges: int, *, late: bool) -> Value:
    """One bit that is 1 for the first `edges` edges after reset or power-up.

    With `late` it is a register that the reset enters as data, and the counter is reset by
    another one an edge after: no way from the reset to flip-flops that stand elsewhere.
    """
    if not late or edges < _LATE:
        flushing = Signal(name="flushing")
        m.d.comb += flushing.eq(~_counted(m, edges))
        return flushing
    reset = ResetSignal("sync", allow_reset_less=True)
    restart = Signal(name="restart", init=1, reset_less=True)
    flushing = Signal(name="flushing", init=1, reset_less=True)
    counted = _counted(m, edges - _LATE, restart=restart)
    m.d.sync += [restart.eq(reset), flushing.eq(reset | restart | ~counted)]
    return flushing


def _counted(m: Module, edges: int, *, restart: Value | None = None) -> Value:
    """One register bit that is 0 for the first `edges` edges after reset, or after `restart`."""
    # The count starts so that its top bit, and nothing that has to be compared, says "done".
    bits = (edges - 1).bit_length()
    start = (1 << bits) - edges
    count = Signal(bits + 1, init=start, name="flush_count", reset_less=restart is not None)
    with m.If(~count[-1]):
        m.d.sync += count.eq(count + 1)
    if restart is not None:
        with m.If(restart):
            m.d.sync += count.eq(start)
    return count[-1]
