"""Sections by their state equations against the contract; casts and forms of the others beside."""

from __future__ import annotations

import json
import re

import pytest
from amaranth.back import rtlil
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.filters import Interleave, StateSpace, from_json, to_json
from fxfir.fixed import SQ, UQ, Cast, Overflow, Rounding
from fxfir.rtl.sos import ARCHITECTURES, Parallel, Serial
from tests.rtl.sos import cases, oracle
from tests.rtl.sos.bench import drive
from tests.rtl.sos.checks import (
    chance,
    check_numbers,
    check_resets,
    check_stalls,
    check_timing,
    noise,
    rails,
)
from tests.rtl.sos.strategies import casts, formats
from tests.rtl.sos.strategies import equations as sections

architectures = pytest.mark.parametrize("arch", ARCHITECTURES)


def make(**changes) -> StateSpace:
    """A pole pair of radius 0.96 at 0.05 of the rate."""
    fields = {
        "a": ((29964, -9736), (9736, 29964)),
        "b": (1, 0),
        "c": (1201, 17345),
        "d": 421,
        "a_coeff": SQ(1, 15),
        "b_coeff": SQ(2, 0),
        "c_coeff": SQ(1, 17),
        "d_coeff": SQ(1, 14),
        "state": Cast(to=SQ(5, 17)),
        "out": Cast(to=SQ(1, 15)),
    }
    return StateSpace(**(fields | changes))


@architectures
def test_random_words(arch, seed):
    sos = cases.cascade(make(), make())
    x = noise(sos, 80, seed)
    assert len(set(oracle.run(sos, x))) > 40
    check_numbers(ARCHITECTURES[arch](sos), x)


@architectures
@pytest.mark.parametrize("overflow", Overflow)
@pytest.mark.parametrize("rounding", Rounding)
def test_every_rounding_and_overflow(arch, rounding, overflow, seed):
    section = make(
        a=((6, -3), (3, 5)),
        b=(3, -2),
        c=(5, -6),
        d=3,
        a_coeff=SQ(1, 3),
        b_coeff=SQ(2, 1),
        c_coeff=SQ(2, 2),
        d_coeff=SQ(1, 2),
        state=Cast(to=SQ(2, 3), rounding=rounding, overflow=overflow),
        out=Cast(to=SQ(2, 2), rounding=rounding, overflow=overflow),
    )
    out = Cast(to=SQ(1, 1), rounding=rounding, overflow=overflow)
    sos = cases.cascade(section, input=SQ(2, 4), output=out)
    check_numbers(ARCHITECTURES[arch](sos), noise(sos, 60, seed))


@pytest.mark.parametrize("count", [1, 3])
def test_timing_is_as_declared(count):
    core = Parallel(cases.cascade(*[make()] * count))
    check_timing(core)
    assert core.timing.interval == 1
    assert core.timing.latency == 3 * count


@architectures
def test_gaps_stalls_and_resets(arch, seed):
    core = ARCHITECTURES[arch](cases.cascade(make(), cases.make("df1")))
    check_stalls(core, 25, seed)
    check_resets(core, seed)


@architectures
def test_states_at_their_rails(arch):
    sos = cases.cascade(make(state=Cast(to=SQ(2, 15)), c=(65535, -65535)))
    x = rails(sos, 150)
    cascade = oracle.Cascade(sos)
    cascade.run(x)
    assert cascade.railed > 20
    check_numbers(ARCHITECTURES[arch](sos), x)


@architectures
def test_it_stands_between_other_forms(arch, seed):
    sos = cases.cascade(
        cases.make("df2t"), make(out=Cast(to=UQ(2, 9))), cases.make("df1", feedback=(-2, 1))
    )
    check_numbers(ARCHITECTURES[arch](sos), noise(sos, 50, seed))


@architectures
def test_json_round_trip(arch, seed):
    sos = cases.cascade(make(), cases.make("df2"))
    data = json.loads(json.dumps(to_json(sos)))
    assert data["sections"][0]["type"] == "StateSpace"
    assert from_json(data) == sos
    check_numbers(ARCHITECTURES[arch](from_json(data)), noise(sos, 10, seed))


def test_ones_and_zeros_need_no_multiplier():
    text = rtlil.convert(Parallel(cases.cascade(make())), emit_src=False)
    # a11 = a22, so the states have two each; c1, c2 and d follow, and b is 1 and 0.
    assert len(re.findall(r"cell \$mul ", text)) == 7


def test_nine_slots_of_one_multiplier():
    section = make(b=(3, -2), b_coeff=SQ(3, 0))
    core = Serial(cases.cascade(*[section] * 3))
    text = rtlil.convert(core, emit_src=False)
    assert len(re.findall(r"cell \$mul ", text)) == 1
    assert core.timing.interval == 27
    # One factor is 0: eight.
    assert Serial(cases.cascade(*[make()] * 3)).timing.interval < 27


@pytest.mark.parametrize("behind", [["df1"], ["df1", "df1"], ["df1", None, "df1"], ["df2t", "df1"]])
def test_states_wait_for_what_reads_an_old_input(behind, seed):
    sections = [make() if form is None else cases.make(form) for form in [None, *behind]]
    sos = cases.cascade(*sections)
    core = Serial(sos)
    check_numbers(core, noise(sos, 40, seed))
    check_timing(core, 4)


def test_channels_of_state_equations(seed):
    two = cases.cascade(make(), cases.make("df1"))
    other = cases.cascade(make(a=((29000, -9000), (9000, 29000)), d=0), cases.make("df1"))
    node = Interleave(filters=(two, other), channels=2)
    x = noise(two, 40, seed)
    words = drive(Serial(node), x).output
    for k, sos in enumerate((two, other)):
        assert words[k::2] == oracle.run(sos, x[k::2])


@architectures
@settings(max_examples=40)
@given(
    parts=st.lists(sections(), min_size=1, max_size=2),
    input=formats(),
    output=casts(),
    x=st.lists(st.integers(0, 255), min_size=1, max_size=20),
    gaps=st.integers(),
)
def test_any_small_cascade(arch, parts, input, output, x, gaps):
    sos = cases.cascade(*parts, input=input, output=output)
    words = [input.lo + v % (1 << input.width) for v in x]
    check_numbers(
        ARCHITECTURES[arch](sos), words, valid=chance(gaps, 0.7), ready=chance(gaps + 1, 0.7)
    )
