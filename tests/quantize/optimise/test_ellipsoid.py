"""Enumeration of all words up to an error: nothing is left out, and a smaller ellipsoid shows."""

from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.design import lowpass
from fxfir.fixed import SQ
from fxfir.quantize.optimise import exact as exact_module
from fxfir.quantize.optimise import prove, subject_of
from fxfir.quantize.optimise.ellipsoid import Ellipsoid
from fxfir.spec import Band, Mask

MASK = Mask(
    fs_hz=2.0,
    bands=(
        Band(low_hz=0, high_hz=0.3, ripple_db=0.5),
        Band(low_hz=0.5, high_hz=1.0, attenuation_db=40),
    ),
)


def problem(seed: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    angles = np.linspace(0, np.pi, 8 * n)
    matrix = 2 * np.cos(np.outer(angles, np.arange(n))) * rng.uniform(0.5, 2.0, (8 * n, 1))
    return matrix, matrix @ rng.uniform(-1, 1, n) + 0.3 * rng.normal(size=8 * n)


def all_within(matrix: np.ndarray, target: np.ndarray, level: float, reach: int) -> set:
    """Return every choice of words by trying them all."""
    n = matrix.shape[1]
    words = np.array(list(product(range(-reach, reach + 1), repeat=n)))
    inside = np.abs(words @ matrix.T - target).max(axis=1) <= level
    return {tuple(map(int, w)) for w in words[inside]}


def found(ellipsoid: Ellipsoid) -> list[tuple[int, ...]]:
    return [tuple(map(int, w)) for block in ellipsoid.words() for w in block]


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.integers(1, 4), st.floats(1.0, 6.0))
def test_every_choice_within_the_level_is_found_once(seed: int, n: int, level: float) -> None:
    matrix, target = problem(seed, n)
    ellipsoid = Ellipsoid.around(matrix, target, level)
    assert ellipsoid is not None
    words = found(ellipsoid)
    assert len(words) == len(set(words))
    # Rows of no weight are not looked at: some words of other rows' errors may be among them.
    assert all_within(matrix, target, level, 8) <= set(words)


def test_an_ellipsoid_that_is_too_small_loses_words() -> None:
    matrix, target = problem(3, 4)
    ellipsoid = Ellipsoid.around(matrix, target, 6.0)
    assert ellipsoid is not None
    smaller = replace(ellipsoid, radius=0.5 * ellipsoid.radius)
    assert not all_within(matrix, target, 6.0, 8) <= set(found(smaller))


def test_rows_that_leave_a_direction_free_bound_nothing() -> None:
    assert Ellipsoid.around(np.zeros((4, 2)), np.zeros(4), 1.0) is None


@pytest.mark.parametrize("n_taps", [9, 15])
def test_enumeration_and_integer_program_agree(
    n_taps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ideal = [Fraction(v) for v in lowpass(n_taps, 0.4, fs_hz=2.0).taps.tolist()]
    subject = subject_of(ideal, MASK, SQ(1, 5))
    common = {"low": -32, "high": 31}
    args = (subject.aim, subject.layout, subject.step, subject.start)
    listed = prove(*args, **common)
    monkeypatch.setattr(exact_module, "_MOST_NODES", 0)
    solved = prove(*args, **common)
    assert listed.optimal
    assert solved.optimal
    # The program's bound is lower by what its solver may err by, and no more.
    assert solved.bound <= listed.bound <= solved.bound * (1 + 1e-3)
