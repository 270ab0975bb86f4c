"""The cast of few cells: every value of small ranges, through its registers."""

import itertools

import pytest
from amaranth.hdl import Const, Signal
from amaranth.sim import Simulator

from fxfir.fixed import SQ, Cast, Format, Overflow, Rounding
from fxfir.rtl.arith.node import Exact, register, shape_of
from fxfir.rtl.arith.round_saturate import RoundSaturate
from tests.rtl.simulate import scratch

RANGES = [(-32, 31), (-31, 5), (-3, 40), (0, 50), (-40, 0), (-64, 63)]


@pytest.mark.parametrize("rounding", [Rounding.HALF_UP, Rounding.HALF_EVEN])
@pytest.mark.parametrize("bounds", RANGES)
def test_all_values_of_small_ranges(rounding, bounds):
    lo, hi = bounds
    m = scratch()
    x = Exact(value=Signal(shape_of(lo, hi), name="x"), lo=lo, hi=hi)
    built = []
    for signed, width, shift in itertools.product((True, False), (1, 2, 3, 4), (1, 2, 3, 5)):
        to = Format(signed=signed, width=width, frac=-shift)
        cast = Cast(to=to, rounding=rounding)
        if RoundSaturate.fits(cast, lo=lo, hi=hi, frac=0):
            gates = RoundSaturate(cast, lo=lo, hi=hi, frac=0)
            name = f"y{len(built)}"
            y = gates.entering(m, x, name, enables=[Const(1, 1)] * 2)
            assert (y.lo, y.hi) == (gates.lo, gates.hi)
            built.append((cast, register(m, y, name)))
    assert len(built) >= 10
    values = [*range(lo, hi + 1), 0, hi, lo, 0, 0, 0]

    async def bench(ctx):
        for n, value in enumerate(values):
            ctx.set(x.value, value)
            await ctx.tick()
            if n >= RoundSaturate.stages - 1:
                was = values[n - RoundSaturate.stages + 1]
                for cast, y in built:
                    assert ctx.get(y.value) == cast(was, frac=0), (cast, was)

    sim = Simulator(m)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()


@pytest.mark.parametrize(
    ("cast", "frac"),
    [
        (Cast(to=SQ(1, 3), rounding=Rounding.FLOOR), 5),
        (Cast(to=SQ(1, 3), overflow=Overflow.WRAP), 5),
        (Cast(to=SQ(1, 3)), 3),
        (Cast(to=SQ(9, 3)), 5),
        (Cast(to=SQ(1, 0)), 5),
    ],
)
def test_another_cast_is_refused(cast, frac):
    assert not RoundSaturate.fits(cast, lo=-100, hi=100, frac=frac)
    with pytest.raises(ValueError, match="must drop bits half-up or half-even and saturate"):
        RoundSaturate(cast, lo=-100, hi=100, frac=frac)


def test_a_wider_value_than_declared_is_refused():
    gates = RoundSaturate(Cast(to=SQ(1, 3)), lo=-100, hi=100, frac=5)
    x = Exact(value=Signal(9), lo=0, hi=300)
    with pytest.raises(ValueError, match=r"a cast of \[-100, 100\] must not be given"):
        gates.entering(scratch(), x, "y", enables=[Const(1, 1)] * 2)
    with pytest.raises(ValueError, match="enables must hold 2 bits, got 1"):
        gates.entering(scratch(), x, "y", enables=[Const(1, 1)])
