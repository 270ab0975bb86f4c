"""Verdicts whose numbers are known in closed form, and masks that must be missed."""

import math

import numpy as np
import pytest

from fxfir.analysis import Cascade, judge, judge_filter
from fxfir.errors import FilterError
from fxfir.filters import Bank, FixedFir
from fxfir.fixed import SQ, Cast
from fxfir.spec.mask import Band, Mask

FS = 1000.0
Q15 = SQ(1, 15)


def db(value: float) -> float:
    return 20 * math.log10(value)


def test_single_zero_filter_in_closed_form() -> None:
    """|1 + z**-1| / 2 = cos(pi f / fs), falling, so the worst is at the band's end."""
    mask = Mask(
        fs_hz=FS,
        bands=[
            Band(low_hz=0, high_hz=100, ripple_db=0.5),
            Band(low_hz=450, high_hz=500, attenuation_db=16.2),
        ],
    )
    verdict = judge(mask, Cascade.of_taps([0.5, 0.5]))
    low, stop = verdict.bands
    assert low.passed
    assert low.worst_hz == 100
    assert low.magnitude_db == pytest.approx(db(math.cos(0.1 * math.pi)), abs=1e-9)
    assert low.limit_db == pytest.approx(-0.5)
    assert low.margin_db == pytest.approx(0.5 + low.magnitude_db)
    assert stop.worst_hz == 450
    assert stop.margin_db == pytest.approx(-16.2 - db(math.cos(0.45 * math.pi)))
    assert not stop.passed
    assert not verdict.passed
    assert verdict.margin_db == stop.margin_db
    assert str(verdict).splitlines()[1].startswith("450-500 Hz: MISSED by 0.087")


def test_an_extremum_between_grid_points_is_found() -> None:
    """Ripple of a long comb has its peaks at odd places; the truth is 1 + 2 * 0.01 exactly."""
    taps = np.zeros(4001)
    taps[2000], taps[0], taps[4000] = 1.0, 0.01, 0.01
    mask = Mask(fs_hz=FS, bands=[Band(low_hz=0.03, high_hz=499.9, ripple_db=1)])
    verdict = judge(mask, Cascade.of_taps(taps))
    size = [10 ** (verdict.bands[0].magnitude_db / 20)]
    assert min(abs(size[0] - 1.02), abs(size[0] - 0.98)) < 1e-9


def test_a_peak_narrower_than_the_grid_is_found() -> None:
    """A resonance of radius 1 - 1e-6: its peak is 1 / (1 - r) / |1 - r exp(2 j theta)|."""
    radius, angle = 1 - 1e-6, 0.7123456
    a1, a2 = -2 * radius * math.cos(angle), radius**2
    gain = (1 - radius) * abs(1 - radius * np.exp(2j * angle))
    mask = Mask(fs_hz=FS, bands=[Band(low_hz=10, high_hz=490, attenuation_db=6)])
    verdict = judge(mask, Cascade.of_sos([[gain, 0, 0, 1, a1, a2]]))
    assert verdict.bands[0].magnitude_db == pytest.approx(0, abs=1e-3)
    assert verdict.bands[0].worst_hz == pytest.approx(angle / math.pi * FS / 2, rel=1e-5)


def test_equiripple_design_meets_its_own_deviation() -> None:
    from scipy import signal

    taps = signal.remez(41, [0, 100, 150, 500], [1, 0], fs=FS)
    freqs = np.linspace(150, 500, 200_001)
    _, fine = signal.freqz(taps, worN=freqs, fs=FS)
    depth = -db(float(np.max(np.abs(fine))))
    mask = Mask.lowpass(fs_hz=FS, pass_hz=100, stop_hz=150, ripple_db=1.0, attenuation_db=depth - 1)
    verdict = judge(mask, Cascade.of_taps(taps))
    assert verdict.passed
    assert verdict.bands[1].margin_db == pytest.approx(1, abs=1e-4)


def test_the_gain_on_purpose_is_taken_out() -> None:
    mask = Mask(fs_hz=FS, bands=[Band(low_hz=0, high_hz=10, ripple_db=0.1)])
    assert not judge(mask, Cascade.of_taps([1.7])).passed
    assert judge(mask, Cascade.of_taps([1.7]), gain=1.7).passed


def test_other_pass_gains_and_upper_limits() -> None:
    mask = Mask(fs_hz=FS, bands=[Band(low_hz=0, high_hz=10, gain=2, ripple_db=1)])
    verdict = judge(mask, Cascade.of_taps([2.3]))
    assert not verdict.passed
    assert verdict.bands[0].limit_db == pytest.approx(db(2) + 1)


def test_a_band_without_limits_cannot_be_missed() -> None:
    mask = Mask(fs_hz=FS, bands=[Band(low_hz=0, high_hz=10), Band(low_hz=20, high_hz=30, gain=0)])
    verdict = judge(mask, Cascade.of_taps([0.5]))
    assert verdict.passed
    assert verdict.margin_db == math.inf
    assert verdict.bands[0].limit_db is None
    assert "no limit" in str(verdict)


def test_on_the_limit_is_kept() -> None:
    mask = Mask(fs_hz=FS, bands=[Band(low_hz=0, high_hz=500, attenuation_db=20)])
    assert judge(mask, Cascade.of_taps([0.1])).passed
    assert not judge(mask, Cascade.of_taps([0.1001])).passed


def test_filters_are_judged_by_their_words() -> None:
    mask = Mask(fs_hz=FS, bands=[Band(low_hz=0, high_hz=100, ripple_db=0.5)])
    taps = (16384, 16384)
    fir = FixedFir(taps=taps, coeff=Q15, input=Q15, output=Cast(to=Q15))
    assert judge_filter(mask, fir).bands[0].magnitude_db == pytest.approx(
        db(math.cos(0.1 * math.pi))
    )
    broken = FixedFir(taps=(16384, 8192), coeff=Q15, input=Q15, output=Cast(to=Q15))
    assert not judge_filter(mask, broken).passed
    with pytest.raises(FilterError, match="one output lane, got a filter with 2"):
        judge_filter(mask, Bank(filters=(fir, fir)))
