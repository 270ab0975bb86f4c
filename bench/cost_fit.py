"""Fit the coefficients of the cost model to the measured cores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from cost_filters import FIT
from cost_table import device_luts, read_table
from silicon_cases import CASES, ROUNDINGS, reference_taps

from fxfir import rtl
from fxfir.filters import FixedFir
from fxfir.fixed import SQ, Cast, Rounding
from fxfir.rtl.cost import Census, census
from fxfir.rtl.cost.features import FAMILIES, FAMILY_OF_TARGET, features
from fxfir.rtl.cost.model import Speed
from fxfir.synth import DEVICES

__all__ = ["fit_all", "fit_speed", "routed_cores"]

HERE = Path(__file__).parent
BUDGET = HERE / "silicon_budget.json"
COEFFICIENTS = HERE.parent / "fxfir" / "rtl" / "cost" / "coefficients.json"

USUAL = {
    "base_ns": 1.0,
    "level_ns": 0.6,
    "carry_ns": 0.05,
    "multiply_ns": 4.5,
    "spread_ns": 0.1,
    "reach_ns": 0.2,
}
"""Nanoseconds that a path's parts have on ECP5, roughly, as nextpnr prints its critical paths."""

LEAST_ROUTED = 4
"""Groups of routed cores that a family needs to have its clocks predicted."""

PULL = 0.1
"""Weight of a coefficient's own change by its whole beside the relative error of a core."""


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
        routed = routed_cores(family)
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


def routed_cores(family: str) -> list[tuple[str, dict[str, Any], Census]]:
    """Return the cores that were placed and routed: of the table, and of bench/silicon.py.

    Each with the name of its group; cores of one group differ in their rounding only. None if
    the groups are too few to fit a clock to.
    """
    rows = read_table()
    found = [
        (sample.key, rows[sample.key], Census.from_json(rows[sample.key]["census"]))
        for sample in FIT
        if FAMILY_OF_TARGET[sample.target] == family and rows.get(sample.key, {}).get("fmax_mhz")
    ]
    budget = json.loads(BUDGET.read_text("utf-8"))
    for name, case in CASES.items():
        for rounding in ROUNDINGS:
            row = budget.get(f"{name} {rounding}", {})
            if row.get("fmax_mhz") and DEVICES[row["device"]].family.name == family:
                node = reference_filter(case.n_taps, rounding)
                core = rtl.build(node, dict(case.arch), target=family)
                found.append((name, {"resources": row, **row}, census(core)))
    return found if len({name for name, *_ in found}) >= LEAST_ROUTED else []


def reference_filter(n_taps: int, rounding: str) -> FixedFir:
    """Return a filter of bench/silicon.py."""
    words = SQ(1, 15)
    taps = tuple(round(tap * 2**15) for tap in reference_taps(n_taps))
    cast = Cast(to=words, rounding=Rounding(rounding))
    return FixedFir(taps=taps, coeff=words, input=words, output=cast)


def fit_speed(used: list[tuple[str, dict[str, Any], Census]]) -> dict[str, float]:
    """Fit the slowest path of every core, which depends on what is fitted: a few rounds.

    Few cores are routed, so the coefficients are held near `USUAL` as far as the measurements
    do not say otherwise.
    """
    from scipy.optimize import nnls

    period = np.array([1000 / row["fmax_mhz"] for _, row, _ in used])
    values = dict(USUAL)
    near = np.diag([PULL / value for value in USUAL.values()])
    for _ in range(30):
        speed = Speed(**values)
        lines = []
        for _, row, found in used:
            path = max(found.paths, key=speed.path_ns)
            sizes = np.log2([device_luts(row), 1 + row["resources"].get("dsp", 0)])
            lines.append((1.0, path.levels, path.carry, path.multiplies, *sizes))
        found, _ = nnls(
            np.vstack([np.array(lines) / period[:, None], near]),
            np.concatenate([np.ones(len(period)), np.full(len(near), PULL)]),
        )
        values = {name: round(float(v), 4) for name, v in zip(values, found, strict=True)}
    return values
