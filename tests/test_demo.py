"""The demo of README and Makefile on a short piece of a recording."""

import re
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.sim
def test_demo(tmp_path: Path, icarus: str, seed: int) -> None:
    pytest.importorskip("matplotlib")
    recording = tmp_path / "voice.wav"
    rng = np.random.default_rng(seed)
    with wave.open(str(recording), "wb") as file:
        file.setparams((1, 2, 48000, 0, "NONE", ""))
        file.writeframes(rng.integers(-20000, 20000, 4800).astype("<i2").tobytes())
    done = subprocess.run(
        [
            sys.executable,
            ROOT / "docs" / "demo.py",
            tmp_path / "out",
            "--wav",
            recording,
            "--seconds",
            "0.05",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "identical files" in done.stdout
    assert "samples filtered 2400" in done.stdout
    for picture in ("response.png", "spectrogram.png"):
        assert (tmp_path / "out" / picture).read_bytes().startswith(b"\x89PNG")
    heard = [(tmp_path / "out" / f"{engine}.wav").read_bytes() for engine in ("model", "icarus")]
    assert heard[0] == heard[1]
    assert len(heard[0]) == 44 + 2 * 2400


def test_the_readme_names_targets_that_exist() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"make (\w+)", (ROOT / "README.md").read_text())) - {"tb"}
    assert {"demo", "test"} <= named <= targets
