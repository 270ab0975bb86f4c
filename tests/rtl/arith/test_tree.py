"""Adder trees: as deep as declared, with every mix of signs, shifts and arrivals."""

import random

import pytest
from amaranth.hdl import ClockDomain, Const, Module, Signal
from amaranth.sim import Simulator
from hypothesis import given
from hypothesis import strategies as st

from fxfir.rtl.arith.node import Exact
from fxfir.rtl.arith.tree import Term, sum_terms, tree_stage
from tests.rtl.simulate import scratch


@pytest.mark.parametrize(
    ("arrivals", "stage"),
    [
        ([1], 1),
        ([3], 3),
        ([1, 1], 2),
        ([2] * 8, 5),
        ([2] * 9, 6),
        ([1, 2], 3),
        ([1, 5], 6),
        ([1, 1, 2], 3),
    ],
)
def test_depth(arrivals, stage):
    assert tree_stage(arrivals) == stage


def test_a_sum_of_one_term_is_refused():
    x = Term(x=Exact(value=Signal(4), lo=0, hi=15), name="x")
    with pytest.raises(ValueError, match=r"at least two terms, got 1"):
        sum_terms(scratch(), {1: [x], 2: []}, en=Const(1, 1), root="acc")


@given(
    terms=st.lists(
        st.tuples(st.integers(1, 4), st.integers(0, 3), st.booleans()), min_size=2, max_size=9
    ),
    seed=st.integers(0, 2**32),
)
def test_sum(terms, seed):
    """Constant inputs: what enters the root's register after enough clocks."""
    rng = random.Random(seed)
    m = Module()
    m.domains.sync = ClockDomain()
    arrivals: dict[int, list[Term]] = {}
    sources = []
    for k, (stage, shift, minus) in enumerate(terms):
        x = Exact(value=Signal(4, name=f"x{k}"), lo=0, hi=15)
        sources.append((x.value, rng.randint(1, 15), (-1 if minus else 1) << shift))
        arrivals.setdefault(stage, []).append(Term(x=x, name=f"x{k}", shift=shift, minus=minus))
    root = sum_terms(m, arrivals, en=Const(1, 1), root="acc")
    assert root.minus == all(minus for _, _, minus in terms)
    low = sum(min(0, 15 * scale) for _, _, scale in sources)
    high = sum(max(0, 15 * scale) for _, _, scale in sources)
    ends = sorted(((-1) ** root.minus * end << root.shift) for end in (root.x.lo, root.x.hi))
    assert ends == [low, high]
    want = sum(value * scale for _, value, scale in sources)
    result = root.x.value

    async def bench(ctx):
        for signal, value, _ in sources:
            ctx.set(signal, value)
        first = min(stage for stage, _, _ in terms)
        for _ in range(tree_stage(stage for stage, _, _ in terms) - first - 1):
            await ctx.tick()
        got = ctx.get(result)
        assert (-got if root.minus else got) << root.shift == want

    sim = Simulator(m)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()
