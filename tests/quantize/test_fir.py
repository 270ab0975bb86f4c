"""Taps to words: defaults, formats, scaling, warnings, and what does not fit."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxfir.errors import FilterError, FormatError, TapsError
from fxfir.fixed import SQ, UQ, Cast, Format, Overflow, Rounding
from fxfir.quantize import fir_from_codes, quantize_fir

Q15 = SQ(1, 15)


def test_defaults() -> None:
    made = quantize_fir([0.1, 0.5, 0.1])
    assert made.filter.input == Q15
    assert made.filter.output == Cast(to=Q15)
    # 0.5 * 2**16 would be 32768, one too many.
    assert made.filter.coeff == Q15
    assert made.filter.taps == (3277, 16384, 3277)
    assert made.ideal == (Fraction(0.1), Fraction(0.5), Fraction(0.1))
    assert made.gain == 1
    assert made.output_fits
    assert made.warnings == ()


def test_taps_are_values_always() -> None:
    made = quantize_fir([1, 2, 3])
    assert made.filter.coeff == SQ(3, 13)
    assert made.filter.taps == (8192, 16384, 24576)
    assert made.warnings[0] == "coefficients in sfix16_En13 would fit sfix3_En0"


@given(
    st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=8).filter(any),
    st.integers(2, 30),
)
def test_every_word_is_within_half_an_lsb(taps: list[float], width: int) -> None:
    made = quantize_fir(taps, coeff_width=width)
    step = made.filter.coeff.step
    for word, tap in zip(made.filter.taps, taps, strict=True):
        assert abs(word * step - Fraction(tap)) <= step / 2


def test_a_given_format_is_kept() -> None:
    made = quantize_fir([0.25, -0.5], coeff=SQ(1, 7), input=UQ(0, 8), output=SQ(2, 8))
    assert made.filter.taps == (32, -64)
    assert (made.filter.input, made.filter.output.to) == (UQ(0, 8), SQ(2, 8))
    unsigned = quantize_fir([0.25, 0.5], coeff=UQ(0, 8))
    assert unsigned.filter.taps == (64, 128)


def test_rounding_and_overflow_are_the_output_s() -> None:
    made = quantize_fir([0.3], rounding=Rounding.FLOOR, overflow=Overflow.WRAP)
    assert made.filter.output == Cast(to=Q15, rounding=Rounding.FLOOR, overflow=Overflow.WRAP)
    assert made.filter.taps == (19661,)


@pytest.mark.parametrize(
    ("taps", "coeff", "sentence"),
    [
        ([0.1, 1.0], Q15, "taps must fit sfix16_En15 [-1, 0.999969482], got taps[1] = 1"),
        ([-0.1], UQ(0, 8), "taps must fit ufix8_En8 [0, 0.99609375], got taps[0] = -0.1"),
        (
            [1e-9, -2e-9],
            Q15,
            (
                "at least one tap must stay above half an LSB of sfix16_En15, got at most "
                "taps[1] = -2e-09"
            ),
        ),
        ([0.0, 0], None, "at least one tap must differ from zero, got 2 zeros"),
        ([0.5, float("nan")], None, "taps must be finite, got taps[1] = nan"),
        ([1 + 2j], None, "taps must be real, got taps[0] = (1+2j)"),
        ([], None, "taps must hold at least one number, got none"),
    ],
)
def test_refused(taps: list[float], coeff: Format | None, sentence: str) -> None:
    with pytest.raises(TapsError) as caught:
        quantize_fir(taps, coeff=coeff)
    assert str(caught.value) == sentence


def test_a_width_without_room() -> None:
    with pytest.raises(FormatError, match="at least 2 bits, got 1"):
        quantize_fir([0.5], coeff_width=1)


def test_scaling_fills_the_range_and_tells_the_gain() -> None:
    taps = [0.1, -0.6, 0.3]
    made = quantize_fir(taps, scale_taps=True)
    # The negative end of two's complement is reached, as -0.6 is the largest.
    assert made.filter.taps[1] == -32768
    assert made.gain == 1 / Fraction(0.6)
    assert made.ideal == tuple(map(Fraction, taps))
    assert made.notes == ("taps are scaled by 1.66666667 to fill sfix16_En15",)
    positive = quantize_fir([0.1, 0.6, -0.3], scale_taps=True)
    assert positive.filter.taps[1] == 32767
    assert positive.gain == Fraction(32767, 32768) / Fraction(0.6)


def test_scaling_into_a_given_format_may_reduce() -> None:
    made = quantize_fir([3.0, 1.5], coeff=Q15, scale_taps=True)
    assert made.filter.taps == (32767, 16384)
    assert made.gain == Fraction(32767, 3 * 32768)


def test_negative_taps_cannot_be_scaled_into_an_unsigned_format() -> None:
    with pytest.raises(TapsError, match=r"taps must fit ufix8_En8 \[0, 255\], got taps\[1\] = -1"):
        quantize_fir([1.0, -1.0], coeff=UQ(0, 8), scale_taps=True)


def test_the_output_that_does_not_fit_is_named() -> None:
    made = quantize_fir([0.75, 0.75])
    assert not made.output_fits
    assert made.output_needed == SQ(2, 15)
    assert made.warnings == (
        "coefficients in sfix16_En15 would fit sfix3_En2",
        (
            "the exact output range [-1.5, 1.49994] exceeds sfix16_En15 and will saturate; "
            "sfix17_En15 fits"
        ),
    )
    assert quantize_fir([0.75, 0.75], output=made.output_needed).output_fits


@given(
    st.lists(st.floats(-2, 2), min_size=1, max_size=4).filter(any),
    st.sampled_from(Rounding),
    st.integers(0, 20),
)
def test_the_needed_output_holds_the_ends_and_no_narrower_one(
    taps: list[float], rounding: Rounding, frac: int
) -> None:
    output = Format(signed=True, width=8, frac=frac)
    made = quantize_fir(taps, coeff_width=12, output=output, rounding=rounding)
    wide = quantize_fir(taps, coeff_width=12, output=made.output_needed, rounding=rounding)
    assert wide.output_fits
    if not made.output_fits:
        needed = made.output_needed
        assert needed.width > output.width or needed.signed != output.signed
        narrow = Format(signed=needed.signed, width=needed.width - 1, frac=frac)
        assert not quantize_fir(taps, coeff_width=12, output=narrow, rounding=rounding).output_fits


def test_taps_that_vanish_are_counted() -> None:
    made = quantize_fir([0.5, 1e-9, 0.0, 1e-9])
    assert made.notes == ("2 of 4 taps round to zero in sfix16_En15",)


def test_codes() -> None:
    made = fir_from_codes([1, -2, 3], SQ(1, 7))
    assert made.filter.taps == (1, -2, 3)
    assert made.ideal == (Fraction(1, 128), Fraction(-1, 64), Fraction(3, 128))
    assert made.gain == 1
    assert made.warnings == ("coefficients in sfix8_En7 would fit sfix3_En7",)
    assert fir_from_codes(np.array([1, 2]), SQ(1, 7)).filter.taps == (1, 2)


@pytest.mark.parametrize(
    ("codes", "error", "match"),
    [
        ([1, 128], TapsError, r"taps must fit sfix8_En7 \[-128, 127\], got taps\[1\] = 128"),
        ([], TapsError, "at least one tap, got none"),
        ([0], TapsError, "at least one tap must differ from zero"),
        ([1, 0.5], FilterError, r"taps\[1\] must be an integer, got 0.5"),
    ],
)
def test_bad_codes(codes: list[int], error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        fir_from_codes(codes, SQ(1, 7))


def test_no_scipy_on_this_path() -> None:
    import subprocess
    import sys

    program = (
        "import sys; from fxfir.quantize import quantize_fir;"
        "from fxfir.analysis import error_bound; made = quantize_fir([0.1, 0.5]);"
        "error_bound(made.filter, made.ideal); assert 'scipy' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
