"""The certified error of cascades against long-integer arithmetic, from inputs that seek it."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import signal

from fxfir import model
from fxfir.analysis import cascade_bound, real_sos
from fxfir.errors import FilterError, StabilityError
from fxfir.filters import Direct, FixedSos, Form
from fxfir.fixed import SQ, Cast, Overflow, Rounding
from fxfir.quantize import QuantizedSos, quantize_sos
from tests.exact import ideal, stimulus

ROWS = {
    "butter4": signal.butter(4, 0.2, output="sos"),
    "ellip3": signal.ellip(3, 1, 30, 0.3, output="sos"),
    "low": signal.butter(2, 0.03, output="sos"),
}


def errors(made: QuantizedSos, samples: np.ndarray) -> np.ndarray:
    source, to = made.filter.input, made.filter.output.to
    return ideal(made.ideal, samples, source).errors(model.run(made.filter, samples), to)


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("name", ROWS)
def test_no_input_exceeds_the_bound(form: Form, name: str, seed: int) -> None:
    made = quantize_sos(ROWS[name], form=form, scaling="l1", coeff_width=16)
    bound = cascade_bound(made.filter, made.ideal)
    found = errors(made, stimulus(made.ideal, made.filter.input, 4000, seed))
    assert bound.error_lsb is not None
    assert np.max(found) <= float(bound.error_lsb)
    assert np.max(found) > 0.2 * float(bound.error_lsb)


@pytest.mark.parametrize("name", ROWS)
def test_coefficient_errors_reach_their_bound(name: str) -> None:
    """Full scale with the signs of the difference of both responses leaves nothing of the bound."""
    roomy = {"output": SQ(4, 15), "guard_bits": 24, "scaling": "l1"}
    made = quantize_sos(ROWS[name], form="df1", coeff_width=9, **roomy)
    bound = cascade_bound(made.filter, made.ideal)
    responses = [
        signal.sosfilt(np.array(rows, dtype=np.float64), [1.0] + [0.0] * 1999)
        for rows in (real_sos(made.filter), made.ideal)
    ]
    error = responses[0] - responses[1]
    source = made.filter.input
    samples = np.where(error[::-1] > 0, source.hi, source.lo)
    found = np.max(errors(made, samples))
    assert float(bound.error_lsb) > 10
    assert 0.99 * float(bound.error_lsb) < found <= float(bound.error_lsb)


@st.composite
def rows(draw: st.DrawFn) -> list[list[float]]:
    found = []
    for _ in range(draw(st.integers(1, 3))):
        radius, angle = draw(st.floats(0.1, 0.97)), draw(st.floats(0.0, np.pi))
        zeros, turn = draw(st.floats(0.0, 1.5)), draw(st.floats(0.0, np.pi))
        b = [1.0, -2 * zeros * np.cos(turn), zeros * zeros]
        a = [1.0, -2 * radius * np.cos(angle), radius * radius]
        h = signal.lfilter(b, a, [1.0] + [0.0] * 999)
        found.append([*(v / np.sum(np.abs(h)) for v in b), *a])
    return found


@given(
    rows(),
    st.sampled_from(Form),
    st.sampled_from(Rounding),
    st.integers(8, 14),
    st.integers(0, 6),
    st.booleans(),
    st.integers(0, 2**32),
)
@settings(max_examples=40)
def test_random_cascades(sos, form, rounding, width, guard, shaped, seed) -> None:
    try:
        made = quantize_sos(
            sos,
            input=SQ(1, 9),
            form=form,
            scaling="l1",
            search=False,
            coeff_width=width,
            guard_bits=guard,
            rounding=rounding,
            error_feedback=shaped and form is Form.DF1,
        )
    except (StabilityError, FilterError):
        assume(False)
    bound = cascade_bound(made.filter, made.ideal)
    samples = stimulus(made.ideal, made.filter.input, 1200, seed)
    if bound.error_lsb is None:
        assert "can saturate" in bound.reason
        return
    assert np.max(errors(made, samples)) <= float(bound.error_lsb)


def one_pole(**changes) -> FixedSos:
    """y = Y(x / 2 + y1 / 2): everything about its error is known by hand."""
    section = Direct(
        form="df1",
        b=(1, 0, 0),
        a=(-1, 0),
        b_coeff=SQ(1, 1),
        a_coeff=SQ(1, 1),
        state=None,
        out=Cast(to=SQ(2, 7), rounding=changes.pop("rounding", Rounding.HALF_EVEN)),
    )
    given = {"sections": (section,), "input": SQ(1, 7), "output": Cast(to=SQ(2, 7)), **changes}
    return FixedSos(**given)


HALF = Fraction(1, 2)
POLE = [[HALF, Fraction(0), Fraction(0), Fraction(1), -HALF, Fraction(0)]]


def test_one_pole_by_hand() -> None:
    """Rounding adds half an LSB, 1/A doubles it; the coefficients are exact."""
    bound = cascade_bound(one_pole(), POLE)
    assert bound.coefficient_lsb == pytest.approx((0, 0), abs=2**-9)
    assert [(p.section, p.name, p.dropped_bits) for p in bound.points] == [(0, "y", 1)]
    assert float(bound.points[0].carry.gain) == pytest.approx(2, abs=2**-14)
    assert bound.points[0].carry.steady == 2
    assert float(bound.error_lsb) == pytest.approx(1, abs=0.01)
    assert not bound.settles


def test_floor_errs_to_one_side() -> None:
    """A floor of one dropped bit takes 0 or 1/2, so the sum goes down only."""
    bound = cascade_bound(one_pole(rounding=Rounding.FLOOR), POLE)
    low, high = bound.points[0].error_lsb
    assert float(low) == pytest.approx(-1, abs=0.001)
    assert float(high) == pytest.approx(0, abs=0.001)


def test_a_larger_gain_is_part_of_the_ideal() -> None:
    """What the filter was multiplied by on purpose is no error; what it was not is."""
    doubled = [[1, 0, 0, 1, -HALF, 0]]
    assert cascade_bound(one_pole(), doubled, HALF) == cascade_bound(one_pole(), POLE)
    assert cascade_bound(one_pole(), doubled).error_lsb > 100


def test_an_overflow_inside_is_said() -> None:
    narrow = one_pole()
    section = replace(narrow.sections[0], out=Cast(to=SQ(0, 7)))
    bound = cascade_bound(replace(narrow, sections=(section,)), POLE)
    assert bound.error_lsb is None
    assert bound.linear_lsb is not None
    assert bound.reason.startswith("y of section 0 can saturate: it reaches [-128, 128], sfix7_En7")


def test_an_output_that_can_wrap_has_no_bound() -> None:
    cast = Cast(to=SQ(0, 7), overflow=Overflow.WRAP)
    bound = cascade_bound(one_pole(output=cast), POLE)
    assert (bound.error_lsb, bound.linear_lsb) == (None, None)
    assert bound.reason.startswith("the output can wrap: it reaches [-128, 128]")


def test_an_output_clamp_without_feedback_is_the_outputs_own() -> None:
    """A gain of two in DF2: y saturates, and so does the ideal."""
    sos = np.array([[1.0, 2.0, 1.0, 1.0, 0.5, 0.25]])
    made = quantize_sos(sos, form="df2", scaling="l1")
    assert not made.output_fits
    bound = cascade_bound(made.filter, made.ideal)
    samples = stimulus(made.ideal, made.filter.input, 800, 7)
    hardware = model.run(made.filter, samples)
    assert np.max(hardware) == made.filter.output.to.hi
    assert bound.error_lsb is not None
    assert np.max(errors(made, samples)) <= float(bound.error_lsb)


def test_few_guard_bits_do_not_settle_and_many_do() -> None:
    for guard, settles in ((0, False), (8, True)):
        made = quantize_sos(ROWS["butter4"], scaling="l1", guard_bits=guard, form="df1")
        bound = cascade_bound(made.filter, made.ideal)
        assert bound.settles is settles
        burst = stimulus(made.ideal, made.filter.input, 400, 3)
        tail = model.run(made.filter, np.concatenate([burst, np.zeros(3000, dtype=np.int64)]))
        assert bool(np.any(tail[-500:])) is not settles


@pytest.mark.parametrize("row", [[1, 0, 0, 2, 0, 0], [1, 0, 0, 1, 0]])
def test_rows_of_another_shape_are_refused(row: list[int]) -> None:
    with pytest.raises(FilterError, match="ideal rows must be b0 b1 b2 1 a1 a2"):
        cascade_bound(one_pole(), [row])
