"""The flat netlist between RTLIL and Verilog.

A bit is an integer: 0 and 1 are the constants, every larger number is a net. A vector is a tuple
of bits, least significant first. The passes rewrite these objects in place, so they are not
frozen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

__all__ = [
    "Assign",
    "Bits",
    "Choice",
    "Instance",
    "Memory",
    "Netlist",
    "Op",
    "Port",
    "ReadPort",
    "Register",
    "Statement",
    "Switch",
    "Wire",
    "WritePort",
    "body_assigns",
    "body_reads",
]

Bits = tuple[int, ...]


@dataclass(slots=True, eq=False)
class Op:
    """A combinational cell: `kind` is the RTLIL cell name without the dollar."""

    kind: str
    a: Bits
    b: Bits
    s: Bits
    signed: bool
    y: Bits


@dataclass(slots=True, eq=False)
class Assign:
    """Give `lhs`, bits of the choice it stands in, the value `rhs`."""

    lhs: Bits
    rhs: Bits


@dataclass(slots=True, eq=False)
class Switch:
    """The first case of which a pattern of 0, 1 and - (most significant first) matches `sel`.

    No patterns at all: the default.
    """

    sel: Bits
    cases: list[tuple[tuple[str, ...], list[Assign | Switch]]]


Statement = Assign | Switch


@dataclass(slots=True, eq=False)
class Choice:
    """y = default, then the statements in order; the last assignment wins."""

    y: Bits
    default: Bits
    body: list[Statement]


@dataclass(slots=True, eq=False)
class Register:
    """A flip-flop; `arst` is the asynchronous reset's bit, 0 where there is none."""

    q: Bits
    d: Bits
    clk: int
    rising: bool
    arst: int
    arst_value: Bits
    init: Bits
    attributes: dict[str, str]


@dataclass(slots=True, eq=False)
class ReadPort:
    """A memory read port; `clk` is None where the read is combinational."""

    addr: Bits
    data: Bits
    en: Bits
    clk: int | None
    rising: bool
    transparent: tuple[int, ...]


@dataclass(slots=True, eq=False)
class WritePort:
    """A memory write port; `en` has one bit per data bit."""

    addr: Bits
    data: Bits
    en: Bits
    clk: int
    rising: bool


@dataclass(slots=True, eq=False)
class Memory:
    """A memory of `depth` words; `init` holds one integer per word."""

    path: tuple[str, ...]
    width: int
    depth: int
    attributes: dict[str, str]
    init: list[int] = field(default_factory=list)
    reads: list[ReadPort] = field(default_factory=list)
    writes: list[WritePort] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Instance:
    """A black box: parameter values are RTLIL text."""

    kind: str
    path: tuple[str, ...]
    attributes: dict[str, str]
    parameters: dict[str, str]
    inputs: dict[str, Bits]
    outputs: dict[str, Bits]


@dataclass(slots=True, eq=False)
class Wire:
    """A name that the design gave to a vector; `path` lists the modules above it, then itself."""

    path: tuple[str, ...]
    bits: Bits
    signed: bool


@dataclass(slots=True, eq=False)
class Port:
    """A port of the top module."""

    name: str
    direction: str
    bits: Bits
    signed: bool


@dataclass(slots=True, eq=False)
class Netlist:
    """A design without hierarchy."""

    ports: list[Port] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    ops: list[Op] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    registers: list[Register] = field(default_factory=list)
    memories: list[Memory] = field(default_factory=list)
    instances: list[Instance] = field(default_factory=list)

    def rewrite(self, change: Callable[[Bits], Bits]) -> None:
        """Pass every vector that reads nets, and every name, through `change`."""
        for op in self.ops:
            op.a, op.b, op.s = change(op.a), change(op.b), change(op.s)
        for choice in self.choices:
            choice.default = change(choice.default)
            _rewrite_body(choice.body, change)
        for register in self.registers:
            register.d = change(register.d)
            (register.clk,) = change((register.clk,))
            (register.arst,) = change((register.arst,))
        for memory in self.memories:
            for read in memory.reads:
                read.addr, read.en = change(read.addr), change(read.en)
                if read.clk is not None:
                    (read.clk,) = change((read.clk,))
            for write in memory.writes:
                write.addr, write.data = change(write.addr), change(write.data)
                write.en = change(write.en)
                (write.clk,) = change((write.clk,))
        for instance in self.instances:
            instance.inputs = {k: change(v) for k, v in instance.inputs.items()}
        for port in self.ports:
            if port.direction == "output":
                port.bits = change(port.bits)
        for wire in self.wires:
            wire.bits = change(wire.bits)


def body_assigns(body: list[Statement]) -> Iterator[tuple[Bits, Bits]]:
    """Give every assignment, as what is assigned and its value."""
    for statement in body:
        if isinstance(statement, Assign):
            yield statement.lhs, statement.rhs
        else:
            for _, inner in statement.cases:
                yield from body_assigns(inner)


def body_reads(body: list[Statement]) -> Iterator[Bits]:
    """Give every vector that the statements read."""
    for statement in body:
        if isinstance(statement, Assign):
            yield statement.rhs
        else:
            yield statement.sel
            for _, inner in statement.cases:
                yield from body_reads(inner)


def _rewrite_body(body: list[Statement], change: Callable[[Bits], Bits]) -> None:
    for statement in body:
        if isinstance(statement, Assign):
            statement.rhs = change(statement.rhs)
        else:
            statement.sel = change(statement.sel)
            for _, inner in statement.cases:
                _rewrite_body(inner, change)
