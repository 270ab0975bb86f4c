"""`fxfir train`: every target, files that do not fit, and the core at the end."""

import json
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import scipy.signal

from fxfir.cli import main

FS = 8000


@dataclass(frozen=True)
class Ran:
    status: int
    out: str
    err: str


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.chdir(tmp_path)

    def call(*args: str) -> Ran:
        with pytest.raises(SystemExit) as left:
            main(list(args))
        said = capsys.readouterr()
        return Ran(status=int(left.value.code or 0), out=said.out, err=said.err)

    return call


def write_wav(name: str, values, fs_hz: int = FS, channels: int = 1) -> None:
    words = np.clip(np.rint(np.asarray(values) * 32768), -32768, 32767).astype("<i2")
    with wave.open(name, "wb") as file:
        file.setparams((channels, 2, fs_hz, 0, "NONE", ""))
        file.writeframes(words.tobytes())


def recording(n: int = 3000) -> np.ndarray:
    return 0.3 * np.random.default_rng(1).uniform(-1, 1, n)


def peaking() -> np.ndarray:
    from fxfir.design.rbj import band_section
    from fxfir.spec.equaliser import EqBand

    band = EqBand(kind="peak", frequency_hz=900, gain_db=5, q=1.2)
    return np.array([band_section(band, fs_hz=FS)])


def train(run, text: str, *options: str) -> tuple[Ran, dict]:
    Path("job.toml").write_text(text)
    ran = run("train", "job.toml", "-o", "core", "--json", *options)
    return ran, json.loads(ran.out) if ran.status == 0 else {}


MAGNITUDE = """
fs_hz = 8000
fir = { n_taps = 15 }
words = { coeff_width = 8 }
target = { magnitude = [[0, 1], [1000, 1], [1800, 0], [4000, 0]], loss = "magnitude" }
train = { steps = 80, searches = 200 }
"""


def test_a_magnitude(run, icarus):
    ran, found = train(run, MAGNITUDE, "--curve", "curve.csv")
    assert ran.status == 0, ran.err
    assert found["searched"] <= found["trained"] < found["start"] / 20
    curve = Path("curve.csv").read_text().splitlines()
    assert curve[0] == "step,loss"
    assert len(curve) == 81
    assert run("verify", "core", "--engine", "icarus").status == 0
    assert json.loads(Path("core/manifest.json").read_text())["filter"]["type"] == "FixedFir"


def test_the_bands_of_a_specification_are_a_target(run):
    ran, found = train(
        run,
        """
        fs_hz = 8000
        words = { coeff_width = 7 }
        train = { steps = 20 }
        [[band]]
        high_hz = 1000
        ripple_db = 1
        [[band]]
        low_hz = 2000
        attenuation_db = 30
        """,
    )
    assert ran.status == 0, ran.err
    assert found["searched"] < found["start"]


def test_a_recording_before_and_after(run, icarus):
    x = recording()
    write_wav("dry.wav", x)
    write_wav("wet.wav", scipy.signal.sosfilt(peaking(), x))
    ran, found = train(
        run,
        """
        fs_hz = 8000
        words = { coeff_width = 14, output = "sfix18_En15" }
        sos = { bands = [{ kind = "peak", frequency_hz = 500, gain_db = 0, q = 1 }] }
        target = { input = "dry.wav", output = "wet.wav" }
        train = { steps = 120, rate = 0.1, searches = 60 }
        """,
    )
    assert ran.status == 0, ran.err
    assert found["searched"] <= found["trained"] < 1e-3
    assert run("verify", "core", "--engine", "icarus").status == 0
    row = json.loads(Path("core/manifest.json").read_text())["source"]["lanes"][0]["ideal"]
    assert np.allclose(row, peaking(), atol=0.02)


def test_an_impulse_response(run, icarus):
    response = scipy.signal.lfilter([0.3, 0.2], [1, -0.6], np.eye(1, 60)[0])
    np.savetxt("room.csv", response)
    ran, found = train(
        run,
        """
        sos = { n_sections = 1 }
        target = { impulse_response = "room.csv", loss = "both" }
        train = { steps = 150, rate = 0.05, searches = 100 }
        """,
    )
    assert ran.status == 0, ran.err
    assert found["searched"] < found["start"] / 10
    assert run("verify", "core", "--engine", "icarus").status == 0


def test_energies_of_bands(run, icarus):
    write_wav("noise.wav", recording(8192))
    ran, found = train(
        run,
        """
        fs_hz = 8000
        fir = { n_taps = 9 }
        words = { coeff_width = 8 }
        train = { steps = 60, rate = 0.05, searches = 50 }
        [target]
        input = "noise.wav"
        energy = [
          { low_hz = 0, high_hz = 1500, db = -20 },
          { low_hz = 1500, high_hz = 4000, db = -35 },
        ]
        """,
    )
    assert ran.status == 0, ran.err
    assert found["searched"] < 0.5  # within 0.7 dB
    assert run("verify", "core", "--engine", "icarus").status == 0


def test_an_interrupted_job_goes_on(run):
    whole = train(run, MAGNITUDE)[1]
    options = ("--checkpoint", "job.ckpt", "--force")
    assert train(run, MAGNITUDE, "--steps", "80", *options)[1] == whole
    assert train(run, MAGNITUDE, "--resume", *options)[1] == whole


def test_text_output(run):
    Path("job.toml").write_text(MAGNITUDE.replace("searches = 200", "searches = 0"))
    ran = run("train", "job.toml", "-o", "core", "--steps", "0")
    assert ran.status == 0, ran.err
    assert ran.out.splitlines()[0].startswith("start")
    assert "searched" not in ran.out


BAD = {
    "a point past the rate": ("magnitude = [[0, 1], [5000, 0]]", "got a point at 5000 Hz"),
    "points out of order": ("magnitude = [[0, 1], [900, 0], [800, 1]]", r"got magnitude[2]"),
    "one point": ("magnitude = [[0, 1]]", "at least two points, got 1"),
    "no point": ("magnitude = [3, 4]", "must be [Hz, gain], got magnitude[0] = 3"),
    "an unknown loss": ('magnitude = [[0, 1], [1, 0]]\nloss = "mse"', "mse"),
    "an unknown key": ("magnitud = 3", "got 'magnitud'"),
    "nothing": ("", "got nothing"),
    "two targets": (
        'impulse_response = "a.csv"\ninput = "b.wav"',
        "got impulse_response and input",
    ),
    "no such file": ('impulse_response = "nowhere.csv"', "nowhere.csv"),
    "another length": ('input = "dry.wav"\noutput = "short.wav"', "got 3000 samples in dry.wav"),
    "another rate": ('input = "dry.wav"\noutput = "fast.wav"', "got 8000 Hz in dry.wav and 16000"),
    "the rate of both": ('input = "fast.wav"\noutput = "fast.wav"', "must have 8000 Hz, got 16000"),
    "two channels": ('impulse_response = "stereo.wav"', "one channel, got 2"),
    "no samples": ('impulse_response = "empty.wav"', "at least one sample"),
    "a band turned round": (
        'input = "dry.wav"\nenergy = [{ low_hz = 5, high_hz = 4, db = 0 }]',
        "high_hz must be above low_hz = 5",
    ),
    "a band without its power": (
        'input = "dry.wav"\nenergy = [{ low_hz = 5, high_hz = 9 }]',
        "needs db",
    ),
    "no bands": ('input = "dry.wav"\nenergy = []', "at least one band"),
}


@pytest.mark.parametrize(("target", "sentence"), BAD.values(), ids=BAD)
def test_bad_targets(run, target, sentence):
    write_wav("dry.wav", recording())
    write_wav("short.wav", recording(2999))
    write_wav("fast.wav", recording(), fs_hz=16000)
    write_wav("stereo.wav", recording(), channels=2)
    write_wav("empty.wav", [])
    ran, _ = train(run, f"fs_hz = 8000\nfir = {{ n_taps = 3 }}\n[target]\n{target}\n")
    assert ran.status == 2
    assert sentence in ran.err.replace("./", "")
    assert ran.err.count("\n") == 1
    assert not Path("core").exists()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("fir = { n_taps = 3 }", "a target is needed"),
        ("fir = { n_taps = 0 }", "n_taps"),
        ("target = 3\nfir = { n_taps = 3 }", "target must be a table"),
        (MAGNITUDE.replace("steps = 80", "step = 80"), "got 'step'"),
        (MAGNITUDE.replace("steps = 80", "rate = -1"), "rate"),
        (MAGNITUDE.replace("fs_hz = 8000", ""), "needs fs_hz at the top level"),
        (MAGNITUDE.replace("coeff_width = 8", 'form = "df1"'), "no form"),
        ("[[bank]]\nfir = { taps = [1.0] }\n[[bank]]\nfir = { taps = [1.0] }", "got a bank"),
    ],
)
def test_bad_jobs(run, text, sentence):
    ran, _ = train(run, text)
    assert ran.status == 2
    assert sentence in ran.err
    assert not Path("core").exists()


def test_options_that_do_not_go_together(run):
    ran = train(run, MAGNITUDE, "--resume")[0]
    assert ran.status == 2
    assert "--resume needs --checkpoint" in ran.err
    Path("core").mkdir()
    assert train(run, MAGNITUDE)[0].status == 2
