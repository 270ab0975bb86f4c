"""The order of the text: along the data, from the inputs to the outputs."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from fxfir.emit.names import natural
from fxfir.emit.netlist import (
    Assign,
    Bits,
    Choice,
    Memory,
    Netlist,
    Op,
    Register,
    Statement,
    body_reads,
)
from fxfir.emit.simplify import Driver

__all__ = ["distances", "sorted_by_stem", "topological"]

_FAR = 1 << 30
T = TypeVar("T")
Drivers = dict[int, tuple[Driver, int]]


def distances(netlist: Netlist, driven: Drivers) -> dict[int, int]:
    """Return the least number of steps from an input to each driver along the data.

    Conditions, enables and addresses are no data, else everything behind one clock enable would
    stand at one distance.

    Parameters
    ----------
    netlist : Netlist
    driven : dict of int to (Driver, int)

    Returns
    -------
    dict of int to int
        By the driver's id.
    """
    nodes: list[Driver] = [*netlist.ops, *netlist.choices, *netlist.registers, *netlist.memories]
    inputs = {b for p in netlist.ports if p.direction == "input" for b in p.bits}
    readers: defaultdict[int, list[Driver]] = defaultdict(list)
    found: dict[int, int] = {}
    queue: deque[Driver] = deque()
    for node in nodes:
        for bits in _data(node):
            if not inputs.isdisjoint(bits) and id(node) not in found:
                found[id(node)] = 1
                queue.append(node)
            for source in _sources(bits, driven):
                readers[id(source)].append(node)
    while queue:
        node = queue.popleft()
        step = found[id(node)] + 1
        for reader in readers[id(node)]:
            if id(reader) not in found:
                found[id(reader)] = step
                queue.append(reader)
    return found


def sorted_by_stem(
    items: Iterable[T], name: Callable[[T], str], rank: Callable[[T], int]
) -> list[T]:
    """Sort so that x0, x1, x2 stand together, where the nearest of them would stand."""
    keyed = [(natural(name(item)), rank(item), item) for item in items]
    first: dict[str, int] = {}
    for (stem, _), distance, _ in keyed:
        first[stem] = min(distance, first.get(stem, _FAR))
    keyed.sort(key=lambda entry: (first[entry[0][0]], entry[0]))
    return [item for _, _, item in keyed]


def topological(nodes: list[Driver], driven: Drivers) -> list[Driver]:
    """Order combinational drivers so that each stands after those it reads."""
    member = {id(n) for n in nodes}
    done: set[int] = set()
    out: list[Driver] = []
    for root in nodes:
        if id(root) in done:
            continue
        done.add(id(root))
        stack = [(root, _inputs(root, driven))]
        while stack:
            node, rest = stack[-1]
            for source in rest:
                if id(source) in member and id(source) not in done:
                    done.add(id(source))
                    stack.append((source, _inputs(source, driven)))
                    break
            else:
                stack.pop()
                out.append(node)
    return out


def _inputs(node: Driver, driven: Drivers) -> Iterator[Driver]:
    for bits in _all(node):
        yield from _sources(bits, driven)


def _sources(bits: Bits, driven: Drivers) -> Iterator[Driver]:
    last: Driver | None = None
    for bit in bits:
        entry = driven.get(bit)
        if entry is not None and entry[0] is not last:
            last = entry[0]
            yield last


def _data(node: Driver) -> Iterable[Bits]:
    if isinstance(node, Op):
        return (node.a, node.b)
    if isinstance(node, Choice):
        return (node.default, *_values(node.body))
    if isinstance(node, Register):
        return (node.d,)
    if isinstance(node, Memory):
        return [w.data for w in node.writes]
    return node.inputs.values()


def _all(node: Driver) -> Iterable[Bits]:
    if isinstance(node, Op):
        return (node.a, node.b, node.s)
    if isinstance(node, Choice):
        return (node.default, *body_reads(node.body))
    if isinstance(node, Memory):
        return [r.addr for r in node.reads if r.clk is None]
    return ()


def _values(body: list[Statement]) -> Iterator[Bits]:
    for statement in body:
        if isinstance(statement, Assign):
            yield statement.rhs
        else:
            for _, inner in statement.cases:
                yield from _values(inner)
