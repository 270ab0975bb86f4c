"""Casts: wide words, dtypes, construction and JSON."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxfir.errors import FilterError, FormatError
from fxfir.filters import Requantise, from_json, to_json
from fxfir.fixed import SQ, UQ, Cast, Format, Overflow, Rounding, apply, round_shift
from tests.fixed import formulas

casts = st.builds(
    Cast,
    to=st.builds(Format, signed=st.booleans(), width=st.integers(1, 90), frac=st.integers(-40, 90)),
    rounding=st.sampled_from(Rounding),
    overflow=st.sampled_from(Overflow),
)


@given(casts, st.lists(st.integers(-(2**100), 2**100), min_size=1), st.integers(-60, 100))
def test_wide_words_are_the_formula(cast, words, frac):
    want = [formulas.cast(v, frac, cast.to, cast.rounding, cast.overflow) for v in words]
    assert [cast(v, frac=frac) for v in words] == want
    got = apply(cast, np.array(words, dtype=object), frac)
    assert got.tolist() == want


@given(casts, st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1), st.integers(-60, 100))
def test_int64_arrays_never_overflow_inside(cast, words, frac):
    got = apply(cast, np.array(words, dtype=np.int64), frac)
    assert got.tolist() == [cast(v, frac=frac) for v in words]
    assert (got.dtype == object) == (cast.to.width > (64 if cast.to.signed else 63))


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1), casts)
def test_uint64_arrays_are_read_as_they_are(words, cast):
    got = apply(cast, np.array(words, dtype=np.uint64), 7)
    assert got.tolist() == [cast(v, frac=7) for v in words]


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32])
def test_narrow_dtypes_do_not_overflow(dtype):
    info = np.iinfo(dtype)
    words = np.array([info.min, 0, 1, info.max], dtype=dtype)
    cast = Cast(to=SQ(60, 2))
    assert apply(cast, words, 0).tolist() == [4 * int(v) for v in words]


def test_an_empty_array_stays_empty():
    assert apply(Cast(to=SQ(1, 3)), np.zeros(0, dtype=np.int64), 9).shape == (0,)
    assert apply(Cast(to=SQ(1, 3)), np.zeros((2, 0), dtype=np.int64), -9).shape == (2, 0)


def test_appending_bits_is_exact_at_any_width():
    assert round_shift(np.array([2**62]), -10, Rounding.FLOOR).tolist() == [2**72]
    assert round_shift(5, -100, Rounding.FLOOR) == 5 * 2**100


def test_the_argument_is_not_changed():
    words = np.array([100, -100])
    apply(Cast(to=SQ(1, 3)), words, 4)
    apply(Cast(to=SQ(1, 3), overflow=Overflow.WRAP), words, 3)
    assert words.tolist() == [100, -100]


def test_defaults():
    cast = Cast(to=SQ(1, 15))
    assert cast.rounding is Rounding.HALF_EVEN
    assert cast.overflow is Overflow.SATURATE


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"to": "sfix16_En15"}, "to of a cast must be a Format, got 'sfix16_En15'"),
        ({"rounding": "floor"}, "rounding of a cast must be a Rounding, got 'floor'"),
        ({"overflow": "wrap"}, "overflow of a cast must be a Overflow, got 'wrap'"),
    ],
)
def test_refused_fields(fields, message):
    with pytest.raises(FormatError, match=message):
        Cast(**{"to": SQ(1, 15), **fields})


@given(casts)
def test_json_reads_back(cast):
    node = Requantise(input=UQ(4, 4), cast=cast)
    data = to_json(node)
    assert data["cast"] == {
        "to": str(cast.to),
        "rounding": cast.rounding.value,
        "overflow": cast.overflow.value,
    }
    assert from_json(data) == node


def test_json_names_are_lower_snake_case_and_may_be_left_out():
    assert [r.value for r in Rounding] == [
        "floor", "ceil", "to_zero", "half_up", "half_down", "half_away", "half_even",
    ]  # fmt: skip
    assert [o.value for o in Overflow] == ["wrap", "saturate"]
    data = {"type": "Requantise", "input": "ufix8", "cast": {"to": "sfix4"}}
    assert from_json(data).cast == Cast(to=SQ(4, 0))


@pytest.mark.parametrize(
    ("cast", "message"),
    [
        ({"to": "sfix4", "rounding": "nearest"}, "rounding must be one of floor, .* got 'nearest'"),
        ({"to": "sfix4", "overflow": "clip"}, "overflow must be one of wrap, saturate, got 'clip'"),
        ({"to": "sfix4", "round": "floor"}, "a cast has the keys to, rounding, overflow, got"),
        ({"rounding": "floor"}, "a cast must be an object with the key 'to', got"),
        ("sfix4", "a cast must be an object with the key 'to', got 'sfix4'"),
    ],
)
def test_refused_json(cast, message):
    with pytest.raises(FilterError, match=message):
        from_json({"type": "Requantise", "input": "ufix8", "cast": cast})
