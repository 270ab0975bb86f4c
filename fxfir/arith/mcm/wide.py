"""Constants too wide for byte maps of all odd numbers: common subexpressions of their digits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from fxfir.arith.adder import Term
from fxfir.arith.builder import GraphBuilder
from fxfir.arith.csd import csd_graph

__all__ = ["WIDEST", "wide_builders"]

WIDEST = 21
"""Most bits of a target that `search` takes: its maps hold 2**bits entries."""


def wide_builders(targets: Sequence[int], *, seed: int, restarts: int) -> Iterator[GraphBuilder]:
    """Yield builders that hold the targets; the last one is of least depth.

    Parameters
    ----------
    targets : sequence of int
        Odd, distinct, without 1.
    seed : int
    restarts : int
        Times to look again with equals in another order.
    """
    # Here, because that package solves single columns with this one.
    from fxfir.arith.cmvm.assemble import Assembly, expressions_of
    from fxfir.arith.cmvm.decompose import plain, spanning_tree

    column = plain([(t,) for t in targets])
    random = Random(seed)
    graphs = []
    for decomposition in (column, spanning_tree(column)):
        for stray in [None, *[random] * (restarts // 2)]:
            expressions = expressions_of(decomposition)
            expressions.eliminate(stray)
            graphs.append(Assembly(decomposition, expressions).graph())
    for graph in (*graphs, csd_graph(targets)):
        builder = GraphBuilder(1)
        builder.include(graph, [Term(node=0)])
        yield builder
