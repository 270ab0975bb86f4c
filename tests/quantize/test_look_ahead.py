"""Look-ahead: exact before rounding, a certified error after it, hardware as any other filter."""

import random
from fractions import Fraction

import numpy as np
import pytest
import scipy.signal
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fxfir.analysis import ideal_output
from fxfir.errors import SectionError, StabilityError
from fxfir.filters import FixedFir, Interleave
from fxfir.fixed import SQ, Format, Rounding
from fxfir.model import run
from fxfir.quantize.look_ahead import augmented, look_ahead
from fxfir.quantize.sections import ExactSection
from fxfir.rtl import build
from tests.rtl import contract


def low(order: int, cutoff: float) -> np.ndarray:
    return scipy.signal.butter(order, cutoff, output="sos")


def largest_error(made, samples) -> float:
    first, last = made.filter.stages[0], made.filter.stages[-1]
    y = run(made.filter, np.asarray(samples))
    to = last.outputs[0]
    return float(np.max(ideal_output(made.ideal, list(samples), first.input, to).errors(y, to)))


@given(
    b=st.tuples(*[st.integers(-9, 9)] * 3),
    a=st.tuples(st.integers(-9, 9), st.integers(-9, 9)),
    ahead=st.integers(2, 8),
)
def test_the_transfer_function_is_the_same(b, a, ahead):
    """Both sides, multiplied out, in exact numbers."""
    section = ExactSection(
        b=tuple(map(Fraction, b)), a=(Fraction(a[0], 5), Fraction(a[1], 7)), origin=0
    )
    taps, (a1, a2) = augmented(section, ahead)
    spread = [Fraction(0)] * (2 * ahead + 1)
    spread[0], spread[ahead], spread[-1] = Fraction(1), a1, a2
    left = np.convolve(np.array(taps, dtype=object), np.array([1, *section.a], dtype=object))
    right = np.convolve(np.array(section.b, dtype=object), np.array(spread, dtype=object))
    size = max(len(left), len(right))
    pad = [list(v) + [0] * (size - len(v)) for v in (left, right)]
    assert pad[0] == pad[1]


@pytest.mark.parametrize("ahead", [2, 3, 4, 8])
@pytest.mark.parametrize(("order", "cutoff"), [(1, 0.3), (2, 0.2), (3, 0.1), (4, 0.05), (8, 0.2)])
def test_no_input_exceeds_the_certified_error(order, cutoff, ahead, seed):
    sos = low(order, cutoff)
    made = look_ahead(sos, ahead)
    impulse = np.zeros(3000)
    impulse[0] = 1
    driven = np.where(scipy.signal.sosfilt(sos, impulse)[::-1] > 0, 32767, -32768)
    noise = np.random.default_rng(seed).integers(-(2**15), 2**15, 3000)
    step = np.full(1000, 32767)
    samples = np.concatenate([[32767], np.zeros(300, dtype=int), driven, step, noise])
    found = largest_error(made, samples.astype(int).tolist())
    assert 0.4 < found <= made.error_lsb
    assert made.error_lsb == made.coefficient_lsb + made.rounding_lsb
    assert made.rounding_lsb <= Fraction(4, 5)


@given(
    radius=st.floats(0.1, 0.98), angle=st.floats(0, 3.14), ahead=st.integers(2, 8),
    rounding=st.sampled_from(list(Rounding)), guard=st.integers(0, 4),
    seed=st.integers(0, 2**32 - 1),
)  # fmt: skip
@settings(max_examples=25)
def test_any_section_stays_within_its_bound(radius, angle, ahead, rounding, guard, seed):
    rng = np.random.default_rng(seed)
    rows = [[*(0.3 * rng.standard_normal(3)), 1, -2 * radius * np.cos(angle), radius**2]]
    try:
        made = look_ahead(
            rows, ahead, input=SQ(1, 8), output=SQ(3, 7), rounding=rounding, guard_bits=guard,
            coeff_width=12,
        )  # fmt: skip
    except StabilityError:
        assume(False)
    samples = rng.integers(-256, 256, 400).tolist()
    assert largest_error(made, samples) <= made.error_lsb


def test_a_wrong_tap_leaves_the_bound():
    """What the test above measures is no formality: one word changed by 16 is beyond it."""
    from dataclasses import replace

    made = look_ahead(low(2, 0.2), 4)
    first, *others = made.filter.stages
    taps = (first.taps[0] + 64, *first.taps[1:])
    broken = replace(made, filter=replace(made.filter, stages=(replace(first, taps=taps), *others)))
    samples = np.random.default_rng(1).integers(-(2**15), 2**15, 2000).tolist()
    assert largest_error(made, samples) <= made.error_lsb < largest_error(broken, samples)


@pytest.mark.parametrize("ahead", [2, 4, 5, 7])
def test_contract(ahead, seed):
    node = look_ahead(low(3, 0.2), ahead, input=SQ(1, 7), output=SQ(1, 9), coeff_width=9).filter
    stages = [None if isinstance(s, FixedFir) else {"name": "parallel"} for s in node.stages]
    core = build(node, {"name": "series", "stages": stages})
    assert core.timing.interval == 1
    contract.check_all(
        lambda: build(node, core.architecture), node, random.Random(seed), samples=40
    )


def test_stages_say_what_they_are():
    made = look_ahead(low(4, 0.2), 3, output=Format.parse("sfix12_En11"))
    assert [type(s) for s in made.filter.stages] == [FixedFir, Interleave] * 2
    assert all(s.channels == 3 for s in made.filter.stages[1::2])
    assert str(made.filter.outputs[0]) == "sfix12_En11"


def test_what_is_refused():
    with pytest.raises(SectionError, match="look-ahead must be 2 to 8 samples, got 9"):
        look_ahead(low(2, 0.2), 9)
    with pytest.raises(StabilityError, match="needs more than 6 bits to stay stable"):
        look_ahead(low(2, 0.002), 2, coeff_width=6)
    with pytest.raises(StabilityError):
        look_ahead([[1, 0, 0, 1, -2.1, 1.2]], 2)
