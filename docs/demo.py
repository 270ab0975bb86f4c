"""The main job on a real recording: design, generate, verify, filter; then compare the two files.

usage: demo.py OUT [--wav FILE] [--seconds S]

Only the command `fxfir` is used, as a user would. The recording runs through the emitted Verilog
in Icarus and through the integer model; the demo fails unless the two files are identical.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import wave
from pathlib import Path
from time import monotonic
from typing import Any

RECORDING = Path("/usr/share/sounds/alsa/Front_Center.wav")

SPEC = """\
# Telephone-band low-pass for speech at 48 kHz: the number of taps follows from the mask.
name = "speech"
fs_hz = 48000

[fir]
method = "equiripple"

[[band]]
low_hz = 0
high_hz = 3400
ripple_db = 0.5

[[band]]
low_hz = 5400
high_hz = 24000
attenuation_db = 50
"""


def run(*args: str) -> tuple[dict[str, Any], float]:
    """Run one fxfir command with --json; return what it said and the seconds it took."""
    started = monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "fxfir", *args, "--json"],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        print(done.stdout, end="")
        raise SystemExit(f"fxfir {' '.join(args)} left with status {done.returncode}")
    return json.loads(done.stdout), monotonic() - started


def cut(source: Path, target: Path, seconds: float | None) -> None:
    """Copy a recording, or its first seconds."""
    if seconds is None:
        shutil.copyfile(source, target)
        return
    with wave.open(str(source)) as whole, wave.open(str(target), "wb") as part:
        part.setparams(whole.getparams())
        part.writeframes(whole.readframes(int(seconds * whole.getframerate())))


def spectrograms(before: Path, after: Path, picture: Path) -> None:
    """Draw what the filter did to the recording."""
    import numpy as np
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5.5), layout="constrained")
    axes = figure.subplots(2, 1, sharex=True)
    for ax, path, title in zip(axes, (before, after), ("recording", "filtered"), strict=True):
        with wave.open(str(path)) as file:
            fs_hz = file.getframerate()
            samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2") / 2**15
        with np.errstate(divide="ignore"):  # digital silence has no logarithm: it stays dark
            *_, image = ax.specgram(samples, NFFT=512, Fs=fs_hz, noverlap=384, vmin=-140, vmax=-40)
        ax.set(title=title, ylabel="frequency (Hz)", ylim=(0, 12_000))
    axes[1].set_xlabel("time (s)")
    figure.colorbar(image, ax=axes, label="power density (dB/Hz)")
    figure.savefig(picture, dpi=110)


def main() -> None:
    """Do the whole job and print a short table."""
    parser = argparse.ArgumentParser(description="fxfir's main job on a real recording")
    parser.add_argument("out", type=Path)
    parser.add_argument("--wav", type=Path, default=RECORDING)
    parser.add_argument("--seconds", type=float, help="only the recording's first seconds")
    args = parser.parse_args()
    if not args.wav.exists():
        raise SystemExit(f"the recording is missing: {args.wav} (Debian: apt install alsa-utils)")
    out: Path = args.out
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    spec, core = out / "speech.toml", out / "speech"
    spec.write_text(SPEC)
    cut(args.wav, out / "recording.wav", args.seconds)

    print("generate  ", end="", flush=True)
    made, seconds = run("generate", str(spec), "-o", str(core))
    print(f"{seconds:6.1f} s\nverify    ", end="", flush=True)
    proof, seconds = run("verify", str(core))
    print(f"{seconds:6.1f} s\nmodel     ", end="", flush=True)
    wav = str(out / "recording.wav")
    _, seconds = run("simulate", str(core), wav, str(out / "model.wav"), "--engine", "model")
    print(f"{seconds:6.1f} s\nicarus    ", end="", flush=True)
    heard, seconds = run("simulate", str(core), wav, str(out / "icarus.wav"), "--engine", "icarus")
    print(f"{seconds:6.1f} s\nanalyze   ", end="", flush=True)
    seen, seconds = run("analyze", str(core), "--plot", str(out / "response.png"))
    print(f"{seconds:6.1f} s")
    spectrograms(out / "recording.wav", out / "icarus.wav", out / "spectrogram.png")

    same = (out / "model.wav").read_bytes() == (out / "icarus.wav").read_bytes()
    timing = made["timing"]
    rows = [
        ("taps", f"{made['n_taps']} ({made['architecture']['name']})"),
        ("coefficients", made["formats"]["coeff"]),
        ("latency", f"{timing['latency']} clocks, one sample every {timing['interval']}"),
        ("mask", "met" if seen["mask"]["met"] else "MISSED"),
        ("margin", f"{seen['mask']['margin_db']:.2f} dB"),
        ("certified error", f"{made['bounds']['error_lsb']:.3f} LSB"),
        ("verification", "passed" if proof["passed"] else "FAILED"),
        ("samples filtered", str(heard["samples"])),
        ("Icarus = model", "identical files" if same else "DIFFERENT FILES"),
    ]
    print()
    for label, text in rows:
        print(f"{label:<17}{text}")
    print(f"\npictures: {out / 'response.png'}, {out / 'spectrogram.png'}")
    if not same:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
