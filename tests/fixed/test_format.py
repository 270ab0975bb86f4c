"""Formats: text both ways, ranges, and every refusal with its sentence."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxfir.errors import FormatError, FxfirError
from fxfir.fixed import SQ, UQ, Format

formats = st.builds(
    Format,
    signed=st.booleans(),
    width=st.integers(1, 200),
    frac=st.integers(-100, 300),
)


@given(formats)
def test_text_reads_back(fmt):
    assert Format.parse(str(fmt)) == fmt


@given(formats)
def test_the_range_has_two_to_the_width_words(fmt):
    assert fmt.hi - fmt.lo + 1 == 2**fmt.width
    assert (fmt.lo < 0) == fmt.signed
    assert fmt.contains(fmt.lo)
    assert fmt.contains(fmt.hi)
    assert not fmt.contains(fmt.lo - 1)
    assert not fmt.contains(fmt.hi + 1)


@pytest.mark.parametrize(
    ("text", "fmt"),
    [
        ("sfix16_En15", SQ(1, 15)),
        ("ufix8_En0", UQ(8, 0)),
        ("ufix8", UQ(8, 0)),
        ("sfix8_E2", Format(signed=True, width=8, frac=-2)),
        ("ufix4_En9", Format(signed=False, width=4, frac=9)),
        (" sfix1_En0 ", Format(signed=True, width=1, frac=0)),
    ],
)
def test_known_texts(text, fmt):
    assert Format.parse(text) == fmt


def test_int_bits_and_step():
    fmt = Format.parse("sfix16_En18")
    assert fmt.int_bits == -2
    assert fmt.step == Fraction(1, 2**18)
    assert Format.parse("ufix8_E3").step == 8


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Q15", r"'Q15' may mean sfix16_En15 \(sign bit not counted\) or sfix15_En15 \(all bits"),
        ("q1.15", r"'q1.15' may mean sfix16_En15 \(sign bit counted\) or sfix17_En15 \(sign bit"),
        ("UQ0.16", r"a bare Q format is ambiguous, write ufixW_EnF instead of 'UQ0.16'"),
        ("sfix0_En0", r"a format must have at least 1 bit, got 'sfix0_En0'"),
        ("fix16_En15", r"a format must look like sfix16_En15 or ufix8_En0, got 'fix16_En15'"),
        ("sfix16_En", r"a format must look like .* got 'sfix16_En'"),
        ("sfix16En15", r"a format must look like .* got 'sfix16En15'"),
        ("sfix-3_En0", r"a format must look like .* got 'sfix-3_En0'"),
        ("", r"a format must look like .* got ''"),
        (16, r"a format must be text such as sfix16_En15, got 16"),
    ],
)
def test_refused_texts(text, message):
    with pytest.raises(FormatError, match=message):
        Format.parse(text)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"width": 0}, "width must be at least 1 bit, got 0"),
        ({"width": -4}, "width must be at least 1 bit, got -4"),
        ({"width": 8.0}, r"width must be an integer, got 8\.0"),
        ({"frac": "3"}, "frac must be an integer, got '3'"),
        ({"frac": True}, "frac must be an integer, got True"),
        ({"signed": 1}, "signed must be a bool, got 1"),
    ],
)
def test_refused_fields(fields, message):
    with pytest.raises(FormatError, match=message):
        Format(**{"signed": True, "width": 8, "frac": 0, **fields})


def test_errors_are_value_errors_too():
    assert issubclass(FormatError, FxfirError)
    assert issubclass(FormatError, ValueError)


@given(st.integers(-(2**70), 2**70), st.integers(-(2**70), 2**70))
def test_holding_is_the_narrowest(one, other):
    lo, hi = min(one, other), max(one, other)
    fmt = Format.holding(lo, hi, 3)
    assert fmt.frac == 3
    assert all(fmt.contains(v) for v in (lo, hi, 0))
    assert fmt.signed == (lo < 0)
    if fmt.width > 1:
        narrower = Format(signed=fmt.signed, width=fmt.width - 1, frac=3)
        assert not (narrower.contains(lo) and narrower.contains(hi))


def test_formats_are_frozen_and_hashable():
    with pytest.raises(AttributeError):
        SQ(1, 15).width = 3
    assert len({SQ(1, 15), SQ(1, 15), UQ(1, 15)}) == 2
