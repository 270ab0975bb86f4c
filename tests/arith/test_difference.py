"""The distance of two cascades: closed forms, long float responses, cancelling sections."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.arith import Block
from fxfir.arith.difference import difference_gain
from fxfir.errors import StabilityError


@given(
    st.lists(
        st.tuples(st.integers(-30, 30), st.integers(-14, 14), st.integers(-9, 9)),
        min_size=1,
        max_size=3,
    ),
    st.integers(-3, 3),
)
@settings(max_examples=40)
def test_long_float_response_is_inside(rows: list[tuple[int, int, int]], moved: int) -> None:
    from scipy import signal

    impulse = np.zeros(4000)
    impulse[0] = 1
    responses, cascades = [], []
    for off in (0, moved):
        blocks, y = [], impulse
        for a1, a2, b1 in rows:
            first, second = Fraction(a1 + off, 32), Fraction(a2, 16)
            if not abs(first) < 1 + second:
                return
            blocks.append(Block(b=(1, Fraction(b1, 8)), a=(first, second)))
            y = signal.lfilter([1, b1 / 8], [1, float(first), float(second)], y)
        cascades.append(blocks)
        responses.append(y)
    gain = difference_gain(*cascades)
    found = float(np.sum(np.abs(responses[0] - responses[1])))
    assert float(gain.lower) - 1e-9 <= found <= float(gain.upper) + 1e-9


def test_equal_cascades_in_another_order_are_no_distance_apart() -> None:
    one = Block(b=(1, Fraction(1, 3)), a=(Fraction(-15, 8), Fraction(57, 64)))
    two = Block(b=(1, 1, 1), a=(Fraction(-1, 2), Fraction(3, 4)))
    gain = difference_gain([one, two], [two, one])
    assert gain.lower == 0
    assert gain.upper < Fraction(1, 2**59)


def test_stopping_early_stays_rigorous() -> None:
    near = Fraction(63, 64) + Fraction(1, 4096)
    one, two = (Block(b=(1,), a=(Fraction(-127, 64), near + d)) for d in (0, Fraction(1, 1 << 20)))
    whole = difference_gain([one], [two])
    early = difference_gain([one], [two], max_terms=300)
    assert early.terms == 300
    assert early.lower <= whole.lower
    assert whole.upper < early.upper


def test_unstable_cascades_are_refused() -> None:
    good, bad = Block(b=(1,), a=(Fraction(1, 2),)), Block(b=(1,), a=(-1,))
    with pytest.raises(StabilityError, match="poles must lie inside"):
        difference_gain([good], [bad])
