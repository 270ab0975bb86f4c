"""The ideal output against exact fractions, and errors that are known by hand."""

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.analysis import ideal_output
from fxfir.fixed import SQ

EIGHTHS = st.integers(-8, 8).map(lambda v: Fraction(v, 8))


@st.composite
def cascades(draw: st.DrawFn) -> list[list[Fraction]]:
    rows = []
    for _ in range(draw(st.integers(1, 3))):
        a2 = Fraction(draw(st.integers(-7, 7)), 8)
        a1 = (1 + a2) * Fraction(draw(st.integers(-7, 7)), 8)
        rows.append([draw(EIGHTHS), draw(EIGHTHS), draw(EIGHTHS), Fraction(1), a1, a2])
    return rows


def exact(rows: list[list[Fraction]], values: list[Fraction]) -> list[Fraction]:
    for b0, b1, b2, _, a1, a2 in rows:
        made: list[Fraction] = []
        for n in range(len(values)):
            x = [values[n - k] if n >= k else Fraction(0) for k in range(3)]
            y = [made[n - k] if n >= k else Fraction(0) for k in (1, 2)]
            made.append(b0 * x[0] + b1 * x[1] + b2 * x[2] - a1 * y[0] - a2 * y[1])
        values = made
    return values


@given(cascades(), st.lists(st.integers(-128, 127), min_size=1, max_size=20), st.integers(1, 7))
@settings(max_examples=50)
def test_within_its_slack_of_fractions(rows, samples, frac) -> None:
    source = SQ(8 - frac, frac)
    found = ideal_output(rows, samples, source, SQ(1, 7))
    unit = Fraction(1, 1 << found.bits)
    wanted = exact(rows, [x * source.step for x in samples])
    for word, value in zip(found.words, wanted, strict=True):
        assert abs(word * unit - value) < found.slack * unit
    assert found.slack * unit < Fraction(1, 2**40) * SQ(1, 7).step


def test_a_third_is_no_binary_fraction() -> None:
    third = [Fraction(1, 3), Fraction(0), Fraction(0), Fraction(1), Fraction(-1, 3), Fraction(0)]
    found = ideal_output([third], [3, 0], SQ(3, 0), SQ(3, 0))
    assert abs(found.words[0] - (1 << found.bits)) <= found.slack
    assert abs(found.words[1] - (1 << found.bits) // 3) <= found.slack


def test_errors_after_the_same_clamp() -> None:
    row = [Fraction(1, 2), Fraction(0), Fraction(0), Fraction(1), Fraction(0), Fraction(0)]
    found = ideal_output([row], [3, 127, -128], SQ(1, 7), SQ(0, 6))
    # In units of 2**-6: 0.75, 31.75 clamped to 31, -32.
    np.testing.assert_allclose(found.errors([1, 31, -30], SQ(0, 6)), [0.25, 0, 2], atol=1e-12)
