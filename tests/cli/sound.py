"""Stereo files for tests of the command line."""

import wave
from pathlib import Path

import numpy as np
import pytest

RECORDING = Path("/usr/share/sounds/alsa/Front_Center.wav")


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
