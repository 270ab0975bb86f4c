"""The example of docs/learn.md on a piece of a recording."""

import re
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
RECORDING = Path("/usr/share/sounds/alsa/Front_Center.wav")


@pytest.mark.sim
def test_a_three_band_equaliser_is_learned_from_a_recording(tmp_path, icarus):
    source = RECORDING
    if not source.is_file():  # a machine without alsa-utils
        source = tmp_path / "noise.wav"
        rng = np.random.default_rng(1)
        with wave.open(str(source), "wb") as file:
            file.setparams((1, 2, 48000, 0, "NONE", ""))
            file.writeframes(rng.integers(-9000, 9000, 48000).astype("<i2").tobytes())
    done = subprocess.run(
        [
            sys.executable, ROOT / "docs" / "learned_eq.py", tmp_path / "out",
            "--wav", source, "--seconds", "0.15", "--steps", "80",
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "identical files" in done.stdout
    snr_db = float(re.search(r"signal to error ([\d.]+) dB", done.stdout).group(1))
    assert snr_db > 20
    assert (tmp_path / "out" / "learned_eq" / "manifest.json").is_file()
