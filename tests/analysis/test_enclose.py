"""Bounds of responses over intervals: never left by any frequency inside, and tight in the end."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import butter, ellip, firwin, minimum_phase, remez

from fxfir.analysis import Cascade, judge
from fxfir.analysis.enclose import Enclosure, prove_margin
from fxfir.spec import Band, Mask

taps = st.lists(st.floats(-1, 1, allow_subnormal=False), min_size=1, max_size=12).filter(any)


def cascades() -> st.SearchStrategy[Cascade]:
    mirrored = st.tuples(taps, st.sampled_from([1, -1]), st.booleans()).map(
        lambda t: [*t[0], *([0.0] if t[2] else []), *(t[1] * v for v in reversed(t[0]))]
    )
    sections = st.tuples(
        st.lists(st.floats(-1, 1), min_size=3, max_size=3).filter(any),
        st.floats(0.1, 0.999),
        st.floats(0, math.pi),
    ).map(lambda t: [*t[0], 1.0, -2 * t[1] * math.cos(t[2]), t[1] ** 2])
    return st.one_of(
        taps.map(Cascade.of_taps),
        mirrored.map(Cascade.of_taps),
        st.lists(sections, min_size=1, max_size=3).map(Cascade.of_sos),
    )


@settings(max_examples=150)
@given(cascades(), st.floats(0, math.pi), st.floats(1e-6, 1.0))
def test_no_frequency_of_an_interval_leaves_its_bounds(
    cascade: Cascade, low: float, width: float
) -> None:
    high = min(low + width, math.pi)
    under, over = Enclosure(cascade).over(np.array([low]), np.array([high]))
    size = np.abs(cascade.at(np.linspace(low, high, 301), fs_hz=2 * math.pi))
    room = 1e-12 * max(1.0, size.max())
    assert size.min() >= under[0] - room
    assert size.max() <= over[0] + room


@pytest.mark.parametrize(
    "cascade",
    [
        Cascade.of_taps(firwin(101, 0.3)),
        Cascade.of_taps(minimum_phase(firwin(101, 0.3), half=False)),
        Cascade.of_sos(ellip(6, 0.1, 60, 0.02, output="sos")),
    ],
    ids=["symmetric", "minimum phase", "elliptic"],
)
def test_bounds_close_in_as_intervals_shrink(cascade: Cascade) -> None:
    edges = np.linspace(0.02 * np.pi, 0.03 * np.pi, 100_001)
    under, over = Enclosure(cascade).over(edges[:-1], edges[1:])
    assert np.all(over - under <= 2e-3 * over)


def lowpass(ripple_db: float, attenuation_db: float) -> Mask:
    return Mask.lowpass(
        fs_hz=2.0, pass_hz=0.3, stop_hz=0.4, ripple_db=ripple_db, attenuation_db=attenuation_db
    )


def extremes(cascade: Cascade, low: float, high: float) -> tuple[float, float]:
    size = np.abs(cascade.at(np.linspace(low, high, 400_001), fs_hz=2.0))
    return float(size.min()), float(size.max())


@pytest.mark.parametrize("n_taps", [41, 42])
def test_a_mask_as_tight_as_the_filter_is_proven_and_a_tighter_one_refused(n_taps: int) -> None:
    cascade = Cascade.of_taps(remez(n_taps, [0, 0.3, 0.4, 1], [1, 0], fs=2.0))
    deepest = -20 * math.log10(extremes(cascade, 0.4, 1)[1])
    least, most = extremes(cascade, 0, 0.3)
    ripple = 20 * max(math.log10(most), -math.log10(least))
    kept = judge(lowpass(ripple + 1e-6, deepest - 1e-6), cascade)
    assert kept.passed
    assert kept.proven
    missed = judge(lowpass(ripple + 1e-6, deepest + 1e-6), cascade)
    assert not missed.passed
    assert missed.proven


def test_a_false_margin_is_not_proven() -> None:
    cascade = Cascade.of_taps(remez(41, [0, 0.3, 0.4, 1], [1, 0], fs=2.0))
    deepest = extremes(cascade, 0.4, 1)[1]

    def margin(under: np.ndarray, over: np.ndarray) -> np.ndarray:
        return deepest - over

    bounds = (0.4 * math.pi, math.pi)
    assert prove_margin(Enclosure(cascade), *bounds, margin, -1e-9)
    assert not prove_margin(Enclosure(cascade), *bounds, margin, 1e-9)


def test_a_peak_between_the_points_of_any_grid_is_no_secret() -> None:
    # A resonance of radius 1 - 1e-7: no grid of thousands of points sees it.
    r, angle = 1 - 1e-7, 1.2345
    sos = [[1e-7, 0, 0, 1, -2 * r * math.cos(angle), r * r]]
    cascade = Cascade.of_sos(sos)

    def margin(under: np.ndarray, over: np.ndarray) -> np.ndarray:
        return 0.3 - over

    assert not prove_margin(Enclosure(cascade), 0.1, 3.0, margin, 0.0)
    peak = float(np.abs(cascade.at([angle], fs_hz=2 * math.pi))[0])

    def wider(under: np.ndarray, over: np.ndarray) -> np.ndarray:
        return peak * 1.01 - over

    assert prove_margin(Enclosure(cascade), 0.1, 3.0, wider, 0.0)


@pytest.mark.parametrize(
    "sos",
    [
        butter(8, 0.3, output="sos"),
        ellip(10, 0.01, 80, 0.3, output="sos"),
        ellip(6, 0.05, 60, 0.001, output="sos"),
    ],
)
def test_recursive_filters_are_proven(sos: np.ndarray) -> None:
    cascade = Cascade.of_sos(sos)
    edge = 0.3 if abs(cascade.at([0.2], fs_hz=2.0)[0]) > 0.5 else 0.001
    least, most = extremes(cascade, 0, 0.9 * edge)
    ripple = 20 * max(math.log10(most), -math.log10(least)) + 1e-4
    mask = Mask(fs_hz=2.0, bands=(Band(low_hz=0, high_hz=0.9 * edge, ripple_db=ripple),))
    verdict = judge(mask, cascade)
    assert verdict.passed
    assert verdict.proven


def test_long_filters_are_not_proven_but_say_so() -> None:
    cascade = Cascade.of_taps(np.full(9001, 1 / 9001))
    mask = Mask(fs_hz=2.0, bands=(Band(low_hz=0.5, high_hz=1.0, attenuation_db=40),))
    verdict = judge(mask, cascade)
    assert verdict.passed
    assert not verdict.proven
    assert "not proven" in str(verdict)
