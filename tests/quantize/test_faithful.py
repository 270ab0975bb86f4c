"""Faithful cascades against long-integer arithmetic: within one LSB, for whatever goes in."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import signal
from scipy.io import wavfile

from fxfir import model
from fxfir.analysis import cascade_bound
from fxfir.design import design_sos
from fxfir.errors import FormatError, SectionError, StabilityError
from fxfir.filters import Form
from fxfir.fixed import SQ, Cast, Format, Overflow, Rounding
from fxfir.quantize import QuantizedSos, faithful_sos, quantize_sos
from fxfir.quantize.budget import coefficient_error, shortest_words
from fxfir.quantize.sections import read_sections
from fxfir.spec import EqSos, read_eq
from tests.exact import ideal, stimulus

REFERENCE = Path(__file__).parents[3] / "shared" / "data" / "wcpg_reference.json"
RECORDING = Path("/usr/share/sounds/alsa/Front_Center.wav")
LOW = signal.butter(2, 0.002, output="sos")


def worst_error(made: QuantizedSos, n: int, seed: int) -> float:
    source, to = made.filter.input, made.filter.output.to
    samples = stimulus(made.ideal, source, n, seed)
    return np.max(ideal(made.ideal, samples, source).errors(model.run(made.filter, samples), to))


def reference_rows() -> dict[str, list[list[float]]]:
    """The cascades of the file, and its direct forms as cascades of the roots that doubles give."""
    data = json.loads(REFERENCE.read_text())
    found = {
        entry["name"]: [[float.fromhex(w) for w in s["sos_hex"]] for s in entry["sections"]]
        for entry in data["sos"]
    }
    for name, entry in data["direct_form"].items():
        b, a = ([float.fromhex(w) for w in entry[k]] for k in ("b_hex", "a_hex"))
        found[name] = signal.tf2sos(b, a).tolist()
    return found


@pytest.mark.parametrize("form", ["df1", "df2t"])
def test_reference_filters(form: str, seed: int) -> None:
    if not REFERENCE.exists():
        pytest.skip("the reference values are not on this machine")
    for name, rows in reference_rows().items():
        if name == "xilinx_ellip5":  # nearly 1e5 terms of every response: left to the long test
            continue
        made = faithful_sos(rows, form=form)
        assert cascade_bound(made.filter, made.ideal).is_faithful, name
        assert worst_error(made, 4000, seed) < 1, name


@pytest.mark.slow
@pytest.mark.parametrize("form", Form)
def test_reference_filters_for_long(form: Form, seed: int) -> None:
    if not REFERENCE.exists():
        pytest.skip("the reference values are not on this machine")
    for name, rows in reference_rows().items():
        for to in (SQ(1, 15), SQ(1, 23)):
            made = faithful_sos(rows, form=form, input=to)
            assert worst_error(made, 100_000, seed) < 1, name


@st.composite
def cascades(draw: st.DrawFn, sharpest: float = 0.99) -> list[list[float]]:
    """Up to four sections of any poles and zeros, real ones included, each near full scale."""
    found = []
    for _ in range(draw(st.integers(1, 4))):
        parts = []
        for reach in (1.2, sharpest):
            if draw(st.booleans()):
                r, t = draw(st.floats(0, reach)), draw(st.floats(0, np.pi))
                parts.append([1.0, -2 * r * np.cos(t), r * r])
            else:
                p, q = draw(st.floats(-reach, reach)), draw(st.floats(-reach, reach))
                parts.append([1.0, -p - q, p * q])
        b, a = parts
        peak = np.max(np.abs(signal.freqz(b, a, 512)[1]))
        assume(peak > 1e-6)
        found.append([*(v / peak for v in b), *a])
    return found


@given(
    cascades(),
    st.sampled_from(Form),
    st.sampled_from([Rounding.HALF_EVEN, Rounding.HALF_UP, Rounding.HALF_AWAY]),
    st.integers(6, 24),
    st.booleans(),
    st.integers(0, 2**32),
)
@settings(max_examples=25)
def test_random_cascades(rows, form, rounding, frac, shaped, seed) -> None:
    made = faithful_sos(
        rows,
        input=SQ(1, frac),
        form=form,
        rounding=rounding,
        error_feedback=shaped and form is Form.DF1,
    )
    assert worst_error(made, 1500, seed) < 1


@pytest.mark.slow
@given(cascades(0.999), st.sampled_from(Form), st.integers(0, 2**32))
@settings(max_examples=200)
def test_two_hundred_cascades_for_long(rows, form, seed) -> None:
    assert worst_error(faithful_sos(rows, form=form), 100_000, seed) < 1


def test_a_bound_that_is_a_hair_above_one_takes_longer_words() -> None:
    """Found by hypothesis: the parts' errors add up to below one, their certificate did not."""
    rows = [
        [
            0.0003651701059666008,
            -0.0007856094281523792,
            0.00046296209307734046,
            1.0,
            -1.9869581027620091,
            0.9870006255329007,
        ],
        [0.6892811056320947, 0.0, 0.0, 1.0, 0.3107273805879509, 0.0],
        [0.4324336052847314, -0.1612620947710618, 0.0, 1.0, 0.40631939472454326, 0.0],
    ]
    made = faithful_sos(rows, form="df2t")
    assert cascade_bound(made.filter, made.ideal).is_faithful
    assert worst_error(made, 1500, 0) < 1


def test_one_bit_less_is_seen() -> None:
    """The inputs of these tests find an error above one LSB where the words are too short."""
    rows = signal.butter(4, 0.1, output="sos")
    made = faithful_sos(rows)
    assert worst_error(made, 4000, 1) < 1
    short = quantize_sos(rows, form="df1", scaling="l1", coeff_width=18)
    assert worst_error(short, 4000, 1) > 1
    sections = list(made.filter.sections)
    to = sections[0].out.to
    cut = Cast(to=Format(signed=True, width=to.width - 4, frac=to.frac - 4))
    sections[0] = replace(sections[0], out=cut)
    cut_off = replace(made, filter=replace(made.filter, sections=sections))
    assert worst_error(cut_off, 4000, 1) > 1


def test_guard_bits_by_the_rule_for_one_section() -> None:
    """With exact coefficients the rule of the paper is what is left: 1 + ceil(log2(WCPG(1/A)))."""
    made = faithful_sos([[0.25, 0.5, 0.25, 1.0, -1.5, 0.75]])
    assert made.sections[0].guard_bits in (4, 5)  # WCPG(1/A) = 9.6; all of 1/2 LSB is there
    assert coefficient_error_of(made) == 0


def coefficient_error_of(made: QuantizedSos) -> Fraction:
    return max(abs(v) for v in cascade_bound(made.filter, made.ideal).coefficient_lsb) // 1


def test_error_feedback_needs_fewer_bits_at_low_cutoffs() -> None:
    plain, shaped = faithful_sos(LOW), faithful_sos(LOW, error_feedback=True)
    assert plain.sections[0].guard_bits - shaped.sections[0].guard_bits >= 10
    assert worst_error(shaped, 4000, 1) < 1


def test_the_output_settles() -> None:
    for rows in (LOW, signal.ellip(6, 0.1, 60, 0.25, output="sos")):
        made = faithful_sos(rows)
        assert cascade_bound(made.filter, made.ideal).settles
        burst = stimulus(made.ideal, made.filter.input, 400, 3)
        tail = model.run(made.filter, np.concatenate([burst, np.zeros(9000, dtype=np.int64)]))
        assert not np.any(tail[-500:])


def test_an_output_beyond_one_is_clamped_as_the_ideal_is() -> None:
    made = faithful_sos([[1.0, 2.0, 1.0, 1.0, 0.5, 0.25]])
    assert not made.output_fits
    assert worst_error(made, 1000, 5) < 1


def test_what_it_would_take() -> None:
    with pytest.raises(FormatError, match=r"coeff_width must allow 31 bits for a faithful output"):
        faithful_sos(LOW, coeff_width=18)
    with pytest.raises(FormatError, match=r"section_width must allow 32 bits .*\), got 24"):
        faithful_sos(LOW, section_width=24)
    assert faithful_sos(LOW, coeff_width=31, section_width=32)


@pytest.mark.parametrize("rounding", [Rounding.FLOOR, Rounding.CEIL, Rounding.TO_ZERO])
def test_roundings_that_err_by_a_whole_lsb_are_refused(rounding: Rounding) -> None:
    with pytest.raises(FormatError, match=f"needs rounding half_up.* got {rounding.value}"):
        faithful_sos(LOW, rounding=rounding)


def test_other_refusals() -> None:
    with pytest.raises(SectionError, match="error feedback needs form df1, got df2"):
        faithful_sos(LOW, form="df2", error_feedback=True)
    with pytest.raises(FormatError, match="got: the output can wrap"):
        faithful_sos([[1.0, 2.0, 1.0, 1.0, 0.5, 0.25]], overflow=Overflow.WRAP)
    with pytest.raises(StabilityError, match="section 0 before quantisation"):
        faithful_sos([[1.0, 0.0, 0.0, 1.0, -2.0, 1.0]])


@given(cascades(), st.integers(1, 12))
@settings(max_examples=15)
def test_shortest_words_keep_their_budget(rows, frac) -> None:
    exact, _ = read_sections(rows)
    budget = Fraction(1, 3)
    words = shortest_words(exact, Fraction(2**frac), budget)
    assert coefficient_error(exact, words, Fraction(2**frac)) <= budget


EQUALISER = """Preamp: -6.2 dB
Filter 1: ON LSC Fc 105 Hz Gain 5.5 dB Q 0.70
Filter 2: ON PK Fc 62 Hz Gain -2.1 dB Q 0.9
Filter 3: ON PK Fc 180 Hz Gain -3.4 dB Q 0.55
Filter 4: ON PK Fc 650 Hz Gain 1.8 dB Q 1.2
Filter 5: ON PK Fc 1900 Hz Gain -1.2 dB Q 2.0
Filter 6: ON PK Fc 3100 Hz Gain 4.0 dB Q 2.4
Filter 7: ON PK Fc 5300 Hz Gain -4.4 dB Q 4.1
Filter 8: ON PK Fc 7600 Hz Gain 3.0 dB Q 3.0
Filter 9: ON PK Fc 9400 Hz Gain -2.5 dB Q 5.0
Filter 10: ON HSC Fc 10000 Hz Gain -1.5 dB Q 0.70
"""


def test_ten_bands_on_speech(tmp_path: Path) -> None:
    """A headphone equaliser on a quarter of a second and more of a voice."""
    if not RECORDING.exists():
        pytest.skip("the recording of the package alsa-utils is missing")
    (tmp_path / "eq.txt").write_text(EQUALISER)
    read = read_eq(tmp_path / "eq.txt")
    spec = EqSos(bands=read.bands, preamp_db=read.preamp_db, fs_hz=48000.0)
    made = faithful_sos(design_sos(spec).sos)
    assert len(made.filter.sections) == 10
    assert cascade_bound(made.filter, made.ideal).is_faithful
    _, voice = wavfile.read(RECORDING)
    start = int(np.argmax(np.abs(voice.astype(int)))) - 8000
    samples = voice[start : start + 16000].astype(np.int64)
    assert np.max(np.abs(samples)) > 1000
    found = ideal(made.ideal, samples, made.filter.input)
    errors = found.errors(model.run(made.filter, samples), made.filter.output.to)
    assert np.max(errors) < 1
