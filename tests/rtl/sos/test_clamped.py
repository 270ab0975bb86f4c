"""Sections whose limits act inside the carry chain: the same integers, one more edge at the end."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.emit.verilog import convert
from fxfir.fixed import SQ, UQ, Cast, Format, Overflow, Rounding
from fxfir.rtl import build
from fxfir.rtl.sos import Parallel
from fxfir.rtl.top import wrap
from tests.rtl.sos import cases, oracle
from tests.rtl.sos.checks import (
    chance,
    check_numbers,
    check_resets,
    check_stalls,
    check_timing,
    noise,
    rails,
)
from tests.rtl.sos.test_contract import filters

EARLY = (
    Rounding.FLOOR,
    Rounding.CEIL,
    Rounding.HALF_UP,
    Rounding.HALF_DOWN,
    Rounding.HALF_EVEN,
)


def loud(a=(-24871, 9793), **changes):
    """A section with gain above 1, so that its limits act."""
    return cases.make("df1", a=a, b=(30000, -7, 20001), **changes)


@pytest.mark.parametrize("rounding", EARLY)
@pytest.mark.parametrize("a", [(-24871, 9793), (24871, 9793), (-24872, 9793), (-32512, 16374)])
def test_numbers(a, rounding, seed):
    sos = cases.cascade(loud(a, out=Cast(to=SQ(1, 15), rounding=rounding)))
    x = noise(sos, 50, seed) + rails(sos, 60)
    history = oracle.Cascade(sos)
    history.run(x)
    assert history.railed > 5
    check_numbers(Parallel(sos, target="ecp5"), x)


@pytest.mark.parametrize("rounding", [Rounding.HALF_UP, Rounding.HALF_EVEN])
def test_ties_and_rails_of_few_bits(rounding, seed):
    out = Cast(to=SQ(2, 3), rounding=rounding)
    section = cases.make(
        "df1", b=(7, -3, 6), a=(-6, 3), b_coeff=SQ(2, 2), a_coeff=SQ(2, 2), out=out
    )
    sos = cases.cascade(section, input=SQ(2, 4), output=out)
    core = Parallel(sos, target="ecp5")
    assert core.timing.latency == 4
    check_numbers(core, noise(sos, 150, seed))


def test_timing_stalls_and_resets(seed):
    for parts in (
        [loud()],
        [loud(), cases.make("df1", b=(1000, 0, 0))],
        [loud(), cases.make("df2t")],
    ):
        core = Parallel(cases.cascade(*parts), target="ecp5")
        check_timing(core, 6)
        check_stalls(core, 15, seed)
    check_resets(Parallel(cases.cascade(loud(), loud()), target="ecp5"), seed)


def test_only_the_last_section_costs_an_edge():
    plain = Parallel(cases.cascade(loud(), loud())).timing.latency
    assert Parallel(cases.cascade(loud(), loud()), target="ecp5").timing.latency == plain + 1
    output = Cast(to=Format.parse("sfix12_En11"))
    for target in ("generic", "ecp5"):
        core = Parallel(cases.cascade(loud(), output=output), target=target)
        assert core.timing.latency == 5


@pytest.mark.parametrize(
    "section",
    [
        cases.make("df1", out=Cast(to=SQ(4, 13))),
        loud(out=Cast(to=SQ(1, 15), overflow=Overflow.WRAP)),
        loud(out=Cast(to=SQ(1, 15), rounding=Rounding.TO_ZERO)),
        loud(out=Cast(to=UQ(1, 14))),
        loud(a=(-16384, 9793)),
        loud(feedback=(-2, 1)),
        cases.make("df2t"),
    ],
    ids=["certified", "wrap", "to_zero", "unsigned", "power", "feedback", "df2t"],
)
def test_the_others_are_built_as_ever(section):
    sos = cases.cascade(section)
    assert convert(wrap(Parallel(sos, target="ecp5"))) == convert(wrap(Parallel(sos)))


def test_the_target_comes_from_the_build_and_stays_out_of_the_architecture():
    sos = cases.cascade(loud())
    core = build(sos, "parallel", target="ecp5")
    assert core.architecture == {"name": "parallel"}
    text = convert(wrap(core))
    assert text.count("CCU2C #") == 16
    assert "CCU2C" not in convert(wrap(build(sos, "parallel", target="xc7")))


@settings(max_examples=40)
@given(sos=filters, x=st.lists(st.integers(0, 255), min_size=1, max_size=20), gaps=st.integers())
def test_any_small_cascade(sos, x, gaps):
    words = [sos.input.lo + v % (1 << sos.input.width) for v in x]
    core = Parallel(sos, target="ecp5")
    check_numbers(core, words, valid=chance(gaps, 0.7), ready=chance(gaps + 1, 0.7))
