"""Fraction lengths, words and unused bits."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxfir.errors import FormatError
from fxfir.fixed import SQ, UQ, Format
from fxfir.quantize.coefficients import check_width, greatest_frac, narrowest, waste, words_of

VALUES = st.lists(
    st.floats(-1e6, 1e6).map(Fraction) | st.fractions(max_denominator=999), min_size=1, max_size=5
).filter(any)


@given(VALUES, st.integers(2, 24))
def test_greatest_frac_fits_and_one_more_does_not(values: list[Fraction], width: int) -> None:
    frac = greatest_frac(values, width)
    fits = Format(signed=True, width=width, frac=frac)
    assert all(fits.contains(round(v * Fraction(2) ** frac)) for v in values)
    assert not all(fits.contains(round(v * Fraction(2) ** (frac + 1))) for v in values)


@pytest.mark.parametrize(
    ("values", "width", "frac"),
    [
        ([1], 16, 14),
        ([-1], 16, 15),
        ([0.5, 0.25], 16, 15),
        ([0.99999], 16, 14),
        ([0.2], 16, 17),
        ([40000], 16, -1),
        ([1e-9], 16, 44),
        ([-1, 0.999], 8, 6),
    ],
)
def test_known_fracs(values: list[float], width: int, frac: int) -> None:
    assert greatest_frac([Fraction(v) for v in values], width) == frac


def test_words_are_half_even() -> None:
    values = [Fraction(5, 8), Fraction(7, 8), Fraction(-5, 8), Fraction(-7, 8)]
    assert words_of(values, 2) == (2, 4, -2, -4)


@given(st.lists(st.integers(-(2**17), 2**17 - 1), min_size=1, max_size=4), st.integers(-5, 30))
def test_narrowest_keeps_values_and_no_spare_bit(words: list[int], frac: int) -> None:
    short, coeff = narrowest(words, frac)
    assert all(coeff.contains(w) for w in short)
    assert [w * coeff.step for w in short] == [w * Fraction(2) ** -frac for w in words]
    if any(words):
        assert any(w & 1 for w in short)
        smaller = Format(signed=True, width=coeff.width - 1, frac=0) if coeff.width > 2 else None
        assert smaller is None or not all(smaller.contains(w) for w in short)


def test_waste_names_the_format_that_would_do() -> None:
    assert waste([8192, 16384, 24576], SQ(3, 13)) == SQ(3, 0)
    assert waste([3, 5], SQ(1, 15)) == Format(signed=True, width=4, frac=15)
    assert waste([3, 5], UQ(0, 16)) == Format(signed=False, width=3, frac=16)
    assert waste([8191, 1], SQ(1, 15)) is None


@pytest.mark.parametrize("width", [1, 0, -3, 2.5, True, "16"])
def test_widths_that_hold_no_coefficient(width: object) -> None:
    with pytest.raises(FormatError, match="coeff_width must be an integer of at least 2 bits, got"):
        check_width(width, "coeff_width")  # type: ignore[arg-type]
