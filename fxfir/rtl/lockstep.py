"""Cores that move together: one clock enable for all, so that declared timings add up exactly."""

from __future__ import annotations

from typing import Any

from amaranth.hdl import Const, Module, Signal, Value

from fxfir.rtl.core import Core
from fxfir.rtl.vendor import Gated

__all__ = ["Lockstep"]


class Lockstep:
    """The common clock enable of a composition and what has to be delayed beside its cores.

    All cores stand still together, exactly while the composition's output is not taken. In
    between each of them sees a sink that is always ready, so a sample accepted by one core at
    some move leaves it exactly `latency` moves later.

    Parameters
    ----------
    m : Module
    core : Core
        The composition; its `o.valid` must come from one of the cores placed here.

    Attributes
    ----------
    ce : Value
        Everything moves at the next edge.
    accept : Value
        An input sample of the composition transfers at the next edge.
    """

    def __init__(self, m: Module, core: Core) -> None:
        self.m = m
        self.ce: Value = Signal(name="ce")
        self.accept: Value = Signal(name="accept")
        m.d.comb += [
            self.ce.eq(core.o.ready | ~core.o.valid),
            self.accept.eq(core.i.valid & core.i.ready),
        ]

    def place(self, name: str, core: Core) -> None:
        """Add a core; its output counts as taken at every move."""
        self.m.submodules[name] = Gated(core, self.ce)
        self.m.d.comb += core.o.ready.eq(1)

    def delays(self, value: Value, name: str, moves: int, **options: Any) -> list[Value]:
        """Return `value` as it is and as it was 1, 2, ... moves ago, from registers `<name>_d1` on.

        Parameters
        ----------
        value : Value
        name : str
        moves : int
            The longest delay.
        **options
            Go to the registers.

        Returns
        -------
        list of Value, shape (moves + 1,)
        """
        row = [value]
        for k in range(moves):
            held = Signal(value.shape(), name=f"{name}_d{k + 1}", **options)
            with self.m.If(self.ce):
                self.m.d.sync += held.eq(row[-1])
            row.append(held)
        return row

    def queue(self, value: Value, push: Value, pop: Value, name: str, places: int) -> Value:
        """Hold results until they are popped, oldest first.

        Parameters
        ----------
        value : Value
            Enters with `push`, both at a move.
        push, pop : Value
            One bit each.
        name : str
            Of the registers: `<name>_q1` is the one that is entered.
        places : int
            At least 1; the caller answers for never pushing more than fit, and for leaving each
            result `places` moves before it is popped.

        Returns
        -------
        Value
            The oldest result, from a register.
        """
        full = [Signal(name=f"{name}_full{k + 1}") for k in range(places)]
        free: list[Value] = [Const(0, 1)] * (places + 1)
        free[places] = pop
        for k in reversed(range(places)):
            # A place can be entered if it is empty or its content moves on.
            free[k] = ~full[k] | free[k + 1]
        for k in range(places):
            enters = push if k == 0 else full[k - 1] & free[k]
            held = Signal(value.shape(), name=f"{name}_q{k + 1}", reset_less=True)
            with self.m.If(self.ce & enters):
                self.m.d.sync += [held.eq(value), full[k].eq(1)]
            with self.m.Elif(self.ce & free[k + 1]):
                self.m.d.sync += full[k].eq(0)
            value = held
        return value

    def gate(self, first: int, again: int) -> Value:
        """One bit: open `first` moves after reset, and `again` moves after each accept."""
        if first == 0 and again == 1:
            return Const(1, 1)
        # The count starts so that its top bit, and nothing that has to be compared, says "open".
        bits = max(first, again - 1).bit_length()
        count = Signal(bits + 1, init=(1 << bits) - first, name="gate_count")
        is_open = count[-1]
        with self.m.If(self.ce):
            if again > 1:
                with self.m.If(self.accept):
                    self.m.d.sync += count.eq((1 << bits) - (again - 1))
                with self.m.Elif(~is_open):
                    self.m.d.sync += count.eq(count + 1)
            else:
                with self.m.If(~is_open):
                    self.m.d.sync += count.eq(count + 1)
        return is_open
