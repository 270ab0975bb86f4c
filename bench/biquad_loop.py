"""One biquad at one sample per clock on ECP5: every form, rounding and way to build its loop.

usage: python bench/biquad_loop.py [--row N] [--seeds 1,2,3] [--path]

The section is a second-order Butterworth low-pass on 16-bit samples with coefficients in units of
2^-14, on an ecp5-25k; its words have the samples' format, so they saturate inside the loop, unless
the row says that wider ones were certified to need no limit. Rows are plain text for any tool but
those with limits in the carry chain, which is what --target ecp5 builds. Place and route is
nextpnr, which knows no ceiling of a multiplier block; the clock is the median over the seeds.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fxfir.emit import CoreSource, core_files, write_folder
from fxfir.filters import Direct, FixedSos, Form
from fxfir.fixed import SQ, Cast, Format, Rounding
from fxfir.rtl.sos import ARCHITECTURES
from fxfir.synth import synth_folder
from fxfir.verify.expected import expected

RIVALS = (
    ("litedsp DF2T, I and Q", "round and saturate", 8, 578, 274, 50),
    ("biquad2rtl DF1", "floor and wrap", 5, 229, 65, 80),
)
"""Measured by the same flow: multipliers, LUT sites, flip-flops, MHz."""

GOALS = {
    "half_up": ((100.0, 560), (85.0, 300)),
    "half_even": ((75.0, 560),),
}
"""Clock and LUT sites, either of which a row may reach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One way to build the section."""

    label: str
    rounding: Rounding
    sos: FixedSos
    arch: str = "parallel"
    options: tuple[tuple[str, Any], ...] = ()


def section(
    form: Form,
    rounding: Rounding,
    *,
    out: Format | None = None,
    feedback: tuple[int, int] | None = None,
    cutoff: float = 0.2,
) -> FixedSos:
    """Return the cascade of one section, `cutoff` in units of half the sampling rate."""
    from scipy.signal import butter

    b, a = butter(2, cutoff)
    lead = round(float(b[0]) * 2**14)
    word = Cast(to=out or SQ(1, 15), rounding=rounding)
    return FixedSos(
        sections=(
            Direct(
                form=form,
                b=(lead, 2 * lead, lead),
                a=tuple(round(float(v) * 2**14) for v in a[1:]),
                b_coeff=SQ(2, 14),
                a_coeff=SQ(2, 14),
                state=None if form is Form.DF1 else Cast(to=SQ(2, 15), rounding=rounding),
                out=word,
                feedback=feedback,
            ),
        ),
        input=SQ(1, 15),
        output=Cast(to=SQ(1, 15), rounding=rounding),
    )


def rows() -> Iterator[Row]:
    """All rows of the table."""
    for rounding in (Rounding.HALF_UP, Rounding.HALF_EVEN, Rounding.FLOOR, Rounding.TO_ZERO):
        yield Row(label="df1", rounding=rounding, sos=section(Form.DF1, rounding))
    for rounding in (Rounding.HALF_UP, Rounding.HALF_EVEN):
        yield Row(
            label="df1, limits in carry chain",
            rounding=rounding,
            sos=section(Form.DF1, rounding),
            options=(("target", "ecp5"),),
        )
        yield Row(
            label="df1, no limit",
            rounding=rounding,
            sos=section(Form.DF1, rounding, out=SQ(2, 15)),
        )
        for target, limits in (("generic", ""), ("ecp5", ", limits in chain")):
            for label, arch, options in (
                ("a1 by adders", "parallel", (("loop", "adders"),)),
                ("no multiplier", "multiplierless", ()),
            ):
                yield Row(
                    label=f"df1, {label}{limits}",
                    rounding=rounding,
                    sos=section(Form.DF1, rounding),
                    arch=arch,
                    options=(*options, ("target", target)),
                )
        for interval in (2, 3):
            for form in (Form.DF1, Form.DF2):
                yield Row(
                    label=f"{form.value}, {interval} clocks for a sample",
                    rounding=rounding,
                    sos=section(form, rounding),
                    options=(("interval", interval),),
                )
        for interval in (2, 3, 4, 5):
            yield Row(
                label=f"df2t, {interval} clocks for a sample",
                rounding=rounding,
                sos=section(Form.DF2T, rounding),
                options=(("interval", interval),),
            )
        for name, words in (("first", (-1, 0)), ("second", (-2, 1))):
            yield Row(
                label=f"df1, {name}-order feedback",
                rounding=rounding,
                sos=section(Form.DF1, rounding, feedback=words),
            )
        for form in (Form.DF2, Form.DF1T, Form.DF2T):
            yield Row(label=form.value, rounding=rounding, sos=section(form, rounding))


def measure(row: Row, seeds: tuple[int, ...]) -> tuple[dict[str, int], float, str]:
    """Return resources, clock and what bounds the clock."""
    core = ARCHITECTURES[row.arch](row.sos, **dict(row.options))
    x = np.random.default_rng(1).integers(-32768, 32768, (1, 200))
    source = CoreSource(
        node=row.sos,
        core=core,
        name="biquad",
        stimulus=x,
        expected=expected(row.sos, x),
        target="ecp5",
    )
    with tempfile.TemporaryDirectory(prefix="fxfir-biquad-") as name:
        folder = write_folder(Path(name) / "biquad", core_files(source))
        report = synth_folder(folder, target="ecp5", device="ecp5-25k", seeds=seeds)
    clock = report.fmax_mhz
    assert clock is not None
    path = report.path
    hops = (
        ""
        if path is None
        else ", ".join(f"{hop.cell} {hop.logic_ns:.2f} + {hop.routing_ns:.2f}" for hop in path.hops)
    )
    return dict(report.resources), clock, hops


def reached(rounding: str, comb: int, mhz: float) -> str:
    """Say whether a row reaches its goal."""
    goals = GOALS.get(rounding)
    if goals is None:
        return ""
    return "ok" if any(mhz >= least and comb <= most for least, most in goals) else "missed"


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--row", type=int, help="this row alone, from 0")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--path", action="store_true", help="print each critical path")
    given = parser.parse_args()
    seeds = tuple(int(seed) for seed in given.seeds.split(","))
    head = f"{'section':<36}{'rounding':<12}{'MULT18':>7}{'LUT sites':>10}{'FF':>5}{'MHz':>7}"
    print(f"{head}  goal")
    for k, row in enumerate(rows()):
        if given.row not in (None, k):
            continue
        found, clock, path = measure(row, seeds)
        comb = found.get("comb", 0)
        print(
            f"{row.label:<36}{row.rounding.value:<12}{found.get('dsp', 0):>7}{comb:>10}"
            f"{found.get('ff', 0):>5}{clock:>7.1f}  {reached(row.rounding.value, comb, clock)}",
            flush=True,
        )
        if given.path:
            print(f"    ns in cells + wires: {path}")
    for label, what, dsp, comb, ff, mhz in RIVALS:
        print(f"{label:<36}{what:<12.11}{dsp:>7}{comb:>10}{ff:>5}{mhz:>7}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
