"""Register stages: `spread` parts adders that read one node, and costs no stage."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxfir.arith import AdderGraph, csd_graph, transpose
from fxfir.arith.mcm import solve
from fxfir.arith.schedule import Schedule, schedule
from fxfir.errors import GraphError

ODDS = st.lists(st.integers(0, 511).map(lambda k: 2 * k + 1), min_size=1, max_size=8, unique=True)


def shared(graph: AdderGraph, plan: Schedule) -> int:
    """Readings of a node in a stage in which another adder reads it too."""
    readings = Counter(
        (node, plan.stages[graph.n_inputs + k])
        for k, adder in enumerate(graph.adders)
        for node in {adder.left.node, adder.right.node}
    )
    return sum(count - 1 for count in readings.values())


@pytest.mark.parametrize("turned", [False, True])
@given(odds=ODDS)
def test_every_operand_is_there_in_time_and_the_depth_the_least(odds, turned):
    graph = solve(odds, effort="quick").graph
    if turned:
        graph = transpose(graph)
    plan, plain = schedule(graph, spread=True), schedule(graph)
    for k, adder in enumerate(graph.adders):
        for term in (adder.left, adder.right):
            age = plan.stages[graph.n_inputs + k] - plan.stages[term.node]
            first = 0 if term.node < graph.n_inputs else 1
            assert first <= age <= plan.registers[term.node]
    for term in graph.outputs:
        assert plan.stages[term.node] + plan.registers[term.node] == plan.depth
    assert plan.depth == plain.depth


def test_a_sum_of_many_products_has_time_to_read_apart():
    taps = [23, 31, 7, 100, 229, 276, 168, 97, 382, 545, 433, 24, 644, 1232, 1508, 1204]
    graph = transpose(solve(taps, effort="quick").graph)
    assert shared(graph, schedule(graph)) > 2 * shared(graph, schedule(graph, spread=True))


def test_the_longer_way_reads_first():
    graph = csd_graph([5, 9, 45])
    assert schedule(graph).stages == (0, 0, 0, 0, 1)
    assert schedule(graph, spread=True).stages == (0, 1, 1, 0, 1)


def test_spread_asks_for_a_stage_for_every_adder():
    with pytest.raises(GraphError, match="one level to a stage, got 2"):
        schedule(csd_graph([5]), levels_per_stage=2, spread=True)
