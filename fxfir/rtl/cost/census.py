"""What stands in the gates of a core, counted from its elaboration without any synthesis tool."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from amaranth.hdl import Const, Fragment, Instance, Signal, Value

# Amaranth shows expressions and statements in no public module; these names are those of 0.5.
from amaranth.hdl._ast import Assign, Concat, Operator, Slice, Switch, SwitchValue
from amaranth.hdl._mem import MemoryInstance

from fxfir.rtl.core import Core
from fxfir.rtl.cost.counted import Census, Path, Store
from fxfir.rtl.vendor import Vendor

__all__ = ["census"]


def census(core: Core) -> Census:
    """Count what stands in the gates of a core, for the target it was built for.

    Parameters
    ----------
    core : Core
        It is elaborated once more; the caller may do so again.

    Returns
    -------
    Census
    """
    platform = Vendor("core")
    counter = _Counter(platform)
    counter.fragment(Fragment.get(core, platform))
    return counter.result()


_START = Path()

_PRIMITIVE = re.compile(r"\b([A-Z][A-Z0-9_]+) *#\(")
"""A primitive in a text of ours: in capitals, with parameters."""

_REGISTERED = {"MULT18X18D", "ALU54B", "DP16KD", "PDPW16KD", "SB_MAC16", "DSP48E1", "RAMB18E1"}
"""Primitives that hold the registers of their results themselves."""


@dataclass(slots=True)
class _Counter:
    """Walks statements once; every expression object counts once, however often it is used."""

    platform: Vendor
    registers: int = 0
    adders: int = 0
    carry: int = 0
    inverted: int = 0
    products: list[tuple[int, int]] = field(default_factory=list)
    selects: int = 0
    logic: int = 0
    reduced: int = 0
    stores: list[Store] = field(default_factory=list)
    cells: Counter[str] = field(default_factory=Counter)
    drivers: dict[int, list[Value]] = field(default_factory=dict)
    sinks: list[Value] = field(default_factory=list)
    read: dict[int, tuple[Value, float]] = field(default_factory=dict)
    through: dict[int, tuple[Value, int]] = field(default_factory=dict)
    paths: dict[int, Path] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    kept: list[Any] = field(default_factory=list)

    def fragment(self, fragment: Fragment) -> None:
        self.kept.append(fragment)
        if isinstance(fragment, Instance):
            self.block(fragment)
            return
        if isinstance(fragment, MemoryInstance):
            self.memory(fragment)
            return
        for domain, statements in fragment.statements.items():
            driven: dict[int, Signal] = {}
            self.statements(statements, [], driven, clocked=domain != "comb")
            if domain != "comb":
                self.registers += sum(len(signal) for signal in driven.values())
        for inner, _, _ in fragment.subfragments:
            self.fragment(inner)

    def block(self, block: Any) -> None:
        entering = [value for value, way in block.ports.values() if way == "i"]
        for value in entering:
            self.expression(value, len(value))
        self.sinks += entering
        cells = Counter(_PRIMITIVE.findall(self.platform.texts.get(block.type, "")))
        self.cells += cells
        if "i_clk" not in block.ports and "clk" not in block.ports:
            # Gates alone: paths lead through them.
            reached = Concat(entering)
            for value, way in block.ports.values():
                if way == "o":
                    for signal in _targets(value):
                        self.through[id(signal)] = (reached, len(value))
            return
        if not cells.keys() & _REGISTERED:
            # Cells of the fabric, with plain registers behind them.
            self.registers += sum(len(v) for v, way in block.ports.values() if way == "o")

    def memory(self, memory: Any) -> None:
        reads, writes = memory._read_ports, memory._write_ports
        clocked = all(port._domain != "comb" for port in reads)
        data = memory._data
        store = Store(
            width=Value.cast(reads[0]._data).shape().width if reads else 0,
            depth=data.depth,
            writable=bool(writes),
            clocked=clocked,
        )
        self.stores.append(store)
        for port in writes:
            self.sinks += [port._addr, port._data, port._en]
        for port in reads:
            if port._domain == "comb":
                # Sixteen words fit a table; each further factor of two is a multiplexer, of
                # which two stages are free in most devices.
                levels = 1.0 + 0.5 * max(0, (store.depth - 1).bit_length() - 4)
                for signal in _targets(port._data):
                    self.read[id(signal)] = (port._addr, levels)
            else:
                self.sinks += [port._addr, port._en]

    def statements(
        self,
        statements: Iterable[Any],
        tests: list[Value],
        driven: dict[int, Signal],
        *,
        clocked: bool,
    ) -> None:
        for statement in statements:
            if isinstance(statement, Assign):
                self.expression(statement.rhs, len(statement.lhs))
                for signal in _targets(statement.lhs):
                    if clocked:
                        self.sinks += [statement.rhs, *tests]
                    else:
                        self.drivers.setdefault(id(signal), []).extend([statement.rhs, *tests])
                    again = id(signal) in driven
                    # The first condition of a register is its enable, and a constant its reset.
                    if (again or (tests and not clocked)) and not isinstance(statement.rhs, Const):
                        self.selects += len(statement.lhs)
                    driven[id(signal)] = signal
            elif isinstance(statement, Switch):
                self.expression(statement.test, len(statement.test))
                if len(statement.test) > 1:
                    self.reduced += len(statement.test) * len(statement.cases)
                inner = [*tests, statement.test]
                for _, body, _ in statement.cases:
                    self.statements(body, inner, driven, clocked=clocked)

    def expression(self, value: Value, width: int) -> None:
        """Count an expression of which only the low `width` bits are used."""
        if id(value) in self.seen:
            return
        self.seen.add(id(value))
        if isinstance(value, Slice):
            self.expression(value.value, min(value.stop, value.start + width))
        elif isinstance(value, Concat):
            for part in value.parts:
                self.expression(part, len(part))
        elif isinstance(value, SwitchValue):
            self.expression(value.test, len(value.test))
            for _, choice in value.cases:
                self.expression(choice, width)
            ways = [c for _, c in value.cases if not isinstance(c, Const)]
            self.selects += min(width, len(value)) * max(1, len(ways) - 1)
        elif isinstance(value, Operator):
            self.operator(value, width)

    def operator(self, value: Operator, width: int) -> None:
        operands = value.operands
        wide = max(len(o) for o in operands)
        match value.operator:
            case "+" | "-":
                for operand in operands:
                    self.expression(operand, width)
                self.adders += 1
                self.carry += _chain(value, width)
                if value.operator == "-" and not isinstance(operands[-1], Const):
                    self.inverted += min(width, len(operands[-1]))
            case "*":
                for operand in operands:
                    self.expression(operand, len(operand))
                a, b = sorted((len(o) for o in operands), reverse=True)
                self.products.append((a, b))
            case "~" | "u" | "s":
                self.expression(operands[0], width)
            case "&" | "|" | "^":
                for operand in operands:
                    self.expression(operand, width)
                self.logic += min(width, wide)
            case _:
                for operand in operands:
                    self.expression(operand, len(operand))
                self.reduced += sum(len(o) for o in operands if not isinstance(o, Const))

    def path(self, value: Value) -> Path:
        """Return the longest path that ends in an expression."""
        known = self.paths.get(id(value))
        if known is not None:
            return known
        # A loop of wires does not exist in these cores; this ends it if it did.
        self.paths[id(value)] = _START
        found = self._path(value)
        self.paths[id(value)] = found
        return found

    def _path(self, value: Value) -> Path:
        if isinstance(value, Signal):
            if id(value) in self.read:
                address, levels = self.read[id(value)]
                return self.path(address).behind(levels=levels)
            if id(value) in self.through:
                entry, width = self.through[id(value)]
                return self.path(entry).behind(levels=1.0, carry=width)
            return self.longest(self.drivers.get(id(value), ()))
        if isinstance(value, Slice):
            return self.path(value.value)
        if isinstance(value, Concat):
            return self.longest(value.parts)
        if isinstance(value, SwitchValue):
            return self.longest([value.test, *(c for _, c in value.cases)]).behind(levels=1.0)
        if not isinstance(value, Operator):
            return _START
        entry = self.longest(value.operands)
        match value.operator:
            case "+" | "-":
                return entry.behind(levels=1.0, carry=_chain(value, len(value)))
            case "*":
                return replace(entry, multiplies=True)
            case "u" | "s":
                return entry
            case "~" | "&" | "|" | "^":
                return entry.behind(levels=0.5 if value.operator != "~" else 0.0)
            case _:
                bits = sum(len(o) for o in value.operands if not isinstance(o, Const))
                return entry.behind(levels=_tree(bits))

    def longest(self, values: Iterable[Value]) -> Path:
        return max((self.path(v) for v in values), key=_weight, default=_START)

    def result(self) -> Census:
        paths = {self.path(value) for value in self.sinks}
        return Census(
            registers=self.registers,
            adders=self.adders,
            carry=self.carry,
            inverted=self.inverted,
            products=tuple(self.products),
            selects=self.selects,
            logic=self.logic,
            reduced=self.reduced,
            stores=tuple(self.stores),
            cells=dict(sorted(self.cells.items())),
            paths=tuple(sorted((p for p in paths if not _exceeded(p, paths)), key=_weight)),
        )


def _weight(path: Path) -> float:
    """Compare two paths roughly: some thirty bits of carry pass in the time of a level."""
    return path.levels + path.carry / 30 + 4.0 * path.multiplies


def _exceeded(path: Path, others: Iterable[Path]) -> bool:
    return any(
        path != other
        and path.levels <= other.levels
        and path.carry <= other.carry
        and path.multiplies <= other.multiplies
        for other in others
    )


def _chain(value: Operator, width: int) -> int:
    """Return the bits of carry; the tools spare none for zeros in the lowest bits."""
    return min(width, max(len(o) for o in value.operands) + 1)


def _tree(bits: int) -> float:
    levels = 0
    while bits > 1:
        bits = -(-bits // 4)
        levels += 1
    return float(levels)


def _targets(value: Value) -> list[Signal]:
    """Return the signals that an assignment to `value` drives."""
    if isinstance(value, Signal):
        return [value]
    if isinstance(value, Slice):
        return _targets(value.value)
    if isinstance(value, Concat):
        return [signal for part in value.parts for signal in _targets(part)]
    if isinstance(value, Operator):
        return _targets(value.operands[0])
    return []
