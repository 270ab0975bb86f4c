"""SNR, poles and the frequency grid against closed forms."""

import math
from fractions import Fraction

import numpy as np
import pytest

from fxfir.analysis import pole_pair, section_poles, snr_db
from fxfir.analysis.grid import angles_near, integration_weights, pole_grid
from fxfir.analysis.poles import quadratic_roots
from fxfir.errors import FilterError
from fxfir.filters import Direct
from fxfir.fixed import SQ, Cast


def test_snr_of_known_noise() -> None:
    assert snr_db([1, 1, 1, 1], [1.01, 0.99, 1.01, 0.99]) == pytest.approx(40)
    assert snr_db([1, 2], [1, 2]) == math.inf
    assert snr_db([0, 0], [1, 2]) == -math.inf


@pytest.mark.parametrize(
    ("left", "right", "match"),
    [([1], [1, 2], r"one shape, got \(1,\), \(2,\)"), ([], [], "at least one sample")],
)
def test_snr_refuses(left: list[int], right: list[int], match: str) -> None:
    with pytest.raises(FilterError, match=match):
        snr_db(left, right)


def test_pole_pair_of_a_resonance() -> None:
    """s = 2 pi f0 (-1 / 2Q +- j sqrt(1 - 1 / 4Q**2)), z = exp(s / fs)."""
    fs, f0, q = 48_000.0, 1000.0, 7.0
    s = 2 * math.pi * f0 * complex(-1 / (2 * q), math.sqrt(1 - 1 / (4 * q * q)))
    z = np.exp(s / fs)
    found = pole_pair(-2 * z.real, abs(z) ** 2)
    assert found.q == pytest.approx(q, rel=1e-9)
    assert found.radius == pytest.approx(abs(z), rel=1e-12)
    assert found.freq_hz(fs) == pytest.approx(np.angle(z) * fs / (2 * math.pi), rel=1e-9)


def test_real_and_missing_poles() -> None:
    pair = pole_pair(Fraction(-3, 4), Fraction(1, 8))
    assert pair.poles == (0.5, 0.25)
    assert pair.q < 0.5
    assert pole_pair(0, 0).poles == (0, 0)
    assert pole_pair(0, 0).q == 0
    assert pole_pair(-0.5, 0).radius == 0.5


def test_close_real_roots_keep_their_digits() -> None:
    tiny = Fraction(1, 1 << 40)
    large, small = quadratic_roots(-(1 + tiny), tiny)
    assert large == 1.0
    assert small == float(tiny)


def test_section_poles_read_words() -> None:
    section = Direct(
        form="df1",
        b=(1, 0, 0),
        a=(0, 16),
        b_coeff=SQ(2, 0),
        a_coeff=SQ(2, 6),
        state=None,
        out=Cast(to=SQ(1, 7)),
    )
    assert section_poles([section])[0].radius == 0.5


@pytest.mark.parametrize("radius", [0.5, 0.99, 0.9999])
def test_grid_integrates_narrow_peaks(radius: float) -> None:
    """The energy of 1 / (1 - 2 r cos(t) z + r**2 z**2) in closed form."""
    angle = 1.1
    pole = radius * np.exp(1j * angle)
    angles = pole_grid([pole, pole.conjugate()], 512)
    z = np.exp(-1j * angles)
    power = 1 / np.abs((1 - pole * z) * (1 - np.conj(pole) * z)) ** 2
    r2 = radius**2
    exact = (1 + r2) / ((1 - r2) * (1 - 2 * r2 * math.cos(2 * angle) + r2**2))
    assert integration_weights(angles) @ power == pytest.approx(exact, rel=0.02)
    assert integration_weights(angles).sum() == pytest.approx(1)


def test_roots_far_from_the_circle_add_nothing() -> None:
    assert angles_near([0.1, 5.0]).size == 0
