"""Channels through one multiplier: the contract's promises, each with its own history."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.errors import ArchitectureError
from fxfir.filters import FixedFir, Form, Interleave
from fxfir.fixed import SQ, Cast, Overflow, Rounding
from fxfir.rtl.build import build
from fxfir.rtl.sos import Serial
from fxfir.rtl.sos.store import MEMORIES
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
from tests.rtl.sos.strategies import filters

forms = pytest.mark.parametrize("form", cases.FORMS, ids=lambda f: f.value)
memories = pytest.mark.parametrize("memory", MEMORIES)
targets = pytest.mark.parametrize("target", ["generic", "ecp5", "ice40"])


def two(form: Form | str) -> Interleave:
    """Two channels of different coefficients, formats of coefficients and zeros."""
    left = cases.cascade(cases.make(form), cases.make(form, b=(2217, 0, -2217)))
    right = cases.cascade(
        cases.make(form, b=(-16000, 0, 3000), a=(5000, -9000)),
        cases.make(form, b=(554, 1108, 554), a=(-12000, 4000), b_coeff=SQ(3, 13)),
    )
    return Interleave(filters=(left, right), channels=2)


def many(form: Form | str, channels: int, count: int = 2) -> Interleave:
    return Interleave(filters=(cases.cascade(*[cases.make(form)] * count),), channels=channels)


@forms
@memories
@targets
def test_numbers_and_timing(form, memory, target, seed):
    for node in (two(form), many(form, 3)):
        core = Serial(node, memory=memory, target=target)
        check_numbers(core, noise(node, 40, seed))
        check_timing(core, 7)


@memories
@pytest.mark.parametrize("channels", [2, 3, 5, 8, 64])
@pytest.mark.parametrize("count", [1, 3])
def test_any_number_of_channels(channels, count, memory, seed):
    node = many("df1", channels, count)
    core = Serial(node, memory=memory, target="ecp5")
    check_numbers(core, noise(node, 4 * channels + 3, seed))
    check_timing(core, 2 * channels + 1)


@forms
@memories
def test_gaps_and_stalls(form, memory, seed):
    check_stalls(Serial(two(form), memory=memory), 25, seed)
    check_stalls(Serial(many(form, 3, 1), memory=memory, target="ecp5"), 25, seed)


@forms
@memories
def test_reset_at_every_phase(form, memory, seed):
    check_resets(Serial(many(form, 2, 1), memory=memory, target="ecp5"), seed)


def test_reset_at_every_phase_of_two_filters(seed):
    check_resets(Serial(two("df2t"), target="ecp5"), seed)


@pytest.mark.parametrize("rounding", Rounding, ids=lambda r: r.value)
@pytest.mark.parametrize("overflow", Overflow, ids=lambda o: o.value)
@forms
def test_every_rounding_and_overflow(form, rounding, overflow, seed):
    node = Interleave(filters=(cases.narrow(form, rounding, overflow),), channels=2)
    check_numbers(Serial(node, target="ecp5"), noise(node, 50, seed))


@forms
def test_high_q_poles_saturate_inside_the_loop(form):
    node = Interleave(filters=(cases.high_q(form),), channels=2)
    x = [word for word in rails(cases.high_q(form), 60) for _ in range(2)]
    check_numbers(Serial(node, target="ecp5"), x)


def test_mixed_forms_with_error_feedback(seed):
    node = Interleave(filters=(cases.mixed(),), channels=3)
    check_numbers(Serial(node), noise(node, 40, seed))
    check_timing(Serial(node), 4)


def test_a_silent_channel_stays_silent_and_dc_does_not_leak():
    node = many("df2t", 3)
    x = [0, 30000, 0] * 20
    y = check_numbers(Serial(node), x).output
    assert set(y[0::3]) == set(y[2::3]) == {0}
    assert any(y[1::3])


def test_a_frame_starts_anew_after_a_reset(seed):
    node = two("df1")
    core = Serial(node)
    x = noise(node, 12, seed)
    at = core.timing.interval + 3
    trace = drive(core, x, reset_at=[at], n_out=8)
    fresh = sum(edge < at for edge in trace.accepted_at)
    assert fresh % 2 == 0 or fresh > 0
    done = sum(edge < at for edge in trace.emitted_at)
    assert trace.output[done:] == oracle.run(node, x[fresh:])[: len(trace.output) - done]


def test_channels_must_have_one_structure():
    left = cases.cascade(cases.make("df1"))
    for right, what in (
        (cases.cascade(cases.make("df2t", out=Cast(to=SQ(1, 15)))), "forms, word lengths and"),
        (cases.cascade(cases.make("df1", out=Cast(to=SQ(2, 15)))), "forms, word lengths and"),
        (cases.cascade(*[cases.make("df1")] * 2), "forms, word lengths and"),
        (replace(left, output=Cast(to=SQ(1, 15), rounding=Rounding.FLOOR)), "the same last cast"),
    ):
        node = Interleave(filters=(left, right), channels=2)
        with pytest.raises(ArchitectureError, match=f"channels of one multiplier must .*{what}"):
            Serial(node)


def test_refusals():
    fir = FixedFir(taps=(1,), coeff=SQ(2, 0), input=SQ(1, 7), output=Cast(to=SQ(1, 7)))
    with pytest.raises(ArchitectureError, match="'serial' builds a FixedSos, got FixedFir"):
        Serial(Interleave(filters=(fir,), channels=2))
    with pytest.raises(ArchitectureError, match=r"must be one of auto, distributed, block, got 3"):
        Serial(cases.cascade(cases.make("df1")), memory=3)
    with pytest.raises(ArchitectureError, match="must be one of auto, serial, parallel for this"):
        build(many("df1", 2), "multiplierless")


@settings(max_examples=30)
@given(
    sos=filters,
    channels=st.integers(2, 4),
    x=st.lists(st.integers(0, 255), min_size=1, max_size=24),
    gaps=st.integers(),
    target=st.sampled_from(["generic", "ecp5"]),
    memory=st.sampled_from(MEMORIES),
)
def test_any_small_cascade(sos, channels, x, gaps, target, memory):
    words = [sos.input.lo + v % (1 << sos.input.width) for v in x]
    node = Interleave(filters=(sos,), channels=channels)
    core = Serial(node, target=target, memory=memory)
    check_numbers(core, words, valid=chance(gaps, 0.7), ready=chance(gaps + 1, 0.7))
