"""`--channels`: cores whose channels take turns, from an equaliser file or a specification."""

import json
import wave
from pathlib import Path

import numpy as np
import pytest

from fxfir.filters import Interleave, from_json
from fxfir.model import run as model_run
from tests.cli.sound import frames_of, stereo

TWO_BANDS = """\
Preamp: -6.4 dB
Filter 1: ON LSC Fc 105 Hz Gain 6.1 dB Q 0.70
Filter 2: ON PK Fc 178 Hz Gain -3.4 dB Q 0.82
"""
EQ = ("--rate", "48000", "--clock", "100e6", "--channels", "2")


def manifest(folder: str) -> dict:
    return json.loads(Path(folder, "manifest.json").read_text())


def test_a_stereo_core_has_one_multiplier(run) -> None:
    Path("headphones.txt").write_text(TWO_BANDS)
    ran = run("generate", "--eq", "headphones.txt", *EQ, "-o", "phones")
    assert ran.status == 0, ran.err
    assert "channels  2 in turn" in ran.out
    assert "serial, one sample every 10 clocks" in ran.out
    made = manifest("phones")
    node = from_json(made["filter"])
    assert isinstance(node, Interleave)
    assert (node.channels, len(node.filters), len(node.filters[0].sections)) == (2, 1, 2)
    assert made["kind"] == "interleave"
    assert {"name": "m_axis_tuser", "dir": "out", "width": 1} in made["ports"]
    text = Path("phones/phones.v").read_text()
    assert text.count(" * ") == 1


def test_one_channel_is_the_filter_itself(run) -> None:
    Path("headphones.txt").write_text(TWO_BANDS)
    common = (
        "generate",
        "--eq",
        "headphones.txt",
        "--rate",
        "48000",
        "--arch",
        "serial",
        "--name",
        "n",
    )
    assert run(*common, "-o", "one", "--channels", "1").status == 0
    assert run(*common, "-o", "none").status == 0
    assert Path("one/n.v").read_bytes() == Path("none/n.v").read_bytes()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--channels", "0"), "channels must be at least 1, got 0"),
        (("--channels", "65"), "channels must be at most 64, got 65"),
        (("--channels", "2", "--arch", "parallel"), "architecture must be one of auto, serial"),
        (
            ("--channels", "64", "--clock", "20e6"),
            "must take a sample of each of 64 channels every 416 clocks at 2e+07 / 48000 Hz",
        ),
    ],
)
def test_refusals_are_one_sentence(run, options, sentence) -> None:
    Path("headphones.txt").write_text(TWO_BANDS)
    ran = run("generate", "--eq", "headphones.txt", "--rate", "48000", *options, "-o", "phones")
    assert ran.status == 2
    assert sentence in ran.err
    assert len(ran.err.splitlines()) == 1 or ran.err.splitlines()[0].startswith("note")
    assert not Path("phones").exists()


def test_each_channel_may_have_its_own_filter(run) -> None:
    Path("pair.toml").write_text(
        """
fs_hz = 48000
channels = 2

[[bank]]
sos = { bands = [{ kind = "peak", frequency_hz = 1000, gain_db = -3, q = 1.4 }] }

[[bank]]
sos = { bands = [{ kind = "peak", frequency_hz = 3000, gain_db = -6, q = 2 }] }

[words]
section_width = 20
"""
    )
    assert run("generate", "pair.toml", "-o", "pair").status == 0
    node = from_json(manifest("pair")["filter"])
    assert isinstance(node, Interleave)
    assert len(node.filters) == 2
    assert len(manifest("pair")["bounds"]["lanes"]) == 2
    assert run("analyze", "pair").status == 0
    three = Path("pair.toml").read_text().replace("channels = 2", "channels = 3")
    Path("three.toml").write_text(three)
    ran = run("generate", "three.toml", "-o", "three")
    assert (ran.status, Path("three").exists()) == (2, False)
    assert "channels of a bank must be as many as its filters, got 3 for 2" in ran.err


def test_a_stereo_file_goes_through_as_frames(run) -> None:
    Path("headphones.txt").write_text(TWO_BANDS)
    assert run("generate", "--eq", "headphones.txt", *EQ, "-o", "phones").status == 0
    rng = np.random.default_rng(5)
    frames = rng.integers(-20000, 20000, (90, 2))
    stereo("in.wav", frames)
    ran = run("simulate", "phones", "in.wav", "out.wav")
    assert ran.status == 0, ran.err
    assert "90 samples" in ran.out
    node = from_json(manifest("phones")["filter"])
    for k in (0, 1):
        want = model_run(node.filters[0], frames[:, k])
        assert np.array_equal(frames_of("out.wav")[:, k], want)
    with wave.open("mono.wav", "wb") as file:
        file.setparams((1, 2, 48000, 0, "NONE", ""))
        file.writeframes(b"\0" * 20)
    ran = run("simulate", "phones", "mono.wav", "out2.wav")
    assert ran.status == 2
    assert "must have 2 channels, got 1" in ran.err
