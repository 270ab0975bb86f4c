"""The costs of single constants against every graph of up to three adders."""

from functools import cache

from fxfir.arith.mcm.bound import least_adders, single_cost
from fxfir.arith.mcm.recipes import recipes

_LIMIT = 1 << 12


@cache
def results(u: int, v: int) -> frozenset[int]:
    found = set()
    for shift in range(_LIMIT.bit_length() + 1):
        for x, y in ((u << shift, v), (u, v << shift)):
            found |= {x + y, abs(x - y)} - {0}
    return frozenset(odd for r in found if (odd := r // (r & -r)) < _LIMIT)


def reach(graph: tuple[int, ...]) -> set[int]:
    return {r for u in graph for v in graph for r in results(u, v)} - set(graph)


def test_costs_of_all_eight_bit_constants() -> None:
    cost = {1: 0}
    graphs = {(1,)}
    for adders in range(1, 4):
        wider = set()
        for graph in graphs:
            for value in reach(graph):
                cost.setdefault(value, adders)
                if adders < 3:
                    wider.add((*graph, value))
        graphs = wider
    for value in range(1, 256, 2):
        assert single_cost(value) == cost.get(value, 4), value


def test_first_constant_of_each_cost() -> None:
    first: dict[int, int] = {}
    for value in range(1, 684, 2):
        first.setdefault(single_cost(value), value)
    assert first == {0: 1, 1: 3, 2: 11, 3: 43, 4: 683}


def test_lower_bound() -> None:
    def bound(*targets: int) -> int:
        return least_adders(targets, recipes(targets))

    assert bound() == 0
    assert bound(3, 5, 15) == 3
    assert bound(11, 13) == 3
    # Each takes one adder more than there are targets: 3 and 683 need 4 between them.
    assert bound(3, 683) == 4
    # 43 and 3 need three adders, 45 and 3 only two.
    assert bound(3, 43) == 3
    assert bound(3, 45) == 2
