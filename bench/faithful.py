"""Faithful cascades: what they cost in bits, and the largest error found.

usage: python bench/faithful.py [--samples 100000] [--random 200] [--form df1]

The filters of shared/data/wcpg_reference.json, direct forms as the sections that scipy makes of
them, and random cascades (seed 1), on 16-bit samples. Each runs impulse, step, the signs of its
reversed impulse response at full scale and noise, a quarter each, against long-integer arithmetic.
An error of one LSB or more would be a violation; the last line counts them.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy import signal

from fxfir.analysis import cascade_bound, ideal_output
from fxfir.model import run
from fxfir.quantize import faithful_sos

REFERENCE = Path(__file__).parents[2] / "shared" / "data" / "wcpg_reference.json"


def reference() -> dict[str, Any]:
    """Return the filters of the reference file."""
    data = json.loads(REFERENCE.read_text())
    found = {
        entry["name"]: [[float.fromhex(w) for w in s["sos_hex"]] for s in entry["sections"]]
        for entry in data["sos"]
    }
    for name, entry in data["direct_form"].items():
        b, a = ([float.fromhex(w) for w in entry[key]] for key in ("b_hex", "a_hex"))
        found[name] = signal.tf2sos(b, a).tolist()
    return found


def random_rows(rng: np.random.Generator) -> list[list[float]]:
    """Return one to four sections of any poles up to radius 0.999, each of peak 1."""
    rows = []
    for _ in range(rng.integers(1, 5)):
        parts = []
        for reach in (1.2, 0.999):
            radius, angle = reach * np.sqrt(rng.random()), np.pi * rng.random()
            parts.append([1.0, -2 * radius * np.cos(angle), radius * radius])
        b, a = parts
        peak = np.max(np.abs(signal.freqz(b, a, 2048)[1]))
        rows.append([*(v / peak for v in b), *a])
    return rows


def stimulus(rows: Any, lo: int, hi: int, n: int) -> np.ndarray:
    """Return impulse, step, worst-case signs and noise, n words in all."""
    quarter = n // 4
    impulse = np.zeros(quarter)
    impulse[0] = 1
    response = signal.sosfilt(np.array(rows, dtype=np.float64), impulse)
    noise = np.random.default_rng(1).integers(lo, hi + 1, n - 3 * quarter)
    parts = [impulse * hi, np.full(quarter, lo), np.where(response[::-1] > 0, hi, lo), noise]
    return np.concatenate(parts).astype(np.int64)


def measure(rows: Any, form: str, n: int) -> tuple[Any, ...]:
    """Return what a filter takes and how far it errs."""
    start = time.process_time()
    made = faithful_sos(rows, form=form)
    seconds = time.process_time() - start
    filter, to = made.filter, made.filter.output.to
    samples = stimulus(made.ideal, filter.input.lo, filter.input.hi, n)
    ideal = ideal_output(made.ideal, samples.tolist(), filter.input, to)
    found = float(np.max(ideal.errors(run(filter, samples).tolist(), to)))
    coeff = max(max(s.b_coeff.width, s.a_coeff.width) for s in filter.sections)
    guard = max(report.guard_bits for report in made.sections)
    bound = cascade_bound(filter, made.ideal).error_lsb
    return len(rows), coeff, guard, float(bound or 0), found, seconds


def main() -> int:
    """Print the table; leave with 1 if an error reached an LSB."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=100_000)
    parser.add_argument("--random", type=int, default=200)
    parser.add_argument("--form", default="df1")
    given = parser.parse_args()
    filters = reference() if REFERENCE.exists() else {}
    rng = np.random.default_rng(1)
    drawn = [random_rows(rng) for _ in range(given.random)]
    print(f"{'filter':24} sections  coeff  guard  certified   found   CPU s")
    largest, violations = 0.0, 0
    for name, rows in filters.items():
        count, coeff, guard, bound, found, seconds = measure(rows, given.form, given.samples)
        print(
            f"{name:24} {count:8} {coeff:6} {guard:6} {bound:10.4f} {found:7.4f} {seconds:7.2f}",
            flush=True,
        )
        violations += found >= 1
    for rows in drawn:
        found = measure(rows, given.form, given.samples)[4]
        largest = max(largest, found)
        violations += found >= 1
    print(f"{len(drawn)} random cascades: largest error {largest:.4f} LSB")
    print(f"violations: {violations} of {len(filters) + len(drawn)}")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
