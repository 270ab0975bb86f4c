"""Quantised cascades, run as integers, against float64 sosfilt."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from fxfir.analysis import snr_db
from fxfir.arith import is_stable
from fxfir.filters import Form, from_json, to_json
from fxfir.fixed import SQ, UQ, Cast, Overflow, Rounding
from fxfir.quantize import QuantizedSos, Scaling, quantize_sos
from tests.quantize.integers import Watch, run

Q17 = SQ(1, 17)


def butter(n: int, cutoff: Any, kind: str = "lowpass") -> np.ndarray:
    from scipy import signal

    return signal.butter(n, cutoff, kind, output="sos")


def white(n: int, seed: int, fmt: Any = Q17) -> np.ndarray:
    return np.random.default_rng(seed).integers(fmt.lo, fmt.hi + 1, n)


def measured(made: QuantizedSos, sos: np.ndarray, x: np.ndarray) -> float:
    """SNR against float64, both clamped to the output's range: overload is no quantisation."""
    from scipy import signal

    to = made.filter.output.to
    wanted = signal.sosfilt(sos, x * float(made.filter.input.step))
    wanted = np.clip(wanted, float(to.lo * to.step), float(to.hi * to.step))
    return snr_db(wanted, np.array(run(made.filter, x.tolist())) * float(to.step))


# SNR of the same cascades as scipy gives them, one format for all: 5.8, 0.0, 0.0, 44.5 dB; after
# per-section scaling alone, 65.6, 46.2, 10.6 and 74.0.
FLOORS = [(8, 0.2, 97.0), (6, 0.05, 87.0), (4, 0.01, 50.0), (8, 0.4, 98.0)]


@pytest.mark.parametrize(("n", "cutoff", "floor"), FLOORS)
@pytest.mark.parametrize("form", list(Form))
def test_white_noise_with_16_fraction_bits(
    n: int, cutoff: float, floor: float, form: Form, seed: int
) -> None:
    """18-bit data of full scale, no coefficient with more than 16 fraction bits."""
    sos = butter(n, cutoff)
    made = quantize_sos(sos, input=Q17, max_coeff_frac=16, form=form)
    for section in made.filter.sections:
        assert max(section.b_coeff.frac, section.a_coeff.frac) <= 16
        assert max(section.b_coeff.width, section.a_coeff.width) <= 18
    assert measured(made, sos, white(4000, seed)) > floor


def test_limited_fractions_leave_the_gain_its_digits() -> None:
    """All of a gain of 4e-9 in numerators of 16 fraction bits."""
    made = quantize_sos(butter(4, 0.005), input=Q17, max_coeff_frac=16)
    assert max(s.b_coeff.frac for s in made.filter.sections) <= 16
    assert made.searched_db > 50


@pytest.mark.parametrize(("n", "cutoff", "floor"), FLOORS)
def test_an_output_that_holds_everything_needs_no_clamp(
    n: int, cutoff: float, floor: float, seed: int
) -> None:
    from scipy import signal

    sos = butter(n, cutoff)
    needed = quantize_sos(sos, input=Q17, max_coeff_frac=16).output_needed
    made = quantize_sos(sos, input=Q17, output=needed, max_coeff_frac=16)
    assert made.output_fits
    x = white(4000, seed)
    found = np.array(run(made.filter, x.tolist())) * float(needed.step)
    assert snr_db(signal.sosfilt(sos, x * 2.0**-17), found) > floor


@pytest.mark.parametrize(
    ("n", "cutoff", "gain"), [(8, 0.2, 15), (6, 0.05, 12), (4, 0.01, 6), (8, 0.4, 15)]
)
def test_words_moved_together_beat_words_rounded(n: int, cutoff: float, gain: float) -> None:
    sos = butter(n, cutoff)
    made = quantize_sos(sos)
    assert made.searched_db > made.rounded_db + gain
    plain = quantize_sos(sos, search=False)
    assert plain.searched_db == plain.rounded_db


def test_the_predicted_coefficient_error_is_the_measured_one() -> None:
    """With ample inner bits and a fine output, only the words' error is left."""
    from scipy import signal

    sos = butter(6, 0.05)
    made = quantize_sos(sos, input=Q17, output=SQ(3, 37), guard_bits=4, coeff_width=14)
    x = white(8000, 1)
    found = np.array(run(made.filter, x.tolist()), dtype=float) * 2.0**-37
    assert abs(snr_db(signal.sosfilt(sos, x * 2.0**-17), found) - made.searched_db) < 1.5


@pytest.mark.parametrize("form", list(Form))
@pytest.mark.parametrize("rounding", [Rounding.HALF_EVEN, Rounding.FLOOR, Rounding.TO_ZERO])
def test_automatic_guard_bits_leave_the_output_rounding_alone(
    form: Form, rounding: Rounding, seed: int
) -> None:
    """Inner round-off stays near or below a quarter of what rounding the output costs."""
    from scipy import signal

    sos = butter(4, 0.1)
    made = quantize_sos(sos, input=Q17, coeff_width=34, form=form, rounding=rounding)
    x = white(6000, seed) // 4
    wanted = signal.sosfilt(sos, x.astype(float))
    noise = np.array(run(made.filter, x.tolist())) - wanted
    # One rounding alone: 1/12 nearest; 1/3 with its mean for floor; between for towards zero.
    alone = 1 / 12 if rounding is Rounding.HALF_EVEN else 1 / 3
    assert np.mean(noise[1000:] ** 2) < 1.6 * alone


def test_fewer_guard_bits_are_worse_so_the_rule_is_no_waste() -> None:
    sos = butter(4, 0.02)
    x = white(6000, 3)
    auto = quantize_sos(sos, input=Q17, coeff_width=30)
    assert min(report.guard_bits for report in auto.sections) >= 4
    starved = quantize_sos(sos, input=Q17, coeff_width=30, guard_bits=0)
    assert measured(auto, sos, x) > measured(starved, sos, x) + 15


def test_error_feedback_needs_fewer_bits() -> None:
    sos = butter(4, 0.01)
    plain = quantize_sos(sos, form="df1", coeff_width=26)
    fed = quantize_sos(sos, form="df1", coeff_width=26, error_feedback=True)
    assert fed.filter.sections[0].feedback == (-2, 1)
    assert sum(r.guard_bits for r in fed.sections) < sum(r.guard_bits for r in plain.sections) - 10
    x = white(4000, 5, SQ(1, 15))
    assert abs(measured(fed, sos, x) - measured(plain, sos, x)) < 2


def worst_input(sos: np.ndarray, sections: int, fmt: Any, n: int = 400) -> list[int]:
    """The sign pattern of a prefix's impulse response, reversed: its L1 norm is reached."""
    from scipy import signal

    impulse = np.zeros(n)
    impulse[0] = 1
    response = signal.sosfilt(sos[:sections], impulse)[::-1]
    return [fmt.hi if v > 0 else fmt.lo for v in response]


@pytest.mark.parametrize("form", list(Form))
@pytest.mark.parametrize("kind", ["low", "band", "eq"])
def test_l1_never_saturates_inside(form: Form, kind: str, seed: int) -> None:
    sos = {
        "low": butter(6, 0.1),
        "band": butter(3, [0.2, 0.25], "bandpass"),
        "eq": np.array([[1.1, -1.6, 0.7, 1, -1.6, 0.8], [0.9, -0.2, 0.5, 1, -0.2, 0.4]]),
    }[kind]
    made = quantize_sos(sos, input=Q17, form=form, scaling="l1")
    wide = quantize_sos(sos, input=Q17, form=form, scaling="l1", output=made.output_needed)
    rows = np.array(
        [
            [*(float(w * s.b_coeff.step) for w in s.b), 1.0]
            + [float(w * s.a_coeff.step) for w in s.a]
            for s in wide.filter.sections
        ]
    )
    watch = Watch()
    for k in range(1, len(rows) + 1):
        pattern = worst_input(rows, k, Q17)
        run(wide.filter, pattern, watch)
        run(wide.filter, [Q17.lo if x > 0 else Q17.hi for x in pattern], watch)
    run(wide.filter, white(1500, seed).tolist(), watch)
    assert watch.overflows == []


def test_l1_headroom_is_not_idle() -> None:
    """Take one bit from the top of every inner word and the worst input does saturate."""
    sos = butter(6, 0.1)
    made = quantize_sos(sos, input=Q17, scaling="l1", form="df1")
    data = to_json(made.filter)
    for section in data["sections"]:
        text = section["out"]["to"]
        width, frac = text.removeprefix("sfix").split("_En")
        section["out"]["to"] = f"sfix{int(width) - 1}_En{frac}"
    narrow = from_json(data)
    rows = np.array(
        [
            [*(float(w * s.b_coeff.step) for w in s.b), 1.0]
            + [float(w * s.a_coeff.step) for w in s.a]
            for s in made.filter.sections
        ]
    )
    watch = Watch()
    for k in range(1, len(rows) + 1):
        run(narrow, worst_input(rows, k, Q17), watch)
    assert watch.overflows


@pytest.mark.parametrize("form", list(Form))
def test_linf_does_not_saturate_inside_on_sinusoids(form: Form) -> None:
    """Switched on at full scale, at the peaks of every prefix and between."""
    sos = butter(4, [0.2, 0.3], "bandpass")
    made = quantize_sos(sos, input=Q17, form=form)
    needed = quantize_sos(sos, input=Q17, form=form, output=made.output_needed)
    watch = Watch()
    n = np.arange(700)
    for cutoff in (0.15, 0.2, 0.21, 0.25, 0.29, 0.3, 0.5):
        x = np.round(-Q17.lo * np.sin(np.pi * cutoff * n)).astype(int).clip(Q17.lo, Q17.hi)
        run(needed.filter, x.tolist(), watch)
    assert watch.overflows == []


def test_the_output_range_is_reached_and_not_passed() -> None:
    sos = butter(6, 0.1)
    made = quantize_sos(sos, input=Q17)
    needed = made.output_needed
    assert not made.output_fits
    assert f"may saturate; {needed} fits" in made.warnings[0]
    wide = quantize_sos(sos, input=Q17, output=needed)
    assert wide.output_fits
    rows = np.array([[float(v) for v in row] for row in made.ideal])
    reached = run(wide.filter, worst_input(rows, 3, Q17))
    # One bit less would not hold what this input makes.
    assert max(map(abs, reached)) > needed.hi // 2


def test_identity_fits_its_own_format() -> None:
    made = quantize_sos([[1, 0, 0, 1, 0, 0]])
    assert made.output_fits
    assert made.searched_db == float("inf")
    x = white(50, 1, SQ(1, 15)).tolist()
    assert run(made.filter, x) == x


def test_a0_is_divided_out_exactly() -> None:
    made = quantize_sos([[3, 0, 0, 3, -1, 0.5]])
    assert made.ideal == ((1, 0, 0, 1, Fraction(-1, 3), Fraction(1, 6)),)
    assert "rows are divided by their a0" in made.notes
    same = quantize_sos([[1, 0, 0, 1, Fraction(-1, 3), Fraction(1, 6)]])
    assert same.filter == made.filter


def test_unsigned_input_and_other_formats() -> None:
    from scipy import signal

    sos = butter(2, 0.2)
    made = quantize_sos(sos, input=UQ(8, 0), output=SQ(10, 4))
    assert made.output_fits
    x = white(500, 2, UQ(8, 0))
    found = np.array(run(made.filter, x.tolist())) / 16
    assert np.max(np.abs(found - signal.sosfilt(sos, x.astype(float)))) < 0.2


def test_formats_per_section_and_no_idle_bits() -> None:
    made = quantize_sos(butter(8, 0.2))
    fracs = {(s.b_coeff.frac, s.a_coeff.frac) for s in made.filter.sections}
    assert len(fracs) > 1
    for section in made.filter.sections:
        assert any(w & 1 for w in section.b)
        assert any(w & 1 for w in section.a)
    # 1, 2, 1: three of four numerators are wiring.
    assert sum(section.b == (1, 2, 1) for section in made.filter.sections) == 3


def test_reports_pair_each_pole_with_its_origin() -> None:
    sos = butter(8, 0.2)
    made = quantize_sos(sos)
    assert sorted(report.origin for report in made.sections) == [0, 1, 2, 3]
    for report, section in zip(made.sections, made.filter.sections, strict=True):
        assert report.before.radius == pytest_close(np.sqrt(sos[report.origin][5]))
        assert abs(report.after.radius - report.before.radius) < 1e-3
        assert is_stable(*section.a, 1 << section.a_coeff.frac)


class pytest_close:
    """Equal to within float64 rounding."""

    def __init__(self, value: float) -> None:
        self.value = float(value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, float) and abs(other - self.value) < 1e-12

    def __hash__(self) -> int:
        return hash(self.value)


def test_widths_on_request() -> None:
    sos = butter(4, 0.1)
    made = quantize_sos(sos, section_width=20)
    assert {s.out.to.width for s in made.filter.sections} == {20}
    assert {s.state.to.width for s in made.filter.sections if s.state} == {20}
    guarded = quantize_sos(sos, guard_bits=3)
    assert {s.out.to.frac for s in guarded.filter.sections} == {18}


def test_rounding_and_overflow_reach_the_casts() -> None:
    made = quantize_sos(butter(4, 0.1), rounding=Rounding.FLOOR, overflow=Overflow.WRAP)
    assert made.filter.output == Cast(to=SQ(1, 15), rounding=Rounding.FLOOR, overflow=Overflow.WRAP)
    for section in made.filter.sections:
        assert section.out.rounding is Rounding.FLOOR
        assert section.out.overflow is Overflow.SATURATE


@pytest.mark.parametrize("scaling", list(Scaling))
def test_every_scaling_keeps_gain_and_quality(scaling: Scaling, seed: int) -> None:
    sos = butter(4, [0.2, 0.3], "bandpass")
    made = quantize_sos(sos, input=Q17, scaling=scaling)
    assert made.gain == 1
    assert measured(made, sos, white(3000, seed)) > 85


def test_given_arrangement_is_kept_on_request() -> None:
    sos = butter(8, 0.2)
    made = quantize_sos(sos, rearrange=False)
    assert [report.origin for report in made.sections] == [0, 1, 2, 3]
    assert made.notes == ()


def test_coefficients_too_narrow_are_said_to_be() -> None:
    made = quantize_sos(butter(4, 0.001))
    assert any(
        "coefficient words keep the response to 3.6 dB only" in text for text in made.warnings
    )
    assert quantize_sos(butter(4, 0.001), coeff_width=27).searched_db > 60


def test_equal_calls_make_equal_filters() -> None:
    sos = butter(8, 0.2)
    assert quantize_sos(sos).filter == quantize_sos(sos.tolist()).filter


def test_a_last_bit_of_the_design_does_not_change_the_words() -> None:
    """Design programs differ in the last bit between machines; words must not."""
    sos = butter(8, 0.2)
    nudged = sos.copy()
    nudged[:, 4:] = np.nextafter(nudged[:, 4:], 2)
    assert quantize_sos(sos).filter == quantize_sos(nudged).filter


def test_no_scipy_signal_on_this_path() -> None:
    import subprocess
    import sys

    program = (
        "import sys; from fxfir.quantize import quantize_sos;"
        "quantize_sos([[0.25, 0.5, 0.25, 1.0, -0.5, 0.25]]); assert 'scipy' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
