"""An equaliser of ten bands: a faithful stereo core, speech through it, exact arithmetic."""

import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.cli.sound import frames_of, speech, stereo

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

EQ = ("--rate", "48000", "--clock", "100e6", "--channels", "2", "--accuracy", "faithful")
FS_HZ = 48000
FRAC = 100
"""Fraction bits of the exact recursion's words: what they drop is far below an LSB."""


def sections() -> list[tuple[float, ...]]:
    """Return b0, b1, b2, a1, a2 of the bands, by the formulas of R. Bristow-Johnson's cookbook."""
    rows = []
    for line in HEADPHONES.splitlines()[1:]:
        word = line.split()
        kind, f, gain, q = word[3], float(word[5]), float(word[8]), float(word[11])
        w = 2 * math.pi * f / FS_HZ
        a, c, alpha = 10 ** (gain / 40), math.cos(w), math.sin(w) / (2 * q)
        if kind == "PK":
            b = (1 + alpha * a, -2 * c, 1 - alpha * a)
            d = (1 + alpha / a, -2 * c, 1 - alpha / a)
        else:
            s = 1 if kind == "LSC" else -1
            r = 2 * math.sqrt(a) * alpha
            up, down = a + 1, a - 1
            b = (a * (up - s * down * c + r), s * 2 * a * (down - s * up * c))
            b = (*b, a * (up - s * down * c - r))
            d = (up + s * down * c + r, -s * 2 * (down + s * up * c), up + s * down * c - r)
        rows.append(tuple(v / d[0] for v in (*b, d[1], d[2])))
    return rows


def exact(x: np.ndarray) -> list[int]:
    """Return what real numbers give for one channel, in units of 2**-FRAC output LSB."""
    gain = 10 ** (float(HEADPHONES.split()[1]) / 20)
    unit = 1 << 64
    words = [int(Fraction(gain) * unit) * v << (FRAC - 64) for v in x.tolist()]
    for row in sections():
        b0, b1, b2, a1, a2 = (int(Fraction(v) * unit) for v in row)
        x1 = x2 = y1 = y2 = 0
        out = []
        for v in words:
            y = (b0 * v + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2) >> 64
            x2, x1, y2, y1 = x1, v, y1, y
            out.append(y)
        words = out
    return words


@pytest.fixture
def core(run) -> Path:
    Path("headphones.txt").write_text(HEADPHONES)
    made = run("generate", "--eq", "headphones.txt", *EQ, "-o", "phones")
    assert made.status == 0, made.err
    assert "one sample every 50 clocks" in made.out
    assert "channels  2 in turn" in made.out
    assert json.loads(Path("phones/manifest.json").read_text())["bounds"]["error_lsb"] < 1
    return Path("phones")


def through(run, engine: str, frames: np.ndarray) -> np.ndarray:
    stereo("speech.wav", frames)
    ran = run("simulate", "phones", "speech.wav", f"{engine}.wav", "--engine", engine)
    assert ran.status == 0, ran.err
    return frames_of(f"{engine}.wav")


def loudest(sound: np.ndarray, before: int, after: int) -> np.ndarray:
    at = int(np.abs(sound[:, 0].astype(int)).argmax())
    return sound[at - before : at + after]


@pytest.mark.sim
def test_speech_is_within_one_lsb_of_exact_arithmetic(run, core, verilator: str) -> None:
    sound = speech()
    heard = through(run, "verilator", sound)
    assert np.array_equal(heard, through(run, "model", sound))
    assert np.abs(heard.astype(int) - sound).max() > 300
    for k in (0, 1):
        errors = [
            (int(y) << FRAC) - ideal
            for y, ideal in zip(heard[:, k].tolist(), exact(sound[:, k]), strict=True)
        ]
        worst = max(map(abs, errors))
        # An output rounding alone comes this close to half an LSB on so much speech.
        assert (49 << FRAC) // 100 < worst < 1 << FRAC


@pytest.mark.sim
def test_the_loudest_of_it_in_icarus(run, core, icarus: str) -> None:
    """Two milliseconds; the slow test has a quarter of a second."""
    sound = loudest(speech(), 60, 40)
    assert np.array_equal(through(run, "icarus", sound), through(run, "model", sound))


@pytest.mark.slow
@pytest.mark.sim
def test_a_quarter_second_in_icarus(run, core, icarus: str) -> None:
    sound = loudest(speech(), 6000, 6000)
    assert np.array_equal(through(run, "icarus", sound), through(run, "model", sound))


@pytest.mark.slow
@pytest.mark.sim
def test_the_core_passes_verify(run, core, icarus: str) -> None:
    ran = run("verify", "phones")
    assert ran.status == 0, ran.err
    assert "phones: passed" in ran.out
