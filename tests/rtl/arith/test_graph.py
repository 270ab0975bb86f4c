"""Adder graphs in gates: every adder against the graph's own numbers."""

import pytest
from amaranth.hdl import Const, Signal
from amaranth.sim import Simulator
from hypothesis import given
from hypothesis import strategies as st

from fxfir.arith import csd_graph
from fxfir.rtl.arith.graph import GraphGates, add_shifted
from fxfir.rtl.arith.node import Exact, shape_of
from tests.rtl.simulate import scratch

RANGES = st.sampled_from([(-8, 7), (0, 15), (-1, 0), (0, 1), (-5, 3), (-128, 127)])


@given(
    matrix=st.integers(1, 3).flatmap(
        lambda n: st.lists(
            st.lists(st.integers(-99, 99), min_size=n, max_size=n), min_size=1, max_size=3
        )
    ),
    bounds=RANGES,
    levels=st.sampled_from([1, 2, None]),
    data=st.data(),
)
def test_gates_are_the_graph(matrix, bounds, levels, data):
    graph = csd_graph(matrix)
    gates = GraphGates(graph, ranges=[bounds] * graph.n_inputs, levels_per_stage=levels)
    m = scratch()
    signals = [
        Exact(value=Signal(shape_of(*bounds), name=f"x{k}"), lo=bounds[0], hi=bounds[1])
        for k in range(graph.n_inputs)
    ]
    names = [f"n{k}" for k in range(len(graph.forms))]
    outputs = gates.build(m, signals, names, en=Const(1, 1))
    tick = Signal()
    m.d.sync += tick.eq(~tick)
    signs = [-1 if term is not None and term.negative else 1 for term in graph.outputs]
    values = [data.draw(st.integers(*bounds)) for _ in signals]

    async def bench(ctx):
        for signal, value in zip(signals, values, strict=True):
            ctx.set(signal.value, value)
        for _ in range(gates.depth):
            await ctx.tick()
        got = [sign * ctx.get(y.value) for sign, y in zip(signs, outputs, strict=True)]
        assert got == graph.evaluate(values)

    sim = Simulator(m)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()
    for y, row, sign in zip(outputs, matrix, signs, strict=True):
        lo = sum(min(sign * c * e for e in bounds) for c in row)
        hi = sum(max(sign * c * e for e in bounds) for c in row)
        assert (y.lo, y.hi) == (min(lo, 0), max(hi, 0))


def test_only_one_operand_is_shifted():
    x = Exact(value=Signal(4), lo=0, hi=15)
    with pytest.raises(ValueError, match="one of the shifts must be 0, got 1 and 2"):
        add_shifted(x, x, 1, 2, minus=False, bounds=(0, 90))
