"""CPU seconds of whole fxfir processes, beside bare Python and bare Amaranth in the same run.

usage: python bench/startup.py [--runs N]

The ratios compare with a process that only converts an empty Amaranth module to RTLIL: imports,
below which no generator on these foundations can go.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

FLOOR = """
from amaranth.back import rtlil
from amaranth.hdl import Module, Signal
import numpy
rtlil.convert(Module(), name="empty", ports=[Signal(name="a")])
"""


def taps(count: int) -> str:
    """A symmetric low-pass of `count` taps: a Hann-windowed sinc, sum 1."""
    import numpy as np

    n = np.arange(count) - (count - 1) / 2
    h = np.sinc(n / 4) * np.hanning(count + 2)[1:-1]
    return ",".join(f"{v:.9f}" for v in h / h.sum())


def cpu_seconds(command: list[str], cwd: Path) -> float:
    """User plus system time of one process and its children."""
    before = os.times()
    subprocess.run(command, cwd=cwd, check=True, capture_output=True)
    after = os.times()
    return (after.children_user + after.children_system) - (
        before.children_user + before.children_system
    )


def main() -> None:
    """Print one row for each process: median of the runs after one warm-up."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    python, fxfir = [sys.executable, "-c"], [sys.executable, "-m", "fxfir"]
    cases: dict[str, tuple[list[str], float | None]] = {
        "python -c pass": ([*python, "pass"], None),
        "floor: empty module to RTLIL": ([*python, FLOOR], None),
        "fxfir --help": ([*fxfir, "--help"], 0.150),
        "generate, 64 taps": (
            [*fxfir, "generate", "--taps", taps(64), "-o", "core", "--force"],
            1.0,
        ),
        "generate, 256 taps": (
            [*fxfir, "generate", "--taps", taps(256), "-o", "core", "--force"],
            1.6,
        ),
    }
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, (command, _) in cases.items():
            cpu_seconds(command, Path(folder))
            found[name] = median(cpu_seconds(command, Path(folder)) for _ in range(runs))
    floor = found["floor: empty module to RTLIL"]
    print(f"{'process':<34}{'CPU s':>8}{'of floor':>10}{'limit s':>9}")
    for name, (_, limit) in cases.items():
        shown = "" if limit is None else f"{limit:.3f}"
        print(f"{name:<34}{found[name]:>8.3f}{found[name] / floor:>9.2f}x{shown:>9}")


if __name__ == "__main__":
    main()
