"""The gates' cast against `fxfir.fixed`: all words of small formats, then wide ones."""

import itertools
import random
import re

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Const, Module, Signal
from amaranth.lib import wiring
from amaranth.sim import Simulator
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.filters import Requantise
from fxfir.fixed import SQ, UQ, Cast, Format, Overflow, Rounding
from fxfir.rtl import build
from fxfir.rtl.arith.node import Exact, shape_of, word
from fxfir.rtl.arith.requantise import Requantiser
from fxfir.rtl.core import lane_shape
from tests.rtl import contract
from tests.rtl.simulate import scratch

SHIFTS = (-3, -1, 0, 1, 2, 3, 5, 6, 7, 9, 300)


def _compare(casts, source, values):
    """Put all casts of one input beside each other and compare value by value."""
    m = Module()
    x = word(Signal(lane_shape(source), name="x"), source)
    built = []
    for k, cast in enumerate(casts):
        gates = Requantiser(cast, lo=source.lo, hi=source.hi, frac=source.frac)
        built.append((cast, gates, gates.combinational(m, x, f"y{k}")))
    signal = x.value

    async def bench(ctx):
        for value in values:
            ctx.set(signal, value)
            await ctx.delay(1e-9)
            for cast, gates, y in built:
                got = ctx.get(y.value)
                assert got == cast(value, frac=source.frac), (cast, value)
                assert gates.lo <= got <= gates.hi

    sim = Simulator(m)
    sim.add_testbench(bench)
    sim.run()


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("signed", [True, False])
def test_all_words_of_six_bits(signed, rounding):
    source = Format(signed=signed, width=6, frac=0)
    casts = [
        Cast(to=Format(signed=out, width=width, frac=-shift), rounding=rounding, overflow=overflow)
        for out, width, shift, overflow in itertools.product(
            (True, False), (1, 2, 5, 8), SHIFTS, Overflow
        )
        if width < 8 or shift < 300
    ]
    _compare(casts, source, range(source.lo, source.hi + 1))


@pytest.mark.slow
@pytest.mark.parametrize("width", [1, 2, 3, 4, 5, 7, 8])
@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("signed", [True, False])
def test_all_words_of_every_width_up_to_eight_bits(signed, rounding, width):
    source = Format(signed=signed, width=width, frac=0)
    casts = [
        Cast(to=Format(signed=out, width=to, frac=-shift), rounding=rounding, overflow=overflow)
        for out, to, shift, overflow in itertools.product(
            (True, False), (1, 2, 3, 4, 6, 8, 9), (-2, -1, 0, 1, 2, 3, 4, 6, 7, 8, 9, 12), Overflow
        )
    ]
    _compare(casts, source, range(source.lo, source.hi + 1))


@given(
    width=st.integers(1, 70),
    to=st.integers(1, 70),
    shift=st.integers(-20, 90),
    signs=st.tuples(st.booleans(), st.booleans()),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=25)
def test_wide_words(width, to, shift, signs, seed):
    rng = random.Random(seed)
    source = Format(signed=signs[0], width=width, frac=3)
    casts = [
        Cast(to=Format(signed=signs[1], width=to, frac=3 - shift), rounding=r, overflow=o)
        for r, o in itertools.product(Rounding, Overflow)
    ]
    unit = 1 << max(shift, 0)
    values = [source.lo, source.hi, 0]
    for _ in range(12):
        # Ties and their neighbours, where roundings differ.
        tie = rng.randint(source.lo, source.hi) // unit * unit + unit // 2
        values += [min(max(tie + d, source.lo), source.hi) for d in (-1, 0, 1)]
    _compare(casts, source, values)


def _requantise(source, to, rounding, overflow):
    return Requantise(input=source, cast=Cast(to=to, rounding=rounding, overflow=overflow))


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("overflow", Overflow)
@pytest.mark.parametrize(
    ("source", "to"),
    [(SQ(3, 5), SQ(1, 2)), (SQ(3, 5), UQ(4, 4)), (UQ(3, 4), SQ(2, 0)), (SQ(2, 2), SQ(4, 4))],
    ids=str,
)
def test_the_stage_between_registers(source, to, rounding, overflow, seed):
    node = _requantise(source, to, rounding, overflow)
    lanes = [list(range(source.lo, source.hi + 1, 3))]
    contract.check_numbers_and_timing(lambda: build(node), node, lanes)
    rng = random.Random(seed)
    contract.check_gaps_and_stalls(lambda: build(node), node, [lanes[0][::4]], rng)


class _Gates(wiring.Component):
    """One cast in a module of its own, to look at what it is made of."""

    def __init__(self, cast, lo, hi, frac):
        self.gates = Requantiser(cast, lo=lo, hi=hi, frac=frac)
        self.source = shape_of(lo, hi)
        self.range = lo, hi
        to = lane_shape(cast.to)
        super().__init__({"x": wiring.In(self.source), "y": wiring.Out(to)})

    def elaborate(self, platform):
        m = Module()
        x = Exact(value=self.x, lo=self.range[0], hi=self.range[1])
        m.d.comb += self.y.eq(self.gates.combinational(m, x, "cast").value)
        return m


def test_saturation_is_built_only_where_the_range_needs_it():
    cast = Cast(to=SQ(1, 7), rounding=Rounding.HALF_EVEN)

    def built(lo, hi):
        text = rtlil.convert(_Gates(cast, lo, hi, 10), emit_src=False)
        return [name for name in ("over", "under") if f"\\cast_{name}" in text]

    assert built(-1024, 1019) == []
    # 1020 is a tie that rounds beyond the end: kept by the rounding bit alone.
    assert built(-1024, 1023) == []
    assert built(-1024, 1024) == ["over"]
    assert built(-1029, 1019) == ["under"]
    assert built(-2000, 2000) == ["over", "under"]
    wrapped = _Gates(Cast(to=SQ(1, 7), overflow=Overflow.WRAP), -2000, 2000, 10)
    assert "\\cast_over" not in rtlil.convert(wrapped, emit_src=False)


def test_a_shift_longer_than_the_word_stays_narrow():
    cast = Cast(to=Format(signed=True, width=4, frac=-999), rounding=Rounding.CEIL)
    text = rtlil.convert(_Gates(cast, -8, 7, 0), emit_src=False)
    assert max(int(width) for width in re.findall(r"width (\d+)", text)) < 16


def test_stages():
    def stages(rounding, overflow, lo=-(1 << 20), hi=1 << 20, frac=15):
        cast = Cast(to=SQ(1, 7), rounding=rounding, overflow=overflow)
        return Requantiser(cast, lo=lo, hi=hi, frac=frac).stages

    assert stages(Rounding.FLOOR, Overflow.WRAP) == 0
    assert stages(Rounding.FLOOR, Overflow.SATURATE) == 1
    assert stages(Rounding.HALF_UP, Overflow.WRAP) == 1
    assert stages(Rounding.HALF_EVEN, Overflow.WRAP) == 2
    assert stages(Rounding.HALF_UP, Overflow.SATURATE) == 2
    assert stages(Rounding.TO_ZERO, Overflow.SATURATE, lo=0, hi=100) == 0
    assert stages(Rounding.HALF_EVEN, Overflow.SATURATE, lo=-5, hi=5, frac=7) == 0


def test_what_is_refused():
    m = scratch()
    gates = Requantiser(Cast(to=SQ(1, 3)), lo=-40, hi=40, frac=4)
    wide = Exact(value=Signal(7), lo=0, hi=100)
    with pytest.raises(
        ValueError, match=r"for \[-40, 40\] must not be given a value in \[0, 100\]"
    ):
        gates.combinational(m, wide, "y")
    with pytest.raises(ValueError, match=r"enables must hold 2 bits, got 1"):
        gates.pipelined(m, wide, "y", enables=[Const(1, 1)])


def test_a_wrong_rounding_is_caught():
    source = SQ(1, 5)
    values = range(source.lo, source.hi + 1)
    right = Cast(to=SQ(1, 3))

    class Wrong(Cast):
        """Looks like half-even to the gates and computes half-up."""

        def __call__(self, values, *, frac):
            return Cast(to=self.to, rounding=Rounding.HALF_UP)(values, frac=frac)

    _compare([right], source, values)
    with pytest.raises(AssertionError):
        _compare([Wrong(to=SQ(1, 3))], source, values)
