"""Sums of products and their register stages: proven forms, fewer cells, nothing misplaced."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fxfir.arith import AdderGraph, csd_graph, transpose
from fxfir.arith.dot import sum_of_products
from fxfir.arith.schedule import schedule
from fxfir.errors import GraphError

BYTE = (-128, 127)
COEFFS = st.lists(st.integers(-3000, 3000).filter(bool), min_size=1, max_size=9)
LOWPASS = [545, -228, -1115, -1591, -470, 2637, 6652, 9489]
LOWPASS += LOWPASS[::-1]


@given(COEFFS)
@example([567])
def test_a_sum_of_products_computes_its_coefficients(coeffs) -> None:
    graph = sum_of_products(csd_graph(coeffs), BYTE)
    graph.check([coeffs])
    (output,) = graph.outputs
    assert not output.negative or all(c < 0 for c in coeffs)


def test_low_sums_first_take_fewer_cells_than_a_tree_of_least_depth() -> None:
    block = csd_graph(LOWPASS)
    graph = sum_of_products(block, BYTE)
    assert graph.n_adders == transpose(block).n_adders
    assert graph.one_bit_adders(BYTE) < transpose(block).one_bit_adders(BYTE)


def test_mirrored_samples_are_added_first() -> None:
    graph = sum_of_products(csd_graph(LOWPASS), BYTE)
    first = {form for form in graph.forms if sum(map(abs, form)) == 2}
    pairs = {tuple(int(k in (i, 15 - i)) for k in range(16)) for i in range(8)}
    assert pairs <= first


def _times(graph: AdderGraph, levels: int | None) -> None:
    plan = schedule(graph, levels_per_stage=levels)
    depth_in_stage = [0] * len(graph.forms)
    for k, adder in enumerate(graph.adders):
        node = graph.n_inputs + k
        for term in (adder.left, adder.right):
            wait = plan.stages[node] - plan.stages[term.node]
            assert 0 <= wait <= plan.registers[term.node]
            if wait == 0:
                depth_in_stage[node] = max(depth_in_stage[node], depth_in_stage[term.node])
        depth_in_stage[node] += 1
        assert levels is None or depth_in_stage[node] <= levels
    for term in graph.outputs:
        assert plan.stages[term.node] + plan.registers[term.node] == plan.depth


@given(COEFFS, st.sampled_from([1, 2, 3, None]))
def test_every_operand_is_there_when_it_is_read(coeffs, levels) -> None:
    for graph in (csd_graph(coeffs), sum_of_products(csd_graph(coeffs), BYTE)):
        _times(graph, levels)
        plan = schedule(graph, levels_per_stage=levels)
        step = levels or max(graph.depth, 1)
        assert plan.depth == -(-graph.depth // step)


def test_adders_with_time_to_spare_move_where_fewer_bits_wait() -> None:
    graph = csd_graph([1, 45])
    # Five times x is all that 45 x needs; a narrow sum waits, not the wide one.
    assert schedule(graph).registers == (2, 1, 1)
    assert schedule(graph, levels_per_stage=None).depth == 1
    assert schedule(csd_graph([1, 4])).depth == 0


def test_no_level_to_a_stage_is_refused() -> None:
    with pytest.raises(GraphError, match="levels_per_stage must be at least 1, got 0"):
        schedule(csd_graph([5]), levels_per_stage=0)
