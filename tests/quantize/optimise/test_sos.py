"""Cascades searched: better than the quadratic search, stable, zeros on the circle kept."""

import numpy as np
import pytest
from scipy.signal import butter, ellip, iirpeak, sosfreqz, tf2sos

from fxfir.analysis import real_sos
from fxfir.errors import SpecError
from fxfir.quantize import quantize_sos
from fxfir.quantize.optimise.sos import SosRefiner
from fxfir.spec import Band, Mask
from fxfir.spec.optimise import Optimise


def error(sos: np.ndarray, ideal: np.ndarray) -> float:
    """Return the largest error of the complex response on a grid of its own."""
    w = np.concatenate([np.linspace(0, np.pi, 20_001), np.linspace(0, 0.1, 20_001)])
    return float(np.abs(sosfreqz(sos, w)[1] - sosfreqz(ideal, w)[1]).max())


@pytest.mark.parametrize(
    ("sos", "width"),
    [
        (ellip(6, 0.5, 50, 0.2, output="sos"), 12),
        (butter(5, 0.1, output="sos"), 12),
        (tf2sos(*iirpeak(0.3, 5)), 8),
    ],
    ids=["elliptic", "butterworth", "peak"],
)
def test_the_largest_error_falls(sos: np.ndarray, width: int) -> None:
    before = quantize_sos(sos, coeff_width=width)
    refiner = SosRefiner(None, Optimise(effort=3))
    after = quantize_sos(sos, coeff_width=width, refine=refiner)
    assert refiner.said is not None
    assert refiner.said.after <= refiner.said.before
    rows, old = real_sos(after.filter), real_sos(before.filter)
    assert error(rows, sos) <= error(old, sos) * (1 + 1e-6)
    assert all(np.abs(np.roots(row[3:])).max() < 1 for row in rows)
    # Zeros of these designs lie on the circle, and words keep them there.
    for row in rows:
        if row[2]:
            assert abs(row[0]) == abs(row[2])


def test_a_mask_is_met_with_fewer_bits() -> None:
    sos = ellip(6, 0.4, 55, 0.2, output="sos")
    mask = Mask(
        fs_hz=2.0,
        bands=(
            Band(low_hz=0, high_hz=0.2, ripple_db=0.5),
            Band(low_hz=0.28, high_hz=1.0, attenuation_db=50),
        ),
    )
    levels = {}
    for width in (8, 9, 10):
        refiner = SosRefiner(mask, Optimise(effort=4))
        quantize_sos(sos, coeff_width=width, refine=refiner)
        assert refiner.said is not None
        levels[width] = (refiner.said.before, refiner.said.after)
    assert any(before > 1 >= after for before, after in levels.values())


def test_same_seed_same_words() -> None:
    sos = ellip(4, 0.5, 40, 0.2, output="sos")
    first, second = (
        quantize_sos(sos, coeff_width=9, refine=SosRefiner(None, Optimise(effort=2))).filter
        for _ in range(2)
    )
    assert first == second


def test_goals_of_fir_filters_are_refused() -> None:
    with pytest.raises(SpecError, match="goal 'adders' serves FIR filters"):
        SosRefiner(None, Optimise(goal="adders"))


def test_an_interrupted_search_keeps_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def stop(done: int, total: int) -> None:
        calls.append(done)
        if done == 1:
            raise KeyboardInterrupt

    refiner = SosRefiner(None, Optimise(effort=3), report=stop)
    made = quantize_sos(ellip(4, 0.5, 40, 0.2, output="sos"), coeff_width=9, refine=refiner)
    assert refiner.said is not None
    assert refiner.said.interrupted
    assert refiner.said.after <= refiner.said.before
    assert len(made.filter.sections) == 2
