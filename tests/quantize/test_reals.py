"""What a caller may bring as numbers, and the sentence for everything else."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from fxfir.errors import TapsError
from fxfir.quantize.reals import exact_reals


@pytest.mark.parametrize(
    "values",
    [
        [0.1, 2, Fraction(1, 3)],
        (Decimal("0.1"), 5),
        np.array([0.1, 0.2]),
        np.array([1, -2], dtype=np.int8),
        np.array([0.1], dtype=np.float32),
        np.array([3], dtype=np.uint64),
        range(3),
        (v for v in (0.5, 0.25)),
        [np.float64(0.1), np.int32(4), np.longdouble("0.1")],
        [5e-324, 1e308],
    ],
)
def test_values_are_exact(values: object) -> None:
    kept = list(values)  # type: ignore[call-overload]
    found = exact_reals(kept if not isinstance(values, np.ndarray) else values, "taps", TapsError)
    assert len(found) == len(kept)
    for exact, value in zip(found, kept, strict=True):
        numerator, denominator = (
            value.as_integer_ratio() if hasattr(value, "as_integer_ratio") else (int(value), 1)
        )
        assert exact == Fraction(int(numerator), int(denominator))


def test_a_generator_is_read_once() -> None:
    assert exact_reals((v for v in (1, 2)), "taps", TapsError) == (1, 2)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ([], "taps must hold at least one number, got none"),
        (np.array([]), "taps must hold at least one number, got none"),
        ([0.1, float("nan")], "taps must be finite, got taps[1] = nan"),
        ([float("inf")], "taps must be finite, got taps[0] = inf"),
        ([1, -float("inf")], "taps must be finite, got taps[1] = -inf"),
        (np.array([1, np.nan], dtype=np.float32), "taps must be finite, got taps[1] = nan"),
        ([Decimal("NaN")], "taps must be finite, got taps[0] = NaN"),
        ([1, 2, 1j], "taps must be real, got taps[2] = 1j"),
        (np.array([1, 2j]), "taps must be real, got taps[0] = (1+0j)"),
        ([1, "x"], "taps must be numbers, got taps[1] = 'x'"),
        ([1, None], "taps must be numbers, got taps[1] = None"),
        ([True], "taps must be numbers, got taps[0] = True"),
        (np.array([True]), "taps must be numbers, got taps[0] = True"),
        ([[1, 2]], "taps must be numbers, got taps[0] = [1, 2]"),
        (np.ones((2, 3)), "taps must be a flat list of numbers, got shape (2, 3)"),
        ("1,2", "taps must be a flat list of numbers, got '1,2'"),
        (3.0, "taps must be a flat list of numbers, got 3.0"),
        ({1: 2}, "taps must be a flat list of numbers, got {1: 2}"),
    ],
)
def test_refused(values: object, sentence: str) -> None:
    with pytest.raises(TapsError) as caught:
        exact_reals(values, "taps", TapsError)
    assert str(caught.value) == sentence
