"""Searched coefficient words, beside published words and beside rounding.

usage: python bench/optimise.py [cases DATA] [bits] [adders] [faithful] [--effort N] [--only NAME]

`cases` reads fir_quantisation.json: fifteen filters of N. Brisebarre, S. Filip, G. Hanrot (IEEE TSP
66, 2018) with the best words known, by their tool fquantizer, by an integer program of 70 s and by
a prototype; other people's numbers and no part of this project. Errors found are measured anew on
a grid 64 times as dense as the search's. `bits` and `adders` take ten random low-pass masks each,
`faithful` a hundred random filters. Seconds are CPU seconds of this process.
"""

from __future__ import annotations

import argparse
import json
from fractions import Fraction
from pathlib import Path
from time import process_time

import numpy as np

from fxfir.analysis import error_bound, judge_filter
from fxfir.analysis.correct import tally_errors
from fxfir.design import design_fir
from fxfir.fixed import SQ
from fxfir.quantize import QuantizedFir, faithful_fir, quantize_fir
from fxfir.quantize.optimise import (
    Limits,
    aim_at_mask,
    count_adders,
    layout_of,
    least_width,
    optimise_words,
    prove,
    search,
)
from fxfir.spec import Band, EquirippleFir, Mask
from fxfir.spec.optimise import Optimise

PROVEN_TAPS = 35
DENSER = 64


def cases(path: Path, effort: int, only: str | None) -> None:
    """Print the fifteen published cases."""
    print(f"largest weighted error, effort {effort}; optimal or the bound of an integer program")
    head = f"{'case':10}{'rounded':>11}{'best known':>12}{'fxfir':>12}{'ratio':>8}{'seconds':>9}"
    print(f"{head}  proof")
    below = worse = 0
    for case in json.loads(path.read_text())["cases"]:
        if only and case["name"] != only:
            continue
        edges = case["bands"]
        bands = zip(edges[::2], edges[1::2], case["desired"], case["weights"], strict=True)
        mask = Mask(
            fs_hz=2.0,
            bands=tuple(Band(low_hz=a, high_hz=b, gain=g, weight=w) for a, b, g, w in bands),
        )
        taps = design_fir(EquirippleFir(mask=mask, n_taps=case["taps"])).taps
        ideal = [Fraction(v) for v in taps.tolist()]
        frac = case["bits"] - 1
        layout = layout_of(ideal, frac)
        aim = aim_at_mask(mask, ideal, layout, 2.0**-frac, gaps=False)
        top = 1 << frac
        start = tuple(round(ideal[g[0][0]] * top) for g in layout.groups)
        started = process_time()
        limits = Limits(low=-top, high=top - 1, effort=effort)
        words = search(aim, layout, 2.0**-frac, start, limits).words
        proof = ""
        if case["taps"] <= PROVEN_TAPS:
            found = prove(aim, layout, 2.0**-frac, words, low=-top, high=top - 1, seconds=40)
            words = found.words
            proof = "optimal" if found.optimal else f">= {found.bound:.5g}"
        spent = process_time() - started
        error = largest(layout.words(words, frac), frac, mask)
        ratio = error / case["best_known"]
        below += ratio < 0.999
        worse += ratio > 1.02
        print(
            f"{case['name']:10}{case['naive']:11.4g}{case['best_known']:12.5g}{error:12.5g}"
            f"{ratio:8.4f}{spent:9.1f}  {proof}",
            flush=True,
        )
    print(f"better than the best known: {below}; more than 2 % above it: {worse}")


def largest(taps: tuple[int, ...], frac: int, mask: Mask) -> float:
    """Return the largest weighted error of symmetric taps by a plain transform."""
    n = 1 << (DENSER * 8 * len(taps)).bit_length()
    size = np.fft.rfft(np.array(taps, dtype=float), n)
    omega = np.arange(n // 2 + 1) * 2 * np.pi / n
    amplitude = (size * np.exp(1j * omega * (len(taps) - 1) / 2)).real / 2.0**frac
    worst = 0.0
    for band in mask.bands:
        edges = np.array([band.low_hz, band.high_hz]) * np.pi
        inside = (omega > edges[0]) & (omega < edges[1])
        offsets = np.arange(len(taps)) - (len(taps) - 1) / 2
        at_edges = np.cos(np.outer(edges, offsets)) @ np.array(taps, dtype=float) / 2.0**frac
        found = np.concatenate([amplitude[inside], at_edges])
        worst = max(worst, band.weight * float(np.abs(found - band.gain).max()))
    return worst


def kept(taps: tuple[int, ...], frac: int, mask: Mask) -> bool:
    """Judge a mask anew by a plain transform, without the package's own verdict."""
    n = 1 << (DENSER * 8 * len(taps)).bit_length()
    size = np.abs(np.fft.rfft(np.array(taps, dtype=float), n)) / 2.0**frac
    freqs_hz = np.arange(n // 2 + 1) * mask.fs_hz / n
    found = []
    for band in mask.bands:
        inside = size[(freqs_hz >= band.low_hz) & (freqs_hz <= band.high_hz)]
        found.append(band.lo <= inside.min() and inside.max() <= band.hi)
    return all(found)


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


def bits(effort: int) -> None:
    """Print the coefficient widths of ten low-passes of 63 taps, 60 dB and 0.1 dB."""
    print(f"\n63 taps, 60 dB, 0.1 dB, effort {effort}: coefficient bits that meet the mask, proven")
    print(f"{'edges':>16}{'rounded':>9}{'searched':>10}{'margin':>11}{'seconds':>9}")
    fewer = []
    for mask in lowpasses(np.random.default_rng(63), 0.1, 60.0):
        taps = design_fir(EquirippleFir(mask=mask, n_taps=63)).taps
        started = process_time()

        def at(width: int, taps: np.ndarray = taps) -> QuantizedFir:
            return quantize_fir(taps, coeff_width=width)

        found = least_width(at, mask, Optimise(goal="minimax", effort=effort))
        spent = process_time() - started
        made = found.best.filter
        verdict = judge_filter(mask, made)
        assert verdict.passed
        assert verdict.proven
        assert kept(made.taps, made.coeff.frac, mask)
        rounded = found.rounding_width or 99
        fewer.append(rounded - made.coeff.width)
        where = f"{mask.bands[0].high_hz:.3f} {mask.bands[1].low_hz:.3f}"
        print(
            f"{where:>16}{rounded:9}{made.coeff.width:10}{verdict.margin_db:8.3f} dB{spent:9.1f}",
            flush=True,
        )
    print(f"at least one bit fewer: {sum(f >= 1 for f in fewer)} of 10; mean {np.mean(fewer):.1f}")


def adders(effort: int) -> None:
    """Print the adders of multiplierless cores of ten low-passes."""
    print(f"\nadders at equal mask, 50 dB, 0.2 dB, effort {effort}: graph + chain between taps")
    print(f"{'edges':>16}{'bits':>6}{'rounded':>12}{'bits':>6}{'searched':>12}{'seconds':>9}")
    total = np.zeros(4, dtype=int)
    for mask in lowpasses(np.random.default_rng(50), 0.2, 50.0):
        taps = design_fir(EquirippleFir(mask=mask, n_taps=51)).taps
        made = [quantize_fir(taps, coeff_width=w) for w in range(4, 33)]
        base = next((m for m in made if judge_filter(mask, m.filter).passed), None)
        if base is None:
            print("   skipped: rounding meets it with no width")
            continue
        before = count_adders(base.filter.taps, effort="normal")
        started = process_time()
        best = None
        width = base.filter.coeff.width
        for candidate in made[max(0, width - 8) : width - 3]:
            filter, _, said = optimise_words(
                candidate.filter, candidate.ideal, mask, Optimise(goal="adders", effort=effort)
            )
            verdict = judge_filter(mask, filter)
            if not (verdict.passed and verdict.proven) or said.adders is None:
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


def faithful() -> None:
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
    print(f"violations {violations}, largest error {worst:.4f} LSB")
    print(
        f"correctly rounded {min(rates):.1%} to {max(rates):.1%}, mean {np.mean(rates):.1%}; "
        f"coefficients of {min(widths)} to {max(widths)} bits"
    )


def main() -> None:
    """Print the tables asked for, all by default."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tables", nargs="*", default=["bits", "adders", "faithful"])
    parser.add_argument("--effort", type=int, default=None)
    parser.add_argument("--only", help="one case alone")
    options = parser.parse_args()
    names = list(options.tables)
    while names:
        match names.pop(0):
            case "cases":
                path = Path(names.pop(0)) / "fir_quantisation.json"
                cases(path, options.effort or 7, options.only)
            case "bits":
                bits(options.effort or 5)
            case "adders":
                adders(options.effort or 5)
            case "faithful":
                faithful()
            case other:
                parser.error(f"tables are cases DATA, bits, adders, faithful, got {other}")


if __name__ == "__main__":
    main()
