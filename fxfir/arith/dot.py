"""Sums of products from multiplier blocks: the order of additions that takes the fewest cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from fxfir.arith.adder import Adder, Range, Term
from fxfir.arith.builder import GraphBuilder
from fxfir.arith.graph import AdderGraph

__all__ = ["sum_of_products"]


def sum_of_products(block: AdderGraph, input_range: Range) -> AdderGraph:
    """Turn a block that multiplies one input by N constants into the sum of N products.

    The transposed graph has every edge reversed: what read one node now adds up in it. In which
    order is free, and decides widths: an addition takes the bits from the higher of the two
    lowest bits up to the top of the sum. The former add up to the same in every order, so the
    sum with the lowest top comes first, the earlier operands where that is a draw.

    Parameters
    ----------
    block : AdderGraph
        One input.
    input_range : (lo, hi)
        Range of each of the N inputs.

    Returns
    -------
    AdderGraph
        N inputs, one output, which is negative only if all coefficients are.

    Examples
    --------
    >>> from fxfir.arith.csd import csd_graph
    >>> sum_of_products(csd_graph([3, -5, 48]), (-8, 7)).coefficients()
    ((3, -5, 48),)
    """
    builder = GraphBuilder(block.n_outputs)
    sums = _Sums(builder, input_range)
    arriving: list[list[Term]] = [[] for _ in block.forms]
    for k, output in enumerate(block.outputs):
        if output is not None:
            arriving[output.node].append(Term(node=k, shift=output.shift, negative=output.negative))
    for k in reversed(range(block.n_adders)):
        if not arriving[block.n_inputs + k]:
            continue
        total = sums.add_all(arriving[block.n_inputs + k])
        for operand in (block.adders[k].left, block.adders[k].right):
            arriving[operand.node].append(
                Term(
                    node=total.node,
                    shift=total.shift + operand.shift,
                    negative=total.negative != operand.negative,
                )
            )
    return _positive(builder.graph([sums.add_all(arriving[0])]))


class _Sums:
    """Adds terms in the order that keeps partial sums low."""

    def __init__(self, builder: GraphBuilder, input_range: Range) -> None:
        self._builder = builder
        self._lo, self._hi = input_range

    def add_all(self, terms: Sequence[Term]) -> Term:
        """Return the sum of the terms, of which there is at least one."""
        pool = list(terms)
        while len(pool) > 1:
            gains = [self._gain(term) for term in pool]
            best = min(
                combinations(range(len(pool)), 2),
                key=lambda pair: self._cost(pool, gains, *pair),
            )
            first, second = (pool[k] for k in best)
            rest = [term for k, term in enumerate(pool) if k not in best]
            pool = [*rest, self._builder.add(first, second)]
        return pool[0]

    def _gain(self, term: Term) -> tuple[int, int]:
        """Return the sums of positive and of negative coefficients, without the shift."""
        form = self._builder.forms[term.node]
        up, down = sum(c for c in form if c > 0), -sum(c for c in form if c < 0)
        return (down, up) if term.negative else (up, down)

    def _cost(
        self, pool: Sequence[Term], gains: Sequence[tuple[int, int]], i: int, j: int
    ) -> tuple[int, int]:
        """Return the top bit of a sum with the wait before it, and the level where it is ready."""
        levels = self._builder.levels
        a, b = pool[i], pool[j]
        base = min(a.shift, b.shift)
        up, down = (
            (p << a.shift - base) + (q << b.shift - base)
            for p, q in zip(gains[i], gains[j], strict=True)
        )
        # Both ends count: which of them the final sign turns upward is not known yet.
        peak = max(up * self._hi - down * self._lo, down * self._hi - up * self._lo, 1)
        top = (peak - 1).bit_length() + base
        early, late = sorted((levels[a.node], levels[b.node]))
        return top + late - early, late


def _positive(graph: AdderGraph) -> AdderGraph:
    """Turn a negative output positive by turning a difference, and what follows from that."""
    (output,) = graph.outputs
    if output is None or not output.negative:
        return graph
    for k in reversed(range(graph.n_adders)):
        if graph.adders[k].right.negative:
            adders, negated = _turned(graph, k)
            if output.node in negated:
                return replace(graph, adders=adders, outputs=(replace(output, negative=False),))
    return graph


def _turned(graph: AdderGraph, turned: int) -> tuple[tuple[Adder, ...], set[int]]:
    """Swap the operands of one difference; return all adders and which of them change sign.

    A reader of a sum that changed its sign subtracts where it added, or changes its sign as well.
    """
    adders = []
    negated: set[int] = set()
    for k, adder in enumerate(graph.adders):
        nodes = (adder.left.node, adder.right.node)
        minus = [term.negative != (term.node in negated) for term in (adder.left, adder.right)]
        if any(minus) and (k == turned or not negated.isdisjoint(nodes)):
            negated.add(graph.n_inputs + k)
            minus = [not sign for sign in minus]
        left, right = (
            replace(term, negative=sign)
            for term, sign in zip((adder.left, adder.right), minus, strict=True)
        )
        adders.append(
            Adder(left=right, right=left) if left.negative else Adder(left=left, right=right)
        )
    return tuple(adders), negated
