"""Products as additions and shifts: the same integers without multipliers."""

from __future__ import annotations

import re

import pytest
from amaranth.back import rtlil
from hypothesis import given, settings
from hypothesis import strategies as st

import fxfir.rtl.sos.multiples as multiples_module
from fxfir.errors import ArchitectureError
from fxfir.fixed import SQ, Cast, Rounding
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

LOOP = {"name": "parallel", "loop": "adders"}
targets = pytest.mark.parametrize("target", ["generic", "ecp5"])
forms = pytest.mark.parametrize("form", cases.FORMS, ids=lambda f: f.value)


def multipliers(core) -> int:
    return len(re.findall(r"cell \$mul ", rtlil.convert(core, emit_src=False)))


@forms
def test_the_loop_alone_saves_one_multiplier(form):
    sos = cases.cascade(cases.make(form, b=(2217, 4431, 2219)))
    found = (Parallel(sos), Parallel(sos, loop="adders"), Multiplierless(sos))
    assert [multipliers(core) for core in found] == [5, 4, 0]
    assert len({core.timing for core in found}) == 1


@targets
@forms
@pytest.mark.parametrize("a", [(-24871, 9793), (24871, -9793), (-18727, 6763), (-16385, 8191)])
def test_the_loop_by_adders(form, a, target, seed):
    sos = cases.cascade(cases.make(form, a=a, b=(30000, -7, 20001)))
    core = build(sos, LOOP, target=target)
    assert core.architecture == LOOP
    check_numbers(core, noise(sos, 40, seed) + rails(sos, 30))


@pytest.mark.parametrize("rounding", Rounding, ids=lambda r: r.value)
@pytest.mark.parametrize("feedback", [None, (-2, 1), (11, -13)])
def test_error_feedback_and_roundings(rounding, feedback, seed):
    out = Cast(to=SQ(1, 9), rounding=rounding)
    sos = cases.cascade(cases.make("df1", feedback=feedback, out=out))
    for core in (build(sos, LOOP), Multiplierless(sos)):
        check_numbers(core, noise(sos, 40, seed))
    assert multipliers(Multiplierless(sos)) == 0


@targets
def test_state_equations(target, seed):
    sos = cases.cascade(turn(), cases.make("df1"))
    for architecture in (LOOP, "multiplierless"):
        check_numbers(build(sos, architecture, target=target), noise(sos, 40, seed))
    assert multipliers(Multiplierless(sos)) == 0


@targets
def test_timing_stalls_and_resets_of_the_loop_by_adders(target, seed):
    core = build(cases.cascade(cases.make("df1"), cases.make("df2")), LOOP, target=target)
    check_timing(core, 6)
    check_stalls(core, 15, seed)
    check_resets(core, seed)


@settings(max_examples=25)
@given(sos=filters, x=st.lists(st.integers(0, 255), min_size=1, max_size=20), gaps=st.integers())
def test_any_small_cascade_with_the_loop_by_adders(sos, x, gaps):
    words = [sos.input.lo + v % (1 << sos.input.width) for v in x]
    core = build(sos, LOOP, target=("generic", "ecp5")[gaps % 2])
    check_numbers(core, words, valid=chance(gaps, 0.7), ready=chance(gaps + 1, 0.7))


def test_a_graph_of_another_constant_is_caught(monkeypatch, seed):
    graph = multiples_module._graph
    sos = cases.cascade(cases.make("df2t"))
    for wrong in (9793, 24871, 2217, 4433):

        def other(odds, bounds, wrong=wrong):
            return graph(tuple(v + 2 * (v == wrong) for v in odds), bounds)

        monkeypatch.setattr(multiples_module, "_graph", other)
        with pytest.raises((AssertionError, ValueError)):
            check_numbers(Multiplierless(sos), noise(sos, 60, seed))


def test_an_unknown_loop_is_refused():
    with pytest.raises(
        ArchitectureError,
        match=r"^loop of architecture 'parallel' must be one of multipliers, adders, got 'csd'$",
    ):
        Parallel(cases.cascade(cases.make("df1")), loop="csd")
