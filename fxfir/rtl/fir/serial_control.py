"""When a serial filter takes a sample, steps, waits and is done."""

from __future__ import annotations

from functools import cached_property

from amaranth.hdl import Module, Signal, Value

from fxfir.rtl.core import Core

__all__ = ["Control"]


class Control:
    """Counters and flags of a pass over the taps.

    The first step needs only samples that are already there or the one that comes with it, so
    it is the clock cycle in which the sample is taken; in the last step nothing holds up the
    next sample. All stand still while a result finds the output register still full.

    Parameters
    ----------
    m : Module
    core : Core
        Its `i.ready` is driven here.
    steps : int
        Clocks of a pass, at least 2.
    depth : int
        Words of the deepest sample memory: so many edges after a reset are spent writing zeros.
    done : Value
        One bit: a result is ready for the output register.

    Attributes
    ----------
    ce : Value
        Everything moves at the next edge.
    go : Value
        A step ends at the next edge; the first one only with a sample.
    write : Value
        The memories take a word, at `head`.
    head : Signal
    flushed : Signal
        The memories hold nothing from before the reset.
    step : Signal
    last : Value
        This is the last step of a pass.
    waiting : Value
        This is the first step, or none at all.
    wrote : Signal
        The move before this one was a `write`, at `wrote_at`; so what is read now was addressed
        in a first step.
    wrote_at : Signal
    place : Value
        Where the taps of this step are in their ROM; may be replaced before anything reads it.
    """

    def __init__(self, m: Module, core: Core, *, steps: int, depth: int, done: Value) -> None:
        self._m = m
        self.ce = Signal(name="ce")
        self.go = Signal(name="go")
        self.write = Signal(name="write")
        self.last = Signal(name="last")
        self.step = Signal(range(steps), name="step")
        self.head = Signal(range(depth), name="head")
        self.flushed = Signal(name="flushed")
        self.wrote = Signal(name="wrote")
        self.wrote_at = Signal(range(depth), name="wrote_at", reset_less=True)
        free, busy, accept = (Signal(name=name) for name in ("free", "busy", "accept"))
        self.waiting: Value = ~busy
        self.place: Value = self.step
        m.d.comb += [
            # The pass stops only where its result would run into one that is not taken.
            self.ce.eq(core.o.ready | ~core.o.valid | ~done),
            core.i.ready.eq(self.ce & free),
            accept.eq(core.i.valid & core.i.ready),
            self.go.eq(accept | (self.ce & busy)),
            self.write.eq(accept | ~self.flushed),
            self.last.eq(self.step == steps - 1),
        ]
        following = Signal(len(self.head) + 1, name="head_next")
        m.d.comb += following.eq(self.head + 1)
        with m.If(self.write):
            m.d.sync += self.head.eq(following)
        with m.If(~self.flushed):
            m.d.sync += [self.flushed.eq(following[-1]), free.eq(following[-1])]
        with m.Elif(self.go):
            m.d.sync += [busy.eq(~self.last), free.eq(self.last)]
        with m.If(self.ce):
            m.d.sync += [self.wrote.eq(self.write), self.wrote_at.eq(self.head)]
        with m.If(self.go):
            with m.If(self.last):
                m.d.sync += self.step.eq(0)
            with m.Else():
                m.d.sync += self.step.eq(self.step + 1)

    @cached_property
    def place_before(self) -> Value:
        """The place of the step that ended with the last move."""
        return self.delayed(self.place, "step_before", 1)

    def delayed(self, value: Value, name: str, edges: int) -> Value:
        """Return a value as it was some moves ago."""
        for k in range(edges):
            held = Signal(len(value), name=f"{name}{k + 1}")
            with self._m.If(self.ce):
                self._m.d.sync += held.eq(value)
            value = held
        return value
