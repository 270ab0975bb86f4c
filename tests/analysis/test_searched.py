"""The errors that a search of words reports, measured again on grids of the tests' own."""

import numpy as np
import pytest
from scipy.signal import butter, ellip, iirpeak, sosfreqz, tf2sos

from fxfir.analysis import real_sos
from fxfir.design import design_fir
from fxfir.fixed import SQ
from fxfir.quantize import quantize_fir, quantize_sos
from fxfir.quantize.optimise import optimise_words
from fxfir.quantize.optimise.sos import SosRefiner
from fxfir.spec import Band, EquirippleFir, Mask
from fxfir.spec.optimise import Optimise

MINIMAX = Optimise(goal="minimax", effort=2)


def lowpass(stop_hz: float, weight: float) -> Mask:
    bands = (
        Band(low_hz=0, high_hz=0.4, gain=1, weight=1),
        Band(low_hz=stop_hz, high_hz=1, gain=0, weight=weight),
    )
    return Mask(fs_hz=2.0, bands=bands)


def ripple(taps: np.ndarray, mask: Mask) -> float:
    """Return the largest weighted error of symmetric taps of odd number."""
    n = len(taps) // 2
    worst = 0.0
    for band in mask.bands:
        omega = np.linspace(band.low_hz, band.high_hz, 4000) * np.pi
        amplitude = taps[n] + 2 * sum(taps[n + k] * np.cos(k * omega) for k in range(1, n + 1))
        worst = max(worst, band.weight * float(np.abs(amplitude - band.gain).max()))
    return worst


@pytest.mark.parametrize(("stop_hz", "weight", "n_taps"), [(0.5, 1, 35), (0.55, 10, 21)])
def test_errors_before_and_after_a_search(stop_hz: float, weight: float, n_taps: int) -> None:
    mask = lowpass(stop_hz, weight)
    base = quantize_fir(design_fir(EquirippleFir(mask=mask, n_taps=n_taps)).taps, coeff=SQ(1, 7))
    made, _, told = optimise_words(base.filter, base.ideal, mask, MINIMAX)
    before = ripple(np.array(base.filter.taps) / 128, mask)
    assert told.before == pytest.approx(before, rel=2e-3)
    assert told.after == pytest.approx(ripple(np.array(made.taps) / 128, mask), rel=2e-3)


def test_errors_are_those_at_the_gain_found() -> None:
    mask = lowpass(0.5, 1)
    taps = design_fir(EquirippleFir(mask=mask, n_taps=21)).taps
    base = quantize_fir(taps, coeff=SQ(1, 6), scale_taps=True)
    made, gain, told = optimise_words(
        base.filter, base.ideal, mask, MINIMAX, gain=base.gain, sweep=True
    )
    error = ripple(np.array(made.taps) / 64 / float(gain), mask)
    assert told.after == pytest.approx(error, rel=2e-3)


def test_errors_of_an_interrupted_search() -> None:
    mask = lowpass(0.5, 1)
    base = quantize_fir(design_fir(EquirippleFir(mask=mask, n_taps=35)).taps, coeff=SQ(1, 7))

    def stop(done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    made, _, told = optimise_words(base.filter, base.ideal, mask, MINIMAX, report=stop)
    assert told.interrupted
    assert told.after == pytest.approx(ripple(np.array(made.taps) / 128, mask), rel=2e-3)


def test_errors_against_the_taps_own_response() -> None:
    taps = np.random.default_rng(3).normal(size=11) * 0.2
    base = quantize_fir(taps, coeff=SQ(1, 5))
    made, _, told = optimise_words(base.filter, base.ideal, None, MINIMAX)
    error = np.abs(np.fft.rfft(np.array(made.taps) / 32 - taps, 4096)).max()
    assert told.after == pytest.approx(error, rel=1e-2)


@pytest.mark.parametrize(
    ("sos", "width"),
    [
        (ellip(6, 0.5, 50, 0.2, output="sos"), 12),
        (butter(5, 0.1, output="sos"), 12),
        (tf2sos(*iirpeak(0.3, 5)), 8),
    ],
    ids=["elliptic", "butterworth", "peak"],
)
def test_errors_of_a_cascade(sos: np.ndarray, width: int) -> None:
    refiner = SosRefiner(None, Optimise(effort=3))
    rows = real_sos(quantize_sos(sos, coeff_width=width, refine=refiner).filter)
    w = np.concatenate([np.linspace(0, np.pi, 20_001), np.linspace(0, 0.1, 20_001)])
    error = np.abs(sosfreqz(rows, w)[1] - sosfreqz(sos, w)[1]).max()
    assert refiner.said is not None
    assert refiner.said.after == pytest.approx(error, rel=0.05)
