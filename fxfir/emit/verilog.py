"""Amaranth component -> readable, deterministic Verilog-2001.

The component becomes RTLIL, the RTLIL one flat netlist, and the netlist text with the names that
the design gave to its signals. No outside tool takes part: Yosys' clean-up passes, measured on a
256-tap filter, would cost more time than all the rest, and would leave the if-chains of the
design as multiplexers.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from fxfir.emit.choice import unroll
from fxfir.emit.flatten import flatten
from fxfir.emit.layout import Layout
from fxfir.emit.names import KEYWORDS, check_name
from fxfir.emit.netlist import Bits, Choice, Netlist, Port, Register, body_reads
from fxfir.emit.order import distances, sorted_by_stem
from fxfir.emit.rtlil import read
from fxfir.emit.signals import Plan, best_wires
from fxfir.emit.simplify import drivers, simplify
from fxfir.emit.statements import blocks
from fxfir.errors import NameRuleError
from fxfir.rtl.vendor import Vendor

__all__ = ["convert", "write"]


def convert(
    component: Any,
    *,
    name: str = "top",
    header: Sequence[str] = (),
    ports: Sequence[str] | None = None,
    modules: Sequence[str] = (),
) -> str:
    """Write an Amaranth component as one Verilog-2001 module.

    Parameters
    ----------
    component : amaranth.lib.wiring.Component
        Its members become the ports.
    name : str, optional
        Name of the module.
    header : sequence of str, optional
        Lines of the comment at the top, without the slashes.
    ports : sequence of str, optional
        Order of the ports; those not named follow in the component's order.
    modules : sequence of str, optional
        Texts of further modules that black boxes of the design refer to, put behind it; those
        of a vendor's primitives are added by the gates themselves.

    Returns
    -------
    str
        The same bytes for the same component on any machine. Registers start as they are
        initialised, in an ``initial`` block; logic is continuous assignments, so no simulator can
        miss a sensitivity.

    Raises
    ------
    NameRuleError
        If the name or a port's name is no plain identifier or is a reserved word.
    NetlistError
        If a cell has no Verilog form, or a net has no driver or two.

    Examples
    --------
    >>> from amaranth.hdl import Module
    >>> from amaranth.lib import wiring
    >>> class Invert(wiring.Component):
    ...     def __init__(self):
    ...         super().__init__({"a": wiring.In(4), "y": wiring.Out(4)})
    ...     def elaborate(self, platform):
    ...         m = Module()
    ...         m.d.comb += self.y.eq(~self.a)
    ...         return m
    >>> print(convert(Invert(), name="invert"))
    module invert (
        input  wire [3:0] a,
        output wire [3:0] y
    );
    <BLANKLINE>
        assign y = ~a;
    <BLANKLINE>
    endmodule
    <BLANKLINE>
    """
    from amaranth.back import rtlil

    check_name(name)
    with _collector_paused():
        vendor = Vendor(name)
        text = rtlil.convert(component, name=name, platform=vendor, emit_src=False)
        netlist = flatten(read(text))
        netlist.ports = _ordered(netlist.ports, component, ports or ())
        own = [text for _, text in sorted(vendor.texts.items())]
        return "\n".join([write(netlist, name=name, header=header), *own, *modules])


def write(netlist: Netlist, *, name: str, header: Sequence[str] = ()) -> str:
    """Write a flat netlist as one module; see `convert`."""
    for port in netlist.ports:
        if port.name in KEYWORDS or not port.name.isidentifier() or not port.name.isascii():
            raise NameRuleError(f"a port must be a plain identifier, got {port.name!r}")
    check_name(name, taken=[port.name for port in netlist.ports])
    simplify(netlist)
    wires = best_wires(netlist.wires)
    nexts = _next_values(netlist, set(wires))
    _unroll_choices(netlist, set(map(id, nexts.values())))
    driven = drivers(netlist)
    steps = distances(netlist, driven)

    def label(bits: Bits) -> str:
        wire = wires.get(bits)
        return "_".join(wire.path) if wire else "~"

    netlist.registers = sorted_by_stem(
        netlist.registers, lambda r: label(r.q), lambda r: steps.get(id(r), len(steps) + 1)
    )
    always = blocks(netlist.registers, nexts)
    reserved = [name, *(port.name for port in netlist.ports)]
    plan = Plan(netlist, always, nexts, wires, reserved)
    layout = Layout(plan, always, set(map(id, nexts.values())), driven, steps)
    return layout.text(name, header)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Pause cyclic garbage collection: it costs a fifth of the conversion and finds nothing."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _ordered(ports: list[Port], component: Any, first: Sequence[str]) -> list[Port]:
    """Ports in the wanted order, then in the component's, then any that Amaranth added."""
    members = ["__".join(map(str, path)) for path, *_ in component.signature.flatten(component)]
    places = {name: k for k, name in enumerate([*first, *(m for m in members if m not in first)])}
    return sorted(ports, key=lambda port: places.get(port.name, -1))


def _next_values(netlist: Netlist, named: set[Bits]) -> dict[Register, Choice]:
    """Choices without a name of their own that only one register's D input reads."""
    choices = {c.y: c for c in netlist.choices if c.y not in named}
    found: dict[Register, Choice] = {}
    for register in netlist.registers:
        choice = choices.pop(register.d, None)
        if choice is not None:
            found[register] = choice
    nets = {bit: register for register, c in found.items() for bit in c.y}
    known = nets.keys()
    for reader, bits in _reads(netlist):
        if not known.isdisjoint(bits):
            for bit in bits:
                owner = nets.get(bit)
                if owner is not None and owner is not reader:
                    found.pop(owner, None)
    return found


def _reads(netlist: Netlist) -> Iterator[tuple[Register | None, Bits]]:
    for op in netlist.ops:
        yield None, op.a
        yield None, op.b
        yield None, op.s
    for choice in netlist.choices:
        yield None, choice.default
        for bits in body_reads(choice.body):
            yield None, bits
    for register in netlist.registers:
        yield register, register.d
        yield None, (register.clk, register.arst)
    for memory in netlist.memories:
        for read_port in memory.reads:
            yield None, (*read_port.addr, *read_port.en, read_port.clk or 0)
        for write_port in memory.writes:
            yield None, (*write_port.addr, *write_port.data, *write_port.en, write_port.clk)
    for instance in netlist.instances:
        for bits in instance.inputs.values():
            yield None, bits
    for port in netlist.ports:
        if port.direction == "output":
            yield None, port.bits


def _unroll_choices(netlist: Netlist, skip: set[int]) -> None:
    inputs = (bit for port in netlist.ports for bit in port.bits)
    top = 1 + max((1, *drivers(netlist), *inputs))

    def fresh(width: int) -> Bits:
        nonlocal top
        top += width
        return tuple(range(top - width, top))

    out: list[Choice] = []
    for choice in netlist.choices:
        out.extend([choice] if id(choice) in skip else unroll(choice, fresh))
    netlist.choices = out
