"""`flow.structure`: what is taken for each section, and why."""

import re
from dataclasses import replace

import pytest

from fxfir.analysis import cascade_bound
from fxfir.errors import SpecError, StabilityError
from fxfir.filters import FixedSos
from fxfir.fixed import Cast
from fxfir.flow import compile_spec, structure
from fxfir.rtl.cost import cost_of
from fxfir.rtl.sos import Parallel, Serial
from fxfir.spec import BankSpec, Hardware, IirSos, RowsSos, Spec, Words
from fxfir.spec.words import STRUCTURES

LOW = IirSos(family="butter", order=6, kind="lowpass", cutoff_hz=300, fs_hz=48000)


def compiled(filter=LOW, words=None, **hardware):
    spec = Spec(
        filter=filter, words=words or Words(structure="auto"), hardware=Hardware(**hardware)
    )
    return compile_spec(spec)


def alone(made, k):
    section = made.sections[k]
    input = made.section_inputs[k]
    return FixedSos(sections=(section,), input=input, output=Cast(to=section.out.to))


@pytest.mark.parametrize("minimise", ["luts", "dsp"])
def test_no_structure_is_clearly_cheaper_than_the_one_taken(minimise):
    made = compiled(minimise=minimise).node

    def price(cost):
        return cost.dsps if minimise == "dsp" else cost.luts

    for k in range(3):
        taken = price(cost_of(Parallel(alone(made, k)), "generic"))
        for name in STRUCTURES:
            other = compiled(words=Words(structure=name)).node
            assert taken <= 1.1 * price(cost_of(Parallel(alone(other, k)), "generic"))


def test_a_low_corner_takes_error_feedback():
    lane = compiled().lanes[0].quantized
    assert [s.feedback for s in lane.filter.sections] == [(-2, 1)] * 3
    text = "\n".join(lane.notes)
    pattern = r"section 0: df1_feedback \(\d+ LUT, \d+ DSP, error \d\.\d\d LSB\) before \w+ \("
    assert re.search(pattern, text)


def test_the_notes_tell_the_certified_error():
    lane = compiled().lanes[0].quantized
    points = cascade_bound(lane.filter, lane.ideal, lane.gain).points
    told = re.findall(r": \w+ \(.*?error ([\d.]+) LSB", "\n".join(lane.notes))
    share = [float(sum(p.share_lsb for p in points if p.section == k)) for k in range(3)]
    assert told == [f"{error:.2f}" for error in share]


def test_sections_are_those_of_the_structures_they_name():
    made = compiled().lanes[0].quantized
    plain = {name: compiled(words=Words(structure=name)).lanes[0].quantized for name in STRUCTURES}
    for k, section in enumerate(made.filter.sections):
        assert section in [p.filter.sections[k] for p in plain.values()]
    assert made.ideal == plain["df1"].ideal


def test_serial_sections_are_judged_by_clocks_first():
    made = compiled(arch="serial").node
    assert {s.kind for s in made.sections} <= {"df1", "df2t"}
    least = Serial(made).timing.interval
    for name in STRUCTURES:
        assert least <= Serial(compiled(words=Words(structure=name)).node).timing.interval


def test_the_smaller_error_decides_between_like_costs(monkeypatch):
    monkeypatch.setattr(structure, "_cost", lambda *args: (100, 2, 1))
    lane = compiled().lanes[0].quantized
    for k, section in enumerate(lane.filter.sections):
        errors = {}
        for name in STRUCTURES:
            other = compiled(words=Words(structure=name)).lanes[0].quantized
            points = cascade_bound(other.filter, other.ideal, other.gain).points
            errors[name] = sum(p.share_lsb for p in points if p.section == k)
        form, feedback = STRUCTURES[min(errors, key=errors.get)]
        assert (section.form, section.feedback is not None) == (form, feedback)


def test_a_corner_too_low_for_direct_words_takes_state_equations():
    low = replace(LOW, order=4, cutoff_hz=100)
    lane = compiled(low).lanes[0].quantized
    assert {s.kind for s in lane.filter.sections} == {"state_space"}
    (text,) = (n for n in lane.notes if "direct forms" in n)
    direct, best = re.findall(r"([\d.]+) dB", text)
    assert text.endswith(" dB in state-variable form")
    assert float(direct) < 60
    assert float(best) > float(direct) + 6
    assert best == f"{lane.searched_db:.1f}"
    wide = compiled(low, words=Words(structure="auto", coeff_width=24)).node
    assert "state_space" not in {s.kind for s in wide.sections}


def test_a_corner_at_which_no_direct_word_is_stable_takes_state_equations():
    low = replace(LOW, order=2, cutoff_hz=24)
    words = {"coeff_width": 16, "output": "sfix17_En15"}
    with pytest.raises(StabilityError, match="17 bits are stable"):
        compiled(low, words=Words(structure="df2t", **words))
    for name in ("normal", "state_variable"):
        made = compiled(low, words=Words(structure=name, **words)).lanes[0].quantized
        assert {s.kind for s in made.filter.sections} == {"state_space"}
    auto = compiled(low, words=Words(structure="auto", **words)).lanes[0].quantized
    assert auto.searched_db > 90
    assert "state_variable" in auto.notes[-1]


def test_a_section_that_stays_direct_has_the_words_asked_for():
    # Real poles, of which there is no normal form.
    rows = RowsSos(rows=[[1, 0, 0, 1, -1.99999, 0.99999000001]])
    words = Words(structure="normal", coeff_width=8)
    with pytest.raises(StabilityError):
        compiled(rows, words=words)


def test_every_member_of_a_bank_chooses_for_itself():
    high = replace(LOW, kind="highpass", cutoff_hz=9000)
    node = compiled(BankSpec(filters=(LOW, high))).node
    for filter, alone in zip(node.filters, (LOW, high), strict=True):
        assert filter == compiled(alone).node


def test_a_faithful_cascade_stays_faithful():
    words = Words(structure="auto", accuracy="faithful", output="sfix17_En15")
    lane = compiled(replace(LOW, order=2), words=words).lanes[0].quantized
    bound = cascade_bound(lane.filter, lane.ideal, lane.gain)
    assert bound.error_lsb is not None
    assert bound.error_lsb < 1


def test_what_no_structure_can_do_is_said():
    rows = RowsSos(rows=[[1, 0, 0, 1, -2.1, 1.2]])
    with pytest.raises(StabilityError, match="section 0"):
        compiled(rows)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"structure": "auto", "form": "df1"}, "structure decides the form, got auto and df1"),
        (
            {"structure": "df2", "error_feedback": True},
            "structure decides the error_feedback, got df2 and True",
        ),
        ({"structure": "df3"}, "structure must be one of auto, df1, .* got 'df3'"),
        (
            {"structure": "state_variable", "accuracy": "faithful"},
            "a faithful cascade is made of direct forms, got structure state_variable",
        ),
        (
            {"structure": "normal", "accuracy": "faithful"},
            "a faithful cascade is made of direct forms, got structure normal",
        ),
    ],
)
def test_contradictions_are_refused(fields, words):
    with pytest.raises(SpecError, match=words):
        Words(**fields)
