"""Matrices times vectors: proven graphs, published counts, one delay line for a bank."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import firwin

from fxfir.arith import csd_graph, solve, solve_matrix
from fxfir.arith.cmvm.decompose import butterflies, plain, spanning_tree
from fxfir.arith.cmvm.reduce import reduce_matrix
from fxfir.errors import GraphError

MATRICES = (
    st.integers(1, 6)
    .flatmap(
        lambda n: st.lists(
            st.lists(st.integers(-200, 200), min_size=n, max_size=n), min_size=1, max_size=5
        )
    )
    .filter(lambda m: any(any(row) for row in m))
)


def four_bands() -> list[list[int]]:
    """Four adjacent bands of 33 taps, 12 bits: the bank of the table in docs/adder-graphs.md."""
    bands = [
        firwin(33, 0.25),
        firwin(33, [0.25, 0.5], pass_zero=False),
        firwin(33, [0.5, 0.75], pass_zero=False),
        firwin(33, 0.75, pass_zero=False),
    ]
    return [[round(float(v) * 2**11) for v in band] for band in bands]


def prove(matrix, graph, seed=1) -> None:
    graph.check(matrix)
    x = np.random.default_rng(seed).integers(-(2**15), 2**15, (len(matrix[0]), 20))
    for row, y in zip(matrix, graph.evaluate(list(x)), strict=True):
        assert np.array_equal(y, np.array(row) @ x)


@settings(max_examples=100, deadline=None)
@given(MATRICES)
def test_every_graph_is_proven(matrix) -> None:
    graph = solve_matrix(matrix, effort="quick")
    prove(matrix, graph)
    assert graph.n_adders <= csd_graph(matrix).n_adders + 3


@settings(max_examples=50, deadline=None)
@given(MATRICES)
def test_decompositions_are_the_matrix(matrix) -> None:
    matrix = reduce_matrix(matrix).matrix
    for made in (butterflies(plain(matrix)), spanning_tree(butterflies(plain(matrix)))):
        rows: dict[int, np.ndarray] = {}

        def row(k, made=made, rows=rows) -> np.ndarray:
            if k not in rows:
                rows[k] = np.array(made.direct[k]) + sum(
                    c * row(j) for j, c in enumerate(made.links[k]) if c
                )
            return rows[k]

        assert [row(k).tolist() for k in range(made.n_outputs)] == [list(r) for r in matrix]


def test_mirrored_bands_share_what_they_have_in_common() -> None:
    matrix = four_bands()
    graph = solve_matrix(matrix)
    prove(matrix, graph)
    # da4ml 0.6: 47 adders after 16 pre-adders; signed digits alone 138.
    assert graph.n_adders <= 58
    assert solve_matrix(matrix, effort="quick").n_adders <= 60


def test_a_random_matrix_beside_da4ml() -> None:
    rng = np.random.default_rng(0)
    matrix = rng.integers(-(2**11), 2**11, (8, 8)).T.tolist()
    graph = solve_matrix(matrix)
    prove(matrix, graph)
    assert graph.n_adders <= 143


def test_one_row_is_the_transposed_block_with_pre_adders() -> None:
    taps = [3, -23, 105, 621, 815, 831, 815, 621, 105, -23, 3]
    graph = solve_matrix([taps])
    prove([taps], graph)
    assert graph.n_adders == 5 + solve(taps).graph.n_adders + 5


def test_one_column_is_multiple_constant_multiplication() -> None:
    taps = [23, 0, -343, 1267, 46]
    graph = solve_matrix([[t] for t in taps])
    graph.check(taps)
    assert graph.n_adders == solve(taps).graph.n_adders


def test_zero_rows_and_columns_are_wires() -> None:
    matrix = [[0, 0, 0], [0, 4, 0], [0, -4, 0], [0, 5, 1]]
    graph = solve_matrix(matrix)
    prove(matrix, graph)
    assert graph.outputs[0] is None
    assert graph.n_adders == 2


def test_same_seed_same_graph() -> None:
    matrix = four_bands()
    assert solve_matrix(matrix, seed=4) == solve_matrix(matrix, seed=4)


@pytest.mark.parametrize(
    ("matrix", "options", "message"),
    [
        ([], {}, "at least one coefficient is needed, got none"),
        ([[0, 0], [0, 0]], {}, "at least one coefficient must differ from zero, got 2 rows"),
        ([[1, 2], [3]], {}, "row 1 must hold 2 coefficients, got 1"),
        ([[3, 5]], {"effort": "max"}, "effort must be one of quick, normal, thorough, got 'max'"),
    ],
)
def test_bad_input_is_refused(matrix, options, message) -> None:
    with pytest.raises(GraphError, match=message):
        solve_matrix(matrix, **options)
