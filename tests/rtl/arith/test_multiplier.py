"""Multipliers of every target: exact products after exactly the declared number of registers."""

import random
import re

import pytest
from amaranth.hdl import ClockDomain, Module, Signal
from amaranth.sim import Simulator
from hypothesis import given
from hypothesis import strategies as st

from fxfir.emit.verilog import convert
from fxfir.errors import ArchitectureError
from fxfir.filters import FixedFir
from fxfir.fixed import SQ, Cast
from fxfir.rtl import TARGETS, build, wrap
from fxfir.rtl.arith.ice40 import Ice40
from fxfir.rtl.arith.node import Exact, constant, shape_of
from fxfir.rtl.arith.targets import MULTIPLIERS, multiplier
from tests.emit.test_equivalence import lint


@st.composite
def ranges(draw):
    """Range of an operand: signed or not, up to three pieces wide, sometimes a constant."""
    width = draw(st.sampled_from([1, 2, 8, 16, 17, 18, 19, 20, 36, 37, 41]))
    if draw(st.booleans()):
        return -(1 << (width - 1)), (1 << (width - 1)) - 1
    hi = draw(st.sampled_from([(1 << width) - 1, (1 << width - 1) + 1]))
    return (0, hi) if draw(st.booleans()) else (hi, hi)


@pytest.mark.parametrize("target", [*MULTIPLIERS, "mac16"])
@given(a=ranges(), b=ranges(), held=st.booleans(), seed=st.integers(0, 2**32))
def test_product_and_stages(target, a, b, held, seed):
    rng = random.Random(seed)
    m = Module()
    m.domains.sync = ClockDomain()
    en = Signal()

    def operand(bounds, name):
        lo, hi = bounds
        if lo == hi:
            return constant(lo)
        return Exact(value=Signal(shape_of(lo, hi), name=name), lo=lo, hi=hi)

    sides = [(bounds, operand(bounds, name)) for bounds, name in ((a, "a"), (b, "b"))]
    (_, x), (_, y) = sides
    tool = Ice40() if target == "mac16" else multiplier(target)
    p = tool.multiply(m, x, y, "p", en=en, platform=None, held=held)
    ends = [u * v for u in a for v in b]
    assert (p.lo, p.hi) == (min(0, *ends), max(0, *ends))

    async def bench(ctx):
        moves = []
        for _ in range(14):
            words = []
            for (lo, hi), side in sides:
                word = rng.choice([lo, hi, rng.randint(lo, hi)])
                words.append(word)
                if lo != hi:
                    ctx.set(side.value, word)
            moving = rng.random() < 0.7
            ctx.set(en, moving)
            await ctx.tick()
            if moving:
                moves.append(words[0] * words[1])
            stages = tool.stages(a, b, held=held)
            want = moves[-stages] if len(moves) >= stages else None
            assert want is None or ctx.get(p.value) == want

    sim = Simulator(m)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()


FIR = FixedFir(
    taps=(5, 91, -300, 91, 5), coeff=SQ(1, 9), input=SQ(1, 15), output=Cast(to=SQ(1, 15))
)


def test_a_vendors_block_is_a_module_of_the_core_with_its_name(tmp_path):
    text = convert(wrap(build(FIR, target="ecp5")), name="lp")
    assert text.count("lp_mult18 #(") == 4  # three products and the module itself
    assert text.count("module lp_mult18 #(") == 1
    assert text.count("MULT18X18D #(") == 1
    # Every port is connected, if to nothing: an incomplete one made Yosys stop half-way.
    body = text[text.index(") mult (") : text.index("`else")]
    rows = {"A": 18, "B": 18, "C": 18, "SRIA": 18, "SRIB": 18, "SROA": 18, "SROB": 18}
    rows |= {"ROA": 18, "ROB": 18, "ROC": 18, "P": 36, "CLK": 4, "CE": 4, "RST": 4}
    ports = {f"{port}{k}" for port, count in rows.items() for k in range(count)}
    ports |= {"SIGNEDA", "SIGNEDB", "SOURCEA", "SOURCEB", "SIGNEDP"}
    assert sorted(re.findall(r"\.(\w+)\(", body)) == sorted(ports)
    (tmp_path / "lp.v").write_text(text)
    assert lint(tmp_path / "lp.v") == ""
    assert convert(wrap(build(FIR, target="ecp5")), name="lp") == text
    assert "MULT18X18D" not in convert(wrap(build(FIR)), name="lp")


def test_an_unknown_target_is_refused():
    with pytest.raises(ArchitectureError, match=r"target must be one of generic, .*got 'asic'"):
        multiplier("asic")


def test_targets_are_the_ones_with_multipliers():
    assert tuple(MULTIPLIERS) == TARGETS
