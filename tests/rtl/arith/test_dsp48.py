"""The behavioural twins of DSP48E1 against the model of that primitive that Yosys ships."""

import random
from itertools import product

import pytest

from fxfir.rtl.arith.dsp48 import Dsp48
from tests.rtl.arith.twins import differences, needs_icarus, primitive

A_PORTS = [("", 1, False), *product(["a", "acin"], [1, 2], [False, True])]
# How d and a meet: d alone is left out where there is no a, for it is the only way then.
MODES = [
    Dsp48(adds=adds, a_from=a, a_regs=regs, feeds=feeds, b_reg=b_reg, last=last, **pre)
    for adds, (a, regs, feeds), b_reg, last in product(
        ["", "c", "pcin"], A_PORTS, [False, True], [False, True]
    )
    for pre in (
        [{}, {"d": True}, {"d": True, "minus": True}, {"d": True, "idle_a": True}]
        if a
        else [{"d": True}]
    )
]
MODEL = primitive("xilinx", "DSP48E1")


def pair(mode: Dsp48, good: str = "", bad: str = "") -> tuple[str, str, str]:
    """A twin, perhaps spoilt, and the primitive."""
    return mode.text().replace(good, bad) if good else mode.text(), mode.text(), ""


def test_every_mode_has_a_name_of_its_own():
    assert len({mode.kind for mode in MODES}) == len({mode.text() for mode in MODES}) == len(MODES)


@needs_icarus
def test_twins_do_what_the_primitive_does(tmp_path, seed):
    rng = random.Random(seed)
    assert differences([pair(mode) for mode in rng.sample(MODES, 40)], MODEL, tmp_path, rng) == []


@needs_icarus
@pytest.mark.slow
def test_all_twins_do_what_the_primitive_does(tmp_path, seed):
    assert differences([pair(mode) for mode in MODES], MODEL, tmp_path, random.Random(seed)) == []


PAIR = Dsp48(adds="pcin", a_from="acin", a_regs=2, d=True, feeds=True)
BREAKS = [
    ("<= d_q + a2_q[24:0]", "<= d_q - a2_q[24:0]"),
    ("a2_q <= a1_q", "a2_q <= acin"),
    ("{18{ad_q[24]}}", "{18{1'b0}}"),
    ("{25{b[17]}}", "{25{1'b0}}"),
    ("{5{m_q[42]}}", "{5{1'b0}}"),
    ("m_q} + pcin", "m_q} - pcin"),
    ("assign acout = a2_q", "assign acout = acin"),
    ("if (ce_p)", "if (ce)"),
    ("if (ce_a1)", "if (ce_a2)"),
    ("p_q = 48'd0", "p_q = 48'd1"),
]


@needs_icarus
@pytest.mark.parametrize(("good", "bad"), BREAKS, ids=[bad for _, bad in BREAKS])
def test_a_wrong_twin_is_caught(good, bad, tmp_path, seed):
    assert good in PAIR.text()
    texts = [pair(PAIR), pair(PAIR, good, bad)]
    assert differences(texts, MODEL, tmp_path, random.Random(seed)) == [1]
