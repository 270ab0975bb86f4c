"""Canonical signed digits, and the adder graph that shares only sums that meet by chance."""

from __future__ import annotations

from fxfir.arith.adder import Term
from fxfir.arith.builder import GraphBuilder
from fxfir.arith.graph import AdderGraph, Coefficients, as_matrix

__all__ = ["csd", "csd_graph"]


def csd(value: int) -> tuple[tuple[int, bool], ...]:
    """Return the canonical signed digits of an integer as (shift, negative), lowest first.

    No two adjacent digits are non-zero, and no signed binary form has fewer of them.

    Examples
    --------
    >>> csd(7), csd(-2)
    (((0, True), (3, False)), ((1, True),))
    """
    digits = []
    shift = 0
    left = abs(value)
    while left:
        if left & 1:
            digit = 2 - (left & 3)
            digits.append((shift, (digit < 0) != (value < 0)))
            left -= digit
        left >>= 1
        shift += 1
    return tuple(digits)


def csd_graph(coeffs: Coefficients) -> AdderGraph:
    """Return the graph that adds the signed digits of each coefficient, in trees of least depth.

    The baseline, and instant; `solve` needs about half the adders.

    Parameters
    ----------
    coeffs : sequence of int, or of sequences of int, shape (n_outputs, n_inputs)
        A flat sequence multiplies one input by each.

    Examples
    --------
    >>> csd_graph([7, 0, -14, 45]).n_adders
    3
    """
    matrix = as_matrix(coeffs)
    builder = GraphBuilder(len(matrix[0]))
    outputs: list[Term | None] = []
    for row in matrix:
        terms = [
            Term(node=i, shift=shift, negative=negative)
            for i, c in enumerate(row)
            for shift, negative in csd(c)
        ]
        known = builder.find(row) if terms else None
        outputs.append(known or builder.sum(terms))
    graph = builder.graph(outputs)
    graph.check(matrix)
    return graph
