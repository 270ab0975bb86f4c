"""The FIR contract: its accumulator and its refusals."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxfir.errors import FilterError, TapsError
from fxfir.filters import FixedFir
from fxfir.fixed import SQ, UQ, Cast, Format
from tests.filters import strategies

FIELDS = {"taps": (1, -2, 3), "coeff": SQ(3, 0), "input": SQ(1, 7), "output": Cast(to=SQ(1, 7))}


@given(
    st.lists(st.integers(-4, 3), min_size=1, max_size=3).filter(any),
    st.booleans(),
    st.integers(1, 3),
)
def test_acc_range_is_attained_and_never_left(taps, signed, width):
    fmt = Format(signed=signed, width=width, frac=1)
    fir = FixedFir(taps=taps, coeff=SQ(3, 0), input=fmt, output=Cast(to=SQ(4, 4)))
    words = range(fmt.lo, fmt.hi + 1)
    sums = [
        sum(c * x for c, x in zip(taps, xs, strict=True)) for xs in product(words, repeat=len(taps))
    ]
    assert fir.acc_range == (min(sums), max(sums))
    assert fir.acc == Format.holding(min(sums), max(sums), frac=1)


@pytest.mark.parametrize(
    ("taps", "fmt", "acc_range", "acc"),
    [
        # sfix16 x sfix16, one tap: 32768 * 32768 needs 32 bits, since -32768 is a tap.
        ((-32768,), SQ(1, 15), (-32768 * 32767, 32768 * 32768), "sfix32_En30"),
        ((32767,), SQ(1, 15), (-32767 * 32768, 32767 * 32767), "sfix31_En30"),
        # Unsigned input, taps of one sign: the sum has one sign too.
        ((1, 2, 3), UQ(8, 0), (0, 6 * 255), "ufix11_En15"),
        ((-1, -2), UQ(8, 0), (-3 * 255, 0), "sfix11_En15"),
        ((5, -5), UQ(8, 0), (-1275, 1275), "sfix12_En15"),
    ],
)
def test_known_accumulators(taps, fmt, acc_range, acc):
    fir = FixedFir(taps=taps, coeff=SQ(1, 15), input=fmt, output=Cast(to=SQ(1, 7)))
    assert fir.acc_range == acc_range
    assert str(fir.acc) == acc


@given(strategies.firs(max_width=100))
def test_acc_is_exact_at_any_width(fir):
    lo, hi = fir.acc_range
    assert fir.acc.contains(lo)
    assert fir.acc.contains(hi)
    assert fir.acc.frac == fir.coeff.frac + fir.input.frac


def test_lanes():
    fir = FixedFir(**FIELDS)
    assert (fir.n_in, fir.n_out, fir.n_taps) == (1, 1, 3)
    assert fir.inputs == (SQ(1, 7),)
    assert fir.outputs == (SQ(1, 7),)


def test_equality_is_meaning():
    assert FixedFir(**FIELDS) == FixedFir(**{**FIELDS, "taps": [1, -2, 3]})
    assert FixedFir(**FIELDS) != FixedFir(**{**FIELDS, "taps": [1, -2, 3, 0]})
    assert hash(FixedFir(**FIELDS)) == hash(FixedFir(**FIELDS))


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"taps": ()}, TapsError, "a FIR filter needs at least one tap, got none"),
        ({"taps": (0, 0)}, TapsError, "at least one tap must differ from zero, got 2 zeros"),
        ({"taps": (1, 4)}, TapsError, r"taps must fit sfix3_En0 \[-4, 3\], got taps\[1\] = 4"),
        ({"taps": (1, 2.0)}, FilterError, r"taps\[1\] must be an integer, got 2\.0"),
        ({"taps": (True,)}, FilterError, r"taps\[0\] must be an integer, got True"),
        ({"coeff": "sfix3"}, FilterError, "coeff must be a Format, got 'sfix3'"),
        ({"input": None}, FilterError, "input must be a Format, got None"),
        ({"output": SQ(1, 7)}, FilterError, "output must be a Cast, got Format"),
    ],
)
def test_refused(fields, error, message):
    with pytest.raises(error, match=message):
        FixedFir(**{**FIELDS, **fields})
