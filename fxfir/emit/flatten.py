"""RTLIL modules -> one flat netlist."""

from __future__ import annotations

import re

from fxfir.emit.netlist import (
    Assign,
    Bits,
    Choice,
    Instance,
    Memory,
    Netlist,
    Op,
    Port,
    ReadPort,
    Register,
    Statement,
    Switch,
    Wire,
    WritePort,
)
from fxfir.emit.rtlil import RawAssign, RawCell, RawModule, RawSwitch, RawWire
from fxfir.errors import NetlistError

__all__ = ["flatten"]

UNARY = {"neg", "not", "reduce_bool", "reduce_or", "reduce_and", "reduce_xor", "reduce_xnor"}
UNARY |= {"logic_not", "pos"}
BINARY = {"add", "sub", "mul", "divfloor", "modfloor", "shl", "shr", "sshl", "sshr"}
BINARY |= {"and", "or", "xor", "xnor", "eq", "ne", "lt", "le", "gt", "ge", "shift"}
BINARY |= {"logic_and", "logic_or"}

_SPEC = re.compile(r"(\d+)'([01xz]*)|([\\$]\S+)(?: \[(\d+)(?::(\d+))?\])?")


def flatten(modules: dict[str, RawModule]) -> Netlist:
    """Dissolve the hierarchy.

    Parameters
    ----------
    modules : dict of str to RawModule
        The first one is the top module.

    Returns
    -------
    Netlist
        Every vector is in terms of driven nets: connections are resolved.

    Raises
    ------
    NetlistError
        If a cell is unknown, or a net has two drivers.
    """
    builder = _Flattener(modules)
    top = next(iter(modules.values()))
    builder.module(top, (), {})
    builder.resolve()
    return builder.netlist


class _Flattener:
    def __init__(self, modules: dict[str, RawModule]) -> None:
        self.modules = modules
        self.netlist = Netlist()
        self.next = 2
        self.alias: dict[int, int] = {}

    def fresh(self, width: int) -> Bits:
        self.next += width
        return tuple(range(self.next - width, self.next))

    def module(self, raw: RawModule, path: tuple[str, ...], bound: dict[str, Bits]) -> None:
        scope = _Scope(raw, path)
        for name, wire in raw.wires.items():
            bits = bound.get(name[1:]) if wire.port else None
            scope.wires[name] = self.fresh(wire.width) if bits is None else bits
            if not path and wire.port:
                if wire.port == "inout":
                    raise NetlistError(f"a port must be an input or an output, got inout {name}")
                self.netlist.ports.append(Port(name[1:], wire.port, scope.wires[name], wire.signed))
            elif name.startswith("\\"):
                label = (*path, name[1:])
                self.netlist.wires.append(Wire(label, scope.wires[name], wire.signed))
        for lhs, rhs in raw.connects:
            for left, right in zip(scope.bits(lhs), scope.bits(rhs), strict=True):
                if left != right:
                    self.alias[left] = right
        memories: dict[str, Memory] = {}
        for name, (width, depth, attributes) in raw.memories.items():
            memories[name] = Memory((*path, name[1:]), width, depth, kept(attributes))
            self.netlist.memories.append(memories[name])
        for body in raw.processes:
            self.netlist.choices.append(_choice(scope, body))
        for cell in raw.cells:
            if cell.kind.startswith("$mem"):
                _memory_cell(scope, cell, memories)
            elif cell.kind.startswith("$"):
                self.primitive(scope, cell)
            elif cell.kind in self.modules:
                inner = {k: scope.bits(v) for k, v in cell.connections.items()}
                self.module(self.modules[cell.kind], (*path, cell.name[1:]), inner)
            else:
                self.netlist.instances.append(_instance(scope, cell))

    def primitive(self, scope: _Scope, cell: RawCell) -> None:
        kind = cell.kind[1:]
        ports = {k: scope.bits(v) for k, v in cell.connections.items()}
        if kind in ("dff", "adff"):
            self.netlist.registers.append(_register(scope, cell, ports))
        elif kind in UNARY or kind in BINARY or kind == "mux":
            signed = cell.parameters.get("A_SIGNED", "0") in ("1", "True")
            op = Op(kind, ports["A"] or (0,), ports.get("B", ()), ports.get("S", ()), signed, ())
            if kind in BINARY:
                op.b = op.b or (0,)
            op.y = ports["Y"]
            if kind == "shift":
                # A part select by a net: a right shift as wide as its operand, then the low bits.
                op.kind = "sshr" if signed else "shr"
                op.y = self.fresh(max(len(op.a), len(op.y)))
                self.alias.update(zip(ports["Y"], op.y, strict=False))
            self.netlist.ops.append(op)
        else:
            where = ".".join(scope.path) or scope.raw.name.lstrip("\\")
            raise NetlistError(f"a cell must have a Verilog form, got {cell.kind} in {where}")

    def resolve(self) -> None:
        """Replace connected nets by their drivers."""
        alias = self.alias

        def find(bit: int) -> int:
            seen = []
            while bit in alias:
                seen.append(bit)
                bit = alias[bit]
                if len(seen) > len(alias):
                    raise NetlistError("connections must not run in a circle")
            for other in seen:
                alias[other] = bit
            return bit

        known = alias.keys()

        def change(bits: Bits) -> Bits:
            return bits if known.isdisjoint(bits) else tuple([find(b) for b in bits])

        self.netlist.rewrite(change)


class _Scope:
    """Reads signal specifications in one module."""

    def __init__(self, raw: RawModule, path: tuple[str, ...]) -> None:
        self.raw = raw
        self.path = path
        self.wires: dict[str, Bits] = {}
        self.cache: dict[str, Bits] = {}

    def bits(self, spec: str) -> Bits:
        found = self.cache.get(spec)
        if found is None:
            if spec.startswith("{"):
                chunks = [self.chunk(m) for m in _SPEC.finditer(spec, 1)]
                found = tuple([bit for chunk in reversed(chunks) for bit in chunk])
            else:
                match = _SPEC.fullmatch(spec)
                if match is None:
                    raise NetlistError(f"a signal must be a wire or a constant, got {spec!r}")
                found = self.chunk(match)
            self.cache[spec] = found
        return found

    def chunk(self, match: re.Match[str]) -> Bits:
        _, digits, name, high, low = match.groups()
        if digits is not None:
            # An undefined bit may take any value: 0 keeps the text deterministic.
            return tuple([int(d == "1") for d in reversed(digits)])
        wire = self.wires[name]
        if high is None:
            return wire
        if low is None:
            return (wire[int(high)],)
        return wire[int(low) : int(high) + 1]


def constant(text: str) -> int:
    """Value of an RTLIL constant: ``12'01..`` or a decimal."""
    _, mark, digits = text.partition("'")
    return int(digits.replace("x", "0") or "0", 2) if mark else int(text)


def kept(attributes: dict[str, str]) -> dict[str, str]:
    """Attributes that the design's author set: those are passed on to the Verilog."""
    own = ("\\init", "\\src", "\\generator", "\\top", "\\enum_")
    return {k[1:]: v for k, v in attributes.items() if not k.startswith(own)}


def _choice(scope: _Scope, body: list[RawAssign | RawSwitch]) -> Choice:
    first = body[0]
    if not isinstance(first, RawAssign):
        raise NetlistError("a process must start with its default")
    rest = [_statement(scope, s) for s in body[1:]]
    return Choice(scope.bits(first.lhs), scope.bits(first.rhs), rest)


def _statement(scope: _Scope, raw: RawAssign | RawSwitch) -> Statement:
    if isinstance(raw, RawAssign):
        return Assign(scope.bits(raw.lhs), scope.bits(raw.rhs))
    cases = [(p, [_statement(scope, s) for s in body]) for p, body in raw.cases]
    return Switch(scope.bits(raw.sel) if raw.sel != "{}" else (), cases)


def _register(scope: _Scope, cell: RawCell, ports: dict[str, Bits]) -> Register:
    q = ports["Q"]
    wire: RawWire = scope.raw.wires[cell.connections["Q"].partition(" ")[0]]
    init = constant(wire.attributes.get("\\init", "0"))
    value = constant(cell.parameters.get("ARST_VALUE", "0"))
    return Register(
        q=q,
        d=ports["D"],
        clk=ports["CLK"][0],
        rising=_flag(cell, "CLK_POLARITY"),
        arst=ports["ARST"][0] if "ARST" in ports else 0,
        arst_value=as_bits(value, len(q)),
        init=as_bits(init, len(q)),
        attributes=kept(wire.attributes),
    )


def _memory_cell(scope: _Scope, cell: RawCell, memories: dict[str, Memory]) -> None:
    memory = memories[cell.parameters["MEMID"].strip('"').replace("\\\\", "\\")]
    ports = {k: scope.bits(v) for k, v in cell.connections.items()}
    clocked = _flag(cell, "CLK_ENABLE")
    rising = _flag(cell, "CLK_POLARITY")
    if cell.kind == "$meminit_v2":
        bits = ports["DATA"]
        memory.init = [
            as_int(bits[k * memory.width : (k + 1) * memory.width]) for k in range(memory.depth)
        ]
    elif cell.kind == "$memwr_v2" and clocked:
        memory.writes.append(
            WritePort(ports["ADDR"], ports["DATA"], ports["EN"], ports["CLK"][0], rising)
        )
    elif cell.kind == "$memrd_v2":
        mask = constant(cell.parameters["TRANSPARENCY_MASK"])
        memory.reads.append(
            ReadPort(
                ports["ADDR"],
                ports["DATA"],
                ports["EN"],
                ports["CLK"][0] if clocked else None,
                rising,
                tuple(k for k in range(mask.bit_length()) if mask >> k & 1),
            )
        )
    else:
        raise NetlistError(f"a cell must have a Verilog form, got {cell.kind}")


def _instance(scope: _Scope, cell: RawCell) -> Instance:
    # RTLIL does not mark directions, but Amaranth connects an output to a bare wire name and an
    # input to a wire with its range.
    inputs: dict[str, Bits] = {}
    outputs: dict[str, Bits] = {}
    for name, spec in cell.connections.items():
        bare = spec.startswith(("\\", "$")) and " " not in spec
        (outputs if bare else inputs)[name] = scope.bits(spec)
    name = cell.name[1:] if cell.name.startswith("\\") else "instance"
    return Instance(
        cell.kind[1:], (*scope.path, name), kept(cell.attributes), cell.parameters, inputs, outputs
    )


def _flag(cell: RawCell, name: str) -> bool:
    return cell.parameters.get(name, "0") in ("1", "True")


def as_int(bits: Bits) -> int:
    """Unsigned value of constant bits."""
    return sum(bit << k for k, bit in enumerate(bits))


def as_bits(value: int, width: int) -> Bits:
    """Bits of `value` modulo 2**width."""
    return tuple([value >> k & 1 for k in range(width)])
