"""Faithful FIR filters: never one LSB off, and not a bit more than that takes."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.analysis import error_bound
from fxfir.analysis.correct import tally_errors
from fxfir.errors import FormatError
from fxfir.filters import FixedFir
from fxfir.fixed import SQ, UQ, Format, Overflow, Rounding, apply
from fxfir.quantize import faithful_fir
from fxfir.quantize.coefficients import words_of

FORMATS = (SQ(1, 7), SQ(1, 15), UQ(8, 0), SQ(4, 4))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.floats(-2, 2).map(lambda v: v if abs(v) > 1e-3 else 0.0), min_size=1, max_size=20
    ).filter(any),
    st.sampled_from(FORMATS),
    st.sampled_from(FORMATS),
    st.integers(0, 1 << 30),
)
def test_within_one_lsb_and_no_bit_too_many(
    taps: list[float], input: Format, output: Format, seed: int
) -> None:
    made = faithful_fir(taps, input=input, output=output, coeff_width=256)
    bound = error_bound(made.filter, made.ideal)
    assert bound.error_lsb is not None
    assert bound.error_lsb < 1
    # One bit less, and an input exists whose coefficient error alone is half an LSB.
    frac = made.filter.coeff.frac - 1
    words = words_of(made.ideal, frac)
    if any(words):
        coeff = replace(made.filter.coeff, frac=frac)
        coarse = FixedFir(taps=words, coeff=coeff, input=input, output=made.filter.output)
        low, high = error_bound(coarse, made.ideal).coefficient_lsb
        assert max(-low, high) >= Fraction(1, 2)
    x = np.random.default_rng(seed).integers(input.lo, input.hi + 1, 200)
    tally = tally_errors(made.filter, made.ideal, x)
    assert tally.violations == 0
    assert tally.worst <= bound.error_lsb
    exact = [sum(h * int(v) for h, v in zip(made.ideal, x[k::-1], strict=False)) for k in range(60)]
    acc = np.convolve(x, made.filter.taps)[:60]
    shift = input.frac + made.filter.coeff.frac
    got = apply(made.filter.output, np.array(acc, dtype=object), shift)
    for ideal, word in zip(exact, got, strict=True):
        value = ideal * input.step / output.step
        clamped = min(max(value, Fraction(output.lo)), Fraction(output.hi))
        assert abs(int(word) - clamped) < 1


def run(filter: FixedFir, ideal: tuple[Fraction, ...], n: int, seed: int) -> float:
    """Run the inputs that hurt; return the part correctly rounded in noise."""
    fmt = filter.input
    rng = np.random.default_rng(seed)
    noise = rng.integers(fmt.lo, fmt.hi + 1, n)
    zeros = np.zeros(filter.n_taps, dtype=np.int64)
    bound = error_bound(filter, ideal)
    for part in (
        np.array(bound.worst_input),
        np.concatenate([[fmt.hi], zeros, [fmt.lo], zeros]),
        np.concatenate(
            [zeros, np.full(2 * filter.n_taps, fmt.hi), np.full(2 * filter.n_taps, fmt.lo)]
        ),
    ):
        assert tally_errors(filter, ideal, part).violations == 0
    tally = tally_errors(filter, ideal, noise)
    assert tally.violations == 0
    return tally.correct_rate


def random_taps(rng: np.random.Generator) -> np.ndarray:
    n = int(rng.integers(3, 64))
    taps = rng.normal(size=n)
    if rng.random() < 0.5:
        taps = taps + taps[::-1]
    return taps / np.abs(taps).sum() * rng.uniform(0.3, 1.0)


@pytest.mark.parametrize("seed", range(5))
def test_random_filters(seed: int) -> None:
    made = faithful_fir(random_taps(np.random.default_rng(seed)), input=SQ(1, 11))
    assert run(made.filter, made.ideal, 20_000, seed) > 0.7


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100))
def test_a_million_samples_of_random_filters(seed: int) -> None:
    made = faithful_fir(random_taps(np.random.default_rng(seed)), input=SQ(1, 11 + seed % 5))
    assert run(made.filter, made.ideal, 1_000_000, seed) > 0.7


def test_words_that_are_one_bit_short_are_caught() -> None:
    made = faithful_fir(random_taps(np.random.default_rng(7)), input=SQ(1, 11))
    frac = made.filter.coeff.frac - 3
    coarse = replace(
        made.filter,
        taps=words_of(made.ideal, frac),
        coeff=replace(made.filter.coeff, frac=frac),
    )
    worst = error_bound(coarse, made.ideal).worst_input
    assert worst is not None
    assert tally_errors(coarse, made.ideal, worst).violations > 0


def test_exact_taps_take_no_more_than_they_are() -> None:
    made = faithful_fir([0.25, 0.5, 0.25])
    assert made.filter.taps == (1, 2, 1)
    assert made.filter.coeff.width == 3


def test_refusals() -> None:
    with pytest.raises(FormatError, match="must allow 16 bits for a faithful output, got 12"):
        faithful_fir([0.1, 0.2, 0.3], coeff_width=12)
    with pytest.raises(FormatError, match=r"a faithful output needs rounding .*, got floor"):
        faithful_fir([0.1, 0.2], rounding=Rounding.FLOOR)
    with pytest.raises(FormatError, match="must not wrap: the output can wrap"):
        faithful_fir([0.9, 0.9], overflow=Overflow.WRAP)
