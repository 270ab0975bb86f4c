"""`--channels`: cores whose channels take turns, from an equaliser file to filtered recordings."""

import json
import wave
from pathlib import Path

import numpy as np
import pytest

from fxfir.filters import Interleave, from_json
from fxfir.model import run as model_run

RECORDING = Path("/usr/share/sounds/alsa/Front_Center.wav")

HEADPHONES = """\
Preamp: -6.4 dB
Filter 1: ON LSC Fc 105 Hz Gain 6.1 dB Q 0.70
Filter 2: ON PK Fc 178 Hz Gain -3.4 dB Q 0.82
Filter 3: ON PK Fc 655 Hz Gain 1.6 dB Q 1.21
Filter 4: ON PK Fc 1342 Hz Gain -2.1 dB Q 1.84
Filter 5: ON PK Fc 2588 Hz Gain 3.2 dB Q 2.43
Filter 6: ON PK Fc 3713 Hz Gain -4.3 dB Q 3.10
Filter 7: ON PK Fc 5480 Hz Gain 3.9 dB Q 4.26
Filter 8: ON PK Fc 6894 Hz Gain -2.7 dB Q 3.87
Filter 9: ON PK Fc 8511 Hz Gain 1.8 dB Q 2.02
Filter 10: ON HSC Fc 10000 Hz Gain -2.5 dB Q 0.70
"""
"""Ten bands as AutoEQ writes them."""

TWO_BANDS = "\n".join(HEADPHONES.splitlines()[:3]) + "\n"
EQ = ("--rate", "48000", "--clock", "100e6", "--channels", "2")


def manifest(folder: str) -> dict:
    return json.loads(Path(folder, "manifest.json").read_text())


def stereo(path: str, frames: np.ndarray) -> None:
    with wave.open(path, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(48000)
        file.writeframes(frames.astype("<i2").tobytes())


def frames_of(path: str) -> np.ndarray:
    with wave.open(path) as file:
        assert file.getnchannels() == 2
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)


def speech() -> np.ndarray:
    """A recording on the left, and what a far wall would return of it on the right."""
    if not RECORDING.exists():
        pytest.skip(f"needs a recording, got no {RECORDING}")
    with wave.open(str(RECORDING)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        left = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    right = np.concatenate([np.zeros(700, dtype="<i2"), left[:-700] // 2])
    return np.stack([left, right], axis=1)


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


@pytest.mark.sim
def test_speech_through_ten_bands_in_icarus(run, icarus: str) -> None:
    """Some milliseconds; the slow test has a quarter of a second."""
    sound = speech()
    loudest = int(np.abs(sound[:, 0].astype(int)).argmax())
    through_ten_bands(run, ["icarus"], sound[loudest - 60 : loudest + 40])


@pytest.mark.slow
@pytest.mark.sim
def test_a_quarter_second_in_icarus_and_all_of_it_compiled(
    run, icarus: str, verilator: str
) -> None:
    sound = speech()
    loudest = int(np.abs(sound[:, 0].astype(int)).argmax())
    through_ten_bands(run, ["icarus"], sound[loudest - 6000 : loudest + 6000])
    through_ten_bands(run, ["verilator"], sound)


def through_ten_bands(run, engines: list[str], frames: np.ndarray) -> None:
    Path("headphones.txt").write_text(HEADPHONES)
    made = run(
        "generate", "--eq", "headphones.txt", *EQ, "--form", "df1", "-o", "phones", "--force"
    )
    assert made.status == 0, made.err
    assert "one sample every 50 clocks" in made.out
    stereo("speech.wav", frames)
    assert run("simulate", "phones", "speech.wav", "model.wav").status == 0
    sound = frames_of("model.wav")
    assert np.abs(sound - frames).max() > 300
    for engine in engines:
        ran = run("simulate", "phones", "speech.wav", f"{engine}.wav", "--engine", engine)
        assert ran.status == 0, ran.err
        assert np.array_equal(frames_of(f"{engine}.wav"), sound)
