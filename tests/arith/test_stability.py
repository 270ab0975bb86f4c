"""The exact stability decision: the edges of the triangle, and NumPy's roots inside it."""

from fractions import Fraction

import numpy as np
import pytest

from fxfir.arith import is_stable, pole_radius, recursion_gain, require_stable
from fxfir.errors import StabilityError

ONE = 16


@pytest.mark.parametrize("a2", range(-18, 19))
def test_triangle_against_numpy_roots(a2: int) -> None:
    for a1 in range(-36, 37):
        radius = float(np.max(np.abs(np.roots([ONE, a1, a2]))))
        # On the circle itself float roots cannot decide; a root at 1 or -1, or a2 = 1, is on it.
        on_circle = abs(a1) == ONE + a2 or (abs(a2) == ONE and abs(a1) <= 2 * ONE)
        if on_circle:
            assert not is_stable(a1, a2, ONE) or radius < 1 - 1e-6
        else:
            assert is_stable(a1, a2, ONE) == (radius < 1)


@pytest.mark.parametrize(
    ("a1", "a2"),
    [(-2, 1), (0, 1), (0, -1), (-1, 0), (1, 0), (2, 1), (Fraction(3, 2), Fraction(1, 2))],
)
def test_poles_on_the_circle_are_not_stable(a1: Fraction, a2: Fraction) -> None:
    assert not is_stable(a1, a2)


def test_one_lsb_decides_where_floats_cannot() -> None:
    one = 1 << 80
    assert is_stable(-2 * one + 3, one - 2, one)
    assert not is_stable(-2 * one + 2, one - 2, one)
    assert not is_stable(-one, one, one)
    assert is_stable(-one, one - 1, one)


def test_pole_radius_of_complex_real_and_no_poles() -> None:
    assert pole_radius(0, Fraction(1, 4)) == 0.5
    assert pole_radius(Fraction(-3, 4), Fraction(1, 8)) == 0.5
    assert pole_radius(0, 0) == 0.0
    assert pole_radius(-3 * 16, 0, 16) == 3.0


def test_message_names_section_and_radius() -> None:
    with pytest.raises(
        StabilityError,
        match=r"^poles must lie inside the unit circle, got pole radius 1\.5 in section 3 before$",
    ):
        require_stable(0, Fraction(9, 4), 1, "section 3 before")
    require_stable(0, Fraction(1, 4), 1, "section 3 before")


@pytest.mark.parametrize("a2", range(-15, 16, 2))
def test_closed_form_gain_bounds_the_response(a2: int) -> None:
    from scipy import signal

    impulse = np.zeros(4000)
    impulse[0] = 1
    for a1 in range(-30, 31, 3):
        if not is_stable(a1, a2, ONE):
            continue
        bound = recursion_gain(Fraction(a1, ONE), Fraction(a2, ONE))
        found = np.sum(np.abs(signal.lfilter([1], [1, a1 / ONE, a2 / ONE], impulse)))
        assert found <= float(bound) * (1 + 1e-12)
        if a2 >= 0 and a1 * a1 >= 4 * a2 * ONE:
            assert abs(found / float(bound) - 1) < 1e-9


def test_closed_form_gain_next_to_the_circle() -> None:
    gap = Fraction(1, 1 << 40)
    # The gain is 1 / (1 - r**2) = 2**40.
    assert 1 << 40 < recursion_gain(0, 1 - gap) < 1 << 41
    assert recursion_gain(-1 + gap, 0) == 1 << 40
