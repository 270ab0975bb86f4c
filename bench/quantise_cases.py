"""Fifteen published filters: searched words beside the literature's numbers."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from time import process_time
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from dense import fir, judge

from fxfir.design import design_fir
from fxfir.quantize.optimise import Limits, aim_at_mask, layout_of, prove, search
from fxfir.spec import Band, EquirippleFir, Mask

__all__ = ["Row", "literature", "run_case", "run_cases"]

PROVEN_TAPS = 45
PROOF_SECONDS = 40
BETTER, WORSE = 0.999, 1.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One case: largest weighted errors on the dense grid, and what is certain.

    Parameters
    ----------
    name : str
    error : float
    claimed : float
        The search's own, at any frequency.
    bound : float or None
    optimal : bool
    seconds : float
        CPU time of search and proof.
    """

    name: str
    error: float
    claimed: float
    bound: float | None
    optimal: bool
    seconds: float

    @property
    def proof(self) -> str:
        """What was proven, in few words."""
        if self.optimal:
            return "optimal"
        return "" if self.bound is None else f">= {self.bound:.5g}"


def literature(case: dict[str, Any]) -> dict[str, float | None]:
    """Return what others reached: fquantizer, an integer program of 70 s, a prototype."""
    tool = case["fquantizer"]
    milp, own = case.get("highs_milp"), case.get("fpylll_prototype")
    return {
        "fquantizer": min(tool[kind] for kind in ("zero", "extrema", "afp")),
        "milp": None if milp is None else milp["error"],
        "prototype": None if own is None else own["error"],
    }


def run_case(case: dict[str, Any], effort: int, seed: int) -> Row:
    """Search one case and measure the words anew."""
    edges = case["bands"]
    bands = zip(edges[::2], edges[1::2], case["desired"], case["weights"], strict=True)
    mask = Mask(
        fs_hz=2.0,
        bands=tuple(Band(low_hz=a, high_hz=b, gain=g, weight=w) for a, b, g, w in bands),
    )
    taps = design_fir(EquirippleFir(mask=mask, n_taps=case["taps"])).taps
    ideal = [Fraction(v) for v in taps.tolist()]
    frac = case["bits"] - 1
    step, top = 2.0**-frac, 1 << frac
    layout = layout_of(ideal, frac)
    aim = aim_at_mask(mask, ideal, layout, step, gaps=False)
    start = tuple(round(ideal[g[0][0]] * top) for g in layout.groups)
    started = process_time()
    limits = Limits(low=-top, high=top - 1, effort=effort, seed=seed)
    found = search(aim, layout, step, start, limits)
    words, level, bound, optimal = found.words, found.level, None, False
    if case["taps"] <= PROVEN_TAPS:
        proof = prove(aim, layout, step, words, low=-top, high=top - 1, seconds=PROOF_SECONDS)
        words, level, bound, optimal = proof.words, proof.level, proof.bound, proof.optimal
    spent = process_time() - started
    return Row(
        name=case["name"],
        error=judge(fir(layout.words(words, frac), frac), mask.to_json()).error,
        claimed=level,
        bound=bound,
        optimal=optimal,
        seconds=spent,
    )


def run_cases(path: Path, effort: int, seed: int, only: str | None) -> int:
    """Print the table; return how many claims the dense grid does not confirm."""
    print(f"largest weighted error on the dense grid, effort {effort}, seed {seed}, CPU seconds")
    head = f"{'case':10}{'rounded':>11}{'fquantizer':>12}{'MILP 70 s':>12}{'prototype':>12}"
    print(f"{head}{'fxfir':>12}{'/ best':>8}{'seconds':>9}  proof")
    below = worse = wrong = 0
    for case in json.loads(path.read_text())["cases"]:
        if only and case["name"] != only:
            continue
        row = run_case(case, effort, seed)
        ratio = row.error / case["best_known"]
        below += ratio < BETTER
        worse += ratio > WORSE
        wrong += not agrees(row)
        others = "".join(
            f"{'-' if value is None else f'{value:.5g}':>12}" for value in literature(case).values()
        )
        print(
            f"{row.name:10}{case['naive']:11.4g}{others}{row.error:12.5g}{ratio:8.4f}"
            f"{row.seconds:9.1f}  {row.proof}",
            flush=True,
        )
    print(f"better than the best known: {below}; more than 2 % above it: {worse}")
    return wrong


def agrees(row: Row) -> bool:
    """Tell whether the dense grid confirms a row: error and, if there is one, bound."""
    # The claim holds at every frequency and is a millionth too high at most. The grid has thousands
    # of points for each wave of the response and misses little of a peak; it adds its own rounding.
    within = row.claimed * (1 - 1e-5) <= row.error <= row.claimed * (1 + 1e-8)
    return within and (row.bound is None or row.bound <= row.error * (1 + 1e-5))
