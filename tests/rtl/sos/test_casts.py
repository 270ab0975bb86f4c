"""The loop's cast and the rounding error, exhaustively on small words."""

from __future__ import annotations

from fractions import Fraction

import pytest
from amaranth.hdl import Module, Signal
from amaranth.sim import Simulator

from fxfir.fixed import Cast, Format, Overflow, Rounding
from fxfir.rtl.arith.node import Exact, shape_of
from fxfir.rtl.arith.preround import Preround
from fxfir.rtl.arith.residue import residue, residue_range
from tests.rtl.sos import oracle

TARGETS = [
    Format.parse(text)
    for text in ("sfix3_En1", "ufix3_En1", "sfix1_En1", "ufix1_En2", "sfix9_En2", "sfix4_En5",
                 "ufix2_E2", "sfix2_E1")
]  # fmt: skip
FRAC = 4


def evaluate(build, lo: int, hi: int) -> dict[int, int]:
    """Values of a combinational circuit of one input over its whole range."""
    m = Module()
    signal = Signal(shape_of(lo, hi))
    result = build(m, Exact(value=signal, lo=lo, hi=hi))
    found = {}

    async def bench(ctx):
        for value in range(lo, hi + 1):
            ctx.set(signal, value)
            found[value] = ctx.get(result.value)
            assert result.lo <= found[value] <= result.hi

    simulator = Simulator(m)
    simulator.add_testbench(bench)
    simulator.run()
    return found


@pytest.mark.parametrize("rounding", Rounding, ids=lambda r: r.value)
@pytest.mark.parametrize("overflow", Overflow, ids=lambda o: o.value)
@pytest.mark.parametrize("to", TARGETS, ids=str)
def test_preround_is_the_cast(rounding, overflow, to):
    cast = Cast(to=to, rounding=rounding, overflow=overflow)
    rule = Preround(cast, frac=FRAC)
    for lo, hi in ((-100, 100), (0, 77), (-60, -1), (-3, 4)):
        shifted = evaluate(
            lambda m, x: rule.combinational(m, x, "y"), lo + rule.bias, hi + rule.bias
        )
        for u, got in shifted.items():
            assert got == oracle.cast(Fraction(u - rule.bias, 1 << FRAC), cast), u - rule.bias


@pytest.mark.parametrize("rounding", Rounding, ids=lambda r: r.value)
@pytest.mark.parametrize("shift", [1, 2, 4, 9])
def test_residue_is_what_rounding_dropped(rounding, shift):
    for lo, hi in ((-100, 100), (0, 77), (-60, -1)):
        errors = evaluate(lambda m, x: residue(m, x, "err", rounding=rounding, shift=shift), lo, hi)
        for v, got in errors.items():
            assert got == v - (oracle.rounded(Fraction(v, 1 << shift), rounding) << shift)


@pytest.mark.parametrize("rounding", Rounding, ids=lambda r: r.value)
@pytest.mark.parametrize("shift", [1, 2, 5])
def test_residue_range_is_attained(rounding, shift):
    errors = {
        v - (oracle.rounded(Fraction(v, 1 << shift), rounding) << shift)
        for v in range(-(4 << shift), 4 << shift)
    }
    assert (min(errors), max(errors)) == residue_range(rounding, shift)


def test_no_bits_dropped_means_no_error():
    assert residue_range(Rounding.HALF_UP, 0) == (0, 0)
    assert Preround(Cast(to=Format.parse("sfix8_En4")), frac=4).bias == 0
