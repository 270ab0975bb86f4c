"""Exact rounding of fractions against Python's own, which is half-even."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from fxfir.arith import common_denominator, half_even, half_even_scaled

FRACTIONS = st.fractions(max_denominator=1 << 20) | st.builds(
    Fraction, st.integers(-(10**6), 10**6), st.sampled_from([1, 2, 4, 8])
)


@given(FRACTIONS)
def test_half_even_is_pythons_round(value: Fraction) -> None:
    assert half_even(value.numerator, value.denominator) == round(value)


@given(FRACTIONS, st.integers(-40, 40))
def test_scaled_half_even_is_pythons_round(value: Fraction, frac: int) -> None:
    assert half_even_scaled(value, frac) == round(value * Fraction(2) ** frac)


@given(st.lists(FRACTIONS, min_size=1, max_size=6))
def test_common_denominator_keeps_every_value(values: list[Fraction]) -> None:
    numerators, denominator = common_denominator(values)
    assert [Fraction(n, denominator) for n in numerators] == values


def test_common_denominator_of_doubles_is_a_power_of_two() -> None:
    _, denominator = common_denominator([Fraction(0.1), Fraction(0.3), Fraction(3)])
    assert denominator & (denominator - 1) == 0
