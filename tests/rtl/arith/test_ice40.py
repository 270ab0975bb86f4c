"""The behavioural twins of SB_MAC16 against the model of that primitive that Yosys ships."""

import random
from itertools import product

import pytest

from fxfir.rtl.arith.ice40 import block_text
from tests.rtl.arith.twins import differences, needs_icarus, primitive

MODEL = primitive("ice40", "SB_MAC16")
# Nothing in the primitive has a value at power-up: enough edges for the first words to arrive.
WARM = 40


def pair(*, long, a_signed=1, b_signed=1, good="", bad=""):
    text = block_text(long=long)
    if long:
        # The constant operand: it stands still, so each of some values has modules of its own.
        text = text.replace("input  wire [15:0] b,", "input  wire [15:0] b_,")
    parameters = f"#(.A_SIGNED(1'b{a_signed}), .B_SIGNED(1'b{b_signed}))"
    assert not good or good in text
    return text.replace(good, bad) if good else text, text, parameters


def held(texts, b):
    """The same pairs with a constant for the second operand."""
    wire = f"    wire [15:0] b = 16'd{b % (1 << 16)};\n"
    return [
        (twin.replace(");\n", f");\n{wire}", 1), real.replace(");\n", f");\n{wire}", 1), rest)
        for twin, real, rest in texts
    ]


@needs_icarus
def test_twins_do_what_the_primitive_does(tmp_path, seed):
    rng = random.Random(seed)
    texts = [pair(long=False, a_signed=a, b_signed=b) for a, b in product((0, 1), repeat=2)]
    for b in (1, -1, 7, -32768, 32767, rng.randint(-32768, 32767)):
        texts += held([pair(long=True), pair(long=True, a_signed=0)], b)
    for b in (65535, 32769):
        texts += held([pair(long=True, b_signed=0), pair(long=True, a_signed=0, b_signed=0)], b)
    assert differences(texts, MODEL, tmp_path, rng, first=WARM) == []


BREAKS = [
    ("odd[2] ?", "odd[1] ?"),
    ("b[15:1]}", "b[14:0]}"),
    ("odd[3] & b[0]", "odd[2] & b[0]"),
    ("a_q <= a[16:1]", "a_q <= a[15:0]"),
    ("{16{A_SIGNED & a_q[15]}}", "16'd0"),
    ("{16{B_SIGNED & b_q[15]}}", "16'd0"),
    ("h_q <= m_q", "h_q <= a_wide * b_wide"),
    ("{17{B_SIGNED & b[15]}}", "{17{1'b0}}"),
    ("h_q + half", "h_q"),
]


@needs_icarus
@pytest.mark.parametrize(("good", "bad"), BREAKS, ids=[bad for _, bad in BREAKS])
def test_a_wrong_twin_is_caught(good, bad, tmp_path, seed):
    def spoil(text):
        head, twin = text.split("`else") if good not in text.split("`ifdef")[0] else (text, "")
        if twin:
            return head + "`else" + twin.replace(good, bad)
        return text.replace(good, bad)

    ((twin, real, rest),) = held([pair(long=True)], -12345)
    assert good in twin
    # What primitive and twin share is compared with the product in the tests of multipliers.
    texts = [(twin, real, rest), (spoil(twin), real, rest)]
    assert differences(texts, MODEL, tmp_path, random.Random(seed), first=WARM) == [1]
