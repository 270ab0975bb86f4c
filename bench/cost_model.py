"""Measure cores, fit the cost model of `--arch auto` to them, and say how far off it is.

usage: python bench/cost_model.py [fit | check]
       python bench/cost_model.py measure [--place] [--renew] [--match WORD|WORD] [--limit N]

`fit` reads bench/cost_model.jsonl, fits the coefficients by least squares and writes
fxfir/rtl/cost/coefficients.json; nothing is measured again. `check`, the default, compares the
predictions with the cores that no coefficient was fitted to, and every choice with the best
measured one. `measure` runs Yosys, and with --place nextpnr, on every core of
bench/cost_filters.py that the table lacks, or with --renew whose text has changed since; it may
be stopped and goes on where it was. A row holds the counts of the text that was measured, so old
rows stay true.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from cost_filters import BENCH, FIT, Sample, filter_of

from fxfir import rtl
from fxfir.emit.verilog import convert
from fxfir.flow.choose import ORDERS
from fxfir.rtl import top
from fxfir.rtl.cost import Census, Cost, census, model_of
from fxfir.rtl.cost.features import FAMILIES, FAMILY_OF_TARGET, features
from fxfir.rtl.cost.model import Speed

HERE = Path(__file__).parent
TABLE = HERE / "cost_model.jsonl"
COEFFICIENTS = HERE.parent / "fxfir" / "rtl" / "cost" / "coefficients.json"


USUAL = {"base_ns": 1.0, "level_ns": 0.6, "carry_ns": 0.05, "multiply_ns": 4.5, "spread_ns": 0.1}
"""Nanoseconds that a path's parts have on ECP5, roughly, as nextpnr prints its critical paths."""

PULL = 0.1
"""Weight of a coefficient's own change by its whole beside the relative error of a core."""


def read_table() -> dict[str, dict[str, Any]]:
    """Return the measured rows by their key."""
    if not TABLE.exists():
        return {}
    rows = [json.loads(line) for line in TABLE.read_text("utf-8").splitlines()]
    return {row["key"]: row for row in rows}


def write_table(rows: dict[str, dict[str, Any]]) -> None:
    """Write the table, in the order of the samples; those no longer listed are dropped."""
    keys = [sample.key for sample in (*FIT, *BENCH)]
    lines = [json.dumps(rows[key]) for key in keys if key in rows]
    TABLE.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def text_of(core: Any) -> str:
    """Return the Verilog that is measured: the core behind AXI4-Stream."""
    return convert(top.wrap(core, "axis", True), name="fir")


def measure(
    sample: Sample, known: dict[str, Any] | None, *, place: bool, renew: bool
) -> dict[str, Any] | None:
    """Return the row of a sample, or None if the known one will do."""
    from fxfir.synth import find_device
    from fxfir.synth.core import CoreText
    from fxfir.synth.netlist import elaborate, synthesise
    from fxfir.synth.path import read_names
    from fxfir.synth.place import place as route

    core = rtl.build(filter_of(sample.filter), sample.architecture, target=sample.target)
    text = text_of(core)
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    routed = sample.routed and place
    counted = census(core).to_json()
    if known is not None and (known["fmax_mhz"] or not routed):
        if known["text"] == digest:
            # What the census counts may have changed, with nothing to measure again.
            return None if known["census"] == counted else known | {"census": counted}
        if not renew:
            return None
    family = "ecp5" if sample.target == "generic" else sample.target
    device = find_device(family)
    if not routed:
        device = replace(device, place=())
    fmax = None
    with tempfile.TemporaryDirectory(prefix="fxfir-cost-") as name:
        work = Path(name)
        (work / "fir.v").write_text(text, "utf-8")
        source = CoreText(
            name="fir", top="fir", verilog=work / "fir.v", bench=work / "none", target=family,
            hash=digest, clock="aclk", reset="aresetn", reset_active=0,
        )  # fmt: skip
        netlist = synthesise(source, device, work, elaborate(source, device, work))
        if routed:
            names = read_names(work / "net.json")
            fmax = route(device, work, names, seed=1, freq_mhz=250).fmax_mhz
    found = {name: count for name, count in netlist.resources.items() if count}
    return {
        "key": sample.key,
        "text": digest,
        "tool": netlist.creator,
        "device": device.name,
        "seed": 1 if routed else None,
        "resources": found,
        "fmax_mhz": fmax,
        "census": counted,
    }


def measure_all(*, place: bool, renew: bool, match: str, limit: int) -> None:
    """Measure what the table lacks, a row at a time."""
    rows = read_table()
    done = 0
    for sample in (*FIT, *BENCH):
        if (
            not any(word in sample.key for word in match.split("|"))
            or (place and not sample.routed)
            or done >= limit
        ):
            continue
        try:
            row = measure(sample, rows.get(sample.key), place=place, renew=renew)
        except Exception as error:
            print(f"{sample.key}: {error}", file=sys.stderr)
            continue
        if row is None:
            continue
        done += 1
        rows = read_table() | {sample.key: row}
        write_table(rows)
        print(f"{sample.key:48} {row['resources']} {row['fmax_mhz']}", flush=True)


def device_luts(row: dict[str, Any]) -> int:
    """Return the look-up tables that were measured: on ECP5 LUT4 + 2 CCU2C + 6 DPR16X4."""
    return int(row["resources"]["comb"])


def fit_all() -> None:
    """Fit every family to the rows of FIT and write the coefficients."""
    rows = read_table()
    targets = {}
    for family in FAMILIES:
        used = [
            (rows[sample.key], Census.from_json(rows[sample.key]["census"]))
            for sample in FIT
            if FAMILY_OF_TARGET[sample.target] == family and sample.key in rows
        ]
        if not used:
            continue
        routed = [(row, found) for row, found in used if row["fmax_mhz"]]
        targets[family] = {
            "luts": fit_luts(used, family),
            "ff_ratio": fit_ffs(used, family),
            "speed": fit_speed(routed) if routed else None,
            "measured": {
                "cores": len(used),
                "routed": len(routed),
                "device": used[0][0]["device"],
                "tool": used[0][0]["tool"],
                "seed": 1,
            },
        }
    text = json.dumps({"made_by": "bench/cost_model.py fit", "targets": targets}, indent=2)
    COEFFICIENTS.write_text(text + "\n", "utf-8")
    print(text)


def fit_luts(used: list[tuple[dict[str, Any], Census]], family: str) -> dict[str, float]:
    """Least squares of the relative error, no coefficient below zero."""
    from scipy.optimize import nnls

    parts = [features(found, FAMILIES[family]) for _, found in used]
    names = list(parts[0].fitted)
    target = np.array([device_luts(row) for row, _ in used], float)
    known = np.array([part.luts for part in parts], float)
    matrix = np.array([[part.fitted[name] for name in names] for part in parts])
    found, _ = nnls(matrix / target[:, None], (target - known) / target)
    return {name: round(float(v), 4) for name, v in zip(names, found, strict=True)}


def fit_ffs(used: list[tuple[dict[str, Any], Census]], family: str) -> float:
    """Return the flip-flops for each register bit, in the middle of all cores."""
    ratios = [
        (row["resources"]["ff"] - features(found, FAMILIES[family]).ffs) / found.registers
        for row, found in used
    ]
    return round(float(np.median(ratios)), 4)


def fit_speed(used: list[tuple[dict[str, Any], Census]]) -> dict[str, float]:
    """Fit the slowest path of every core, which depends on what is fitted: a few rounds.

    Few cores are routed, so the coefficients are held near `USUAL` as far as the measurements
    do not say otherwise.
    """
    from scipy.optimize import nnls

    period = np.array([1000 / row["fmax_mhz"] for row, _ in used])
    luts = np.array([max(device_luts(row), 1) for row, _ in used])
    values = dict(USUAL)
    near = np.diag([PULL / value for value in USUAL.values()])
    for _ in range(30):
        speed = Speed(**values)
        slowest = [max(found.paths, key=speed.path_ns) for _, found in used]
        matrix = np.array(
            [
                (1.0, path.levels, path.carry, path.multiplies, np.log2(size))
                for path, size in zip(slowest, luts, strict=True)
            ]
        )
        found, _ = nnls(
            np.vstack([matrix / period[:, None], near]),
            np.concatenate([np.ones(len(period)), np.full(len(near), PULL)]),
        )
        values = {name: round(float(v), 4) for name, v in zip(values, found, strict=True)}
    return values


def predictions(samples: Sequence[Sample]) -> Iterator[tuple[Sample, dict[str, Any], Cost]]:
    """Yield each measured sample with its row and what the model says."""
    rows = read_table()
    for sample in samples:
        if sample.key in rows:
            row = rows[sample.key]
            found = Census.from_json(row["census"])
            yield sample, row, model_of(sample.target).cost(found, sample.target)


def check() -> None:
    """Print predictions beside measurements, the errors, and how good every choice is."""
    for title, samples in (("fitted", FIT), ("held out", BENCH)):
        print(f"\n{title}: predicted / measured")
        print(
            f"{'core':50} {'LUT':>12} {'error':>7} {'FF':>12} {'DSP':>8} {'MHz':>10} {'error':>7}"
        )
        errors: dict[str, list[float]] = {"LUT": [], "FF": [], "DSP": [], "RAM": [], "MHz": []}
        for sample, row, cost in predictions(samples):
            found = row["resources"]
            luts, ffs, dsps = device_luts(row), found["ff"], found.get("dsp", 0)
            fmax = row["fmax_mhz"]
            errors["LUT"].append(cost.luts / luts - 1)
            errors["FF"].append(cost.ffs / ffs - 1)
            errors["DSP"].append(float(cost.dsps - dsps))
            errors["RAM"].append(float(cost.rams - found.get("ram", 0)))
            speed = ""
            if fmax and cost.fmax_mhz:
                errors["MHz"].append(cost.fmax_mhz / fmax - 1)
                speed = f"{cost.fmax_mhz:5.0f}/{fmax:4.0f} {errors['MHz'][-1]:+7.1%}"
            print(
                f"{sample.key:50} {cost.luts:6}/{luts:5} {errors['LUT'][-1]:+7.1%} "
                f"{cost.ffs:6}/{ffs:5} {cost.dsps:4}/{dsps:3} {speed}"
            )
        for name, values in errors.items():
            if values and name not in ("DSP", "RAM"):
                sizes = np.abs(values)
                print(f"{name}: median |error| {np.median(sizes):.1%}, largest {sizes.max():.1%}")
        for name in ("DSP", "RAM"):
            print(f"{name}: {sum(v != 0 for v in errors[name])} of {len(errors[name])} wrong")
    choices()


def choices() -> None:
    """Compare the predicted best of the held-out cores with the measured best."""
    groups: dict[tuple[str, str], list[tuple[Any, dict[str, Any], Cost]]] = {}
    for sample, row, cost in predictions(BENCH):
        core = rtl.build(filter_of(sample.filter), sample.architecture, target=sample.target)
        groups.setdefault((sample.filter, sample.target), []).append((core, row, cost))
    print("\nchoices: what the model picks, measured, beside the measured best")
    worst = 0.0
    for (name, target), cores in groups.items():
        for clocks in (1, 1_000):
            able = [c for c in cores if c[0].timing.interval <= clocks]
            for aim, order in ORDERS.items():
                if len(able) < 2:
                    continue
                measured = {id(core): order(real_cost(row), core.timing) for core, row, _ in able}
                picked = min(able, key=lambda c, o=order: o(c[2], c[0].timing))[0]
                best = min(able, key=lambda c: measured[id(c[0])])[0]
                ours, least = measured[id(picked)][0], measured[id(best)][0]
                excess = (ours - least) / max(least, 1)
                worst = max(worst, excess)
                print(
                    f"{name:16} {target:8} {'full rate' if clocks == 1 else 'slow':10} {aim:8} "
                    f"{picked.architecture['name']:15} {ours:6.0f}  best {least:6.0f} "
                    f"({best.architecture['name']}) {excess:+.1%}"
                )
    print(f"worst choice: {worst:.1%} above the measured best")


def real_cost(row: dict[str, Any]) -> Cost:
    """Return what was measured in the words of a prediction."""
    found = row["resources"]
    return Cost(
        luts=device_luts(row),
        ffs=found["ff"],
        dsps=found.get("dsp", 0),
        rams=found.get("ram", 0),
        fmax_mhz=row["fmax_mhz"],
    )


def main() -> None:
    """Run one of the three."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", nargs="?", default="check", choices=["fit", "check", "measure"])
    parser.add_argument("--place", action="store_true")
    parser.add_argument("--renew", action="store_true")
    parser.add_argument("--match", default="")
    parser.add_argument("--limit", type=int, default=1000)
    given = parser.parse_args()
    if given.action == "measure":
        measure_all(place=given.place, renew=given.renew, match=given.match, limit=given.limit)
    elif given.action == "fit":
        fit_all()
    else:
        check()


if __name__ == "__main__":
    main()
