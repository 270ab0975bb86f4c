"""Clock edges a second of the engines that read the Verilog text, on the same cores in one run.

usage: python bench/simulation.py [--taps 3,16,64,256]

CPU seconds, so that a busy machine does not count: the rate is the slope between two lengths,
compiling and starting up are what is left at no length. The last column tells from how many edges
on Verilator takes less in all; `fxfir.verify.choice.CROSSOVER` comes from it. Every output stream
must be the integer model's.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from startup import taps

from fxfir.verify import words
from fxfir.verify.engine import run
from fxfir.verify.expected import expected
from fxfir.verify.target import Target, load

EDGES = {"icarus": (1_000, 6_000), "verilator": (10_000, 1_000_000)}


def cpu_seconds() -> float:
    """User plus system time of this process's children that have ended."""
    now = os.times()
    return now.children_user + now.children_system


def measure(target: Target, engine: str) -> tuple[float, float]:
    """CPU seconds before the first edge, and of each edge."""
    seconds, edges = [], []
    for count in EDGES[engine]:
        x = words.noise_array(target.node.inputs, count // target.interval, seed=1)
        before = cpu_seconds()
        trace = run(engine, target, x, gaps=0.3, stalls=0.3)
        seconds.append(cpu_seconds() - before)
        edges.append(trace.edges)
        if not np.array_equal(trace.samples, expected(target.node, x)):
            raise SystemExit(f"{engine} differs from the model on {target.name}")
    each = (seconds[1] - seconds[0]) / (edges[1] - edges[0])
    return seconds[0] - edges[0] * each, each


def library(target: Target) -> float:
    """CPU seconds for Verilator's own library, which only a process's first run compiles."""
    spent = []
    for _ in range(2):
        before = cpu_seconds()
        run("verilator", target, words.noise_array(target.node.inputs, 10, seed=1))
        spent.append(cpu_seconds() - before)
    return spent[0] - spent[1]


def main() -> None:
    """Print one row per core and engine."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--taps", default="3,16,64,256", help="lengths of low-pass filters")
    counts = [int(n) for n in parser.parse_args().taps.split(",")]
    print(
        f"{'core':<12}{'engine':<11}{'start s':>8}{'edges/s':>12}{'of icarus':>11}{'pays from':>11}"
    )
    once = None
    for n in counts:
        with tempfile.TemporaryDirectory() as folder:
            command = ["generate", "--taps", taps(n), "-o", str(Path(folder) / "core")]
            subprocess.run(
                [sys.executable, "-m", "fxfir", *command], check=True, capture_output=True
            )
            target = load(Path(folder) / "core")
            once = library(target) if once is None else once
            found = {engine: measure(target, engine) for engine in EDGES}
        start, each = found["icarus"]
        for engine, (first, slope) in found.items():
            first += once if engine == "verilator" else 0
            pays = "" if engine == "icarus" else f"{(first - start) / (each - slope):.2g}"
            print(
                f"{f'{n} taps':<12}{engine:<11}{first:>8.2f}{1 / slope:>12.3g}"
                f"{each / slope:>10.0f}x{pays:>11}"
            )


if __name__ == "__main__":
    main()
