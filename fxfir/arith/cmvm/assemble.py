"""From expressions over numbered nodes to an adder graph."""

from __future__ import annotations

from fxfir.arith.adder import Term
from fxfir.arith.builder import GraphBuilder
from fxfir.arith.cmvm.decompose import Decomposition
from fxfir.arith.cmvm.expressions import Expressions
from fxfir.arith.csd import csd
from fxfir.arith.graph import AdderGraph

__all__ = ["Assembly", "expressions_of"]


def expressions_of(decomposition: Decomposition) -> Expressions:
    """Return one expression for each row: digits of inputs, then other rows.

    Nodes are the inputs, then the rows, then the pairs.
    """
    n_inputs, n_rows = len(decomposition.direct[0]), len(decomposition.direct)
    rows = [
        {
            (node, shift): -1 if negative else 1
            for node, c in enumerate((*direct, *links))
            for shift, negative in csd(c)
        }
        for direct, links in zip(decomposition.direct, decomposition.links, strict=True)
    ]
    return Expressions(rows, n_inputs + n_rows)


class Assembly:
    """Builds the nodes of expressions, each when it is first needed.

    Parameters
    ----------
    decomposition : Decomposition
    expressions : Expressions
        Of that decomposition.
    """

    def __init__(self, decomposition: Decomposition, expressions: Expressions) -> None:
        self._n_inputs = len(decomposition.direct[0])
        self._n_outputs = decomposition.n_outputs
        self._expressions = expressions
        self._builder = GraphBuilder(self._n_inputs)
        self._terms: dict[int, Term | None] = {k: Term(node=k) for k in range(self._n_inputs)}

    def graph(self) -> AdderGraph:
        """Return the graph of the outputs."""
        return self._builder.graph([self._term(self._n_inputs + k) for k in range(self._n_outputs)])

    def _term(self, node: int) -> Term | None:
        if node not in self._terms:
            parts = []
            for other, shift, negative in self._parts(node):
                term = self._term(other)
                if term is not None:
                    parts.append(term.moved(Term(node=other, shift=shift, negative=negative)))
            self._terms[node] = self._builder.sum(parts)
        return self._terms[node]

    def _parts(self, node: int) -> list[tuple[int, int, bool]]:
        expressions = self._expressions
        if node < expressions.n_nodes:
            row = expressions.rows[node - self._n_inputs]
            return [(other, shift, sign < 0) for (other, shift), sign in row.items()]
        pair = expressions.pairs[node - expressions.n_nodes]
        low = min(0, pair.distance)
        return [
            (pair.first, -low, False),
            (pair.second, pair.distance - low, pair.sign < 0),
        ]
