"""Control of a pipeline that moves as a whole: one clock enable, one valid bit for each stage."""

from __future__ import annotations

from amaranth.hdl import Const, Module, Signal, Value

from fxfir.rtl.core import Core

__all__ = ["Pipeline"]


class Pipeline:
    """Valid bits, clock enable and start-up of a core that takes a sample on every edge.

    The pipeline stands still only while its last stage holds a sample that is not taken, so a
    stall costs exactly the edges it lasts. Samples in flight drain without new input.

    Parameters
    ----------
    m : Module
    core : Core
        Its `i.ready` and `o.valid` are driven here.
    depth : int
        Register stages from `i` to `o`, at least 1: the latency.
    flush : int
        Edges after reset during which ready is low and `flushing` is high: time to push zeros
        through registers that have no reset.

    Attributes
    ----------
    ce : Value
        The pipeline moves at the next edge.
    accept : Value
        An input sample transfers at the next edge.
    flushing : Value
        Zeros are pushed through the history; implies `ce`.
    valid : list of Value, shape (depth + 1,)
        `valid[k]` says that stage k holds a sample; `valid[0]` is `accept`.
    """

    def __init__(self, m: Module, core: Core, *, depth: int, flush: int) -> None:
        self.ce: Value = Signal(name="ce")
        self.accept: Value = Signal(name="accept")
        self.flushing: Value = Const(0, 1)
        self.flush = flush
        m.d.comb += [
            self.ce.eq(core.o.ready | ~core.o.valid),
            self.accept.eq(core.i.valid & core.i.ready),
        ]
        if flush:
            self.flushing = Signal(name="flushing")
            m.d.comb += self.flushing.eq(~_flushed(m, flush))
            m.d.comb += core.i.ready.eq(self.ce & ~self.flushing)
        else:
            m.d.comb += core.i.ready.eq(self.ce)
        self.valid: list[Value] = [self.accept]
        for stage in range(1, depth + 1):
            held = Signal(name=f"valid{stage}")
            with m.If(self.ce):
                m.d.sync += held.eq(self.valid[-1])
            self.valid.append(held)
        m.d.comb += core.o.valid.eq(self.valid[-1])

    def step(self, m: Module, stage: int) -> Value:
        """Return the enable of history registers in `stage`: they move with samples only.

        Parameters
        ----------
        m : Module
        stage : int
            Stage that holds the registers, at least 1.
        """
        moving = self.accept if stage == 1 else self.ce & self.valid[stage - 1]
        if stage == 1 and not self.flush:
            return moving
        step = Signal(name=f"step{stage}")
        m.d.comb += step.eq(moving | self.flushing if self.flush else moving)
        return step


def _flushed(m: Module, edges: int) -> Value:
    """One register bit that is 0 for the first `edges` edges after reset or power-up."""
    # The count starts so that its top bit, and nothing that has to be compared, says "done".
    bits = (edges - 1).bit_length()
    count = Signal(bits + 1, init=(1 << bits) - edges, name="flush_count")
    with m.If(~count[-1]):
        m.d.sync += count.eq(count + 1)
    return count[-1]
