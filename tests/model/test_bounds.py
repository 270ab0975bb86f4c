"""The guards: what float64 and its FFT really do, against what is promised of them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxfir.errors import GuardError
from fxfir.fixed import SQ, UQ, Cast, Overflow, Rounding, apply
from fxfir.model.bounds import FLOAT_INT, digit_bits, fft_error_bound, peak
from fxfir.model.fir_blocks import blas_limit, blas_sums, fft_length, fft_limit, fft_sums
from fxfir.model.floatcast import float_cast
from tests.filters import strategies


@pytest.mark.parametrize("n_taps", [16, 100, 1000, 5000])
@pytest.mark.parametrize("kind", ["noise", "constant", "signs"])
def test_measured_fft_errors_stay_far_below_the_bound(n_taps, kind):
    rng = np.random.default_rng(n_taps)
    taps = rng.integers(-(2**15), 2**15, n_taps)
    length = fft_length(n_taps)
    x = {
        "noise": rng.integers(-(2**23), 2**23, length),
        "constant": np.full(length, -(2**23)),
        "signs": np.resize(np.where(taps[::-1] < 0, -(2**23), 2**23 - 1), length),
    }[kind]
    spectrum = np.fft.rfft(x.astype(float)) * np.fft.rfft(taps.astype(float), length)
    got = np.fft.irfft(spectrum, length)[n_taps - 1 :]
    want = np.convolve(x, taps, "valid")
    error = np.abs(got - want).max()
    bound = fft_error_bound(taps.tolist(), 2**23, length)
    assert error < bound / 50
    # A constant happens to be transformed without error; noise shows that the bound is no dream.
    assert kind == "constant" or error > bound / 2**20


@pytest.mark.parametrize("length", [512, 4096, 65536])
def test_the_twiddle_factors_are_as_good_as_the_bound_takes_them(length):
    # The transform of a unit sample is a product of at most log2(length) twiddle factors.
    levels = length.bit_length() - 1
    u = 2.0**-53
    allowed = math.expm1(levels * math.log1p(8 * u) + levels * math.log1p(math.sqrt(5) * u))
    worst = 0.0
    for place in (1, 3, 7, length // 2 - 1, length - 1):
        x = np.zeros(length)
        x[place] = 1
        got = np.fft.rfft(x)
        # The angle is reduced as an integer, and taken in the first octant, where it is small.
        turns = np.arange(length // 2 + 1) * place % length
        worst = max(worst, np.abs(got - _unit(turns, length)).max())
    assert worst < allowed / 2


def _unit(turns, length):
    octant = length // 8
    quarter, rest = np.divmod(turns + octant, 2 * octant)
    angle = (rest - octant) * (2 * math.pi / length)
    return np.exp(-1j * angle) * np.array([1, -1j, -1, 1j])[quarter % 4]


def test_the_bound_grows_with_every_argument():
    base = fft_error_bound([3, 4], 100, 512)
    assert fft_error_bound([3, 8], 100, 512) > base
    assert fft_error_bound([3, 4], 101, 512) > base
    assert fft_error_bound([3, 4], 100, 1024) > base


def test_the_limits_are_where_the_guard_says():
    assert blas_limit([1]) == FLOAT_INT
    assert blas_limit([2**30, -(2**30)]) == 2**22
    assert blas_limit([FLOAT_INT]) == 1
    with pytest.raises(GuardError, match=r"must not exceed 2\*\*53 for float64 sums, got 9007"):
        blas_limit([FLOAT_INT, 1])
    taps = [2**15] * 1000
    limit = fft_limit(taps)
    assert fft_error_bound(taps, limit, fft_length(1000)) < 0.5
    assert fft_error_bound(taps, limit + 2, fft_length(1000)) > 0.49
    with pytest.raises(GuardError, match="good to half a unit for 6-bit digits, got an error"):
        fft_limit([2**45] * 100)


@pytest.mark.parametrize("n_taps", [3, 20, 70, 300])
def test_direct_sums_are_exact_up_to_the_guard(n_taps):
    # Odd taps and the largest input the guard admits: the sums use all 53 bits.
    rng = np.random.default_rng(n_taps)
    taps = [int(c) | 1 for c in rng.integers(-(2**20), 2**20, n_taps)]
    largest = blas_limit(taps)
    signs = np.sign(np.array(taps[::-1]))
    x = np.resize(signs, 200 + n_taps).astype(float) * largest
    got = blas_sums(taps)(x[None, :])[0]
    ints = [int(v) for v in x]
    want = [sum(c * ints[n - k] for k, c in enumerate(taps)) for n in range(n_taps - 1, len(ints))]
    assert got.tolist() == want
    assert max(want) > FLOAT_INT - 2**22 * n_taps


def test_fft_sums_do_rows_and_many_blocks():
    rng = np.random.default_rng(0)
    taps = rng.integers(-100, 100, 50)
    x = rng.integers(-1000, 1000, (3, 2000))
    got = fft_sums(taps.tolist())(x.astype(float))
    assert np.array_equal(got, [np.convolve(row, taps, "valid") for row in x])


@given(st.integers(1, 300), st.integers(1, 60))
def test_digits_cover_the_word(width, largest):
    digits = digit_bits(width, largest)
    assert sum(digits) == width
    assert max(digits) <= largest
    assert len(digits) == -(-width // largest)


def test_peak_is_the_largest_magnitude():
    assert peak(SQ(1, 15)) == 2**15
    assert peak(UQ(0, 16)) == 2**16 - 1


@given(
    strategies.casts(max_width=70, spread=40),
    st.integers(-30, 60),
    st.lists(st.integers(-(2**53), 2**53), min_size=1),
)
def test_a_float_cast_that_is_offered_is_exact(cast, frac, words):
    found = float_cast(cast, frac, min(words), max(words))
    if found is None:
        return
    got = found(np.array(words, dtype=float), np.empty(len(words), dtype=np.int64))
    assert got.tolist() == apply(cast, np.array(words, dtype=object), frac).tolist()


@pytest.mark.parametrize("overflow", Overflow)
@pytest.mark.parametrize("rounding", Rounding)
def test_float_casts_are_offered_for_ordinary_words(rounding, overflow):
    cast = Cast(to=SQ(1, 15), rounding=rounding, overflow=overflow)
    assert float_cast(cast, 30, -(2**40), 2**40) is not None
    words = np.arange(-(2**12), 2**12) * 2**12 + np.arange(-(2**12), 2**12)
    found = float_cast(cast, 20, int(words[0]), int(words[-1]))
    got = found(words.astype(float), np.empty(len(words), dtype=np.int64))
    assert np.array_equal(got, apply(cast, words, 20))


def test_float_casts_are_not_offered_beyond_the_guard():
    assert float_cast(Cast(to=SQ(1, 15)), 20, 0, FLOAT_INT + 1) is None
    half_up = Cast(to=SQ(1, 15), rounding=Rounding.HALF_UP)
    assert float_cast(half_up, 20, 0, FLOAT_INT) is None
    assert float_cast(Cast(to=SQ(1, 70)), 20, 0, 2**50) is None
    assert float_cast(Cast(to=SQ(1, 15)), 2000, 0, 1) is None
