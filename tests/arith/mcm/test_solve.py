"""The solver: proven graphs, published counts, the same graph every time."""

import json
from pathlib import Path
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.arith import AdderGraph, Term, csd_graph
from fxfir.arith.mcm import least_depth, solve
from fxfir.arith.schedule import schedule
from fxfir.errors import GraphError

ANCHORS = Path(__file__).parents[4] / "shared" / "data"

# First author, year and size of the paper; counts: M. Garcia, A. Volkova, "Toward the multiple
# constant multiplication at minimal hardware cost", IEEE TCAS-I 2023 (MILP, proven optimal), and
# RPAG at minimum depth (M. Kumm et al., ISCAS 2012).
PUBLISHED = {
    "CHANG06_3": ((139, 283, 815), 6, 6),
    "CHEN99_15": ((13, 223, 897, 2017), 5, 6),
    "GAUSSIAN_5": ((23, 343, 1267), 5, 6),
    "DEMPSTER04_C3": ((947, 973, 1243), 6, 7),
    "GOODMAN77_I19": ((9, 29, 429, 1277, 2521), 7, 9),
    "VINOD03_15": ((97, 101, 391, 1289), 6, 8),
    "SHI11_Y1": ((17, 21, 23, 205, 497, 527), 6, 7),
    "UNSHARP_3-2": ((43, 171, 1109), 5, 6),
    "SHI11_S2": (
        (3, 5, 13, 21, 23, 39, 49, 59, 65, 87, 93, 267, 413, 437, 449, 575, 757),
        17,
        18,
    ),
}


def prove(coeffs, graph, seed=1) -> None:
    graph.check(coeffs)
    x = np.random.default_rng(seed).integers(-(2**15), 2**15, 50)
    for c, y in zip(coeffs, graph.evaluate([x]), strict=True):
        assert np.array_equal(y, c * x)


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_counts_are_reached(name) -> None:
    coeffs, best, shallow = PUBLISHED[name]
    solution = solve(coeffs)
    prove(coeffs, solution.graph)
    assert solution.lower_bound <= best
    assert solution.graph.n_adders == best
    depth = least_depth(coeffs)
    solution = solve(coeffs, max_depth=depth)
    prove(coeffs, solution.graph)
    assert solution.graph.depth == depth
    assert solution.graph.n_adders <= shallow


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(-(2**10), 2**10), min_size=1, max_size=12).filter(any),
    st.sampled_from(["adders", "bits"]),
    st.integers(0, 2),
)
def test_every_graph_is_proven(coeffs, objective, slack) -> None:
    plain = csd_graph(coeffs)
    for max_depth in (None, least_depth(coeffs) + slack):
        solution = solve(coeffs, objective=objective, max_depth=max_depth, effort="quick")
        prove(coeffs, solution.graph)
        if max_depth is not None:
            assert solution.graph.depth <= max_depth
        elif objective == "adders":
            assert solution.graph.n_adders <= plain.n_adders
        assert solution.graph.n_adders >= solution.lower_bound


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-(2**9), 2**9), min_size=1, max_size=8).filter(any))
def test_pipelined_graphs_keep_their_stages(coeffs) -> None:
    solution = solve(coeffs, objective="pipelined", effort="quick")
    prove(coeffs, solution.graph)
    plan = schedule(solution.graph)
    assert plan.depth == least_depth(coeffs)
    assert solution.registered == run_pipelined(coeffs, solution.graph, plan)
    assert solution.registered <= sum(schedule(csd_graph(coeffs)).registers)


def run_pipelined(coeffs, graph, plan) -> int:
    """Run a graph a stage at a time on registers alone; return how many that takes."""
    x = 12345
    held = {0: x}
    registers = 0
    for stage in range(plan.depth):
        made = dict(held)
        for k, adder in enumerate(graph.adders):
            if plan.stages[1 + k] == stage:
                assert {adder.left.node, adder.right.node} <= held.keys()
                node = AdderGraph(
                    n_inputs=1, adders=graph.adders[: k + 1], outputs=(Term(node=1 + k),)
                )
                made[1 + k] = node.evaluate([x])[0]
        needed = {t.node for t in graph.outputs if t is not None}
        for k, adder in enumerate(graph.adders):
            if plan.stages[1 + k] > stage:
                needed |= {adder.left.node, adder.right.node}
        held = {n: v for n, v in made.items() if n in needed}
        registers += len(held)
    for c, t in zip(coeffs, graph.outputs, strict=True):
        assert (t is None and c == 0) or held[t.node] * 2**t.shift * (-1) ** t.negative == c * x
    return registers


def test_pipelined_counts_of_published_sets() -> None:
    # Adders and registers of RPAG (M. Kumm et al., ISCAS 2012), as its authors' program gives them.
    for coeffs, known in (
        ((3, 5, 7, 9, 15, 35, 45, 49, 107, 127), 13),
        ((139, 283, 815), 8),
        ((259, 387, 2603, 2659, 12097, 14727), 14),
    ):
        assert solve(coeffs, objective="pipelined").registered <= known


def test_free_coefficients_take_no_adder() -> None:
    solution = solve([0, 1, -1, 64, -2048])
    assert solution.graph.n_adders == 0
    assert solution.optimal
    prove([0, 1, -1, 64, -2048], solution.graph)
    assert solve([45, -45, 90, 0, 360]).graph.n_adders == 2


@pytest.mark.parametrize("objective", ["adders", "bits", "pipelined"])
def test_wide_coefficients(objective) -> None:
    coeffs = [0x5A5A5A, -0x123457, 0x7FFFFFFF1, 3, 0, 1 << 40, 0x5A5A5A << 3]
    plain = csd_graph(coeffs)
    for max_depth in (None, least_depth(coeffs)):
        solution = solve(coeffs, objective=objective, max_depth=max_depth)
        solution.graph.check(coeffs)
        assert solution.graph.depth <= (max_depth or 99)
        assert solution.lower_bound <= solution.graph.n_adders <= plain.n_adders


def test_more_effort_is_not_worse_and_bits_are_fewer() -> None:
    coeffs = [947, 1973, 1243, 739, 1451]
    adders = [solve(coeffs, effort=e).graph.n_adders for e in ("quick", "normal", "thorough")]
    assert adders == sorted(adders, reverse=True)
    byte = (-128, 127)
    few = solve(coeffs, input_range=byte).graph.one_bit_adders(byte)
    assert solve(coeffs, objective="bits", input_range=byte).graph.one_bit_adders(byte) <= few


def test_same_seed_same_graph() -> None:
    coeffs = [947, 1973, 1243, 739, 1451]
    graphs = [solve(coeffs, seed=seed).graph for seed in (3, 3, 0)]
    assert graphs[0] == graphs[1]
    assert graphs[2] == solve(coeffs).graph


@pytest.mark.parametrize(
    ("coeffs", "options", "message"),
    [
        ([], {}, "at least one coefficient is needed, got none"),
        ([0, 0], {}, "at least one coefficient must differ from zero, got 2 zeros"),
        ([3, 173], {"max_depth": 2}, "max_depth must be at least 3 for 173, got 2"),
        (
            [3],
            {"objective": "luts"},
            "objective must be one of adders, bits, pipelined, got 'luts'",
        ),
        ([3], {"effort": "max"}, "effort must be one of quick, normal, thorough, got 'max'"),
    ],
)
def test_bad_input_is_refused(coeffs, options, message) -> None:
    with pytest.raises(GraphError, match=message):
        solve(coeffs, **options)


@pytest.mark.slow
@pytest.mark.skipif(not ANCHORS.is_dir(), reason="the published sets are not part of the project")
def test_all_published_sets() -> None:
    data = json.loads((ANCHORS / "literature_sets.json").read_text())["sets"]
    sets = {tuple(s["unique_odd_fundamentals"]): s for s in data}
    assert len(sets) == 128
    spent = 0.0
    few = shallow = staged = 0
    for coeffs, known in sets.items():
        started = process_time()
        solution = solve(coeffs)
        spent += process_time() - started
        prove(coeffs, solution.graph)
        assert solution.lower_bound <= known["best_known_adders"]
        if solution.optimal and known.get("milp", {}).get("optimal_proven"):
            assert solution.graph.n_adders == known["milp"]["adders"]
        few += solution.graph.n_adders
        shallow += solve(coeffs, max_depth=least_depth(coeffs)).graph.n_adders
        staged += solve(coeffs, objective="pipelined").registered
    assert few <= 2676
    assert staged <= 3480
    assert shallow <= 2840
    assert spent < 120
