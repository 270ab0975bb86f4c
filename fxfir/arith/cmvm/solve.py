"""Constant matrix times vector in few adders: sums of products, banks on one delay line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random

from fxfir.arith.adder import Form, Range
from fxfir.arith.builder import GraphBuilder
from fxfir.arith.cmvm.assemble import Assembly, expressions_of
from fxfir.arith.cmvm.decompose import Decomposition, butterflies, plain, spanning_tree
from fxfir.arith.cmvm.reduce import reduce_matrix
from fxfir.arith.graph import AdderGraph, Coefficients, as_matrix
from fxfir.arith.mcm import least_depth, solve
from fxfir.arith.transpose import transpose
from fxfir.errors import GraphError

__all__ = ["solve_matrix"]

_EFFORTS = {"quick": 0, "normal": 30, "thorough": 300}
"""Most restarts; and a thousand times as many pairs of terms to look at, some 30 us each."""

_PAIRS_A_RESTART = 1000

_DECOMPOSITIONS: dict[str, Callable[[Decomposition], Decomposition]] = {
    "butterflies, tree": lambda d: spanning_tree(butterflies(d)),
    "tree": spanning_tree,
    "butterflies": butterflies,
    "plain": lambda d: d,
}

_DEFAULT_RANGE = (-(1 << 15), (1 << 15) - 1)


def solve_matrix(
    coeffs: Coefficients,
    *,
    input_range: Range | Sequence[Range] = _DEFAULT_RANGE,
    seed: int = 0,
    effort: str = "normal",
) -> AdderGraph:
    """Find an adder graph that multiplies a vector by a constant matrix.

    Parameters
    ----------
    coeffs : sequence of sequences of int, shape (n_outputs, n_inputs)
        A row for each output. Filters on one delay line are the rows of such a matrix, and the
        inputs are the samples; mirrored taps share a pre-adder.
    input_range : (lo, hi) or sequence of them, optional
        Range of the inputs; of graphs with equally many adders the one of fewest one-bit adders
        is taken.
    seed : int, optional
    effort : {"quick", "normal", "thorough"}, optional
        One pass; or up to 30, or 300, restarts, which end after about one, or ten, seconds on a
        large matrix. A single row or column goes to `solve` with that effort.

    Returns
    -------
    AdderGraph
        Checked against the coefficients.

    Raises
    ------
    GraphError
        If there are no coefficients, all are zero, or the effort is unknown.

    Notes
    -----
    Repeated rows and columns are taken out, among them the mirrored taps. One column is multiple
    constant multiplication; one row is its transpose. Else rows are written as signed digits, in
    full or as differences of each other, and the pair of terms that occurs most becomes a node,
    until none occurs twice [1]_; this for the matrix and for its transpose, whose graph, reversed,
    takes n_outputs - n_inputs adders more or less.

    References
    ----------
    .. [1] A. Hosangadi, F. Fallah, R. Kastner, "Optimizing polynomial expressions by algebraic
       factorization and common subexpression elimination", IEEE TCAD 25(10), 2006.

    Examples
    --------
    >>> solve_matrix([[3, 5, 3], [3, -5, 3]]).n_adders
    5
    """
    if effort not in _EFFORTS:
        raise GraphError(f"effort must be one of {', '.join(_EFFORTS)}, got {effort!r}")
    matrix = as_matrix(coeffs)
    if not any(any(row) for row in matrix):
        raise GraphError(
            f"at least one coefficient must differ from zero, got {len(matrix)} rows of zeros"
        )
    reduced = reduce_matrix(matrix)
    best: tuple[tuple[int, int], AdderGraph] | None = None
    for core in _candidates(reduced.matrix, seed=seed, effort=effort):
        builder = GraphBuilder(len(matrix[0]))
        inputs = [builder.sum(terms) for terms in reduced.inputs]
        rows = builder.include(core, inputs)
        places = ((p, None if p is None else rows[p.node]) for p in reduced.outputs)
        graph = builder.graph([None if p is None or t is None else t.moved(p) for p, t in places])
        cost = (graph.n_adders, graph.one_bit_adders(input_range))
        if best is None or cost < best[0]:
            best = (cost, graph)
    if best is None:
        raise GraphError(f"a matrix must have a graph, got none for {matrix}")
    best[1].check(matrix)
    return best[1]


def _candidates(matrix: Sequence[Form], *, seed: int, effort: str) -> Iterator[AdderGraph]:
    """Yield graphs of a reduced matrix."""
    flat = [c for row in matrix for c in row]
    if len(matrix[0]) == 1:
        yield solve(flat, seed=seed, effort=effort).graph
    elif len(matrix) == 1:
        # Fewest one-bit adders of the block are not fewest of its transpose: other shapes too.
        depth = least_depth(flat)
        for max_depth in (None, depth, depth + 1):
            block = solve(flat, max_depth=max_depth, seed=seed, effort=effort).graph
            yield transpose(block)
    else:
        yield from _eliminations(matrix, seed=seed, restarts=_EFFORTS[effort])


def _eliminations(matrix: Sequence[Form], *, seed: int, restarts: int) -> Iterator[AdderGraph]:
    turned = tuple(zip(*matrix, strict=True))
    variants: list[tuple[int, int, Decomposition, bool]] = []
    for given, reverse in ((matrix, False), (turned, True)):
        for make in _DECOMPOSITIONS.values():
            decomposition = make(plain(given))
            if all(decomposition != known for _, _, known, _ in variants):
                rows = expressions_of(decomposition).rows
                work = sum(len(row) * len(row) // 2 for row in rows)
                adders = sum(len(row) - 1 for row in rows if row) - (len(given) if reverse else 0)
                variants.append((adders, work, decomposition, reverse))
    variants.sort(key=lambda v: v[0])
    random = Random(seed)
    pairs = restarts * _PAIRS_A_RESTART
    scores: list[tuple[int, int]] = []
    for k, (_, work, decomposition, reverse) in enumerate(variants):
        if k and pairs < work:
            break
        pairs -= work
        graph = _eliminate(decomposition, reverse, None)
        scores.append((graph.n_adders, k))
        yield graph
    favourites = [k for _, k in sorted(scores)[:2]]
    for turn in range(restarts):
        _, work, decomposition, reverse = variants[favourites[turn % len(favourites)]]
        pairs -= work
        if pairs < 0:
            break
        yield _eliminate(decomposition, reverse, random)


def _eliminate(decomposition: Decomposition, reverse: bool, random: Random | None) -> AdderGraph:
    expressions = expressions_of(decomposition)
    expressions.eliminate(random)
    graph = Assembly(decomposition, expressions).graph()
    return transpose(graph) if reverse else graph
