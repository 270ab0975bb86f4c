"""Adders of multiplier blocks and matrices, beside published counts of other solvers.

usage: python bench/mcm.py DATA [--effort quick|normal|thorough] [--sets]

DATA is a folder with literature_sets.json, designed_sets.json and cmvm_cases.json: coefficient sets
from the literature and own designs, with the counts of RPAG, da4ml 0.6, jMCM's integer programs
(time-limited, a commercial solver) and signed digits. They are other people's tables and no part
of this project. Seconds are CPU seconds of this process.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

from fxfir.arith import solve, solve_matrix
from fxfir.arith.mcm import Solution, least_depth

BYTE = (-128, 127)


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return a result and the CPU seconds it took."""
    started = process_time()
    return work(), process_time() - started


def literature(folder: Path, effort: str, each: bool) -> None:
    """Print totals over the distinct published sets for every objective."""
    data = json.loads((folder / "literature_sets.json").read_text())["sets"]
    sets = {tuple(s["unique_odd_fundamentals"]): s for s in data}
    rows: dict[str, tuple[Callable[[tuple[int, ...]], Solution], Callable[[Any], int]]] = {
        "adders": (lambda c: solve(c, effort=effort), lambda s: s["best_known_adders"]),
        "adders, least depth": (
            lambda c: solve(c, max_depth=least_depth(c), effort=effort),
            lambda s: s["rpag_min_depth_measured"]["adders"],
        ),
        "adders + registers": (
            lambda c: solve(c, objective="pipelined", effort=effort),
            lambda s: s["rpag_pipelined_measured"]["registered_ops"],
        ),
        "one-bit adders, 8-bit input": (
            lambda c: solve(c, objective="bits", input_range=BYTE, effort=effort),
            lambda s: (s.get("milp_bits_8bit_input") or {}).get("one_bit_adders") or 0,
        ),
    }
    rivals = ("best of all others", "RPAG", "RPAG pipelined", "jMCM, where it has a count")
    print(f"{len(sets)} published sets, effort {effort}")
    print(f"{'':30}{'fxfir':>8}{'other':>8}{'ratio':>8}{'seconds':>9}  other")
    for (what, (run, other)), rival in zip(rows.items(), rivals, strict=True):
        total = best = optimal = 0
        seconds = 0.0
        for coeffs, known in sets.items():
            solution, spent = timed(lambda c=coeffs, run=run: run(c))
            seconds += spent
            count = measure(what, solution)
            reference = other(known)
            total += count if reference else 0
            best += reference
            optimal += solution.optimal
            if each:
                print(f"  {known['name']:28}{count:8}{reference:8}{'':8}{spent:9.2f}")
        print(f"{what:30}{total:8}{best:8}{total / best:8.3f}{seconds:9.1f}  {rival}")
        if what == "adders":
            print(f"{'  known to be optimal':30}{optimal:8}")


def measure(what: str, solution: Solution) -> int:
    """Return the number a row counts."""
    if what.startswith("one-bit"):
        return solution.graph.one_bit_adders(BYTE)
    return solution.registered if "registers" in what else solution.graph.n_adders


def designs(folder: Path, effort: str) -> None:
    """Print the filters designed for the comparison."""
    print(f"\n{'design':14}{'csd':>6}{'da4ml':>7}{'RPAG':>6}{'fxfir':>7}{'bound':>7}{'seconds':>9}")
    for entry in json.loads((folder / "designed_sets.json").read_text())["sets"]:
        coeffs = entry["coefficients"]
        solution, spent = timed(lambda c=coeffs: solve(c, effort=effort))
        da4ml = min(entry[k]["adders"] for k in ("da4ml_default", "da4ml_option_sweep"))
        print(
            f"{entry['name']:14}{entry['csd_adders_unique']:6}{da4ml:7}"
            f"{entry['rpag_min_depth']['adders']:6}{solution.graph.n_adders:7}"
            f"{solution.lower_bound:7}{spent:9.2f}"
        )


def matrices(folder: Path, effort: str) -> None:
    """Print matrices, a bank on one delay line, and sums of products."""
    from scipy.signal import firwin

    cases = json.loads((folder / "cmvm_cases.json").read_text())
    print(f"\n{'matrix':34}{'csd':>6}{'da4ml':>7}{'fxfir':>7}{'depth':>7}{'seconds':>9}")

    def row(name: str, matrix: list[list[int]], csd: int, da4ml: int) -> None:
        graph, spent = timed(lambda: solve_matrix(matrix, effort=effort))
        print(f"{name:34}{csd:6}{da4ml:7}{graph.n_adders:7}{graph.depth:7}{spent:9.2f}")

    rng = np.random.default_rng(0)
    for case in cases["random"]:
        shape, top = (case["rows"], case["cols"]), 2 ** (case["bits"] - 1)
        matrix = rng.integers(-top, top, shape)
        if matrix.size <= 1024:
            name = f"random {shape[0]}x{shape[1]}, {case['bits']} bits"
            row(name, matrix.T.tolist(), case["csd_adders"], case["adders"])
    edges = [0.25, [0.25, 0.5], [0.5, 0.75], 0.75]
    bands = [firwin(33, e, pass_zero=k == 0) for k, e in enumerate(edges)]
    bank = [[round(float(v) * 2**11) for v in band] for band in bands]
    known = cases["bank"]
    before = known["plus_preadders"]
    row("4 bands of 33 taps, pre-adders too", bank, known["csd"] + before, 47 + before)
    sets = {s["name"]: s for s in json.loads((folder / "literature_sets.json").read_text())["sets"]}
    for case in cases["sum_of_products"]:
        taps = sets[case["set"]]["coefficients"]
        folded = [c for c in taps[: (len(taps) + 1) // 2] if c][-case["inputs"] :]
        row(f"half of {case['set']}, one sum", [folded], case["csd"], case["da4ml_direct"])


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--effort", default="normal", choices=("quick", "normal", "thorough"))
    parser.add_argument("--sets", action="store_true", help="a row for each published set")
    options = parser.parse_args()
    literature(options.data, options.effort, options.sets)
    designs(options.data, options.effort)
    matrices(options.data, options.effort)


if __name__ == "__main__":
    main()
