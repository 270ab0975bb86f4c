"""Sections that cannot be built: one sentence each."""

from fractions import Fraction

import numpy as np
import pytest

from fxfir.errors import FormatError, FxfirError, SectionError, StabilityError
from fxfir.quantize import quantize_sos

GOOD = [1.0, 2.0, 1.0, 1.0, -0.5, 0.25]
BEFORE = "poles must lie inside the unit circle, got pole radius "
BOTH = "give guard_bits or section_width, not both, got guard_bits = 1 and section_width = 20"
SHAPE = "sos must have rows of 6 numbers [b0, b1, b2, a0, a1, a2], got "


@pytest.mark.parametrize(
    ("sos", "error", "sentence"),
    [
        (np.ones((2, 5)), SectionError, SHAPE + "shape (2, 5)"),
        (np.ones(6), SectionError, SHAPE + "shape (6,)"),
        ([GOOD, GOOD[:5]], SectionError, SHAPE + "5 in sos[1]"),
        ([], SectionError, "sos must hold at least one row, got none"),
        (3, SectionError, "sos must be a list of rows of 6 numbers, got 3"),
        ("butter", SectionError, "sos must be a list of rows of 6 numbers, got 'butter'"),
        ([1, 2, 3, 4, 5, 6], SectionError, "sos[0] must be a flat list of numbers, got 1"),
        ([GOOD, [*GOOD[:3], 0, 1, 1]], SectionError, "a0 must differ from zero, got sos[1][3] = 0"),
        (
            [[0, 0, 0, *GOOD[3:]]],
            SectionError,
            "a numerator must differ from zero, got b0 = b1 = b2 = 0 in sos[0]",
        ),
        (
            [GOOD, [1, float("nan"), *GOOD[2:]]],
            SectionError,
            "sos[1] must be finite, got sos[1][1] = nan",
        ),
        ([[1, 2, 1j, *GOOD[3:]]], SectionError, "sos[0] must be real, got sos[0][2] = 1j"),
        ([[1, 2, "x", *GOOD[3:]]], SectionError, "sos[0] must be numbers, got sos[0][2] = 'x'"),
        (
            [GOOD, [1, 0, 0, 1, 0, 2.25]],
            StabilityError,
            BEFORE + "1.5 in section 1 before quantisation",
        ),
        (
            [[1, 0, 0, 1, -2, 1]],
            StabilityError,
            BEFORE + "1 in section 0 before quantisation",
        ),
    ],
)
def test_refused(sos: object, error: type[FxfirError], sentence: str) -> None:
    with pytest.raises(error) as caught:
        quantize_sos(sos)
    assert str(caught.value) == sentence


def test_poles_exactly_on_the_circle_are_refused_and_just_inside_are_not() -> None:
    on = [[1, 0, 0, 1, 0, 1]]
    with pytest.raises(StabilityError, match="pole radius 1 in section 0 before"):
        quantize_sos(on)
    inside = [[1, 0, 0, 1, 0, Fraction((1 << 20) - 1, 1 << 20)]]
    assert quantize_sos(inside, coeff_width=24).sections[0].after.radius < 1


def test_a_pole_that_rounding_pushes_out_is_refused_with_both_radii() -> None:
    sos = [GOOD, [1, 0, 0, 1, 0, 0.9999]]
    with pytest.raises(
        StabilityError,
        match=(
            r"^poles must lie inside the unit circle, got pole radius 1 in section 1 after "
            r"quantisation to sfix8_En6 \(0\.999949999 before; 14 bits are stable\)$"
        ),
    ):
        quantize_sos(sos, coeff_width=8)
    assert quantize_sos(sos, coeff_width=14).sections[0].after.radius < 1
    with pytest.raises(StabilityError, match="no width is stable with 6 fraction bits"):
        quantize_sos(sos, max_coeff_frac=6)
    assert quantize_sos(sos, coeff_width=18).sections[0].after.radius < 1


def test_a_numerator_that_rounds_to_zero() -> None:
    sos = [[1e-6, 0, 0, 1, 0, 0.25]]
    assert quantize_sos(sos)
    with pytest.raises(
        SectionError,
        match=r"above half an LSB of sfix18_En16, got at most 1e-06 in section 0",
    ):
        quantize_sos(sos, max_coeff_frac=16, scaling="none")


@pytest.mark.parametrize(
    ("options", "error", "sentence"),
    [
        ({"form": "df3"}, SectionError, "form must be one of df1, df2, df1t, df2t, got 'df3'"),
        ({"scaling": "l3"}, SectionError, "scaling must be one of linf, l1, l2, none, got 'l3'"),
        (
            {"coeff_width": 1},
            FormatError,
            "coeff_width must be an integer of at least 2 bits, got 1",
        ),
        (
            {"section_width": 0},
            FormatError,
            "section_width must be an integer of at least 2 bits, got 0",
        ),
        ({"guard_bits": 2.5}, FormatError, "guard_bits must be an integer, got 2.5"),
        (
            {"guard_bits": 1, "section_width": 20},
            FormatError,
            "give guard_bits or section_width, not both, got guard_bits = 1 and section_width = 20",
        ),
        ({"error_feedback": True}, SectionError, "error feedback needs form df1, got df2t"),
    ],
)
def test_bad_options(options: dict[str, object], error: type[FxfirError], sentence: str) -> None:
    with pytest.raises(error) as caught:
        quantize_sos([GOOD], **options)  # type: ignore[arg-type]
    assert str(caught.value) == sentence
