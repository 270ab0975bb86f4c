"""The sample memories of a serial filter and the pointers into them."""

from __future__ import annotations

from typing import Any

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib.memory import Memory, MemoryData

from fxfir.fixed import Format
from fxfir.rtl.arith.blockram import block_memory
from fxfir.rtl.arith.node import Exact, word
from fxfir.rtl.core import lane_shape
from fxfir.rtl.fir.serial_control import Control
from fxfir.rtl.fir.serial_plan import Bank, Plan

__all__ = ["MEMORIES", "Store"]

MEMORIES = ("distributed", "block")
"""What the samples are kept in; both take two edges from an address to a register."""


class Store:
    """Memories that take a sample with each transfer and give one for each step.

    Parameters
    ----------
    m : Module
    plan : Plan
    control : Control
    payload : Value
        The input.
    fmt : Format
        Of the input.
    memory : str
        One of `MEMORIES`.
    target : str
    platform : object
        What `elaborate` was given.

    Attributes
    ----------
    x : list of Exact
        For each bank the word of a step, in a register two edges after that step.

    Notes
    -----
    "distributed": the address is held in a register and the word read from it within the clock
    cycle, as memories made of look-up tables do. "block": the memory itself holds the word, and
    the second register is the one that block memories have behind it.
    """

    def __init__(
        self,
        m: Module,
        plan: Plan,
        control: Control,
        *,
        payload: Value,
        fmt: Format,
        memory: str,
        target: str,
        platform: Any,
    ) -> None:
        self._target, self._platform = target, platform
        self._m, self._plan, self._control = m, plan, control
        self._fmt, self._block = fmt, memory == "block"
        self._places: dict[tuple[tuple[int, ...], int], tuple[Signal, Signal]] = {}
        self._words: list[Value] = []
        self.x: list[Exact] = []
        for k, bank in enumerate(plan.banks):
            self._build(k, bank, payload)

    def _build(self, k: int, bank: Bank, payload: Value) -> None:
        m, control = self._m, self._control
        suffix = str(k) if len(self._plan.banks) > 1 else ""
        shape = lane_shape(self._fmt)
        enter, place, entering = self._entry(bank, payload, suffix)
        slot, at = self._pointer(bank)
        if self._block:
            held = block_memory(
                m,
                f"samples{suffix}",
                shape=shape,
                depth=bank.depth,
                write=enter,
                write_at=place,
                write_word=entering,
                read_at=slot,
                read=f"x{suffix}",
                en=control.ce,
                target=self._target,
                platform=self._platform,
            )
            self.x.append(word(held, self._fmt))
            return
        m.submodules[f"samples{suffix}"] = memory = Memory(
            data=MemoryData(shape=shape, depth=bank.depth, init=[]),
            attrs={"ram_style": "distributed"},
        )
        sink, source = memory.write_port(), memory.read_port(domain="comb")
        m.d.comb += [
            sink.addr.eq(place),
            sink.data.eq(entering),
            sink.en.eq(enter),
            source.addr.eq(at),
        ]
        self._words.append(source.data)
        if any(self._from_register(other) and other.feed == k for other in self._plan.banks):
            held = self._held(source.data, control.ce, f"x{suffix}")
        else:
            held = Signal(shape, name=f"x{suffix}", reset_less=True)
            with m.If(control.ce):
                m.d.sync += held.eq(source.data)
        self.x.append(word(held, self._fmt))

    @staticmethod
    def _from_register(bank: Bank) -> bool:
        """Tell whether the feeding bank's word may wait in its register for an edge."""
        return bank.feed is not None and not bank.late and bank.visits[0] != 0

    def _entry(self, bank: Bank, payload: Value, suffix: str) -> tuple[Value, Value, Signal]:
        """Return when, where and what is written: samples, and zeros after a reset."""
        m, control = self._m, self._control
        enter: Value = control.write
        at: Value = control.head
        if bank.feed is None:
            source = Mux(control.flushed, payload, 0)
        elif bank.late:
            # Of the words that a pass reads first, the one that will leave.
            first = control.ce & control.wrote
            source = self._held(self._words[bank.feed], first, f"carry{suffix}")
        elif self._from_register(bank):
            source, enter, at = self.x[bank.feed].value, control.wrote, control.wrote_at
        else:
            # Needed in the very next step.
            source = Mux(control.flushed, self._words[bank.feed], 0)
        entering = Signal(lane_shape(self._fmt), name=f"entering{suffix}")
        m.d.comb += entering.eq(source)
        return enter, at[: (bank.depth - 1).bit_length()], entering

    def _held(self, data: Value, en: Value, name: str) -> Signal:
        """Hold a word that is zero while the memories are filled with zeros."""
        held = Signal(lane_shape(self._fmt), name=name)
        with self._m.If(~self._control.flushed):
            self._m.d.sync += held.eq(0)
        with self._m.Elif(en):
            self._m.d.sync += held.eq(data)
        return held

    def _pointer(self, bank: Bank) -> tuple[Signal, Signal]:
        """Return the slot that each step reads, and the same one edge later."""
        key = (bank.visits, bank.depth)
        if key not in self._places:
            suffix = str(len(self._places)) if self._places else ""
            slot = self._walk(bank, f"slot{suffix}")
            # Reset to a word that is zero long before the last one is.
            at = Signal(range(bank.depth), name=f"at{suffix}")
            if not self._block:
                with self._m.If(self._control.go):
                    self._m.d.sync += at.eq(slot)
            self._places[key] = slot, at
        return self._places[key]

    def _walk(self, bank: Bank, name: str) -> Signal:
        """Build a pointer that strides from age to age and then to the next sample's first."""
        m, control, depth = self._m, self._control, bank.depth
        ages, steps = bank.visits, self._plan.steps
        strides = [
            (ages[k] - ages[k + 1] if k + 1 < steps else 1 + ages[k] - ages[0]) % depth
            for k in range(steps)
        ]
        slot = Signal(range(depth), init=-ages[0] % depth, name=name)
        if len({*strides[:-1]}) == 1:
            # Mostly one constant, whose bits depend on the last step only.
            stride: Value = Mux(control.last, strides[-1], strides[0])
            with m.If(control.go):
                m.d.sync += slot.eq(slot + stride)
            return slot
        stride = held = Signal(range(depth), init=strides[0], name=f"{name}_stride")
        usual = max(strides, key=strides.count)
        with m.If(control.go):
            m.d.sync += slot.eq(slot + stride)
            with m.Switch(control.step):
                for k in range(steps):
                    if strides[(k + 1) % steps] != usual:
                        with m.Case(k):
                            m.d.sync += held.eq(strides[(k + 1) % steps])
                with m.Default():
                    m.d.sync += held.eq(usual)
        return slot
