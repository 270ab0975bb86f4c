from pathlib import Path

import numpy as np
import pytest
from scipy import signal

from fxfir import design
from fxfir.analysis.mask import judge
from fxfir.analysis.response import Cascade
from fxfir.design.excess import fir_excess, magnitude
from fxfir.design.window import kaiser_beta, kaiser_taps
from fxfir.errors import DesignError, SpecError, TapsError
from fxfir.fixed import Format
from fxfir.spec import (
    FIR_METHODS,
    Band,
    Codes,
    EquirippleFir,
    FirSpec,
    LeastSquaresFir,
    Mask,
    MovingAverageFir,
    TapsFir,
    WindowFir,
)

FS = 44100.0
LIMITS = {"ripple_db": 0.5, "attenuation_db": 50}
MASKS = {
    "lowpass": Mask.lowpass(fs_hz=FS, pass_hz=1000, stop_hz=3000, **LIMITS),
    "highpass": Mask.highpass(fs_hz=FS, pass_hz=5000, stop_hz=3000, **LIMITS),
    "bandpass": Mask.bandpass(fs_hz=FS, stop_hz=(3000, 12000), pass_hz=(5000, 9000), **LIMITS),
    "bandstop": Mask.bandstop(fs_hz=FS, pass_hz=(3000, 12000), stop_hz=(5000, 9000), **LIMITS),
    "gained": Mask.lowpass(fs_hz=FS, pass_hz=3000, stop_hz=5000, gain=2.5, **LIMITS),
    "inner": Mask(
        fs_hz=FS,
        bands=(
            Band(low_hz=500, high_hz=4000, ripple_db=0.2),
            Band(low_hz=7000, high_hz=20000, attenuation_db=60),
        ),
    ),
    "three levels": Mask(
        fs_hz=FS,
        bands=(
            Band(low_hz=0, high_hz=4000, gain=1, ripple_db=0.3),
            Band(low_hz=6000, high_hz=10000, gain=0.5, ripple_db=0.3),
            Band(low_hz=12000, high_hz=FS / 2, attenuation_db=50),
        ),
    ),
}


def _gain(taps, *frequencies_hz, fs_hz=FS):
    return magnitude(taps, frequencies_hz, fs_hz)


def _db(value):
    return 20 * np.log10(value)


def _symmetric(taps):
    return np.array_equal(taps, taps[::-1])


def test_every_specification_has_a_method_and_a_test_of_its_own():
    assert list(design.METHODS) == list(FIR_METHODS)
    source = "".join(p.read_text() for p in Path(__file__).parent.glob("test_fir*.py"))
    for name in design.METHODS:
        assert FIR_METHODS[name].__name__ + "(" in source


# What the source documents ask for.


def test_explicit_taps():
    made = design.design_fir(TapsFir(taps=[0.1, 0.5, 0.1]))
    assert made.taps.tolist() == [0.1, 0.5, 0.1]
    assert (made.method, made.n_taps, made.fs_hz, made.codes) == ("taps", 3, None, None)
    with pytest.raises(ValueError, match="read-only"):
        made.taps[0] = 1


def test_moving_average():
    assert design.moving_average(5).taps.tolist() == [0.2] * 5
    assert design.design_fir(MovingAverageFir(n_taps=3)).taps.tolist() == [1 / 3] * 3


@pytest.mark.parametrize("window", ["hamming", "hann", "blackman", "rectangular", "nuttall"])
@pytest.mark.parametrize(
    ("make", "cutoff_hz", "half", "one", "zero"),
    [
        (design.lowpass, 6000, [6000], [0, 1000], [12000, 20000]),
        (design.highpass, 6000, [6000], [FS / 2, 12000], [0, 1000]),
        (design.bandpass, (6000, 14000), [6000, 14000], [10000], [0, 1000, 20000]),
        (design.bandstop, (6000, 14000), [6000, 14000], [0, 1000, 21000], [10000]),
    ],
)
def test_classic_filters_by_order_and_hz(make, cutoff_hz, half, one, zero, window):
    made = make(60, cutoff_hz, fs_hz=FS, window=window)
    assert made.n_taps == 61
    assert _symmetric(made.taps)
    tolerance = 0.06 if window == "rectangular" else 0.005
    assert _gain(made.taps, *half) == pytest.approx(0.5, abs=0.03)
    assert _gain(made.taps, *one) == pytest.approx(1, abs=tolerance)
    assert _gain(made.taps, *zero) == pytest.approx(0, abs=tolerance)


def test_the_fiftieth_order_low_pass_at_one_kilohertz():
    made = design.lowpass(50, 1000, fs_hz=44100)
    assert made.taps == pytest.approx(signal.firwin(51, 1000, fs=44100), abs=1e-15)
    assert made.taps.sum() == pytest.approx(1, abs=1e-14)


@pytest.mark.parametrize("window", ["bartlett", "blackman_harris", "flat_top"])
def test_windows_agree_with_scipy(window):
    made = design.bandpass(64, (2000, 9000), fs_hz=FS, window=window)
    other = signal.firwin(65, [2000, 9000], pass_zero=False, window=window.replace("_", ""), fs=FS)
    assert made.taps == pytest.approx(other, abs=1e-14)


def test_general_bands_with_weights():
    points = [(0, 2000, 1, 1), (4000, 8000, 0.5, 5), (10000, 22050, 0, 20)]
    made = design.bands(70, points, fs_hz=FS)
    other = signal.firls(
        71, [0, 2000, 4000, 8000, 10000, 22050], [1, 1, 0.5, 0.5, 0, 0], weight=[1, 5, 20], fs=FS
    )
    assert made.taps == pytest.approx(other, abs=1e-12)
    assert _gain(made.taps, 1000, 6000, 15000) == pytest.approx([1, 0.5, 0], abs=3e-3)
    heavier = design.bands(70, [*points[:2], (10000, 22050, 0, 2000)], fs_hz=FS)
    grid = np.linspace(10000, 22050, 500)
    assert magnitude(heavier.taps, grid, FS).max() < magnitude(made.taps, grid, FS).max()
    ripple = design.bands(70, points, fs_hz=FS, method="equiripple")
    worst = [
        np.abs(magnitude(ripple.taps, np.linspace(low, high, 2000), FS) - gain).max() * weight
        for low, high, gain, weight in points
    ]
    assert worst == pytest.approx([worst[0]] * 3, rel=1e-2)


@pytest.mark.parametrize(
    ("points", "sentence"),
    [
        ([(0, 10), (20, 30, 0)], r"a band must be start, .*, got bands\[0\] = \(0, 10\)"),
        ([(0, 10, 1), (5, 30, 0)], "bands must not overlap"),
        ([(20, 30, 1), (0, 10, 0)], "bands must be in order"),
        ([(0, 30000, 1)], "a band must end at or below fs_hz / 2"),
        ([(0, 10, -1)], r"bands\[0\]: gain must be a magnitude of at least 0, got -1"),
        ([(0, 10, 1), (10, 30, 0)], "needs a gap between bands"),
        ([(0, 10, 0)], "at least one band must have a gain above 0"),
    ],
)
def test_impossible_bands(points, sentence):
    with pytest.raises(SpecError, match=sentence):
        design.bands(10, points, fs_hz=FS)


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        (lambda: design.lowpass(0, 1000, fs_hz=FS), "order must be at least 1, got 0"),
        (lambda: design.lowpass(-1, 1000, fs_hz=FS), "order must be at least 1, got -1"),
        (lambda: design.lowpass(10, 22050, fs_hz=FS), "below fs_hz / 2 = 22050 Hz, got 22050"),
        (lambda: design.lowpass(10, 0, fs_hz=FS), "cutoff_hz must lie above 0"),
        (lambda: design.lowpass(10, 10, fs_hz=0), "fs_hz must be above 0 Hz, got 0"),
        (lambda: design.highpass(11, 1000, fs_hz=FS), "a highpass needs an odd number of taps"),
        (lambda: design.bandstop(11, (10, 20), fs_hz=FS), "a bandstop needs an odd number"),
        (lambda: design.bandpass(10, (20, 10), fs_hz=FS), "cutoff_hz must be in order"),
        (lambda: design.moving_average(0), "n_taps must be at least 1, got 0"),
        (lambda: design.design_fir(3), "a FIR filter needs one of window, .* got 3"),
        (lambda: design.design_fir(FirSpec()), "a FIR filter needs one of window"),
    ],
)
def test_impossible_calls(action, sentence):
    with pytest.raises(SpecError, match=sentence):
        action()


def test_codes_are_kept_exactly():
    coeff = Format(signed=True, width=70, frac=69)
    spec = TapsFir(taps=Codes(words=[(1 << 68) + 1, -3], digits=[None, None]))
    made = design.design_fir(spec, coeff=coeff)
    assert made.codes == ((1 << 68) + 1, -3)
    assert made.taps[0] == 0.5
    with pytest.raises(TapsError, match="integer codes need a coefficient format"):
        design.design_fir(spec)


# Kaiser.


def test_kaiser_formulas_agree_with_scipy():
    for attenuation_db in (10, 21, 30, 50, 51, 60, 120):
        assert kaiser_beta(attenuation_db) == pytest.approx(signal.kaiser_beta(attenuation_db))
        n_taps = signal.kaiserord(attenuation_db, 2 * 500 / 8000)[0]
        assert kaiser_taps(attenuation_db, 500, 8000) == n_taps


@pytest.mark.parametrize("attenuation_db", [30, 60, 90])
def test_order_from_attenuation_and_transition(attenuation_db):
    spec = WindowFir(
        kind="highpass", cutoff_hz=4000, attenuation_db=attenuation_db, transition_hz=800, fs_hz=FS
    )
    made = design.design_fir(spec)
    assert made.n_taps % 2 == 1
    grid = np.linspace(0, 3600, 4000)
    assert _db(magnitude(made.taps, grid, FS).max()) < -attenuation_db + 1
    passing = magnitude(made.taps, np.linspace(4400, FS / 2, 4000), FS)
    assert np.abs(passing - 1).max() < 10 ** (-(attenuation_db - 1) / 20)


def test_window_parameters_are_used():
    common = {"kind": "lowpass", "cutoff_hz": 4000, "n_taps": 51, "fs_hz": FS}
    by_beta = design.design_fir(WindowFir(**common, beta=kaiser_beta(60)))
    by_db = design.design_fir(WindowFir(**common, attenuation_db=60))
    assert np.array_equal(by_beta.taps, by_db.taps)
    assert by_beta.taps == pytest.approx(
        signal.firwin(51, 4000, window=("kaiser", kaiser_beta(60)), fs=FS), abs=1e-15
    )
    side_lobes = design.design_fir(WindowFir(**common, window="chebyshev", attenuation_db=70))
    assert side_lobes.taps == pytest.approx(
        signal.firwin(51, 4000, window=("chebwin", 70), fs=FS), abs=1e-14
    )
    bare = design.design_fir(WindowFir(**common, window="hann", scale=False))
    assert bare.taps == pytest.approx(
        signal.firwin(51, 4000, window="hann", fs=FS, scale=False), abs=1e-15
    )


# Masks: the number of taps is found, and the design met is what another judge sees.


@pytest.mark.parametrize("name", MASKS)
@pytest.mark.parametrize("method", [EquirippleFir, LeastSquaresFir, WindowFir])
def test_the_number_of_taps_is_found(method, name):
    mask = MASKS[name]
    made = design.design_fir(method(mask=mask))
    assert _symmetric(made.taps)
    assert fir_excess(made.taps, mask) <= 1
    assert judge(mask, Cascade.of_taps(made.taps)).passed


@pytest.mark.parametrize("name", MASKS)
def test_no_shorter_equiripple_design_meets_the_mask(name):
    mask = MASKS[name]
    n_taps = design.design_fir(EquirippleFir(mask=mask)).n_taps
    even = mask.bands[-1].is_stop or mask.bands[-1].high_hz < FS / 2
    shorter = [n for n in range(max(1, n_taps - 6), n_taps) if even or n % 2]
    for count in shorter:
        made = design.design_fir(EquirippleFir(mask=mask, n_taps=count))
        assert fir_excess(made.taps, mask) > 1


def test_a_mask_no_filter_meets_says_what_to_relax():
    steep = Mask.lowpass(fs_hz=FS, pass_hz=1000, stop_hz=1001, **LIMITS)
    sentence = (
        r"needs about \d+: 3000 taps miss the bands at 0-1000 Hz and 1001-\d+ Hz by about "
        r"[\d.]+ dB; widen its narrowest transition, 1 Hz"
    )
    with pytest.raises(DesignError, match=sentence):
        design.design_fir(EquirippleFir(mask=steep))
    with pytest.raises(DesignError, match=r"widen the narrowest transition, 1 Hz, or relax att"):
        design.design_fir(LeastSquaresFir(mask=steep))


def test_excess_catches_what_leaves_a_mask():
    mask = MASKS["lowpass"]
    good = design.design_fir(EquirippleFir(mask=mask)).taps
    assert fir_excess(good, mask) <= 1
    assert fir_excess(good * 1.2, mask) > 1
    broken = good.copy()
    broken[3] += 0.01
    assert fir_excess(broken, mask) > 1
    assert not judge(mask, Cascade.of_taps(broken)).passed


def test_excess_is_exact_at_a_peak_between_grid_points():
    # cos has its peaks at 0 and pi; one tap pair far apart has them everywhere.
    taps = np.zeros(101)
    taps[[0, -1]] = 0.05
    mask = Mask(fs_hz=1, bands=[Band(low_hz=0.1003, high_hz=0.1197, attenuation_db=20)])
    assert fir_excess(taps, mask) == pytest.approx(1, abs=1e-9)
