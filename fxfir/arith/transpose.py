"""Transposition of adder graphs: a multiplier block becomes a sum of products and back."""

from __future__ import annotations

from fxfir.arith.adder import Term
from fxfir.arith.builder import GraphBuilder
from fxfir.arith.graph import AdderGraph

__all__ = ["transpose"]


def transpose(graph: AdderGraph) -> AdderGraph:
    """Return the graph of the transposed matrix: every edge reversed.

    A block that multiplies one input by N constants becomes the sum of products of N inputs, with
    N - 1 adders more: n_adders + n_outputs - n_inputs, if no output is zero and no value happens
    to occur twice.

    Parameters
    ----------
    graph : AdderGraph

    Notes
    -----
    An adder becomes a fork, a fork becomes a sum. Where the graph halves an even value, the
    transposed one halves a sum that need not be even: it stays in half units until the end.

    Examples
    --------
    >>> from fxfir.arith.csd import csd_graph
    >>> block = csd_graph([3, 5, -10])
    >>> dot = transpose(block)
    >>> dot.coefficients(), block.n_adders, dot.n_adders
    (((3, 5, -10),), 2, 4)
    """
    builder = GraphBuilder(graph.n_outputs)
    arriving: list[list[Term]] = [[] for _ in graph.forms]
    for k, output in enumerate(graph.outputs):
        if output is not None:
            arriving[output.node].append(Term(node=k, shift=output.shift, negative=output.negative))
    for k in reversed(range(graph.n_adders)):
        terms = arriving[graph.n_inputs + k]
        total = builder.sum(terms)
        if total is None:
            continue
        for operand in (graph.adders[k].left, graph.adders[k].right):
            arriving[operand.node].append(total.moved(operand))
    ends = [builder.sum(terms) for terms in arriving[: graph.n_inputs]]
    return builder.graph(ends)
