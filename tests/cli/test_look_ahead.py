"""`--look-ahead`: a core of its own contract, from a specification to simulated samples."""

import json
from pathlib import Path

import numpy as np
import pytest
import scipy.signal

from fxfir.filters import Interleave, from_json
from fxfir.model import run as model_run

LOW = """\
fs_hz = 48000
[sos]
family = "butter"
kind = "lowpass"
order = 4
cutoff_hz = 6000
"""


@pytest.mark.parametrize("arch", ["auto", "multiplierless"])
def test_a_core_with_look_ahead(run, arch) -> None:
    Path("low.toml").write_text(LOW)
    ran = run("generate", "low.toml", "--look-ahead", "4", "--arch", arch, "-o", "low")
    assert ran.status == 0, ran.err
    assert "2 sections, look-ahead 4; in sfix16_En15, out sfix16_En15" in ran.out
    assert "one sample every clock" in ran.out
    made = json.loads(Path("low/manifest.json").read_text())
    assert 0.5 < made["bounds"]["error_lsb"] < 1.5
    assert f"|hardware - ideal| <= {made['bounds']['error_lsb']:.4g} output LSB" in ran.out
    assert "m_axis_tuser" not in {p["name"] for p in made["ports"]}
    node = from_json(made["filter"])
    assert [isinstance(s, Interleave) for s in node.stages] == [False, True] * 2
    text = Path("low/low.v").read_text()
    # What is left are the products of the two loops.
    assert text.count(" * ") == (4 if arch == "multiplierless" else 21)
    ran = run("verify", "low", "--engine", "amaranth")
    assert ran.status == 0, ran.out


def test_its_samples_are_those_of_the_filter(run, seed) -> None:
    Path("low.toml").write_text(LOW.replace("[sos]", "[words]\nlook_ahead = 3\n[sos]"))
    assert run("generate", "low.toml", "-o", "low").status == 0
    x = np.random.default_rng(seed).integers(-(2**15), 2**15, 500)
    np.savetxt("x.csv", x, fmt="%d")
    ran = run("simulate", "low", "x.csv", "y.csv")
    assert ran.status == 0, ran.err
    y = np.loadtxt("y.csv", dtype=np.int64)
    made = json.loads(Path("low/manifest.json").read_text())
    assert np.array_equal(y, model_run(from_json(made["filter"]), x))
    ideal = scipy.signal.sosfilt(scipy.signal.butter(4, 6000, fs=48000, output="sos"), x)
    assert np.max(np.abs(y - np.clip(ideal, -(2**15), 2**15 - 1))) <= made["bounds"]["error_lsb"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--look-ahead", "9"], "look_ahead must be at most 8, got 9"),
        (["--look-ahead", "1"], "look_ahead must be at least 2, got 1"),
        (["--look-ahead", "4", "--form", "df2t"], "recursions with look-ahead are df1, got df2t"),
        (["--look-ahead", "4", "--accuracy", "faithful"], "has no accuracy, got faithful"),
        (["--look-ahead", "4", "--channels", "2"], "has one channel, got 2"),
        (["--look-ahead", "4", "--overflow", "wrap"], "saturates, got overflow wrap"),
        (["--look-ahead", "4", "--arch", "serial"], "parallel, direct, transposed, multiplierless"),
        (["--look-ahead", "2", "--coeff-width", "4"], "needs more than 4 bits to stay stable"),
    ],
)
def test_what_does_not_go_with_it(run, arguments, sentence) -> None:
    Path("low.toml").write_text(LOW.replace("6000", "600"))
    ran = run("generate", "low.toml", *arguments, "-o", "low")
    assert ran.status == 2
    assert sentence in ran.err
    assert ran.err.count("\n") == 1
    assert not Path("low").exists()


def test_taps_have_none(run) -> None:
    Path("taps.txt").write_text("1\n2\n1\n")
    ran = run("generate", "--taps", "taps.txt", "--look-ahead", "4", "-o", "low")
    assert ran.status == 2
    assert "look-ahead needs one cascade of sections" in ran.err


def test_analysis_says_that_it_knows_plain_cascades(run) -> None:
    Path("low.toml").write_text(LOW.replace("[sos]", "[words]\nlook_ahead = 3\n[sos]"))
    ran = run("analyze", "low.toml")
    assert ran.status == 2
    assert "look_ahead = 3" in ran.err
