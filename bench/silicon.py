"""The reference filters on silicon: generate, synthesise, place and route, compare.

usage: python bench/silicon.py [--only NAME[,NAME]] [--seeds 1,2,3] [--jobs N] [--update]

One row for each filter and rounding: multipliers, LUT sites, flip-flops, block memories, clock as
timed by nextpnr (which knows no ceiling of a multiplier block), beside the goal and the best rival.
Figures are held against bench/silicon_budget.json: more than 5 % of area above it, or one
multiplier or memory more, is a failing row and exit status 1. --update writes what was measured
into that file. A goal that is missed is marked and fails nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from silicon_cases import CASES, ROUNDINGS, Case, reference_taps

from fxfir.errors import ArchitectureError, FxfirError, SynthesisError
from fxfir.flow import generate
from fxfir.spec import Hardware, Spec, TapsFir, Words
from fxfir.synth import DEVICES, synth_folder

BUDGET = Path(__file__).with_name("silicon_budget.json")
SLACK = 1.05
AREA = ("comb", "ff")
BLOCKS = ("dsp", "ram")
SHOWN = (*BLOCKS[:1], *AREA, *BLOCKS[1:], "fmax_mhz")


def measure(case: Case, rounding: str, seeds: tuple[int, ...]) -> dict[str, Any]:
    """Return the figures of one row."""
    device = DEVICES[case.device]
    spec = Spec(
        filter=TapsFir(taps=tuple(reference_taps(case.n_taps))),
        words=Words(coeff="sfix16_En15", rounding=rounding),
        hardware=Hardware(arch=case.arch, target=device.family.name),
    )
    with tempfile.TemporaryDirectory(prefix="fxfir-silicon-") as name:
        folder = generate(spec, name="core").write(Path(name) / "core")
        # Yosys rewrites SB_MAC16 that a core instantiates: counts alone prove nothing there.
        report = synth_folder(
            folder,
            target=device.family.name,
            device=device.name,
            seeds=seeds,
            check=device.family.name == "ice40",
        )
    if report.check is not None and not report.ok:
        raise SynthesisError(f"the netlist must give the core's integers, got {report.check.text}")
    figures = {kind: report.resources.get(kind, 0) for kind in (*BLOCKS, *AREA)}
    return {
        "device": case.device,
        "tool": report.tool,
        **figures,
        "fmax_mhz": report.fmax_mhz,
        "seeds": [[r.seed, r.fmax_mhz] for r in report.routes],
    }


def missed(goal: Mapping[str, float], found: Mapping[str, Any]) -> list[str]:
    """Name the goals that a row does not reach."""
    return [
        kind
        for kind, limit in goal.items()
        if found[kind] is None
        or (found[kind] < limit if kind == "fmax_mhz" else found[kind] > limit)
    ]


def over(budget: Mapping[str, Any] | None, found: Mapping[str, Any]) -> list[str]:
    """Say by what a row exceeds its budget; an empty list if it has none."""
    if budget is None:
        return []
    limits = {kind: budget[kind] * SLACK for kind in AREA}
    limits |= {kind: budget[kind] for kind in BLOCKS}
    return [
        f"{kind} {found[kind]}, budget {budget[kind]}"
        for kind, limit in limits.items()
        if found[kind] > limit
    ]


def _row(label: str, cells: list[str], tail: str) -> str:
    return f"{label:<34}" + "".join(f"{cell:>12}" for cell in cells) + f"  {tail}"


def _cell(kind: str, case: Case, found: Mapping[str, Any]) -> str:
    value = found[kind]
    shown = "-" if value is None else f"{value:.0f}"
    if kind not in case.goal:
        return shown
    mark = "!" if kind in missed(case.goal, found) else ""
    return f"{mark}{shown}/{case.goal[kind]:.0f}"


def main() -> int:
    """Print the table; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", help="names of cases, split by commas")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--update", action="store_true", help="write the budget file")
    given = parser.parse_args()
    chosen = given.only.split(",") if given.only else list(CASES)
    for name in chosen:
        if name not in CASES:
            parser.error(f"a case must be one of {', '.join(CASES)}, got {name!r}")
    seeds = tuple(int(seed) for seed in given.seeds.split(","))
    budget = json.loads(BUDGET.read_text()) if BUDGET.exists() else {}
    print(_row("filter", ["DSP", "LUT sites", "FF", "block RAM", "MHz"], "best rival; notes"))
    print("figure/goal, ! marks a goal that is missed; MHz as timed by nextpnr")
    failed = False
    with ThreadPoolExecutor(max(1, given.jobs)) as pool:
        rows = {
            (name, rounding): pool.submit(measure, CASES[name], rounding, seeds)
            for name in chosen
            for rounding in ROUNDINGS
        }
        for (name, rounding), future in rows.items():
            label, case = f"{name} {rounding}", CASES[name]
            try:
                found = future.result()
            except ArchitectureError as error:
                print(f"{label:<34}not there yet: {error}", flush=True)
                continue
            except FxfirError as error:
                print(f"{label:<34}FAILED: {error}", flush=True)
                failed = True
                continue
            excess = over(budget.get(label), found)
            failed = failed or bool(excess and not given.update)
            notes = "; OVER BUDGET: " + ", ".join(excess) if excess else ""
            cells = [_cell(kind, case, found) for kind in SHOWN]
            print(_row(label, cells, case.rival + notes), flush=True)
            if given.update:
                budget[label] = found
                rows_text = json.dumps(dict(sorted(budget.items())), indent=1)
                BUDGET.write_text(rows_text + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
