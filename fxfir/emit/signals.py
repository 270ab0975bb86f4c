"""Which values of a netlist become named signals of the Verilog text, and which stand inline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from fxfir.emit.choice import segments
from fxfir.emit.names import NameTable, natural
from fxfir.emit.netlist import (
    Assign,
    Bits,
    Choice,
    Memory,
    Netlist,
    Op,
    Register,
    Statement,
    Wire,
)
from fxfir.emit.simplify import Driver, drivers
from fxfir.emit.statements import Always, condition, reads

__all__ = ["Plan", "Signal", "best_wires"]

_ROLE = {
    "add": "sum", "sub": "difference", "mul": "product", "neg": "negative", "mux": "choice",
    "eq": "equal", "ne": "differs", "lt": "less", "gt": "greater", "shl": "shifted",
    "shr": "shifted", "sshr": "shifted", "and": "flag", "or": "flag", "not": "flag",
    "reduce_or": "flag", "reduce_bool": "flag", "reduce_and": "flag", "reduce_xor": "parity",
}  # fmt: skip
_INLINE_DEPTH = 3


@dataclass(slots=True, eq=False)
class Signal:
    """A declared name. `kind` is port, reg or wire."""

    name: str
    bits: Bits
    signed: bool
    kind: str
    driver: Driver | None = None


class Plan:
    """Decide names.

    Parameters
    ----------
    netlist : Netlist
        Simplified.
    always : list of Always
        The clocked blocks; they decide how often a value is read in the text.
    nexts : dict of Register to Choice
        Choices that are written as statements of their register.
    wires : dict of Bits to Wire
        The design's name for a vector; see `best_wires`.
    reserved : iterable of str
        Names that are taken.

    Attributes
    ----------
    at : dict of int to (Signal, int)
        The signal, and the bit of it, that shows a net.
    whole : dict of Bits to Signal
        Signals by their vector.
    aliases : dict of Bits to Wire
        Names of vectors that are parts or joins of signals; declared where first used.
    parts : dict of Bits to (Signal, int)
        Those aliases that are part of an input port: the port and the lowest bit.
    inline : dict of int to Op
        Lowest net of a value that stands inline, to the operation.
    """

    def __init__(
        self,
        netlist: Netlist,
        always: list[Always],
        nexts: dict[Register, Choice],
        wires: dict[Bits, Wire],
        reserved: Iterable[str],
    ) -> None:
        self.netlist = netlist
        self.table = NameTable(reserved)
        self.at: dict[int, tuple[Signal, int]] = {}
        self.whole: dict[Bits, Signal] = {}
        self.aliases: dict[Bits, Wire] = {}
        self.parts: dict[Bits, tuple[Signal, int]] = {}
        self.inline: dict[int, Op] = {}
        self._driven = drivers(netlist)
        self._skip = set(map(id, nexts.values()))
        self._wires = wires
        self._prefix = _common_prefix(netlist.wires)
        self._uses: Counter[int] = Counter()
        self._operand: set[int] = set()
        self._reader: dict[int, Bits] = {}
        self._count(always)
        self._name_all()

    def _count(self, always: list[Always]) -> None:
        for op in self.netlist.ops:
            for bits, fits in operands(op):
                self._use(bits, fits, top=False, reader=op.y)
        for choice in self.netlist.choices:
            if id(choice) not in self._skip:
                whole = len(segments(choice)) == 1
                self._use(choice.default, whole, top=False, reader=choice.y)
                for bits in _choice_reads(choice.body):
                    self._use(bits, whole, top=False, reader=choice.y)
        for block in always:
            self._use((block.clk, block.arst), False, top=False)
            for bits, top, register in reads(block.body):
                self._use(bits, True, top=top, reader=register.q)
        for memory in self.netlist.memories:
            for read in memory.reads:
                clocked = read.clk is not None
                for bits in (read.addr, read.en, (read.clk or 0,)):
                    self._use(bits, False, top=False, reader=read.data if clocked else None)
            for write in memory.writes:
                self._use(write.data, True, top=True)
                for bits in (write.addr, write.en, (write.clk,)):
                    self._use(bits, False, top=False)
        for instance in self.netlist.instances:
            for bits in instance.inputs.values():
                self._use(bits, False, top=False)
        for port in self.netlist.ports:
            if port.direction == "output":
                self._use(port.bits, True, top=True)

    def _use(self, bits: Bits, fits: bool, *, top: bool, reader: Bits | None = None) -> None:
        """Note a read. Only a whole value, read once, and not to be widened, may stand inline."""
        last: Driver | None = None
        for bit in bits:
            driver, _ = self._driven.get(bit, (None, 0))
            if driver is None or driver is last or not isinstance(driver, Op | Choice):
                continue
            last = driver
            exact = fits and bits == driver.y
            self._uses[id(driver)] += 1 if exact else 2
            if reader is not None:
                self._reader.setdefault(id(driver), reader)
            if not top:
                self._operand.add(id(driver))

    def _name_all(self) -> None:
        inputs = [
            Signal(port.name, port.bits, port.signed, "port")
            for port in self.netlist.ports
            if port.direction == "input"
        ]
        for signal in inputs:
            self._add(signal)
        outputs = {p.bits: p for p in reversed(self.netlist.ports) if p.direction == "output"}
        named, unnamed = self._sort_out(set(outputs))
        for driver, bits, kind, role in named:
            wire = self._wires.get(bits)
            port = outputs.get(bits)
            weak = wire is None or "__" in wire.path[-1]
            if port is not None and (kind == "reg" or weak):
                self._add(Signal(port.name, bits, port.signed, kind, driver))
            elif isinstance(driver, Memory) and weak:
                sign = wire is not None and wire.signed
                name = self.table.take(f"{self.short(driver.path)}_{role}")
                self._add(Signal(name, bits, sign, kind, driver))
            elif wire is not None:
                self._add(Signal(self.label(wire.path), bits, wire.signed, kind, driver))
            else:
                unnamed.append((driver, bits, role))
        for bits, wire in self._wires.items():
            if bits not in self.whole and len(bits) > 1 and min(bits) > 1:
                self.aliases[bits] = wire
        parts = {bit: wire for bits, wire in self.aliases.items() for bit in bits}
        for driver, bits, role in unnamed:
            kind = "reg" if role in ("q", "data") else "wire"
            base = self._hint(driver, parts)
            inputs.append(Signal(self.table.take(f"{base}_{role}"), bits, False, kind, driver))
            self._add(inputs[-1])
        self._prefer_parts(inputs)

    def _sort_out(
        self, outputs: set[Bits]
    ) -> tuple[list[tuple[Driver, Bits, str, str]], list[tuple[Driver, Bits, str]]]:
        """Split the drivers: those the design named, and those it did not; the rest is inline."""
        named: list[tuple[Driver, Bits, str, str]] = []
        unnamed: list[tuple[Driver, Bits, str]] = []
        named += [(r, r.q, "reg", "q") for r in self.netlist.registers]
        for memory in self.netlist.memories:
            for read in memory.reads:
                named.append((memory, read.data, "wire" if read.clk is None else "reg", "data"))
        for instance in self.netlist.instances:
            named += [(instance, bits, "wire", "out") for bits in instance.outputs.values()]
        nodes: list[Op | Choice] = list(self.netlist.ops)
        nodes += [c for c in self.netlist.choices if id(c) not in self._skip]
        for node in nodes:
            if node.y in self._wires or node.y in outputs:
                named.append((node, node.y, "wire", ""))
            elif isinstance(node, Op) and self._may_inline(node):
                self.inline[node.y[0]] = node
            else:
                unnamed.append((node, node.y, _role(node)))
        depth: dict[int, int] = {}
        for top in list(self.inline.values()):
            self._limit(top, depth, unnamed)
        return named, unnamed

    def _limit(
        self, node: Op, depth: dict[int, int], unnamed: list[tuple[Driver, Bits, str]]
    ) -> int:
        """Depth of the expression a value makes inline; too deep a one gets a name after all."""
        known = depth.get(id(node))
        if known is not None:
            return known
        deepest = 0
        for bits in (node.a, node.b, node.s):
            for bit in bits:
                inner = self.inline.get(bit)
                if inner is not None and inner is not node:
                    deepest = max(deepest, self._limit(inner, depth, unnamed))
        depth[id(node)] = deepest + 1
        if deepest + 1 >= _INLINE_DEPTH:
            del self.inline[node.y[0]]
            unnamed.append((node, node.y, _role(node)))
            depth[id(node)] = 0
        return depth[id(node)]

    def _may_inline(self, node: Op) -> bool:
        uses = self._uses[id(node)]
        if node.kind == "not" and len(node.y) == 1:
            # An inverted signal reads well everywhere; an inverted expression once.
            inner, _ = self._driven.get(node.a[0], (None, 0))
            if not isinstance(inner, Op) or inner.y in self._wires:
                return True
        return uses == 1 and (rigid(node) or id(node) not in self._operand)

    def _prefer_parts(self, weak: list[Signal]) -> None:
        """Let the design's name for a part of a port or of a nameless value stand for that part."""
        nets = {bit for signal in weak for bit in signal.bits}
        for bits, wire in sorted(self.aliases.items(), key=lambda item: -len(item[0])):
            if not nets.issuperset(bits):
                continue
            whole, low = self.at[bits[0]]
            if whole.kind != "part" and all(
                self.at[bit] == (whole, low + k) for k, bit in enumerate(bits)
            ):
                part = Signal(wire.path[-1], bits, wire.signed, "part")
                self.parts[bits] = (whole, low)
                self.at.update((bit, (part, k)) for k, bit in enumerate(bits))

    def _add(self, signal: Signal) -> None:
        self.whole.setdefault(signal.bits, signal)
        for k, bit in enumerate(signal.bits):
            self.at[bit] = (signal, k)

    def label(self, path: tuple[str, ...]) -> str:
        """Return a fresh identifier for a path, without the modules that all paths share."""
        return self.table.take(self.short(path), "_".join(path))

    def short(self, path: tuple[str, ...]) -> str:
        """Join a path without the modules that all paths share."""
        return "_".join(path[self._prefix :] if len(path) > self._prefix else path)

    def _hint(self, driver: Driver, parts: dict[int, Wire]) -> str:
        """Name of the nearest named value that is a part of this one, or reads it."""
        nearby: Driver | None = driver
        for _ in range(2 * _INLINE_DEPTH):
            if isinstance(nearby, Op | Choice):
                wire = next((parts[bit] for bit in nearby.y if bit in parts), None)
                if wire is not None:
                    return self.short(wire.path)
            reader = self._reader.get(id(nearby))
            if reader is None:
                break
            if reader in self.whole:
                return self.whole[reader].name
            if reader in self._wires:
                return self.short(self._wires[reader].path)
            nearby = self._driven[reader[0]][0] if reader[0] in self._driven else None
        return "n"


def operands(op: Op) -> Iterable[tuple[Bits, bool]]:
    """Operands of an operation, and whether each stands in the text as wide as it is."""
    width = len(op.y)
    match op.kind:
        case "add" | "sub" | "mul" | "divfloor" | "modfloor":
            return ((op.a, len(op.a) == width), (op.b, len(op.b) == width))
        case "eq" | "ne" | "lt" | "le" | "gt" | "ge":
            return ((op.a, len(op.a) >= len(op.b)), (op.b, len(op.b) >= len(op.a)))
        case "mux":
            return ((op.a, True), (op.b, True), (op.s, True))
        case "shl" | "shr" | "sshr":
            return ((op.a, len(op.a) == width), (op.b, True))
        case "neg" | "not":
            return ((op.a, len(op.a) == width),)
        case "and" | "or" | "xor":
            return ((op.a, True), (op.b, True))
        case _:
            return ((op.a, True),)


def rigid(op: Op) -> bool:
    """Tell whether the text has the value's width and meaning in any surroundings."""
    width = len(op.y)
    match op.kind:
        case "add" | "sub" | "mul":
            return all(len(x) == width or max(x) < 2 for x in (op.a, op.b)) and (op.kind != "mul")
        case "sshr" | "divfloor" | "modfloor":
            return False
        case _:
            return True


def _choice_reads(body: list[Statement]) -> Iterable[Bits]:
    """Values, and the nets of conditions as often as the text names them."""
    for statement in body:
        if isinstance(statement, Assign):
            yield statement.rhs
            continue
        for patterns, inner in statement.cases:
            for row in condition(statement.sel, patterns):
                for bit, _ in row:
                    yield (bit,)
            yield from _choice_reads(inner)


def _role(node: Op | Choice) -> str:
    kind = node.kind if isinstance(node, Op) else "mux"
    role = _ROLE.get(kind, "value")
    return "bits" if role == "flag" and len(node.y) > 1 else role


def best_wires(wires: list[Wire]) -> dict[Bits, Wire]:
    """Return one name per vector: plain names before those of ports, high ones before deep ones."""
    best: dict[Bits, Wire] = {}
    order = sorted(wires, key=lambda w: ("__" in w.path[-1], len(w.path), natural(w.path[-1])))
    for wire in order:
        if wire.bits and max(wire.bits) > 1:
            best.setdefault(wire.bits, wire)
    return best


def _common_prefix(wires: list[Wire]) -> int:
    """Count the leading modules that every wire below the top shares."""
    inner = [w.path for w in wires if len(w.path) > 1]
    depth = 0
    while inner and all(len(p) > depth + 1 for p in inner) and len({p[depth] for p in inner}) == 1:
        depth += 1
    return depth
