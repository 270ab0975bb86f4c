"""Sets of taps from the command line and from a SPEC.toml."""

import json
from pathlib import Path

import numpy as np
import pytest

from fxfir.filters import SwitchedFir, from_json
from fxfir.model import run as model_run

LOUD, QUIET = "0.25,0.5,0.25", "-0.25,1.5,-0.25"
TOML = """\
fs_hz = 8000

[[set]]
fir = { method = "window", kind = "lowpass", n_taps = 9, cutoff_hz = 1000 }
band = [{ high_hz = 300, ripple_db = 1 }, { low_hz = 3000, attenuation_db = 20 }]

[[set]]
fir = { taps = [0.5, 0.5] }

[words]
input = "sfix12_En11"
coeff_width = 12
"""


def manifest(folder: str) -> dict:
    return json.loads(Path(folder, "manifest.json").read_text())


@pytest.mark.sim
def test_taps_given_twice_are_two_sets(run, icarus) -> None:
    ran = run("generate", "--taps", LOUD, "--taps=" + QUIET, "--arch", "serial", "-o", "two")
    assert ran.status == 0, ran.err
    assert "set 1     3 taps, symmetric" in ran.out
    assert "chosen by s_axis_tuser with every sample" in ran.out
    made = manifest("two")
    node = from_json(made["filter"])
    assert isinstance(node, SwitchedFir)
    # Both in the format that the larger taps fit.
    assert str(node.coeff) == "sfix16_En14"
    assert node.taps == ((4096, 8192, 4096), (-4096, 24576, -4096))
    assert made["kind"] == "switched"
    assert {"name": "s_axis_tuser", "dir": "in", "width": 1} in made["ports"]
    assert [found["error_lsb"] for found in made["bounds"]["sets"]] == [0.5, 0.5]
    assert made["bounds"]["acc_range"] == list(node.acc_range)
    assert Path("two/two.v").read_text().count(" * ") == 1
    assert run("verify", "two", "--engine", "icarus").status == 0
    assert run("analyze", "two").status == 0


def test_sets_of_a_specification(run) -> None:
    Path("sets.toml").write_text(TOML)
    ran = run("generate", "sets.toml", "-o", "made", "--interface", "stream")
    assert ran.status == 0, ran.err
    assert "chosen by i_set with every sample" in ran.out
    assert "direct, one sample every clock" in ran.out
    node = from_json(manifest("made")["filter"])
    assert (node.n_sets, node.n_taps, node.coeff.width) == (2, 9, 12)
    # A file of two lanes: samples, and beside each the number of its set.
    rng = np.random.default_rng(3)
    x = np.stack([rng.integers(-2048, 2048, 50), rng.integers(0, 2, 50)])
    np.save("in.npy", x)
    assert run("simulate", "made", "in.npy", "out.npy").status == 0
    assert np.array_equal(np.load("out.npy").reshape(-1), model_run(node, x))
    assert run("design", "sets.toml").status == 0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (TOML.replace("[[set]]", "[[bank]]", 1), "a bank holds all filters, got set beside it"),
        (TOML + "\n[fir]\ntaps = [1]\n", "a set holds all filters, got fir beside it"),
        ("set = 3\n", "set must be an array of tables, got 3"),
        ("[[set]]\nfir = { taps = [1] }\n", "sets must be from 2 to 256, got 1"),
        (TOML.replace("fir = { taps", "arch = 1\nfir = { taps"), "[[set]] 2: a key must be known"),
        (TOML.replace("[0.5, 0.5]", "[0]"), "set[1]: at least one tap"),
        ("channels = 2\n" + TOML, "sets of taps serve one channel, got 2 channels"),
        (
            TOML.replace("fir = { taps = [0.5, 0.5] }", "sos = { rows = [[1, 0, 0, 1, 0, 0]] }"),
            "[[set]] 2: a key must be known there (known are fir, band), got 'sos'",
        ),
    ],
)
def test_refusals_are_one_sentence(run, text, sentence) -> None:
    Path("bad.toml").write_text(text)
    ran = run("generate", "bad.toml", "-o", "bad")
    assert ran.status == 2
    assert sentence in ran.err
    assert not Path("bad").exists()


def test_a_number_beyond_its_lane_is_refused(run) -> None:
    assert run("generate", "--taps", LOUD, "--taps=" + QUIET, "-o", "two").status == 0
    np.save("in.npy", np.array([[1, 2, 3], [0, 1, 2]]))
    ran = run("simulate", "two", "in.npy", "out.npy")
    assert (ran.status, Path("out.npy").exists()) == (2, False)
    assert "ufix1_En0" in ran.err
