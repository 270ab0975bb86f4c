"""`rtl.cost.census`: counts of small circuits that are known by hand, and of real cores."""

import re

import pytest
from amaranth.hdl import Cat, Const, Module, Mux, Signal

from fxfir.emit.verilog import convert
from fxfir.filters import FixedFir
from fxfir.fixed import SQ, Cast
from fxfir.rtl import build, top
from fxfir.rtl.core import Core
from fxfir.rtl.cost import Census, census
from fxfir.rtl.cost.counted import Path, Store
from fxfir.rtl.fir import ARCHITECTURES
from fxfir.rtl.timing import Timing
from tests.rtl.cases import FIRS

FIR = FixedFir(taps=(3, 5, 3), coeff=SQ(1, 3), input=SQ(1, 7), output=Cast(to=SQ(1, 7)))


class Small(Core):
    """Whatever gates a test wants between the ports of an 8-bit filter."""

    def __init__(self, gates):
        super().__init__(FIR, architecture={"name": "small"}, timing=Timing(latency=1))
        self._gates = gates

    def elaborate(self, platform):
        m = Module()
        self._gates(m, self)
        return m


def count(gates) -> Census:
    return census(Small(gates))


def test_registers_are_bits_that_a_clock_moves():
    def gates(m, core):
        held, wire = Signal(5), Signal(9)
        m.d.sync += held.eq(core.i.payload)
        m.d.comb += [wire.eq(held), core.o.payload.eq(wire)]

    found = count(gates)
    assert found.registers == 5
    assert found.adders == found.selects == found.logic == 0
    assert found.paths == (Path(),)


def test_a_carry_chain_is_as_long_as_what_is_used_of_the_sum():
    def gates(m, core):
        held = Signal(6)
        m.d.sync += held.eq((core.i.payload + core.i.payload)[:6])

    assert (count(gates).adders, count(gates).carry) == (1, 6)


def test_low_zeros_of_an_addend_are_carried_all_the_same():
    """Measured: Yosys 0.70 spares none of them; gates that want it cut the sum themselves."""

    def gates(m, core):
        held, total = core.i.payload, Signal(13)
        m.d.sync += total.eq(held + Cat(Const(0, 3), held).as_signed())

    assert count(gates).carry == 12


def test_what_is_subtracted_is_inverted():
    def gates(m, core):
        total, down = Signal(9), Signal(8)
        m.d.sync += [total.eq(Const(7, 4) - core.i.payload), down.eq(total - 1)]

    assert count(gates).inverted == 8


def test_an_expression_used_twice_counts_once():
    def gates(m, core):
        total, again = Signal(9), Signal(9)
        both = core.i.payload + core.i.payload
        m.d.sync += [total.eq(both), again.eq(both)]

    found = count(gates)
    assert (found.adders, found.registers) == (1, 18)


def test_products_tell_their_operands():
    def gates(m, core):
        total = Signal(20)
        m.d.sync += total.eq(core.i.payload * Const(21, 5))

    found = count(gates)
    assert found.products == ((8, 5),)
    assert found.paths == (Path(multiplies=True),)


def test_an_enable_is_no_multiplexer_and_a_second_value_is_one():
    def enabled(m, core):
        held = Signal(8)
        with m.If(core.i.valid):
            m.d.sync += held.eq(core.i.payload)

    def two(m, core):
        held = Signal(8)
        with m.If(core.i.valid):
            m.d.sync += held.eq(core.i.payload)
        with m.Elif(core.o.ready):
            m.d.sync += held.eq(~core.i.payload)

    assert count(enabled).selects == 0
    assert count(two).selects == 8


def test_the_deepest_path_goes_through_wires():
    def gates(m, core):
        wire, held = Signal(9), Signal(9)
        m.d.comb += wire.eq(core.i.payload + 1)
        m.d.sync += held.eq(Mux(core.i.valid, wire, 0))

    (path,) = count(gates).paths
    assert path == Path(levels=2.0, carry=9)


def test_json_keeps_everything():
    for name in ARCHITECTURES:
        found = census(build(FIRS["even"], name))
        assert Census.from_json(found.to_json()) == found


def test_memories_of_the_serial_form():
    fir = FixedFir(
        taps=tuple(range(1, 33)), coeff=SQ(1, 7), input=SQ(1, 11), output=Cast(to=SQ(1, 11))
    )
    found = census(build(fir, {"name": "serial", "memory": "distributed"}))
    samples = [store for store in found.stores if store.writable]
    assert samples == [Store(width=12, depth=32, writable=True, clocked=False)]


@pytest.mark.parametrize("name", ["direct", "transposed", "symmetric", "multiplierless"])
def test_registers_are_those_of_the_text(name):
    core = build(FIRS["even"], name)
    text = convert(top.wrap(core, "axis", True), name="fir")
    declared = 0
    for high, names in re.findall(
        r"^ *(?:output )?reg +(?:signed +)?(?:\[(\d+):0\] +)?(\w[\w, ]*)[;,]?$", text, re.MULTILINE
    ):
        declared += (int(high or 0) + 1) * len(names.rstrip(", ").split(","))
    assert abs(census(core).registers - declared) <= 0.05 * declared
