import math

import numpy as np
import pytest

from fxfir.errors import SpecError
from fxfir.spec import Band, Mask


def test_limits_of_a_pass_band_surround_its_gain():
    band = Band(low_hz=0, high_hz=1, gain=2, ripple_db=20)
    assert (band.lo, band.hi) == (0.2, 20.0)
    assert (band.centre, band.deviation) == (10.1, 9.9)


def test_limits_of_a_stop_band_are_counted_from_one():
    band = Band(low_hz=0, high_hz=1, attenuation_db=20)
    assert (band.gain, band.lo, band.hi, band.centre, band.deviation) == (0, 0, 0.1, 0, 0.1)
    assert band.is_stop
    assert band.is_limited


def test_a_band_without_limits_allows_everything():
    band = Band(low_hz=0, high_hz=1)
    assert (band.gain, band.lo, band.hi) == (1, 0, math.inf)
    assert not band.is_limited
    assert not Mask(fs_hz=8, bands=[band]).has_limits
    mixed = Mask(fs_hz=8, bands=[band, Band(low_hz=2, high_hz=3, ripple_db=1)])
    assert mixed.has_limits
    assert not mixed.is_limited


def test_numpy_numbers_become_floats():
    band = Band(low_hz=np.int64(0), high_hz=np.float32(1), ripple_db=np.int16(1))
    assert [type(v) for v in (band.low_hz, band.high_hz, band.ripple_db)] == [float] * 3


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"low_hz": -1, "high_hz": 1}, "low_hz must be at least 0 Hz, got -1"),
        ({"low_hz": 1, "high_hz": 1}, "high_hz must be above low_hz = 1 Hz, got 1"),
        ({"low_hz": 2, "high_hz": 1}, "high_hz must be above low_hz = 2 Hz, got 1"),
        ({"low_hz": 0, "high_hz": math.nan}, "high_hz must be a finite number in Hz, got nan"),
        ({"low_hz": "0", "high_hz": 1}, "low_hz must be a number in Hz, got '0'"),
        ({"low_hz": True, "high_hz": 2}, "low_hz must be a number in Hz, got True"),
        ({"low_hz": 0, "high_hz": 1, "gain": -1}, "gain must be a magnitude of at least 0, got -1"),
        ({"low_hz": 0, "high_hz": 1, "gain": math.nan}, "gain must be a finite number, got nan"),
        ({"low_hz": 0, "high_hz": 1, "ripple_db": 0}, "ripple_db must be above 0 dB, got 0"),
        ({"low_hz": 0, "high_hz": 1, "weight": 0}, "weight must be above 0, got 0"),
        (
            {"low_hz": 0, "high_hz": 1, "gain": 1, "attenuation_db": 40},
            "a pass band takes ripple_db, got attenuation_db = 40 and gain 1",
        ),
        (
            {"low_hz": 0, "high_hz": 1, "gain": 0, "ripple_db": 1},
            "a stop band takes attenuation_db, got ripple_db = 1 and gain 0",
        ),
        (
            {"low_hz": 0, "high_hz": 1, "ripple_db": 1, "attenuation_db": 40},
            "a stop band takes attenuation_db, got ripple_db = 1 and gain 0",
        ),
    ],
)
def test_impossible_bands(fields, sentence):
    with pytest.raises(SpecError, match=f"^{sentence}$"):
        Band(**fields)


def _pass(low, high, **fields):
    return Band(low_hz=low, high_hz=high, **fields)


@pytest.mark.parametrize(
    ("fs_hz", "bands", "sentence"),
    [
        (8, [], "a mask needs at least one band, got none"),
        (0, [_pass(0, 1)], "fs_hz must be above 0 Hz, got 0"),
        (8, [_pass(0, 4.5)], r"a band must end at or below fs_hz / 2 = 4 Hz, got bands\[0\]"),
        (8, [_pass(0, 2), _pass(1, 3)], r"bands must not overlap, got bands\[1\].low_hz = 1 below"),
        (8, [_pass(2, 3), _pass(0, 1)], r"bands must be in order, got bands\[1\].low_hz = 0 after"),
        (8, [3], r"bands must be Band, got bands\[0\] = 3"),
        (
            8,
            [_pass(0, 1, ripple_db=1), _pass(1, 2, attenuation_db=40)],
            r"bands that share an edge must allow a common magnitude, .* apart at 1 Hz",
        ),
    ],
)
def test_impossible_masks(fs_hz, bands, sentence):
    with pytest.raises(SpecError, match=sentence):
        Mask(fs_hz=fs_hz, bands=bands)


def test_bands_may_share_an_edge_they_agree_on():
    mask = Mask(fs_hz=8, bands=[_pass(0, 1, ripple_db=1), _pass(1, 2, gain=1.1, ripple_db=1)])
    assert mask.transition_hz == 0


def test_classic_masks():
    limits = {"ripple_db": 1, "attenuation_db": 40}
    kinds = {
        "10": Mask.lowpass(fs_hz=10, pass_hz=1, stop_hz=2, **limits),
        "01": Mask.highpass(fs_hz=10, pass_hz=2, stop_hz=1, **limits),
        "010": Mask.bandpass(fs_hz=10, stop_hz=(1, 4), pass_hz=(2, 3), **limits),
        "101": Mask.bandstop(fs_hz=10, pass_hz=(1, 4), stop_hz=(2, 3), **limits),
    }
    for pattern, mask in kinds.items():
        assert "".join(str(int(band.gain)) for band in mask.bands) == pattern
        assert (mask.bands[0].low_hz, mask.bands[-1].high_hz) == (0, 5)
        assert mask.transition_hz == 1
        assert mask.is_limited
        assert Mask.from_json(mask.to_json()) == mask
