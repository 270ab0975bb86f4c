"""`fxfir analyze --data` and `--rms`: formats proposed, noise by cause."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from fxfir.analysis import propose_for_data
from fxfir.flow.data import read_signal

TAPS = ("--taps", "0.1,0.25,0.3,0.25,0.1")


def signal() -> np.ndarray:
    return 0.05 * np.random.default_rng(0).normal(size=20_000)


def write(name: str) -> str:
    x = signal()
    match Path(name).suffix:
        case ".npy":
            np.save(name, x)
        case ".csv":
            np.savetxt(name, x)
        case ".wav":
            wavfile.write(name, 8000, np.stack([x, 0 * x], axis=1).astype(np.float32))
    return name


@pytest.mark.parametrize("name", ["x.npy", "x.csv", "x.wav"])
def test_formats_for_a_recording(run, name: str) -> None:
    assert run("generate", *TAPS, "-o", "core").status == 0
    ran = run("analyze", "core", "--data", write(name), "--json")
    assert ran.status == 0, ran.err
    found = json.loads(ran.out)["formats"]
    best = next(item for item in found["input"] if item["proposed"])
    # The largest of 20000 samples is at about four times the rms: 0.2.
    assert best["format"] == "sfix16_En17"
    assert best["snr_db"] == propose_for_data(read_signal(name), 16).best.snr_db
    ran = run("analyze", "core", "--data", name)
    assert "none of 20000 samples clips" in ran.out


def test_formats_for_a_level(run) -> None:
    assert run("generate", *TAPS, "-o", "core").status == 0
    ran = run("analyze", "core", "--rms", "0.05")
    assert ran.status == 0, ran.err
    assert "sfix16_En16" in ran.out


def test_causes_of_noise(run) -> None:
    assert run("generate", *TAPS, "-o", "core", "--coeff-width", "8").status == 0
    said = json.loads(run("analyze", "core", "--json").out)
    causes = {item["cause"]: item for item in said["noise"]}
    # Predicted powers add, so all together are below each; these words are short, so measured
    # noise is that of the coefficients and far from that of the rounding.
    rounding = causes["output rounding"]
    assert 0 < causes["all"]["predicted_db"] < causes["coefficients"]["predicted_db"]
    assert causes["all"]["predicted_db"] < rounding["predicted_db"]
    assert 0 < causes["all"]["measured_db"] < rounding["measured_db"] / 1.5
    assert 0 < said["correct_rate"] < 0.5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--data", "x.csv", "--rms", "1"), "give a recording or a level"),
        (("--data", "none.wav"), "a recording must be readable, got none.wav"),
        (("--data", "x.mp3"), "a recording must end in .wav, .npy, .csv, .txt, got x.mp3"),
        (("--rms", "-1"), "rms must be above 0, got -1.0"),
        (("--data", "zero.npy"), "not all zero"),
        (("--data", "bad.csv"), "a recording must be readable, got bad.csv"),
    ],
)
def test_bad_input(run, options: tuple[str, ...], message: str) -> None:
    assert run("generate", *TAPS, "-o", "core").status == 0
    np.save("zero.npy", np.zeros(9))
    Path("bad.csv").write_text("a,b\n")
    ran = run("analyze", "core", *options)
    assert ran.status == 2
    assert message in ran.err
