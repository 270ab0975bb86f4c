"""Ranges of weighted sums against every input there is."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from fxfir.arith import l1_norm, sum_range


@given(
    st.lists(st.integers(-9, 9), min_size=1, max_size=4),
    st.integers(-3, 0),
    st.integers(0, 3),
)
def test_both_ends_are_attained_and_not_exceeded(weights: list[int], lo: int, hi: int) -> None:
    sums = [
        sum(w * x for w, x in zip(weights, xs, strict=True))
        for xs in product(range(lo, hi + 1), repeat=len(weights))
    ]
    assert sum_range(weights, lo, hi) == (min(sums), max(sums))


def test_range_that_does_not_hold_zero() -> None:
    assert sum_range([2, -3], 5, 7) == (2 * 5 - 3 * 7, 2 * 7 - 3 * 5)


def test_l1_norm_is_the_gain_of_the_sign_pattern() -> None:
    taps = [3, -5, 0, 7]
    assert l1_norm(taps) == sum_range(taps, -1, 1)[1] == 15
