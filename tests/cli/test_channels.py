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


def test_sections_take_the_multipliers_that_the_pace_needs(run) -> None:
    Path("headphones.txt").write_text(TWO_BANDS)
    slow = ("--rate", "48000", "--clock", "480e3", "--arch", "serial")
    ran = run("generate", "--eq", "headphones.txt", *slow, "-o", "phones")
    assert ran.status == 0, ran.err
    assert "serial, one sample every 10 clocks" in ran.out
    slow = ("--rate", "48000", "--clock", "400e3", "--arch", "serial")
    ran = run("generate", "--eq", "headphones.txt", *slow, "-o", "two")
    assert ran.status == 2
    assert "must take a sample every 8 clocks" in ran.err
    ran = run("generate", "--eq", "headphones.txt", *EQ, "--multipliers", "2", "-o", "two")
    assert ran.status == 0, ran.err
    assert "serial (2 multipliers), one sample every" in ran.out
    assert Path("two/two.v").read_text().count(" * ") == 2


def test_loops_take_the_registers_that_the_pace_allows(run) -> None:
    Path("headphones.txt").write_text(TWO_BANDS)
    pace = ("--rate", "48000", "--clock", "97e3", "--arch", "parallel")
    ran = run("generate", "--eq", "headphones.txt", *pace, "-o", "phones")
    assert ran.status == 0, ran.err
    assert "one sample every 2 clocks\n" in ran.out
    ran = run("generate", "--eq", "headphones.txt", *pace, "--interval", "1", "-o", "plain")
    assert ran.status == 0, ran.err
    assert "one sample every clock\n" in ran.out
    assert manifest("plain")["architecture"].get("interval", 1) == 1


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
        (
            ("--channels", "2", "--arch", "parallel"),
            "builds df1 sections without error feedback, got",
        ),
        (
            ("--channels", "64", "--clock", "12e6"),
            "must take a sample of each of 64 channels every 250 clocks at 1.2e+07 / 48000 Hz",
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


SIDES = """\
Preamp: -6.0 dB
Channel: R
Filter 1: ON PK Fc 2191 Hz Gain -2.1 dB Q 2.11
Channel: L
Filter 1: ON LSC Fc 105 Hz Gain 5.5 dB Q 0.7
Filter 2: ON PK Fc 2391 Hz Gain -3.1 dB Q 3.11
"""


def test_channels_of_a_file_and_files_of_channels_are_one_core(run) -> None:
    Path("both.txt").write_text(SIDES)
    preamp, right, left = SIDES.split("Channel: ")
    Path("l.txt").write_text(preamp + left[2:])
    Path("r.txt").write_text(preamp + right[2:])
    common = ("--rate", "48000", "--clock", "100e6", "--name", "eq")
    ran = run("generate", "--eq", "both.txt", *common, "--channels", "2", "-o", "both")
    assert ran.status == 0, ran.err
    assert "channel 1  2 sections" in ran.out
    assert run("generate", "--eq", "l.txt", "--eq", "r.txt", *common, "-o", "files").status == 0
    for name in ("eq.v", "vectors.json"):
        assert Path("both", name).read_bytes() == Path("files", name).read_bytes()
    node = from_json(manifest("both")["filter"])
    frames = np.random.default_rng(5).integers(-20000, 20000, (60, 2))
    stereo("in.wav", frames)
    assert run("simulate", "both", "in.wav", "out.wav").status == 0
    for k in (0, 1):
        want = model_run(node.filters[k], frames[:, k])
        assert np.array_equal(frames_of("out.wav")[:, k], want)
    assert not np.array_equal(model_run(node.filters[0], frames[:, 0]), frames_of("out.wav")[:, 1])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            ("--eq", "a.txt", "--channels", "3"),
            "--channels must be 2 for channels L, R of a.txt, got 3",
        ),
        (("--eq", "a.txt"), "one channel must be chosen where they differ, got R, L in a.txt"),
        (
            ("--eq", "a.txt", "--eq", "a.txt", "--channels", "3"),
            "--eq must be given once or for each of 3 channels, got 2 files",
        ),
    ],
)
def test_channels_that_do_not_match_files(run, options, sentence) -> None:
    Path("a.txt").write_text(SIDES)
    ran = run("generate", *options, "--rate", "48000", "-o", "core")
    assert (ran.status, Path("core").exists()) == (2, False)
    assert sentence in ran.err


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


def test_a_bank_for_every_channel(run) -> None:
    members = "\n".join(
        "[[bank]]\nsos = { bands = "
        f'[{{ kind = "peak", frequency_hz = {f}, gain_db = 4, q = 1 }}] }}'
        for f in (300, 3000, 9000)
    )
    Path("three.toml").write_text(f"fs_hz = 48000\n{members}\n[words]\nsection_width = 20\n")
    pace = ("--rate", "48000", "--clock", "2e6", "--channels", "2")
    ran = run("generate", "three.toml", *pace, "--arch", "shared", "-o", "shared", "--name", "n")
    assert ran.status == 0, ran.err
    assert "channels  2 in turn" in ran.out
    assert "shared, one sample every 18 clocks" in ran.out
    made = manifest("shared")
    assert {"name": "m_axis_tdata", "dir": "out", "width": 48} in made["ports"]
    assert {"name": "m_axis_tuser", "dir": "out", "width": 1} in made["ports"]
    assert Path("shared/n.v").read_text().count(" * ") == 1
    ran = run("generate", "three.toml", *pace, "--whole-bank", "-o", "auto", "--name", "n")
    assert ran.status == 0, ran.err
    assert Path("shared/n.v").read_bytes() == Path("auto/n.v").read_bytes()
    ran = run("generate", "three.toml", *pace, "-o", "none")
    assert (ran.status, Path("none").exists()) == (2, False)
    assert "as many as its filters, got 2 for 3 (whole_bank sends each through all)" in ran.err
    frames = np.random.default_rng(5).integers(-20000, 20000, (90, 2))
    np.save("in.npy", frames.T)
    ran = run("simulate", "shared", "in.npy", "out.npy")
    assert ran.status == 0, ran.err
    (bank,) = from_json(made["filter"]).filters
    want = [lane for k in (0, 1) for lane in model_run(bank, frames[:, k])]
    assert np.array_equal(np.load("out.npy"), np.array(want))
