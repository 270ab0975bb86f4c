"""Noise of FIR filters by cause, and formats for signals: predictions against measurements."""

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy.signal import firwin

from fxfir.analysis import fir_budget, propose_for_data, propose_for_gaussian, snr_db
from fxfir.errors import FilterError
from fxfir.fixed import SQ, Rounding
from fxfir.model import run
from fxfir.quantize import quantize_fir


@pytest.mark.parametrize("rounding", [Rounding.HALF_EVEN, Rounding.FLOOR, Rounding.HALF_UP])
@pytest.mark.parametrize("width", [8, 12, 20])
def test_predicted_is_measured(rounding: Rounding, width: int) -> None:
    made = quantize_fir(
        firwin(41, 0.3), input=SQ(1, 11), output=SQ(2, 11), coeff_width=width, rounding=rounding
    )
    x = np.random.default_rng(width).integers(-2048, 2048, 1 << 15)
    causes = {c.name: c for c in fir_budget(made.filter, made.ideal, x)}
    for name in ("coefficients", "output rounding", "all"):
        assert causes[name].measured_db == pytest.approx(causes[name].predicted_db, abs=0.3)
    reference = np.convolve(x / 2048, firwin(41, 0.3))[: len(x)]
    outside = snr_db(reference, run(made.filter, x) / 2048)
    assert causes["all"].measured_db == pytest.approx(outside, abs=1e-6)
    assert causes["output range"].measured_db == math.inf


def test_saturation_shows_as_its_own_cause() -> None:
    made = quantize_fir([0.9, 0.9], input=SQ(1, 7))
    x = np.random.default_rng(0).integers(-128, 128, 4096)
    causes = {c.name: c for c in fir_budget(made.filter, made.ideal, x)}
    assert causes["output range"].measured_db < 30
    assert causes["output range"].predicted_db is None


def test_exact_filters_have_no_noise() -> None:
    made = quantize_fir([0.5, 0.5], input=SQ(1, 7), output=SQ(1, 8))
    x = np.random.default_rng(0).integers(-128, 128, 100)
    assert all(c.measured_db == math.inf for c in fir_budget(made.filter, made.ideal, x))


def test_wide_sums() -> None:
    made = quantize_fir([0.3, 0.3], input=SQ(1, 40), output=SQ(1, 30), coeff_width=32)
    x = np.random.default_rng(0).integers(-(1 << 40), 1 << 40, 3000)
    causes = {c.name: c for c in fir_budget(made.filter, made.ideal, x)}
    assert causes["all"].measured_db == pytest.approx(causes["all"].predicted_db, abs=0.5)


@pytest.mark.parametrize("width", [8, 10, 12])
def test_the_gaussian_formula_is_what_samples_do(width: int) -> None:
    x = 0.2 * np.random.default_rng(width).normal(size=400_000)
    formula = propose_for_gaussian(0.2, width)
    for candidate in formula.candidates:
        counted = {c.format: c for c in propose_for_data(x, width).candidates}
        # What happens once in a hundred thousand samples is no average yet.
        if candidate.format in counted and not 1e-9 < candidate.clipping < 1e-3:
            other = counted[candidate.format]
            assert other.snr_db == pytest.approx(candidate.snr_db, abs=0.5)
            assert other.clipping == pytest.approx(candidate.clipping, abs=1e-3)
    assert propose_for_data(x, width).best.format == formula.best.format


def test_the_ratio_of_a_recording_is_that_of_its_words() -> None:
    x = 0.05 * np.random.default_rng(0).normal(size=20_000)
    best = propose_for_data(x, 16).best
    # The largest of 20000 samples is at about four times the rms: 0.2.
    assert str(best.format) == "sfix16_En17"
    words = np.clip(np.rint(x * 2.0**17), -32768, 32767)
    noise = np.mean((words * 2.0**-17 - x) ** 2)
    assert best.snr_db == pytest.approx(10 * np.log10(np.mean(x**2) / noise), abs=0.01)


def test_a_peak_far_above_the_rest_may_clip() -> None:
    x = 0.01 * np.random.default_rng(0).normal(size=1_000_000)
    x[7] = 1.0
    found = propose_for_data(x, 8)
    assert found.best.clipping == pytest.approx(1e-6)
    assert found.best.format.frac > 7


@pytest.mark.parametrize("bad", [[], [0.0, 0.0], [1.0, math.nan]])
def test_no_signal(bad: list[float]) -> None:
    with pytest.raises(FilterError, match="finite samples that are not all zero"):
        propose_for_data(bad, 8)


def test_bad_numbers() -> None:
    with pytest.raises(FilterError, match="rms must be above 0, got 0"):
        propose_for_gaussian(0, 8)
    made = quantize_fir([0.5, 0.5])
    with pytest.raises(FilterError, match="more samples than 2 taps, got 2"):
        fir_budget(made.filter, [Fraction(1, 2)] * 2, [1, 2])
