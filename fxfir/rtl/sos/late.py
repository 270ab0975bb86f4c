"""Sums whose last term arrives late: the others are added before it, and kept apart from it."""

from __future__ import annotations

from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Module, Value

from fxfir.arith.adder import Term as Leaf
from fxfir.arith.builder import GraphBuilder
from fxfir.rtl.arith import node
from fxfir.rtl.arith.graph import GraphGates
from fxfir.rtl.arith.node import Exact
from fxfir.rtl.sos.terms import Term, plain, total, wide

__all__ = ["cut", "late"]


def late(m: Module, early: Sequence[Term], product: Sequence[Term], name: str) -> Term:
    """Add a product that arrives last to a sum that is ready before it.

    Parameters
    ----------
    m : Module
    early : sequence of Term
    product : sequence of Term
        One term, or none; or several shifted copies of one number, which `early` then joins in a
        tree of additions.
    name : str

    Returns
    -------
    Term
        The exact sum.

    Notes
    -----
    Written as one sum, synthesis would merge the additions into a carry-save sum, and the product
    would pass its compressor too: 1.4 ns of 10 on ECP5. Bits of the early sum below those of the
    product, or one spare bit where there are none, keep the two apart.
    """
    early = [t for t in early if t.value.lo or t.value.hi]
    if not product or not early:
        return total([*early, *product])
    if len(product) > 1:
        return _tree(m, [*early, *product], name)
    (last,) = product
    ready = total(early)
    below = ready.frac - last.frac
    if below <= 0:
        return total([_apart(m, early, f"{name}_early"), last])
    base = node.wire(m, plain(ready), f"{name}_early")
    upper = node.sized(_above(below, base), base.lo >> below, base.hi >> below)
    high = node.sub(upper, last.value) if last.minus else node.add(upper, last.value)
    lo, hi = high.lo << below, (high.hi << below) + (1 << below) - 1
    value = node.sized(_below(_signed(base, below)[:below], high), lo, hi)
    return Term(value=value, frac=ready.frac)


def cut(m: Module, early: Sequence[Term], frac: int, name: str) -> tuple[Exact, Value]:
    """Return an early sum in units of 2**-frac, kept apart, and its bits below that unit."""
    terms = [t for t in early if t.value.lo or t.value.hi]
    ready = total(terms)
    below = ready.frac - frac
    if below <= 0:
        return plain(wide(_apart(m, terms, f"{name}_early"), frac)), Const(0, 0)
    base = node.wire(m, plain(ready), f"{name}_early")
    upper = node.sized(_above(below, base), base.lo >> below, base.hi >> below)
    return upper, _signed(base, below)[:below]


def _tree(m: Module, terms: Sequence[Term], name: str) -> Term:
    """Add terms in as few levels as their number takes."""
    inputs = list({id(t.value): t.value for t in terms}.values())
    frac = max(t.frac for t in terms)
    builder = GraphBuilder(len(inputs))
    place = {id(x): k for k, x in enumerate(inputs)}
    found = builder.sum(
        Leaf(node=place[id(t.value)], shift=frac - t.frac, negative=t.minus) for t in terms
    )
    graph = builder.graph([found])
    gates = GraphGates(graph, ranges=[(x.lo, x.hi) for x in inputs], levels_per_stage=None)
    names = [f"{name}_{k}" for k in range(len(graph.forms))]
    (value,) = gates.build(m, inputs, names, en=Const(0, 1), registered=False)
    return Term(value=value, frac=frac, minus=bool(graph.outputs[0] and graph.outputs[0].negative))


def _apart(m: Module, terms: list[Term], name: str) -> Term:
    """Return a sum whose last addition, if it subtracts, has a spare bit: 2 a + 1 - (2 b + 1)."""
    second = next((t for t in terms if t.minus), None)
    if second is None or len(terms) < 2:
        return total(terms)
    first = total([t for t in terms if t is not second])
    frac = max(first.frac, second.frac)
    a, b = plain(wide(first, frac)), wide(second, frac).value
    lo, hi = a.lo - b.hi, a.hi - b.lo
    twice = _below(Const(1, 1), a) - _below(Const(1, 1), b)
    held = node.wire(m, node.sized(twice, 2 * lo - 1, 2 * hi + 1), name)
    return Term(value=node.sized(_above(1, held), lo, hi), frac=frac)


def _below(low: Value, x: Exact) -> Value:
    """Put bits below a number."""
    return Cat(low, _signed(x)).as_signed()


def _above(bits: int, x: Exact) -> Value:
    """Return a number without its lowest bits."""
    return _signed(x, bits + 1)[bits:].as_signed()


def _signed(x: Exact, least: int = 0) -> Value:
    """Return a number as a signed value of at least so many bits."""
    return node.extend(x, max(x.width + (not x.signed), least)).as_signed()
