"""Loops cut by registers: the same integers at a pace of several clocks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fxfir.rtl.pipeline as pipeline_module
from fxfir.errors import ArchitectureError
from fxfir.fixed import SQ, Cast, Overflow, Rounding
from fxfir.rtl import build
from fxfir.rtl.sos import Multiplierless, Parallel
from tests.rtl.sos import cases
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
from tests.rtl.sos.test_equations import make as turn

paces = pytest.mark.parametrize("interval", [2, 3, 4, 5])
forms = pytest.mark.parametrize("form", cases.FORMS, ids=lambda f: f.value)


@paces
@forms
def test_numbers_and_timing(form, interval, seed):
    sos = cases.cascade(*[cases.make(form)] * 2)
    core = Parallel(sos, interval=interval)
    assert core.timing.interval == interval
    check_numbers(core, noise(sos, 40, seed))
    check_timing(core, 6)


@pytest.mark.parametrize("clocks", [1, 2, 3, 4, 9])
@pytest.mark.parametrize("arch", ["parallel", "multiplierless"])
def test_the_pace_gives_the_interval(arch, clocks):
    for form, most in (("df1", 3), ("df2", 3), ("df1t", 5), ("df2t", 5)):
        sos = cases.cascade(cases.make(form))
        core = build(sos, arch, clocks=clocks)
        assert core.timing.interval == min(clocks, most)
        assert build(sos, core.architecture).timing == core.timing
        told = build(sos, {"name": arch, "interval": 1}, clocks=clocks)
        assert told.timing == build(sos, arch).timing
    both = cases.cascade(cases.make("df1"), cases.make("df2t"))
    assert build(both, arch, clocks=clocks).timing.interval == min(clocks, 5)


@paces
@forms
@pytest.mark.parametrize("rounding", [Rounding.HALF_EVEN, Rounding.TO_ZERO], ids=lambda r: r.value)
def test_few_bits(form, interval, rounding, seed):
    for overflow in Overflow:
        sos = cases.narrow(form, rounding, overflow)
        check_numbers(Parallel(sos, interval=interval), noise(sos, 30, seed))


@paces
@forms
def test_saturation_inside_the_loop(form, interval):
    sos = cases.high_q(form)
    check_numbers(Parallel(sos, interval=interval, target="ecp5"), rails(sos, 50))


@paces
@pytest.mark.parametrize("feedback", [(-2, 1), (3, -5)])
def test_error_feedback(interval, feedback, seed):
    for rounding in (Rounding.HALF_EVEN, Rounding.TO_ZERO):
        out = Cast(to=SQ(1, 7), rounding=rounding)
        sos = cases.cascade(cases.make("df1", feedback=feedback, out=out), input=SQ(1, 7))
        check_numbers(Parallel(sos, interval=interval), noise(sos, 40, seed))


@paces
def test_stalls_and_resets(interval, seed):
    sos = cases.cascade(turn(), cases.make("df1"), cases.make("df2t"))
    core = Parallel(sos, interval=interval, loop="adders")
    assert core.architecture == {"name": "parallel", "loop": "adders", "interval": interval}
    check_stalls(core, 20, seed)
    check_resets(core, seed)
    check_timing(core, 5)


@settings(max_examples=60)
@given(
    sos=filters,
    x=st.lists(st.integers(0, 255), min_size=1, max_size=16),
    gaps=st.integers(),
    interval=st.integers(2, 5),
    name=st.sampled_from(["parallel", "multiplierless"]),
)
def test_any_small_cascade(sos, x, gaps, interval, name):
    words = [sos.input.lo + v % (1 << sos.input.width) for v in x]
    core = build(sos, {"name": name, "interval": interval})
    check_numbers(core, words, valid=chance(gaps, 0.7), ready=chance(gaps + 1, 0.7))
    check_timing(core, 4)


@pytest.mark.parametrize("arch", [Parallel, Multiplierless])
def test_a_pace_that_is_not_kept_is_caught(arch, monkeypatch, seed):
    start = pipeline_module.Pipeline.__init__

    def hasty(self, *args, pace=1, **options):
        start(self, *args, pace=pace - 1, **options)

    monkeypatch.setattr(pipeline_module.Pipeline, "__init__", hasty)
    sos = cases.cascade(cases.make("df1"))
    with pytest.raises(AssertionError, match="sample"):
        check_numbers(arch(sos, interval=3), noise(sos, 30, seed))


@pytest.mark.parametrize("interval", [0, 6, 2.0])
def test_a_pace_out_of_range_is_refused(interval):
    with pytest.raises(ArchitectureError, match=r"^interval of architecture 'parallel' must be 1"):
        Parallel(cases.cascade(cases.make("df1")), interval=interval)
