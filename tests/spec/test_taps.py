from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxfir.errors import ReadError, TapsError
from fxfir.fixed import Format
from fxfir.spec import Codes, Values, read_taps

Q15 = Format.parse("sfix16_En15")


@pytest.mark.parametrize(
    "items",
    [[1, 2, 3], (1.0, 2.0, 3.0), np.array([1, 2, 3]), [Fraction(1), np.float32(2), np.uint8(3)]],
)
def test_taps_are_real_values(items):
    assert Values(values=items).values == (1.0, 2.0, 3.0)


@pytest.mark.parametrize(
    ("items", "sentence"),
    [
        ([], "a FIR filter needs at least one tap, got none"),
        ([1, float("nan")], r"taps must be finite, got taps\[1\] = nan"),
        ([1, 2, -float("inf")], r"taps must be finite, got taps\[2\] = -inf"),
        ([10**400], r"taps must be finite, got taps\[0\] = 1000"),
        ([1, 2j], r"taps must be real, got taps\[1\] = 2j"),
        (np.array([1, 2], dtype=complex), r"taps must be real, got taps\[0\] = \(1\+0j\)"),
        ([1, "2"], r"taps must be numbers, got taps\[1\] = '2'"),
        ([1, None], r"taps must be numbers, got taps\[1\] = None"),
        ([True], r"taps must be numbers, got taps\[0\] = True"),
        ([[1, 2]], r"taps must be numbers, got taps\[0\] = \[1, 2\]"),
        (np.zeros((2, 2)), r"taps must be one-dimensional, got an array of shape \(2, 2\)"),
        ("123", "taps must be a sequence of numbers, got '123'"),
        (3, "taps must be a sequence of numbers, got 3"),
    ],
)
def test_bad_taps_name_their_position(items, sentence):
    with pytest.raises(TapsError, match=f"^{sentence}"):
        Values(values=items)


@pytest.mark.parametrize(
    "text",
    ["0.1,0.5,0.1", "0.1 0.5 0.1", " 0.1, 0.5 ,0.1\n", "[0.1, 0.5, 0.1]", "1e-1\t.5 +0.1"],
)
def test_lists(text):
    assert read_taps(text).values == (0.1, 0.5, 0.1)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_a_list_gives_the_doubles_that_python_gives(values):
    text = ",".join(map(repr, values))
    assert read_taps(text) == Values(values=values)


def test_a_list_may_be_longer_than_a_file_name():
    assert len(read_taps(",".join(["0.125"] * 5000)).values) == 5000


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "a FIR filter needs at least one tap, got ''"),
        ("[]", r"a FIR filter needs at least one tap, got '\[\]'"),
        ("1,,2", r"taps must be numbers, got nothing at taps\[1\]"),
        ("1,2,", r"taps must be numbers, got nothing at taps\[2\]"),
        ("1,nan", r"taps must be finite, got taps\[1\] = nan"),
        ("-Infinity", r"taps must be finite, got taps\[0\] = -Infinity"),
        ("1e999", r"taps must be finite, got taps\[0\] = 1e999"),
        ("1,2+3j", r"taps must be real, got taps\[1\] = 2\+3j"),
        ("1 abc", r"taps must be numbers, got taps\[1\] = 'abc'"),
        ("0x10", r"taps must be numbers, got taps\[0\] = '0x10'"),
        ("1_000", r"taps must be numbers, got taps\[0\] = '1_000'"),
        ("0.1;0.2", r"taps must be numbers, got taps\[0\] = '0.1;0.2'"),
    ],
)
def test_bad_lists(text, sentence):
    with pytest.raises(TapsError, match=f"^{sentence}$"):
        read_taps(text)


def test_a_file_that_is_not_there_is_called_so():
    with pytest.raises(ReadError, match=r"^a file must exist to be read, got no/such\.csv$"):
        read_taps("no/such.csv")


def _hex(*words, width=None):
    return Codes(words=[int(w, 16) for w in words], digits=[4 * len(w) for w in words], width=width)


def test_codes_are_words_of_the_format():
    assert _hex("7fff", "8000", "ffff", "0001").integers(Q15) == (32767, -32768, -1, 1)
    assert _hex("7fff", "8000").values(Q15) == (32767 / 32768, -1.0)


def test_patterns_may_be_sign_extended_or_padded_to_the_digit():
    q14 = Format.parse("sfix14_En13")
    assert _hex("1fff", "ffff", "3fff", "e000", "2000").integers(q14) == (
        8191,
        -1,
        -1,
        -8192,
        -8192,
    )
    with pytest.raises(TapsError, match=r"got taps\[1\] = 49152$"):
        _hex("0000", "c000").integers(q14)


def test_leading_zeros_may_be_missing():
    assert _hex("1", "ff", "8000").integers(Q15) == (1, 255, -32768)


def test_short_patterns_with_a_top_bit_are_ambiguous():
    sentence = r"^patterns of 8 bits are ambiguous as sfix16_En15, .* got taps\[1\] = 0xff$"
    with pytest.raises(TapsError, match=sentence):
        _hex("01", "ff").integers(Q15)
    assert _hex("01", "7f").integers(Q15) == (1, 127)


def test_a_declared_width_settles_the_sign():
    assert _hex("ff9", "155", width=12).integers(Q15) == (-7, 341)
    with pytest.raises(TapsError, match="codes of 12 bits need a format as wide, got sfix8_En7"):
        _hex("ff9", width=12).integers(Format.parse("sfix8_En7"))


def test_unsigned_codes_keep_their_top_bit():
    assert _hex("ff", "80").integers(Format.parse("ufix8_En8")) == (255, 128)


def test_codes_need_a_format_and_must_fit_it():
    codes = Codes(words=[1, 40000], digits=[None, None], source="a.coe")
    with pytest.raises(TapsError, match=r"need a coefficient format .*, got none in a\.coe$"):
        codes.integers(None)
    sentence = r"^a tap must fit sfix16_En15 \[-32768, 32767\], got taps\[1\] = 40000 in a\.coe$"
    with pytest.raises(TapsError, match=sentence):
        codes.integers(Q15)


def test_codes_wider_than_a_double_stay_exact():
    wide = Format(signed=True, width=70, frac=69)
    word = (1 << 68) + 1
    assert Codes(words=[word], digits=[None]).integers(wide) == (word,)
