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
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from cost_filters import BENCH, FIT, Sample, filter_of
from cost_fit import fit_all, fit_speed, routed_cores
from cost_table import device_luts, measure_all, read_table

from fxfir import rtl
from fxfir.flow.choose import ORDERS
from fxfir.rtl.cost import Census, Cost, model_of
from fxfir.rtl.cost.features import FAMILIES, FAMILY_OF_TARGET
from fxfir.rtl.cost.model import Speed


def speeds(family: str) -> None:
    """Print the Fmax of each routed core as a fit without its own group predicts it."""
    cores = routed_cores(family)
    errors = []
    print(f"\n{family}: MHz predicted by a fit without the core's group / measured, seed 1")
    for name, row, found in cores:
        speed = Speed(**fit_speed([core for core in cores if core[0] != name]))
        period = speed.period_ns(found.paths, device_luts(row), row["resources"].get("dsp", 0))
        errors.append(1000 / period / row["fmax_mhz"] - 1)
        print(f"{name:50} {1000 / period:5.0f}/{row['fmax_mhz']:4.0f} {errors[-1]:+7.1%}")
    sizes = np.abs(errors)
    print(f"MHz: median |error| {np.median(sizes):.1%}, largest {sizes.max():.1%}")


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
        print(f"{'core':50} {'LUT':>12} {'error':>7} {'FF':>12} {'DSP':>8}")
        errors: dict[str, dict[str, list[float]]] = {}
        for sample, row, cost in predictions(samples):
            found = row["resources"]
            luts, ffs, dsps = device_luts(row), found["ff"], found.get("dsp", 0)
            family = errors.setdefault(FAMILY_OF_TARGET[sample.target], {})
            for name, error in (
                ("LUT", cost.luts / luts - 1),
                ("FF", cost.ffs / ffs - 1),
                ("DSP", float(cost.dsps - dsps)),
                ("RAM", float(cost.rams - found.get("ram", 0))),
            ):
                family.setdefault(name, []).append(error)
            print(
                f"{sample.key:50} {cost.luts:6}/{luts:5} {family['LUT'][-1]:+7.1%} "
                f"{cost.ffs:6}/{ffs:5} {cost.dsps:4}/{dsps:3}"
            )
        for name, kinds in errors.items():
            print(f"{name}, {len(kinds['LUT'])} cores: {'; '.join(map(summary, kinds.items()))}")
    for family in FAMILIES:
        if routed_cores(family):
            speeds(family)
    choices()


def summary(kind: tuple[str, list[float]]) -> str:
    """Return the errors of one resource in a few words."""
    name, errors = kind
    sizes = np.abs(errors)
    if name in ("DSP", "RAM"):
        return f"{name} {np.count_nonzero(sizes)} wrong"
    return f"{name} median {np.median(sizes):.1%}, largest {sizes.max():.1%}"


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
