"""Cascades through several multipliers: the contract's promises, and who decides how many."""

import random
import re

import pytest

from fxfir.errors import ArchitectureError
from fxfir.filters import Interleave
from fxfir.fixed import SQ, Cast
from fxfir.rtl import build
from fxfir.rtl.sos import Chain, Serial, chain
from tests.rtl import contract
from tests.rtl.sos import cases

forms = pytest.mark.parametrize("form", cases.FORMS, ids=lambda f: f.value)


def five(form):
    return cases.cascade(*[cases.make(form, b=(2217 + k, 0, -2217)) for k in range(5)])


@forms
@pytest.mark.parametrize("multipliers", [2, 3, 5])
@pytest.mark.parametrize("target", ["generic", "ecp5"])
def test_contract(form, multipliers, target, seed):
    node = five(form)
    contract.check_all(
        lambda: Chain(node, multipliers=multipliers, target=target),
        node,
        random.Random(seed),
        samples=12,
    )


@forms
def test_channels(form, seed):
    node = Interleave(filters=(five(form),), channels=3)
    contract.check_all(lambda: Chain(node, multipliers=2), node, random.Random(seed), samples=12)


def test_mixed_forms_with_error_feedback(seed):
    node = cases.mixed()
    contract.check_all(lambda: Chain(node, multipliers=2), node, random.Random(seed), samples=12)


def test_the_pace_decides():
    node = five("df1")
    one = build(node, "serial")
    assert isinstance(one, Serial)
    assert one.architecture == {"name": "serial", "memory": "distributed"}
    previous = one.timing.interval
    for clocks, multipliers in ((20, 1), (19, 2), (12, 2), (11, 3), (8, 3)):
        core = build(node, "serial", clocks=clocks)
        assert core.architecture.get("multipliers", 1) == multipliers
        assert core.timing.interval <= previous
        assert build(node, core.architecture).timing == core.timing
        previous = core.timing.interval
    # What no number of multipliers keeps takes them all, and is refused where the pace is held.
    assert build(node, "serial", clocks=1).architecture["multipliers"] == 5


def test_a_cut_in_the_wrong_place_is_caught(monkeypatch, seed):
    node = five("df1")
    cut = chain._cut
    # The second part begins one section late.
    monkeypatch.setattr(chain, "_cut", lambda sos, first, last: cut(sos, first and first + 1, last))
    with pytest.raises(AssertionError):
        contract.check_all(lambda: Chain(node, multipliers=2), node, random.Random(seed), samples=8)


def test_refusals():
    node = five("df1")
    for count in (0, 6):
        sentence = f"multipliers must be from 1 to 5 for 5 sections, got {count}"
        with pytest.raises(ArchitectureError, match=re.escape(sentence)):
            build(node, {"name": "serial", "multipliers": count})
    left = cases.cascade(cases.make("df1", out=Cast(to=SQ(1, 17))), cases.make("df1"))
    right = cases.cascade(cases.make("df1", out=Cast(to=SQ(2, 16))), cases.make("df1"))
    pair = Interleave(filters=(left, right), channels=2)
    with pytest.raises(ArchitectureError, match="one format where a cascade is cut"):
        Chain(pair, multipliers=2)
