"""Which names of a circuit decide its moves, and circuits in which data decide none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fxfir.verify.mutation.bdd import Bdd
from fxfir.verify.mutation.circuit import Circuit, Guard, Write, names_in
from fxfir.verify.mutation.expression import Evaluator, Expr, UnreadError
from fxfir.verify.target import Pins

__all__ = ["MOST_BITS", "chosen_by_data", "control_of"]

MOST_BITS = 20
"""A control register is a counter or a flag; a wider one is data that something branches on."""


def control_of(circuit: Circuit, pins: Pins) -> set[str]:
    """Return the names whose value decides a move, a write or an address, and those behind them.

    What selects between two numbers is followed too, if no data enter it.
    """
    sources = _sources(circuit)
    deciding: set[str] = {pins.o_valid, *filter(None, (pins.i_ready, pins.o_channel))}
    choosing: set[str] = set()
    expressions = list(circuit.wires.values())
    for writes in circuit.writes.values():
        for write in writes:
            deciding |= {n for g in write.guards for n in names_in(g.condition)}
            expressions += [write.value, *([write.address] if write.address else [])]
            deciding |= names_in(write.address) if write.address else set()
    for e in expressions:
        deciding |= _addresses(e, circuit)
        choosing |= _choices(e)
    found = _closure(deciding, sources)
    data = set(circuit.depths) | {pins.i_data}
    for name in sorted(choosing):
        more = _closure({name}, sources)
        wide = any(circuit.shapes[n].width > MOST_BITS for n in more if n in circuit.shapes)
        if not more & data and not wide:
            found |= more
    return found


def chosen_by_data(circuit: Circuit, pins: Pins) -> Circuit:
    """Return the same circuit with `if (c) r <= v` as `r <= c ? v : r` where data decide `c`.

    A limit or a tie in a number chooses between two numbers and moves nothing.

    Raises
    ------
    UnreadError
        If data decide a write to a memory, or the two numbers would be extended in another way.
    """
    sources = _sources(circuit)
    data = set(circuit.depths) | {pins.i_data}

    def of_data(guard: Guard) -> bool:
        return bool(_closure(names_in(guard.condition), sources) & data)

    changed: dict[str, list[Write]] = {}
    for name, writes in circuit.writes.items():
        if any(of_data(g) for w in writes for g in w.guards):
            changed[name] = _joined(
                circuit, name, writes, [[of_data(g) for g in w.guards] for w in writes]
            )
    return replace(circuit, writes={**circuit.writes, **changed})


def _joined(
    circuit: Circuit, name: str, writes: Sequence[Write], data: Sequence[Sequence[bool]]
) -> list[Write]:
    """Writes whose guards are control alone; what data chose is inside the values."""
    sizes = Evaluator(Bdd(), circuit.shapes, lambda name: None)
    shape = circuit.shapes[name]
    found: list[Write] = []
    for write, marks in zip(writes, data, strict=True):
        cut = marks.index(True) if True in marks else len(marks)
        outer, inner = write.guards[:cut], write.guards[cut:]
        if not inner:
            found.append(write)
            continue
        if found and found[-1].guards == outer:
            before = found.pop().value
        elif not found:
            before = Expr("name", name=name)
        else:
            raise UnreadError(name)
        (own, sign), (other, other_sign) = (sizes.size(e) for e in (write.value, before))
        if shape.memory or sign != other_sign or max(own, other) > shape.width:
            raise UnreadError(name)
        value = Expr("?", (_all(inner), write.value, before))
        found.append(Write(guards=outer, value=value))
    return found


def _all(guards: Sequence[Guard]) -> Expr:
    parts = [g.condition if g.holds else Expr("unary !", (g.condition,)) for g in guards]
    whole = parts[0]
    for part in parts[1:]:
        whole = Expr("&&", (whole, part))
    return whole


def _sources(circuit: Circuit) -> dict[str, set[str]]:
    """Names that each name is computed from, conditions included."""
    sources: dict[str, set[str]] = {n: names_in(e) for n, e in circuit.wires.items()}
    for name, writes in circuit.writes.items():
        for write in writes:
            guards = {n for g in write.guards for n in names_in(g.condition)}
            sources.setdefault(name, set()).update(names_in(write.value) | guards)
    return sources


def _closure(names: set[str], sources: dict[str, set[str]]) -> set[str]:
    found, todo = set(names), list(names)
    while todo:
        for name in sources.get(todo.pop(), ()):
            if name not in found:
                found.add(name)
                todo.append(name)
    return found


def _addresses(e: Expr, circuit: Circuit) -> set[str]:
    own = names_in(e.args[0]) if e.op == "index" and e.name in circuit.depths else set()
    return own.union(*(_addresses(a, circuit) for a in e.args)) if e.args else own


def _choices(e: Expr) -> set[str]:
    own = names_in(e.args[0]) if e.op == "?" else set()
    return own.union(*(_choices(a) for a in e.args)) if e.args else own
