"""The noise budget against noise that the integer model makes."""

import numpy as np
import pytest
from scipy import signal

from fxfir import model
from fxfir.analysis import noise_budget, real_sos
from fxfir.filters import FixedSos, Form
from fxfir.fixed import SQ, Rounding
from fxfir.quantize import quantize_sos

ELLIPTIC = signal.ellip(6, 0.1, 60, 0.25, output="sos")
LOW = signal.butter(4, 0.02, output="sos")


def roundoff(filter: FixedSos, seed: int, n: int = 60_000) -> np.ndarray:
    """Output LSB of the model beyond those of the same coefficients in float64."""
    rng = np.random.default_rng(seed)
    x = rng.integers(filter.input.lo, filter.input.hi + 1, n)
    scale = float(filter.input.step / filter.output.to.step)
    y = model.run(filter, x) - signal.sosfilt(real_sos(filter), x * scale)
    return y[4000:]


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("rounding", [Rounding.HALF_EVEN, Rounding.FLOOR, Rounding.CEIL])
def test_power_and_mean(form: Form, rounding: Rounding, seed: int) -> None:
    made = quantize_sos(
        ELLIPTIC, form=form, guard_bits=3, rounding=rounding, output=SQ(3, 15), scaling="l1"
    )
    budget = noise_budget(made.filter)
    found = roundoff(made.filter, seed)
    assert np.std(found) == pytest.approx(budget.rms_lsb, rel=0.12)
    assert np.mean(found) == pytest.approx(budget.mean_lsb, rel=0.15, abs=0.25)
    assert (abs(budget.mean_lsb) > 0.9) is (rounding is not Rounding.HALF_EVEN)


def test_error_feedback_leaves_less(seed: int) -> None:
    options = {"form": "df1", "guard_bits": 2, "output": SQ(3, 15), "scaling": "l1"}
    plain = quantize_sos(LOW, **options).filter
    shaped = quantize_sos(LOW, **options, error_feedback=True).filter
    for filter in (plain, shaped):
        rms = np.std(roundoff(filter, seed))
        assert rms == pytest.approx(noise_budget(filter).rms_lsb, rel=0.15)
    assert noise_budget(shaped).rms_lsb < noise_budget(plain).rms_lsb / 4


def test_spectrum_is_where_the_noise_is(seed: int) -> None:
    made = quantize_sos(LOW, form="df1", guard_bits=2, output=SQ(3, 15), scaling="l1")
    budget = noise_budget(made.filter)
    found = roundoff(made.filter, seed)
    freqs, density = signal.welch(found - np.mean(found), fs=48000, nperseg=512)
    predicted = budget.spectrum(freqs, fs_hz=48000)
    for low, high in ((300, 2000), (2000, 8000), (10000, 20000)):
        band = (freqs >= low) & (freqs < high)
        ratio = np.mean(density[band]) / np.mean(predicted[band])
        assert 10 * np.log10(ratio) == pytest.approx(0, abs=1)
    assert predicted[3] > 1000 * predicted[-3]


def test_sources_by_hand() -> None:
    """One pole at 1/2: its rounding has variance (1 - 4**-d)/12 and arrives with energy 4/3."""
    made = quantize_sos([[0.5, 0, 0, 1, -0.5, 0]], form="df1", guard_bits=1, scaling="none")
    budget = noise_budget(made.filter)
    inner, outer = budget.sources
    assert (inner.section, inner.name, outer.section, outer.name) == (0, "y", None, "output")
    assert inner.variance == pytest.approx((1 - 1 / 4) / 12 / 4)
    assert inner.power == pytest.approx(inner.variance * 4 / 3)
    assert outer.variance == pytest.approx((1 - 1 / 4) / 12)
    assert outer.power == pytest.approx(outer.variance)
    assert budget.power == pytest.approx(inner.power + outer.power)
    assert budget.mean_lsb == 0
