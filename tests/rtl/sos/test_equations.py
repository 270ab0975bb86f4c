"""Sections by their state equations against the contract; casts and forms of the others beside."""

from __future__ import annotations

import json
import re

import pytest
from amaranth.back import rtlil
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.errors import ArchitectureError
from fxfir.filters import StateSpace, from_json, to_json
from fxfir.fixed import SQ, UQ, Cast, Format, Overflow, Rounding
from fxfir.rtl.sos import Parallel, Serial
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
from tests.rtl.sos.strategies import casts, formats


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


def test_random_words(seed):
    sos = cases.cascade(make(), make())
    x = noise(sos, 80, seed)
    assert len(set(oracle.run(sos, x))) > 40
    check_numbers(Parallel(sos), x)


@pytest.mark.parametrize("overflow", Overflow)
@pytest.mark.parametrize("rounding", Rounding)
def test_every_rounding_and_overflow(rounding, overflow, seed):
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
    check_numbers(Parallel(sos), noise(sos, 60, seed))


@pytest.mark.parametrize("count", [1, 3])
def test_timing_is_as_declared(count):
    core = Parallel(cases.cascade(*[make()] * count))
    check_timing(core)
    assert core.timing.interval == 1
    assert core.timing.latency == 3 * count


def test_gaps_stalls_and_resets(seed):
    core = Parallel(cases.cascade(make(), cases.make("df1")))
    check_stalls(core, 25, seed)
    check_resets(core, seed)


def test_states_at_their_rails():
    sos = cases.cascade(make(state=Cast(to=SQ(2, 15)), c=(65535, -65535)))
    x = rails(sos, 150)
    cascade = oracle.Cascade(sos)
    cascade.run(x)
    assert cascade.railed > 20
    check_numbers(Parallel(sos), x)


def test_it_stands_between_other_forms(seed):
    sos = cases.cascade(
        cases.make("df2t"), make(out=Cast(to=UQ(2, 9))), cases.make("df1", feedback=(-2, 1))
    )
    check_numbers(Parallel(sos), noise(sos, 50, seed))


def test_json_round_trip(seed):
    sos = cases.cascade(make(), cases.make("df2"))
    data = json.loads(json.dumps(to_json(sos)))
    assert data["sections"][0]["type"] == "StateSpace"
    assert from_json(data) == sos
    check_numbers(Parallel(from_json(data)), noise(sos, 10, seed))


def test_ones_and_zeros_need_no_multiplier():
    text = rtlil.convert(Parallel(cases.cascade(make())), emit_src=False)
    # a11 = a22, so the states have two each; c1, c2 and d follow, and b is 1 and 0.
    assert len(re.findall(r"cell \$mul ", text)) == 7


def test_serial_refuses_it():
    with pytest.raises(ArchitectureError, match=r"^architecture 'serial' .* state_space"):
        Serial(cases.cascade(make()))


@st.composite
def sections(draw) -> StateSpace:
    a, b, c, d = (draw(formats(6)) for _ in range(4))

    def words(fmt: Format, count: int) -> list[int]:
        return [draw(st.integers(fmt.lo, fmt.hi)) for _ in range(count)]

    return StateSpace(
        a=(words(a, 2), words(a, 2)),
        b=words(b, 2),
        c=words(c, 2),
        d=words(d, 1)[0],
        a_coeff=a,
        b_coeff=b,
        c_coeff=c,
        d_coeff=d,
        state=draw(casts()),
        out=draw(casts()),
    )


@settings(max_examples=40)
@given(
    parts=st.lists(sections(), min_size=1, max_size=2),
    input=formats(),
    output=casts(),
    x=st.lists(st.integers(0, 255), min_size=1, max_size=20),
    gaps=st.integers(),
)
def test_any_small_cascade(parts, input, output, x, gaps):
    sos = cases.cascade(*parts, input=input, output=output)
    words = [input.lo + v % (1 << input.width) for v in x]
    check_numbers(Parallel(sos), words, valid=chance(gaps, 0.7), ready=chance(gaps + 1, 0.7))
