"""The search of FIR words: against every choice of words, published cases, and its own promises."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from fxfir.arith.structure import structure_of
from fxfir.design import design_fir
from fxfir.errors import SpecError
from fxfir.fixed import SQ, Format
from fxfir.quantize import quantize_fir
from fxfir.quantize.optimise import Limits, optimise_words, prove, search, subject_of
from fxfir.quantize.optimise.reduce import nearest_plane, reduce
from fxfir.spec import Band, EquirippleFir, HalfBandFir, HilbertFir, Mask
from fxfir.spec.optimise import Optimise


def by_weights(edges: list[float], wanted: list[float], weights: list[float]) -> Mask:
    bands = zip(edges[::2], edges[1::2], wanted, weights, strict=True)
    return Mask(
        fs_hz=2.0,
        bands=tuple(Band(low_hz=a, high_hz=b, gain=g, weight=w) for a, b, g, w in bands),
    )


def ripple(taps: np.ndarray, mask: Mask) -> float:
    """Return the largest weighted error of symmetric taps, by its own sum of cosines."""
    n = len(taps) // 2
    worst = 0.0
    for band in mask.bands:
        omega = np.linspace(band.low_hz, band.high_hz, 4000) * np.pi
        amplitude = taps[n] + 2 * sum(taps[n + k] * np.cos(k * omega) for k in range(1, n + 1))
        worst = max(worst, band.weight * float(np.abs(amplitude - band.gain).max()))
    return worst


def test_reduced_columns_are_a_basis_of_the_same_lattice_and_short() -> None:
    rng = np.random.default_rng(0)
    columns = rng.normal(size=(40, 12))
    columns[:, 1:] = columns[:, :1] + 1e-3 * columns[:, 1:]
    change = reduce(columns)
    assert round(abs(np.linalg.det(change.astype(float)))) == 1
    before, after = (np.median(np.linalg.norm(c, axis=0)) for c in (columns, columns @ change))
    assert after < 0.01 * before


def test_nearest_plane_is_exact_on_a_lattice_point() -> None:
    columns = np.random.default_rng(1).normal(size=(20, 6))
    words = np.array([3.0, -7.0, 0.0, 12.0, 1.0, -2.0])
    assert np.array_equal(nearest_plane(columns, columns @ words), words)


@pytest.mark.parametrize("odd", [False, True])
def test_finds_the_best_of_all_words_of_short_filters(odd: bool) -> None:
    mask = by_weights([0, 0.3, 0.6, 1], [1, 0], [1, 1])
    taps = design_fir(EquirippleFir(mask=mask, n_taps=7 if odd else 8)).taps
    base = quantize_fir(taps, coeff=SQ(1, 5))
    subject = subject_of(base.ideal, mask, SQ(1, 5))
    found = search(
        subject.aim, subject.layout, subject.step, subject.start, Limits(low=-32, high=31, effort=4)
    )
    omega = subject.aim.points(400)
    matrix, target = subject.aim.rows(subject.layout, subject.step, omega)
    around = [range(w - 3, w + 4) for w in subject.start]
    every = list(product(*around))
    levels = np.abs(np.array(every, dtype=float) @ matrix.T - target).max(axis=1)
    best = levels.min()
    assert levels[every.index(tuple(found.words))] == best
    proof = prove(subject.aim, subject.layout, subject.step, found.words, low=-32, high=31)
    assert proof.optimal
    assert proof.bound <= best * (1 + 1e-6)


def test_a_proof_improves_words_that_are_not_the_best() -> None:
    mask = by_weights([0, 0.4, 0.5, 1], [1, 0], [1, 1])
    taps = design_fir(EquirippleFir(mask=mask, n_taps=21)).taps
    base = quantize_fir(taps, coeff=SQ(1, 6))
    subject = subject_of(base.ideal, mask, SQ(1, 6))
    proof = prove(subject.aim, subject.layout, subject.step, subject.start, low=-64, high=63)
    assert proof.optimal
    assert proof.words != subject.start
    assert proof.level < ripple(np.array(base.filter.taps) / 64, mask)


# Edges, gains, weights, taps, bits and error of published cases (Brisebarre, Filip, Hanrot 2018).
CASES = {
    "A35/8": ([0, 0.4, 0.5, 1], [1, 0], [1, 1], 35, 8, 0.0301),
    "B35/9": ([0, 0.4, 0.5, 1], [1, 0], [1, 10], 35, 9, 0.0772),
    "C35/8": ([0, 0.24, 0.4, 0.68, 0.84, 1], [1, 0, 1], [1, 1, 1], 35, 8, 0.0179),
    "D35/9": ([0, 0.24, 0.4, 0.68, 0.84, 1], [1, 0, 1], [1, 10, 1], 35, 9, 0.0326),
}


@pytest.mark.parametrize("name", CASES)
def test_published_cases(name: str) -> None:
    edges, wanted, weights, n_taps, bits, known = CASES[name]
    mask = by_weights(edges, wanted, weights)
    taps = design_fir(EquirippleFir(mask=mask, n_taps=n_taps)).taps
    base = quantize_fir(taps, coeff=SQ(1, bits - 1))
    made, gain, _ = optimise_words(
        base.filter, base.ideal, mask, Optimise(goal="minimax", effort=4)
    )
    assert gain == 1
    assert ripple(np.array(made.taps) / 2 ** (bits - 1), mask) <= known
    assert made.coeff == base.filter.coeff
    assert structure_of(made.taps).symmetry == 1


def test_same_seed_same_words() -> None:
    mask = by_weights([0, 0.4, 0.5, 1], [1, 0], [1, 1])
    taps = design_fir(EquirippleFir(mask=mask, n_taps=31)).taps
    base = quantize_fir(taps, coeff_width=8)
    options = Optimise(goal="minimax", effort=2, seed=5)
    first, second = (optimise_words(base.filter, base.ideal, mask, options) for _ in range(2))
    assert first == second


def test_zeros_and_centre_of_a_half_band_filter_stay() -> None:
    mask = by_weights([0, 0.4, 0.6, 1], [1, 0], [1, 1])
    taps = design_fir(HalfBandFir(fs_hz=2.0, pass_hz=0.4, n_taps=23)).taps
    base = quantize_fir(taps, coeff=SQ(1, 9))
    made, _, report = optimise_words(base.filter, base.ideal, mask, Optimise(goal="minimax"))
    assert structure_of(made.taps).half_band
    assert made.taps[11] == 256
    assert report.after < report.before


def test_antisymmetric_taps_stay_antisymmetric() -> None:
    mask = by_weights([0.1, 0.9], [1], [1])
    taps = design_fir(HilbertFir(fs_hz=2.0, low_hz=0.1, n_taps=30, high_hz=0.95)).taps
    base = quantize_fir(taps, coeff=SQ(1, 8))
    made, _, report = optimise_words(base.filter, base.ideal, mask, Optimise(goal="minimax"))
    assert structure_of(made.taps).symmetry == -1
    assert report.after < report.before


def test_any_taps_against_their_own_response() -> None:
    taps = np.random.default_rng(3).normal(size=11) * 0.2
    base = quantize_fir(taps, coeff=SQ(1, 5))
    made, _, _ = optimise_words(base.filter, base.ideal, None, Optimise(goal="minimax"))

    def error(words: tuple[int, ...]) -> float:
        return float(np.abs(np.fft.rfft(np.array(words) / 32 - taps, 4096)).max())

    assert error(made.taps) < error(base.filter.taps)


def test_noise_of_doubles_does_not_break_a_symmetry() -> None:
    taps = np.array([0.1, 0.25, 1e-17, 0.3, 0.0, 0.25 + 1e-16, 0.1])
    assert subject_of([Fraction(v) for v in taps], None, SQ(1, 7)).layout.symmetry == 1


def test_stop_bands_deepen_as_far_as_the_pass_bands_allow() -> None:
    mask = Mask.lowpass(fs_hz=2.0, pass_hz=0.4, stop_hz=0.5, ripple_db=1.0, attenuation_db=25)
    taps = design_fir(EquirippleFir(mask=mask, n_taps=31)).taps
    base = quantize_fir(taps, coeff=SQ(1, 9))
    levels, said = {}, {}
    for goal in ("minimax", "stopband"):
        made, _, said[goal] = optimise_words(base.filter, base.ideal, mask, Optimise(goal=goal))
        response = np.abs(np.fft.rfft(np.array(made.taps) / 512, 1 << 14))
        assert response[: int(0.4 * 8192)].min() >= 10 ** (-1.0 / 20) - 1e-6
        levels[goal] = response[int(0.5 * 8192) + 1 :].max()
    assert levels["stopband"] < 0.8 * levels["minimax"]
    # What is said of stop bands is what they reach, as a part of their limit.
    seen = levels["stopband"] * 10 ** (25 / 20)
    assert seen <= said["stopband"].after <= seen * 1.0001  # the points miss the very peaks
    assert said["stopband"].after < said["stopband"].before
    assert "in stop bands" in str(said["stopband"])
    assert "in stop bands" not in str(said["minimax"])


def test_gains_are_swept_where_gain_is_free() -> None:
    mask = by_weights([0, 0.4, 0.5, 1], [1, 0], [1, 1])
    taps = design_fir(EquirippleFir(mask=mask, n_taps=21)).taps
    base = quantize_fir(taps, coeff=SQ(1, 6), scale_taps=True)
    fixed, _, _ = optimise_words(base.filter, base.ideal, mask, Optimise(), gain=base.gain)
    free, gain, _ = optimise_words(
        base.filter, base.ideal, mask, Optimise(), gain=base.gain, sweep=True
    )
    assert base.gain / 2 < gain <= base.gain

    def error(words: tuple[int, ...], over: float) -> float:
        return ripple(np.array(words) / 64 / over, mask)

    assert error(free.taps, float(gain)) <= error(fixed.taps, float(base.gain)) * (1 + 1e-9)


def test_words_stay_in_their_format() -> None:
    mask = by_weights([0, 0.4, 0.5, 1], [1, 0], [1, 1])
    taps = design_fir(EquirippleFir(mask=mask, n_taps=21)).taps
    base = quantize_fir(taps * (63.4 / 64 / taps.max()), coeff=SQ(1, 6))
    made, _, _ = optimise_words(base.filter, base.ideal, None, Optimise(goal="minimax"))
    assert max(made.taps) <= 63


def test_an_interrupted_search_returns_the_best_so_far() -> None:
    mask = by_weights([0, 0.4, 0.5, 1], [1, 0], [1, 1])
    taps = design_fir(EquirippleFir(mask=mask, n_taps=35)).taps
    base = quantize_fir(taps, coeff=SQ(1, 7))

    def stop(done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    made, _, report = optimise_words(
        base.filter, base.ideal, mask, Optimise(goal="minimax"), report=stop
    )
    assert report.interrupted
    assert report.after <= report.before
    assert ripple(np.array(made.taps) / 128, mask) <= ripple(np.array(base.filter.taps) / 128, mask)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"effort": 11}, "effort must be at most 10, got 11"),
        ({"effort": 0}, "effort must be at least 1, got 0"),
        ({"goal": "best"}, "goal must be one of"),
        ({"meet_mask": "bits"}, "meet_mask must be one of"),
        ({"prove": 1}, "prove must be true or false"),
        ({"seed": -1}, "seed must be at least 0"),
    ],
)
def test_bad_options(options: dict, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        Optimise(**options)


def test_too_wide_and_too_long() -> None:
    with pytest.raises(SpecError, match="at most 40 coefficient bits, got sfix48_En47"):
        subject_of([Fraction(1, 3)], None, Format(signed=True, width=48, frac=47))
    base = quantize_fir(np.sinc(np.arange(600) / 7.3) / 8 + 1e-3)
    with pytest.raises(SpecError, match="1 to 512 taps that differ, got 600"):
        optimise_words(base.filter, base.ideal, None, Optimise())
