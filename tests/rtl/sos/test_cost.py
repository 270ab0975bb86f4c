"""What the architectures are made of: multipliers, schedules, names; and their use by others."""

from __future__ import annotations

import re

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from fxfir.emit.verilog import convert
from fxfir.filters import Form, Interleave
from fxfir.fixed import SQ, Cast, Format, Rounding
from fxfir.rtl.core import lane_shape
from fxfir.rtl.sos import ARCHITECTURES, Parallel, Serial
from fxfir.rtl.sos.compile import compile_cascade
from fxfir.rtl.sos.plan import plan
from fxfir.rtl.sos.program import Stages
from fxfir.rtl.top import wrap
from tests.rtl.sos import cases, oracle
from tests.rtl.sos.bench import drive
from tests.rtl.sos.checks import noise

WORD = Cast(to=Format.parse("sfix18_En17"))
forms = pytest.mark.parametrize("form", cases.FORMS, ids=lambda f: f.value)


def multipliers(core) -> int:
    return len(re.findall(r"cell \$mul ", rtlil.convert(core, emit_src=False)))


@forms
def test_parallel_needs_five_multipliers_for_each_section(form):
    section = cases.make(form, b=(2217, 4431, 2219))
    assert multipliers(Parallel(cases.cascade(section))) == 5
    assert multipliers(Parallel(cases.cascade(section, section, section))) == 15


@forms
def test_equal_coefficients_share_a_multiplier(form):
    assert multipliers(Parallel(cases.cascade(cases.make(form, b=(2217, 4434, 2217))))) == 3
    assert multipliers(Parallel(cases.cascade(cases.make(form, b=(2217, 0, -2217))))) == 3


@forms
def test_zeros_and_powers_of_two_need_no_multiplier(form):
    section = cases.make(form, b=(1024, -2048, 1024), a=(-16384, 12345))
    assert multipliers(Parallel(cases.cascade(section))) == 1


def test_trivial_sections_need_no_multiplier():
    for sos in cases.trivial()[4::5]:
        assert multipliers(Parallel(sos)) == 0


@pytest.mark.parametrize("a1", [-24871, 24871])
@pytest.mark.parametrize("form", [Form.DF1, Form.DF2])
def test_what_waits_for_the_late_product_is_a_sum_of_its_own(form, a1):
    sos = cases.cascade(cases.make(form, a=(a1, 9793)))
    text = " ".join(convert(wrap(Parallel(sos)), name="top").split())
    # It is cut before the product joins: synthesis merges whole sums only.
    assert re.search(r"\[\d+:[1-9]\d*\][)}]* [-+] \S*a[yw]24871", text), text


def test_a_rounding_constant_among_zeros_is_no_addition():
    half = cases.cascade(cases.make("df1t", state=Cast(to=SQ(2, 15), rounding=Rounding.HALF_UP)))
    text = convert(wrap(Parallel(half)), name="top")
    assert "s0_r2, 14'd8192}) + s0_aw24871" in text


@forms
@pytest.mark.parametrize("n_sections", [1, 6])
def test_serial_needs_one_multiplier(form, n_sections):
    assert multipliers(Serial(cases.cascade(*[cases.make(form)] * n_sections))) == 1


@pytest.mark.parametrize("multiply", [2, 3, 4])
@pytest.mark.parametrize(("form", "first"), [("df1", 4), ("df2t", 4), ("df2", 2), ("df1t", 3)])
def test_slots_of_a_pass(form, first, multiply):
    stages = Stages(multiply=multiply)
    for n in (1, 2, 5, 20):
        program = compile_cascade(cases.cascade(*[cases.make(form)] * n), stages=stages)
        # From a result to the next one: five products, or the way back to the operand.
        if form in ("df1", "df2t"):
            assert program.result_at == first + max(5, stages.forward) * (n - 1)
        else:
            assert program.result_at == first + stages.forward * (2 * n - 1)
        assert 0 < program.interval - program.result_at <= stages.visible
        assert len(program.ops) == n * (6 if form in ("df2", "df1t") else 5)


@pytest.mark.parametrize("form", ["df1", "df2t"])
def test_five_clocks_for_a_section_of_every_channel(form):
    for n, channels in ((2, 2), (8, 1), (8, 2), (10, 64)):
        sos = cases.cascade(*[cases.make(form, state=None if form == "df1" else WORD)] * n)
        node = sos if channels == 1 else Interleave(filters=(sos,), channels=channels)
        assert Serial(node, target="ecp5").timing.interval == 5 * n
        assert multipliers(Serial(node, target="ecp5")) == 1


def test_other_channels_hide_the_way_through_the_memory():
    sos = cases.cascade(cases.make("df1"))
    alone, two = (
        Serial(node, target="ecp5").timing.interval
        for node in (sos, Interleave(filters=(sos,), channels=2))
    )
    assert (alone, two) == (9, 7)


def test_sections_of_different_binary_points_share_a_cast():
    sections = [
        cases.make("df1", b=b, b_coeff=SQ(width - frac, frac), out=Cast(to=SQ(2, 14)))
        for b, width, frac in (((9, 17, 8), 6, 5), ((2217, 4433, 2217), 16, 15))
    ]
    found = plan([compile_cascade(cases.cascade(*sections), stages=Stages(multiply=3))])
    assert len({one.kind for one in found.sums.values()}) == 1
    assert set(found.lifts.values()) == {0}
    assert max(abs(c) for row in found.coeffs.values() for c in row) < 1 << 17


@pytest.mark.parametrize("form", ["df1", "df2t"])
@pytest.mark.parametrize("n_sections", [1, 2, 5])
def test_latency_formula_of_serial(form, n_sections):
    sections = [cases.make(form)] * n_sections
    wiring_cast, rounding_cast = Cast(to=SQ(1, 15)), Cast(to=SQ(1, 9))
    # Two registers from an operand to its product.
    assert Serial(cases.cascade(*sections, output=wiring_cast)).timing.latency == 5 * n_sections + 6
    assert (
        Serial(cases.cascade(*sections, output=rounding_cast)).timing.latency == 5 * n_sections + 7
    )


@pytest.mark.parametrize(("form", "stages"), [("df1", 3), ("df2", 3), ("df2t", 3), ("df1t", 4)])
@pytest.mark.parametrize("n_sections", [1, 2, 5])
def test_latency_formula_of_parallel(form, stages, n_sections):
    sections = [cases.make(form)] * n_sections
    core = Parallel(cases.cascade(*sections))
    assert core.timing.latency == stages * n_sections
    core = Parallel(cases.cascade(*sections, output=Cast(to=SQ(1, 9))))
    assert core.timing.latency == stages * n_sections + 2


def test_the_accumulator_holds_what_the_sums_can_be():
    section = cases.make("df1", b=(1, 0, 0), a=(-3, 0), b_coeff=SQ(2, 4), a_coeff=SQ(3, 2))
    found = plan([compile_cascade(cases.cascade(section), stages=Stages(multiply=2))])
    # 1 / 16 over 1 - 3 / 4 is a quarter of the input, and rounding adds half an LSB four times.
    most = (1 << 15) // 4 * 16 + 2 * 16
    assert found.shift == 4
    (lo, hi) = found.sums[found.result_at].bounds
    assert -most <= lo <= -most + 64
    assert most - 64 <= hi <= most


def test_the_accumulator_holds_what_the_formats_allow_where_a_cast_clips():
    section = cases.make("df1", b=(16, 0, 0), a=(-3, 0), b_coeff=SQ(2, 4), a_coeff=SQ(3, 2))
    found = plan([compile_cascade(cases.cascade(section), stages=Stages(multiply=2))])
    assert (found.shift, *found.sums[found.result_at].bounds) == (
        4,
        -16 * (1 << 15) - 3 * 4 * (1 << 15),
        16 * ((1 << 15) - 1) + 3 * 4 * ((1 << 15) - 1),
    )


@pytest.mark.parametrize("arch", ARCHITECTURES)
@forms
def test_only_casts_that_can_overflow_have_limits(arch, form):
    cast = Cast(to=Format.parse("sfix26_En18"))
    state = None if form is Form.DF1 else cast
    roomy = cases.cascade(cases.make(form, state=state, out=cast), output=cast)
    text = rtlil.convert(ARCHITECTURES[arch](roomy), emit_src=False)
    assert not re.search(r"_(over|under)\b", text)
    tight = Cast(to=Format.parse("sfix16_En18"))
    state = None if form is Form.DF1 else tight
    loud = cases.cascade(cases.make(form, state=state, out=tight))
    text = rtlil.convert(ARCHITECTURES[arch](loud), emit_src=False)
    assert re.search(r"_over\b", text)
    assert re.search(r"_under\b", text)


def test_registers_have_the_filters_names():
    text = rtlil.convert(Parallel(cases.mixed()), emit_src=False)
    names = {
        "s0_feed_q",
        "s0_a2y2",
        "s0_y",
        "s1_s1",
        "s1_s2",
        "s2_dropped",
        "s3_r1",
        "s3_t2",
        "s4_w",
    }
    assert names <= set(re.findall(r"\\(\w+)", text))
    text = rtlil.convert(Serial(cases.mixed()), emit_src=False)
    names = {"step", "operand", "product", "base", "acc", "result", "error", "out", "coeff"}
    assert names <= set(re.findall(r"\\(\w+)", text))


class Pair(wiring.Component):
    """Somebody's design: two cascades behind each other, one of each architecture."""

    def __init__(self, sos):
        self.first, self.second = ARCHITECTURES["parallel"](sos), ARCHITECTURES["serial"](sos)
        shape = lane_shape(sos.input)
        super().__init__({"i": In(stream.Signature(shape)), "o": Out(stream.Signature(shape))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.first, m.submodules.second = self.first, self.second
        wiring.connect(m, wiring.flipped(self.i), self.first.i)
        wiring.connect(m, self.first.o, self.second.i)
        wiring.connect(m, self.second.o, wiring.flipped(self.o))
        return m


def test_cores_work_in_somebody_elses_design(seed):
    sos = cases.cascade(cases.make("df1"), cases.make("df2t"))
    x = noise(sos, 30, seed)
    assert drive(Pair(sos), x).output == oracle.run(sos, oracle.run(sos, x))
