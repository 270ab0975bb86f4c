"""The adder graph: proven on symbols, run on numbers, broken on purpose."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxfir.arith import Adder, AdderGraph, Term, csd_graph, transpose
from fxfir.errors import GraphError

MATRICES = st.integers(1, 4).flatmap(
    lambda n: st.lists(
        st.lists(st.integers(-300, 300), min_size=n, max_size=n), min_size=1, max_size=4
    )
)
BLOCK = csd_graph([23, 0, -56, 1, 815, 1132])


def random_inputs(graph: AdderGraph, seed: int) -> list[int]:
    return [int(v) for v in np.random.default_rng(seed).integers(-(2**15), 2**15, graph.n_inputs)]


@given(MATRICES, st.integers(0, 9))
def test_csd_graph_and_its_transpose_compute_the_matrix(matrix, seed) -> None:
    for graph, wanted in (
        (csd_graph(matrix), matrix),
        (transpose(csd_graph(matrix)), [list(column) for column in zip(*matrix, strict=True)]),
    ):
        graph.check(wanted)
        x = random_inputs(graph, seed)
        assert graph.evaluate(x) == [
            sum(c * v for c, v in zip(row, x, strict=True)) for row in wanted
        ]


def test_transpose_costs_one_adder_less_than_outputs() -> None:
    outputs = sum(t is not None for t in BLOCK.outputs)
    assert transpose(BLOCK).n_adders == BLOCK.n_adders + outputs - 1
    assert transpose(transpose(BLOCK)).coefficients() == BLOCK.coefficients()


def test_a_halved_even_value_survives_transposition() -> None:
    three = Adder(left=Term(node=0), right=Term(node=0, shift=1))
    eleven = Adder(left=Term(node=1), right=Term(node=0, shift=3))
    fourteen = Adder(left=Term(node=1), right=Term(node=2))
    outputs = (Term(node=3, shift=-1), Term(node=2))
    graph = AdderGraph(n_inputs=1, adders=(three, eleven, fourteen), outputs=outputs)
    graph.check([7, 11])
    assert graph.evaluate([5]) == [35, 55]
    dot = transpose(graph)
    dot.check([[7, 11]])
    assert dot.evaluate([3, -2]) == [-1]


@pytest.mark.parametrize("index", range(BLOCK.n_adders))
@pytest.mark.parametrize("side", ["left", "right"])
def test_every_changed_shift_is_caught(index, side) -> None:
    adder = BLOCK.adders[index]
    term = getattr(adder, side)
    changed = replace(adder, **{side: replace(term, shift=term.shift + 1)})
    adders = (*BLOCK.adders[:index], changed, *BLOCK.adders[index + 1 :])
    with pytest.raises(GraphError, match=r"^output \d of the graph must be -?\d+|must not drop"):
        replace(BLOCK, adders=adders).check([23, 0, -56, 1, 815, 1132])


@pytest.mark.parametrize("index", range(BLOCK.n_adders))
def test_every_changed_sign_is_caught(index) -> None:
    adder = BLOCK.adders[index]
    right = replace(adder.right, negative=not adder.right.negative)
    changed = replace(adder, right=right)
    adders = (*BLOCK.adders[:index], changed, *BLOCK.adders[index + 1 :])
    with pytest.raises(GraphError):
        replace(BLOCK, adders=adders).check([23, 0, -56, 1, 815, 1132])


def test_ranges_are_exact_and_asymmetric() -> None:
    graph = csd_graph([[3, -5], [7, 0]])
    ranges = graph.ranges([(-4, 3), (0, 2)])
    points = list(product(range(-4, 4), range(3)))
    for form, found in zip(graph.forms, ranges, strict=True):
        values = [form[0] * x + form[1] * y for x, y in points]
        assert found == (min(values), max(values))
    assert csd_graph([-1]).ranges((-128, 127)) == ((-128, 127),)


def test_one_bit_adders() -> None:
    def bits(left: Term, right: Term, ranges=(-128, 127)) -> int:
        adder = Adder(left=left, right=right)
        return AdderGraph(n_inputs=1, adders=(adder,), outputs=(Term(node=1),)).one_bit_adders(
            ranges
        )

    x = Term(node=0)
    # 5x is 11 bits, 2 of them pass; 3x = 4x - x is 10 bits, none of them passes.
    assert bits(x, Term(node=0, shift=2)) == 9
    assert bits(Term(node=0, shift=2), Term(node=0, negative=True)) == 10
    assert bits(x, Term(node=0, shift=2, negative=True)) == 8
    # Unsigned bytes side by side are wires.
    assert bits(x, Term(node=0, shift=8), (0, 255)) == 0
    assert bits(x, Term(node=0, shift=7), (0, 255)) == 9
    # Zeros at the bottom of both are no cells.
    assert bits(Term(node=0, shift=3), Term(node=0, shift=5)) == 9


def test_wide_arrays_go_through_python_integers() -> None:
    graph = csd_graph([2**40 + 12345, -(2**20)])
    x = np.array([2**30, -(2**30), 7])
    high, low = graph.evaluate([x])
    assert high.tolist() == [(2**40 + 12345) * int(v) for v in x]
    assert low.tolist() == [-(2**20) * int(v) for v in x]
    assert csd_graph([3]).evaluate([x])[0].dtype == np.int64


@given(MATRICES)
def test_json_round_trip(matrix) -> None:
    graph = csd_graph(matrix)
    assert AdderGraph.from_json(graph.to_json()) == graph


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: csd_graph([]), "at least one coefficient is needed, got none"),
        (lambda: csd_graph([1.5]), "coefficients must be integers, got 1.5 in row 0"),
        (lambda: csd_graph([[1, 2], [3]]), "row 1 must hold 2 coefficients, got 1"),
        (lambda: BLOCK.check([1]), "the graph must have 1 outputs, got 6"),
        (
            lambda: csd_graph([3, 5]).check([3, 6]),
            "output 1 of the graph must be 6 times input 0, got 5",
        ),
        (
            lambda: AdderGraph(n_inputs=1, adders=(), outputs=(Term(node=1),)),
            "output 0 must read a node below 1, got 1",
        ),
        (
            lambda: AdderGraph(n_inputs=1, adders=(), outputs=(Term(node=0, shift=-1),)),
            "output 0 must not drop bits: node 0 is a multiple of 1, got a right shift by 1",
        ),
        (lambda: AdderGraph(n_inputs=1, adders=(), outputs=()), "at least one output"),
        (lambda: BLOCK.evaluate([1, 2]), "the graph takes 1 inputs, got 2"),
        (lambda: BLOCK.ranges([(0, 1), (0, 1)]), "the graph takes 1 input ranges, got 2"),
        (lambda: BLOCK.ranges((1, 0)), r"a range must be \(lo, hi\), got \(1, 0\)"),
        (lambda: AdderGraph.from_json({"n_inputs": 1}), "an adder graph needs n_inputs"),
        (
            lambda: AdderGraph.from_json(
                {"n_inputs": 1, "adders": [[0, 0, "*", 0, 1]], "outputs": [None]}
            ),
            r"a sign must be '\+' or '-', got '\*'",
        ),
    ],
)
def test_what_is_no_graph_is_refused(make, message) -> None:
    with pytest.raises(GraphError, match=message):
        make()
