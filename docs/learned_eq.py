"""A three-band equaliser learned from a recording before and after, in the words of the hardware.

usage: learned_eq.py OUT [--wav FILE] [--seconds S] [--steps N]

An equaliser that the training never sees is put over the recording. A layer learns its bands from
the two files, its core is exported, and the recording runs through the emitted Verilog in Icarus
and through the layer: the example fails unless the two WAV files are identical.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import wave
from pathlib import Path
from time import process_time

import numpy as np
import scipy.signal
import torch

from fxfir.design import parametric_eq
from fxfir.learn import ParametricEQ
from fxfir.learn.losses import spectra, time_error
from fxfir.spec import EqBand, Words

RECORDING = Path("/usr/share/sounds/alsa/Front_Center.wav")

HIDDEN = (
    EqBand(kind="low_shelf", frequency_hz=250, gain_db=4, q=0.7),
    EqBand(kind="peak", frequency_hz=1400, gain_db=-6, q=1.2),
    EqBand(kind="high_shelf", frequency_hz=5500, gain_db=3, q=0.7),
)
START = (
    EqBand(kind="low_shelf", frequency_hz=120, gain_db=0, q=0.7),
    EqBand(kind="peak", frequency_hz=1000, gain_db=0, q=0.7),
    EqBand(kind="high_shelf", frequency_hz=8000, gain_db=0, q=0.7),
)


def read(path: Path, seconds: float | None) -> tuple[np.ndarray, int]:
    """Return the first channel as 16-bit words, and the rate in Hz."""
    with wave.open(str(path)) as file:
        fs_hz = file.getframerate()
        count = file.getnframes() if seconds is None else int(seconds * fs_hz)
        words = np.frombuffer(file.readframes(count), dtype="<i2")
        return words[:: file.getnchannels()].astype(np.int64), fs_hz


def write(path: Path, words: np.ndarray, fs_hz: int) -> None:
    """Write 16-bit words as a WAV file of one channel."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, fs_hz, 0, "NONE", ""))
        file.writeframes(words.astype("<i2").tobytes())


def main() -> None:
    """Train, export, simulate, compare."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--wav", type=Path, default=RECORDING)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--steps", type=int, default=200)
    options = parser.parse_args()
    out: Path = options.out
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)

    recording, fs_hz = read(options.wav, options.seconds)
    # Headroom for the boost that is to come.
    recording = recording // 2
    write(out / "dry.wav", recording, fs_hz)
    x = torch.tensor(recording / 2**15)[None]
    rows = parametric_eq(HIDDEN, fs_hz=fs_hz).sos.copy()
    goal = torch.tensor(scipy.signal.sosfilt(rows, x.numpy()))

    # The operations are too small to be shared out.
    torch.set_num_threads(1)
    layer = ParametricEQ(START, fs_hz=fs_hz, words=Words())
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.05)
    started = process_time()
    for _ in range(options.steps):
        y = layer(x)
        # Speech is loud at low frequencies; spectra on a logarithmic scale hear the rest too.
        loss = time_error(y, goal) + spectra(y, goal)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    seconds = process_time() - started
    layer.calibrate()
    layer.eval()
    print(f"trained {options.steps} steps on {x.shape[1]} samples in {seconds:.1f} s of CPU time")
    for wanted, found in zip(HIDDEN, layer.bands()[0], strict=True):
        print(
            f"  {found.kind.value:10s} {found.frequency_hz:7.0f} Hz {found.gain_db:6.2f} dB "
            f"q {found.q:.2f}   hidden {wanted.frequency_hz:7.0f} Hz {wanted.gain_db:6.2f} dB "
            f"q {wanted.q:.2f}"
        )
    with torch.no_grad():
        y = layer(x)
        snr_db = -10 * torch.log10(time_error(y, goal)).item()
    print(f"signal to error {snr_db:.1f} dB")

    write(out / "layer.wav", (y[0].numpy() * 2**15).astype(np.int64), fs_hz)
    core = layer.export(out / "learned_eq", fs_hz=fs_hz)
    print(f"wrote {core.name}: {layer.to_filter().sections[0].form.value}, three sections")
    command = [sys.executable, "-m", "fxfir", "simulate", core, out / "dry.wav", out / "icarus.wav"]
    subprocess.run(
        [*map(str, command), "--engine", "icarus"], check=True, stdout=subprocess.DEVNULL
    )
    if (out / "layer.wav").read_bytes() != (out / "icarus.wav").read_bytes():
        raise SystemExit("the layer and the Verilog differ")
    print("layer.wav and icarus.wav are identical files")


if __name__ == "__main__":
    main()
