"""Every word of up to 8 bits, every rounding, every overflow: against the formulas."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from fxfir.fixed import Cast, Format, Overflow, Rounding, apply
from fxfir.fixed import cast as cast_module
from tests.fixed import formulas

WORDS = np.arange(-128, 256)  # all signed and all unsigned words of up to 8 bits
SHIFTS = range(-3, 11)  # from appended bits to all bits dropped, and beyond
TARGETS = [
    Format(signed=signed, width=width, frac=0) for signed in (True, False) for width in range(1, 9)
]


@pytest.mark.parametrize("rounding", Rounding)
def test_every_rounding_of_every_word_is_the_formula(rounding):
    for shift in SHIFTS:
        exact = [formulas.ROUND[rounding](Fraction(int(v)) / Fraction(2) ** shift) for v in WORDS]
        for to, overflow in product(TARGETS, Overflow):
            want = np.array([formulas.limit(q, to, overflow) for q in exact])
            got = apply(Cast(to=to, rounding=rounding, overflow=overflow), WORDS, shift)
            assert got.dtype == np.int64
            assert np.array_equal(got, want), (shift, to, overflow)


@pytest.mark.parametrize("overflow", Overflow)
@pytest.mark.parametrize("rounding", Rounding)
def test_int64_object_and_python_integers_agree(rounding, overflow):
    for shift, to in product(SHIFTS, TARGETS):
        cast = Cast(to=to, rounding=rounding, overflow=overflow)
        want = apply(cast, WORDS, shift)
        assert np.array_equal(apply(cast, WORDS.astype(object), shift), want)
        for word in (-128, -3, -1, 0, 1, 2, 127, 255):
            one = cast(word, frac=shift)
            assert type(one) is int
            assert one == want[word + 128]


def test_only_the_difference_of_the_binary_points_matters():
    cast = Cast(to=Format(signed=True, width=5, frac=2))
    moved = Cast(to=Format(signed=True, width=5, frac=-30))
    assert np.array_equal(apply(cast, WORDS, 5), apply(moved, WORDS, -27))


def test_a_broken_rounding_is_caught(monkeypatch):
    def one_too_many(values, shift, rounding):
        return (values + (1 << (shift - 1))) >> shift  # half-up whatever was asked

    monkeypatch.setattr(cast_module, "round_shift_right", one_too_many)
    caught = []
    for rounding in Rounding:
        try:
            test_every_rounding_of_every_word_is_the_formula(rounding)
        except AssertionError:
            caught.append(rounding)
    assert set(caught) == set(Rounding) - {Rounding.HALF_UP}
