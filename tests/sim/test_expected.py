"""The bench's own arithmetic: by hand, and against the generator's model."""

import subprocess
import sys
from pathlib import Path
from random import Random

import numpy as np
import pytest

from fxfir import model
from fxfir.filters import from_json
from sim import expected
from sim.words import Cast, Format, ManifestError, parse_cast, parse_format
from tests.sim import nodes

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("text", "lo", "hi", "frac"),
    [
        ("sfix16_En15", -32768, 32767, 15),
        ("ufix8_En0", 0, 255, 0),
        ("sfix8_E2", -128, 127, -2),
        ("sfix4_En9", -8, 7, 9),
        ("sfix1_En0", -1, 0, 0),
        ("ufix3", 0, 7, 0),
    ],
)
def test_formats(text, lo, hi, frac):
    found = parse_format(text)
    assert (found.lo, found.hi, found.frac) == (lo, hi, frac)


@pytest.mark.parametrize("text", ["Q15", "sfix0_En0", "fix8", "sfix8_En", "sfix08_En1", 8, None])
def test_a_bad_format_is_refused(text):
    with pytest.raises(ManifestError, match=r"a format must look like sfix16_En15, got"):
        parse_format(text)


def test_words_are_read_with_their_sign():
    assert [parse_format("sfix3_En0").word(bits) for bits in (0, 3, 4, 7, 8)] == [0, 3, -4, -1, 0]
    assert [parse_format("ufix3_En0").word(bits) for bits in (0, 3, 4, 7, 8)] == [0, 3, 4, 7, 0]


# In units of a quarter: -1.5 -1.25 -1 -0.75 -0.5 -0.25 0 0.25 0.5 0.75 1 1.25 1.5 2.5
QUARTERS = [-6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 10]


@pytest.mark.parametrize(
    ("rounding", "want"),
    [
        ("floor", [-2, -2, -1, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 2]),
        ("ceil", [-1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3]),
        ("to_zero", [-1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2]),
        ("half_up", [-1, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 1, 2, 3]),
        ("half_down", [-2, -1, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 1, 2]),
        ("half_away", [-2, -1, -1, -1, -1, 0, 0, 0, 1, 1, 1, 1, 2, 3]),
        ("half_even", [-2, -1, -1, -1, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2]),
    ],
)
def test_roundings(rounding, want):
    cast = Cast(to=parse_format("sfix8_En0"), rounding=rounding, overflow="wrap")
    assert [cast(v, 2) for v in QUARTERS] == want


def test_overflow_comes_after_rounding():
    clamp = parse_cast({"to": "sfix3_En1"})
    wrap = parse_cast({"to": "sfix3_En1", "overflow": "wrap"})
    sums = [7, 13, 14, 15, -17, -19]
    assert [clamp(v, 3) for v in sums] == [2, 3, 3, 3, -4, -4]
    assert [wrap(v, 3) for v in sums] == [2, 3, -4, -4, -4, 3]
    unsigned = parse_cast({"to": "ufix2_En0", "rounding": "floor"})
    assert [unsigned(v, 0) for v in (-1, 3, 4)] == [0, 3, 3]


def test_more_fraction_bits_are_exact():
    assert parse_cast({"to": "sfix9_En3"})(-5, 0) == -40
    assert parse_cast({"to": "sfix9_En0"})(-5, -2) == -20


def direct(form, **changes):
    """b = 1.5, -1, 0.5 and a = -0.5, 0.25 on integers; everything is cast to halves, half-up."""
    halves = {"to": "sfix8_En1", "rounding": "half_up", "overflow": "saturate"}
    section = {
        "type": "Direct",
        "form": form,
        "b": [3, -2, 1],
        "a": [-2, 1],
        "b_coeff": "sfix4_En1",
        "a_coeff": "sfix4_En2",
        "state": None if form == "df1" else halves,
        "out": halves,
    }
    output = {"to": "sfix8_En1", "rounding": "floor", "overflow": "wrap"}
    return {
        "type": "FixedSos",
        "sections": [section | changes],
        "input": "sfix6_En0",
        "output": output,
    }


@pytest.mark.parametrize(
    ("form", "want"),
    [
        # The comments give real values; words are twice as large.
        # y = 6; -4 + 3 = -1; 2 - 0.5 - 1.5 = 0; 0.25 -> 0.5; 0.25 -> 0.5; 0.25 - 0.125 -> 0
        ("df1", [12, -2, 0, 1, 1, 0]),
        # y = 6, s = -4 + 3, 2 - 1.5; y = -1, s = -0.5 + 0.5, 0.25 -> 0.5; y = 0, s = 0.5, 0;
        # y = 0.5, s = 0.25 -> 0.5, -0.125 -> 0; and so on for ever
        ("df2t", [12, -2, 0, 1, 1, 1]),
        # w = 4, 2, 0, -0.5, -0.25 -> 0, 0.125 -> 0; y = 6, 3 - 4 = -1, -2 + 2 = 0,
        # -0.75 + 1 = 0.25 -> 0.5, 0.5, -0.25 -> 0
        ("df2", [12, -2, 0, 1, 1, 0]),
        # r1, r2 = 2, -1; t1, t2 = -4, 2; then w = 2: y = 3 - 4 = -1, r = 0, -0.5, t = 0, 1;
        # w = 0: y = 0, r = -0.5, 0, t = 1, 0; w = -0.5: y = 0.25 -> 0.5,
        # r = -0.25 -> 0, 0.125 -> 0, t = 0.5, -0.25 -> 0; w = 0: y = 0.5, t = 0; y = 0
        ("df1t", [12, -2, 0, 1, 1, 0]),
    ],
)
def test_sections_by_hand(form, want):
    assert expected.run(direct(form), [[4, 0, 0, 0, 0, 0]]) == [want]


def test_error_feedback_by_hand():
    # floor to integers of x / 4 with e = (-1, 0): the error returns with the next sample, so the
    # mean is kept. v = 0.75, 1.5, 1.25, 1.0, 0.75; err = 0.75, 0.5, 0.25, 0, 0.75
    section = {
        "b": [1, 0, 0],
        "a": [0, 0],
        "b_coeff": "sfix4_En2",
        "out": {"to": "sfix8_En0", "rounding": "floor"},
        "feedback": [-1, 0],
    }
    node = direct("df1", **section)
    node["output"]["to"] = "sfix8_En0"
    assert expected.run(node, [[3, 3, 3, 3, 3]]) == [[0, 1, 1, 1, 0]]


def test_saturation_stays_out_of_the_error():
    # v = 9.5 rounds to 9 and saturates to 7: the error is 0.5, not 2.5; then 0 + 0.5 -> 0
    section = {
        "b": [2, 0, 0],
        "a": [0, 0],
        "b_coeff": "sfix4_En2",
        "out": {"to": "sfix4_En0", "rounding": "floor"},
        "feedback": [-1, 0],
    }
    node = direct("df1", **section)
    node["output"] = {"to": "sfix4_En0"}
    assert expected.run(node, [[19, 0, 1, 0]]) == [[7, 0, 1, 0]]


def test_compositions_by_hand():
    double = {
        "type": "FixedFir",
        "taps": [2],
        "coeff": "sfix3_En0",
        "input": "sfix4_En0",
        "output": {"to": "sfix6_En0"},
    }
    delay = double | {"taps": [0, 1]}
    halve = {"type": "Requantise", "input": "sfix6_En0", "cast": {"to": "sfix5_E1"}}
    bank = {"type": "Bank", "filters": [{"type": "Series", "stages": [double, halve]}, delay]}
    node = {"type": "Parallel", "filters": [bank, double]}
    assert expected.run(node, [[1, 2, 3], [4, 5, 6]]) == [[1, 2, 3], [0, 1, 2], [8, 10, 12]]


def test_channels_by_hand():
    delay = {
        "type": "FixedFir",
        "taps": [0, 1],
        "coeff": "sfix3_En0",
        "input": "sfix4_En0",
        "output": {"to": "sfix6_En0"},
    }
    double = delay | {"taps": [2]}
    node = {"type": "Interleave", "channels": 2, "filters": [delay, double]}
    assert expected.run(node, [[1, 2, 3, 4, 5]]) == [[0, 4, 1, 8, 3]]
    node = {"type": "Interleave", "channels": 3, "filters": [delay]}
    assert expected.run(node, [[1, 2, 3, 4, 5, 6, 7]]) == [[0, 0, 0, 1, 2, 3, 4]]
    bank = {"type": "Bank", "filters": [double, delay]}
    node = {"type": "Interleave", "channels": 2, "filters": [bank]}
    assert expected.run(node, [[1, 2, 3, 4]]) == [[2, 4, 6, 8], [0, 0, 1, 2]]
    beside = {"type": "Parallel", "filters": [double, delay]}
    with pytest.raises(ManifestError, match="a channel must have one lane in"):
        expected.make({"type": "Interleave", "channels": 2, "filters": [beside]})


@pytest.mark.parametrize(
    ("channels", "count", "sentence"),
    [
        (1, 1, "channels must be from 2 to 64, with a filter for all or for each, got 1 and 1"),
        (65, 1, "got 65 and 1"),
        (2.0, 1, "got 2.0 and 1"),
        (2, 3, "got 2 and 3"),
    ],
)
def test_channels_must_fit_the_filters(channels, count, sentence):
    filters = [nodes.fir(Random(k), "sfix8_En7") for k in range(count)]
    with pytest.raises(ManifestError, match=sentence):
        expected.make({"type": "Interleave", "channels": channels, "filters": filters})


def same_as_the_model(node, seed, count=80):
    rng = Random(seed)
    formats = expected.make(node).inputs
    lanes = [
        [rng.choice([f.lo, f.hi, rng.randint(f.lo, f.hi)]) for _ in range(count)] for f in formats
    ]
    samples = np.array(lanes if len(lanes) > 1 else lanes[0])
    want = model.run(from_json(node), samples).reshape(-1, count)
    assert np.array_equal(np.array(expected.run(node, lanes)), want), node


@pytest.mark.parametrize("k", range(12))
@pytest.mark.parametrize("kind", ["fir", "requantise", "nested", "interleave"])
def test_same_as_the_model(kind, k, seed):
    same_as_the_model(getattr(nodes, kind)(Random(f"{kind} {k} {seed}")), k)


@pytest.mark.parametrize("k", range(12))
@pytest.mark.parametrize("form", nodes.FORMS)
def test_sections_same_as_the_model(form, k, seed):
    same_as_the_model(nodes.sos(Random(f"{form} {k} {seed}"), forms=[form, form]), k)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"type": "Comb"}, r"a filter's type must be one of FixedFir, .* got 'Comb'"),
        ({"taps": [9]}, r"taps must fit \[-8, 7\], got taps\[0\] = 9"),
        ({"taps": [1.0]}, r"taps must fit \[-8, 7\], got taps\[0\] = 1.0"),
        ({"taps": []}, r"taps must be a list of some integers, got \[\]"),
        ({"output": {"to": "sfix4", "rounding": "up"}}, r"rounding must be one of .*, got 'up'"),
        ({"output": {"to": "sfix4", "overflow": "x"}}, r"overflow must be one of .*, got 'x'"),
        ({"output": "sfix4_En0"}, r"a cast must be an object with the key 'to', got 'sfix4_En0'"),
    ],
)
def test_a_bad_filter_is_refused(change, sentence):
    node = {
        "type": "FixedFir",
        "taps": [1],
        "coeff": "sfix4_En0",
        "input": "sfix4_En0",
        "output": {"to": "sfix4_En0"},
    }
    with pytest.raises(ManifestError, match=sentence):
        expected.make(node | change)


def test_lanes_must_meet():
    cast = {"type": "Requantise", "input": "sfix4_En0", "cast": {"to": "sfix5_En0"}}
    with pytest.raises(ManifestError, match=r"stages must meet in lanes and formats"):
        expected.make({"type": "Series", "stages": [cast, cast]})
    with pytest.raises(ManifestError, match=r"feedback needs form df1, got 'df2'"):
        expected.make(direct("df2", feedback=[1, 0]))


def test_it_needs_neither_the_generator_nor_numpy():
    program = (
        "import sys; sys.modules['fxfir'] = sys.modules['numpy'] = None; "
        "import sim.run, sim.stimulus, sim.harness, sim.bench"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


def test_format_is_immutable():
    with pytest.raises(AttributeError):
        Format(signed=True, width=4, frac=0).width = 5
