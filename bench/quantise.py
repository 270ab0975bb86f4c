"""Searched coefficient words, beside published words and beside rounding.

usage: python bench/quantise.py [cases DATA] [bits] [cascades] [adders] [faithful] [--effort N]
       [--seed N] [--only NAME]

`cases` reads fir_quantisation.json: fifteen filters of N. Brisebarre, S. Filip, G. Hanrot (IEEE TSP
66, 2018) with the best words known, by their tool fquantizer, by an integer program of 70 s and by
a prototype; other people's numbers and no part of this project. `bits`, `cascades` and `adders`
take ten random low-pass masks each, `faithful` a hundred random filters. Every error and every
verdict is taken anew by bench/dense.py, which shares no code with the search, on a grid 64 times as
dense as the search's; one that differs ends the run with 1. Seconds are CPU seconds of this
process.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from time import process_time
from typing import Any

# Threads for products this small wait for one another, on a busy machine most of the time.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from dense import DENSER, Found, factors_of, judge
from quantise_cases import run_cases

from fxfir.analysis import MaskVerdict, error_bound, judge_filter
from fxfir.analysis.correct import tally_errors
from fxfir.design import design_fir, design_roomy
from fxfir.filters import FixedFir, FixedSos
from fxfir.filters.serial import to_json
from fxfir.fixed import SQ
from fxfir.quantize import QuantizedFir, QuantizedSos, faithful_fir, quantize_fir, quantize_sos
from fxfir.quantize.optimise import FirWidths, SosWidths, count_adders, least_width, optimise_words
from fxfir.spec import EquirippleFir, Mask
from fxfir.spec.optimise import Optimise
from fxfir.spec.sos import IirSos

MARGIN_DB = 0.002
"""What verdict and dense grid may differ by: a margin lies between points of either."""
NARROWEST, WIDEST = 3, 32
NARROWER = 4
"""Bits below those of rounding that are tried for few adders."""


class Checked:
    """Verdicts held against the dense grid."""

    def __init__(self) -> None:
        self.total = self.wrong = 0

    def verdict(self, filter: FixedFir | FixedSos, mask: Mask, gain: float = 1.0) -> MaskVerdict:
        """Return the package's verdict, counted as wrong where the dense grid says otherwise."""
        said = judge_filter(mask, filter, gain=gain)
        found = judge(factors_of(to_json(filter)), mask.to_json(), gain)
        self.total += 1
        self.require(agrees(said, found))
        return said

    def require(self, holds: bool) -> None:
        """Count what does not hold as wrong."""
        self.wrong += not holds


def agrees(said: MaskVerdict, found: Found) -> bool:
    """Tell whether verdict and margin hold on the dense grid."""
    same = said.passed == found.met and said.proven
    return same and abs(said.margin_db - found.margin_db) <= MARGIN_DB


def lowpasses(rng: np.random.Generator, ripple_db: float, attenuation_db: float) -> list[Mask]:
    """Return ten low-pass masks that 63 taps meet with a little room."""
    masks: list[Mask] = []
    while len(masks) < 10:
        edge = float(rng.uniform(0.1, 0.8))
        mask = Mask.lowpass(
            fs_hz=2.0,
            pass_hz=edge,
            stop_hz=edge + float(rng.uniform(0.09, 0.11)),
            ripple_db=ripple_db,
            attenuation_db=attenuation_db,
        )
        masks.append(mask)
    return masks


def bits(effort: int, seed: int, checked: Checked) -> None:
    """Print the coefficient widths of ten low-passes of 63 taps, 60 dB and 0.1 dB."""
    print(f"\n63 taps, 60 dB, 0.1 dB, effort {effort}: coefficient bits that meet the mask, proven")
    print(f"{'edges':>16}{'rounded':>9}{'searched':>10}{'margin':>11}{'seconds':>9}")
    fewer = []
    for mask in lowpasses(np.random.default_rng(63), 0.1, 60.0):
        taps = design_fir(EquirippleFir(mask=mask, n_taps=63)).taps
        started = process_time()

        def at(width: int, taps: np.ndarray = taps) -> QuantizedFir:
            return quantize_fir(taps, coeff_width=width)

        options = Optimise(goal="minimax", effort=effort, seed=seed)
        found = least_width(FirWidths(at, mask), mask, options)
        spent = process_time() - started
        made = found.best.filter
        verdict = checked.verdict(made, mask)
        checked.require(verdict.passed)
        rounded = found.rounding_width or 99
        for width in range(NARROWEST, min(rounded, WIDEST) + 1):
            checked.require(checked.verdict(at(width).filter, mask).passed == (width == rounded))
        fewer.append(rounded - made.coeff.width)
        where = f"{mask.bands[0].high_hz:.3f} {mask.bands[1].low_hz:.3f}"
        print(
            f"{where:>16}{rounded:9}{made.coeff.width:10}{verdict.margin_db:8.3f} dB{spent:9.1f}",
            flush=True,
        )
    print(f"at least one bit fewer: {sum(f >= 1 for f in fewer)} of 10; mean {np.mean(fewer):.1f}")


def cascades(effort: int, seed: int, checked: Checked) -> None:
    """Print the coefficient widths of ten cascades."""
    print(f"\ncascades, effort {effort}: coefficient bits that meet the mask, proven")
    head = f"{'family edges':>22}{'order':>7}{'rounded':>9}"
    print(f"{head}{'searched':>10}{'margin':>11}{'seconds':>9}")
    rng, fewer = np.random.default_rng(10), []
    for k in range(10):
        edge = float(rng.uniform(0.02, 0.4))
        mask = Mask.lowpass(
            fs_hz=2.0,
            pass_hz=edge,
            stop_hz=edge * float(rng.uniform(1.3, 1.8)),
            ripple_db=float(rng.uniform(0.1, 1.0)),
            attenuation_db=float(rng.uniform(40, 70)),
        )
        family = ("ellip", "cheby2")[k % 2]
        design = design_roomy(IirSos(family=family, mask=mask))
        started = process_time()

        def at(width: int, sos: np.ndarray = design.sos, **how: Any) -> QuantizedSos:
            return quantize_sos(sos, coeff_width=width, **how)

        options = Optimise(goal="minimax", effort=effort, seed=seed)
        found = least_width(SosWidths(at, mask), mask, options)
        spent = process_time() - started
        verdict = checked.verdict(found.best.filter, mask)
        checked.require(verdict.passed)
        rounded = found.rounding_width or WIDEST + 1
        fewer.append(rounded - found.width)
        where = f"{family} {mask.bands[0].high_hz:.3f} {mask.bands[1].low_hz:.3f}"
        print(
            f"{where:>22}{design.order:7}{rounded:9}{found.width:10}{verdict.margin_db:8.3f} dB"
            f"{spent:9.1f}",
            flush=True,
        )
    print(f"at least one bit fewer: {sum(f >= 1 for f in fewer)} of 10; mean {np.mean(fewer):.1f}")


def adders(effort: int, seed: int, checked: Checked) -> None:
    """Print the adders of multiplierless cores of ten low-passes."""
    print(f"\nadders at equal mask, 50 dB, 0.2 dB, effort {effort}: graph + chain between taps")
    print(f"{'edges':>16}{'bits':>6}{'rounded':>12}{'bits':>6}{'searched':>12}{'seconds':>9}")
    total = np.zeros(4, dtype=int)
    for mask in lowpasses(np.random.default_rng(50), 0.2, 50.0):
        taps = design_fir(EquirippleFir(mask=mask, n_taps=51)).taps
        made = [quantize_fir(taps, coeff_width=w) for w in range(NARROWEST, WIDEST + 1)]
        base = next((m for m in made if checked.verdict(m.filter, mask).passed), None)
        if base is None:
            print("   skipped: rounding meets it with no width")
            continue
        before = count_adders(base.filter.taps, effort="normal")
        started = process_time()
        best = None
        width = base.filter.coeff.width
        options = Optimise(goal="adders", effort=effort, seed=seed)
        for candidate in made:
            if not width - NARROWER <= candidate.filter.coeff.width <= width:
                continue
            filter, _, said = optimise_words(candidate.filter, candidate.ideal, mask, options)
            if not checked.verdict(filter, mask).passed or said.adders is None:
                continue
            if best is None or said.adders.total < best[0].total:
                best = (count_adders(filter.taps, effort="normal"), filter.coeff.width)
        spent = process_time() - started
        after, found_width = best or (before, width)
        total += (before.block, after.block, before.total, after.total)
        where = f"{mask.bands[0].high_hz:.3f} {mask.bands[1].low_hz:.3f}"
        print(
            f"{where:>16}{width:6}{before.block:6} + {before.chain:3}{found_width:6}"
            f"{after.block:6} + {after.chain:3}{spent:9.1f}",
            flush=True,
        )
    print(
        f"graph {total[0]} -> {total[1]} ({1 - total[1] / total[0]:.0%} fewer); "
        f"all {total[2]} -> {total[3]} ({1 - total[3] / total[2]:.0%} fewer)"
    )


def faithful(checked: Checked) -> None:
    """Run a hundred random faithful filters on the inputs that hurt and on noise."""
    started = process_time()
    rates, widths, violations, worst, samples = [], [], 0, 0.0, 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        taps = rng.normal(size=int(rng.integers(3, 64)))
        taps = taps + taps[::-1] if rng.random() < 0.5 else taps
        taps = taps / np.abs(taps).sum() * rng.uniform(0.3, 1.0)
        made = faithful_fir(taps, input=SQ(1, 11 + seed % 5))
        fmt, n = made.filter.input, made.filter.n_taps
        bound = error_bound(made.filter, made.ideal)
        zeros = np.zeros(n, dtype=np.int64)
        inputs = (
            np.array(bound.worst_input),
            np.concatenate([[fmt.hi], zeros, [fmt.lo], zeros]),
            np.concatenate([np.full(2 * n, fmt.hi), np.full(2 * n, fmt.lo)]),
            rng.integers(fmt.lo, fmt.hi + 1, 1_000_000),
        )
        for x in inputs:
            tally = tally_errors(made.filter, made.ideal, x)
            violations += tally.violations
            worst = max(worst, tally.worst)
            samples += tally.n
        rates.append(tally.correct_rate)
        widths.append(made.filter.coeff.width)
    print(f"\nfaithful: 100 filters, {samples} samples, {process_time() - started:.0f} s")
    checked.require(violations == 0)
    print(f"violations {violations}, largest error {worst:.4f} LSB")
    print(
        f"correctly rounded {min(rates):.1%} to {max(rates):.1%}, mean {np.mean(rates):.1%}; "
        f"coefficients of {min(widths)} to {max(widths)} bits"
    )


def main() -> int:
    """Print the tables asked for, all by default but the published cases."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tables", nargs="*", default=["bits", "cascades", "adders", "faithful"])
    parser.add_argument("--effort", type=int, default=None)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", help="one case alone")
    options = parser.parse_args()
    names, checked = list(options.tables), Checked()
    while names:
        match names.pop(0):
            case "cases":
                path = Path(names.pop(0)) / "fir_quantisation.json"
                wrong = run_cases(path, options.effort or 7, options.seed, options.only)
                checked.wrong += wrong
            case "bits":
                bits(options.effort or 5, options.seed, checked)
            case "cascades":
                cascades(options.effort or 4, options.seed, checked)
            case "adders":
                adders(options.effort or 5, options.seed, checked)
            case "faithful":
                faithful(checked)
            case other:
                parser.error(
                    f"tables are cases DATA, bits, cascades, adders, faithful, got {other}"
                )
    print(
        f"\n{checked.total} verdicts taken anew on a grid {DENSER} times as dense as the search's; "
        f"{checked.wrong} claims not confirmed"
    )
    return int(checked.wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
