"""Second-order sections on silicon: generate, synthesise, place and route, compare.

usage: python bench/biquad.py [--only ROW[,ROW]] [--seeds 1,2,3]

One multiplier for eight sections of one and of more channels, or in four bands of one and of more,
two and four multipliers for eight of one, and single sections at one sample per clock, on ECP5-25k;
beside them what other open designs need for one section, measured by the same flow. Words are 18
bits, so that a product is one MULT18X18D; bands begin with 17, since their last words grow to hold
each other's. Figures: multipliers, LUT sites, flip-flops, block memories, clock as timed by nextpnr
(median of the seeds), clocks for each section and sample, sections times samples per second. Goals
of the shared engine are marked where missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fxfir.filters import Bank, Interleave, Node
from fxfir.fixed import SQ, Rounding
from fxfir.flow.generate import generate_filter
from fxfir.flow.turns import made_alike
from fxfir.quantize import QuantizedSos
from fxfir.spec import EqBand, EqSos, Hardware
from fxfir.synth import synth_folder

GOAL = {"dsp": 1, "comb": 350, "fmax_mhz": 170, "clocks": 6}

_BANDS = (
    ("low_shelf", 105, 6.2, 0.7),
    ("peak", 180, -3.1, 0.9),
    ("peak", 640, 1.4, 1.2),
    ("peak", 1350, -2.2, 1.8),
    ("peak", 2600, 3.7, 2.4),
    ("peak", 4100, -4.1, 3.0),
    ("peak", 6300, 2.9, 3.5),
    ("high_shelf", 10000, -2.5, 0.7),
)

RIVALS = """\
litedsp classic DF2T, I and Q, rounds         8         578     274         -      50
litedsp folded, I and Q, 3 clocks             8         587     423         -      98
tiliqua SVF, one multiplier, ~10 clocks       1         213     110         -      77
biquad2rtl DF1, floors and wraps              5         229      65         -      80"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A core to measure.

    Parameters
    ----------
    sections, channels : int
    rounding : str
    arch : mapping
    bands : int, optional
        Cascades of so many sections that read one input.
    """

    sections: int
    channels: int
    rounding: str
    arch: Mapping[str, Any]
    bands: int = 1


def _shared(channels: int, rounding: str, memory: str, **more: int) -> Row:
    arch = {"name": "serial", "memory": memory, **more}
    return Row(sections=8, channels=channels, rounding=rounding, arch=arch)


ROWS: dict[str, Row] = {
    "shared1_block": _shared(1, "half_even", "block"),
    "shared1_distributed": _shared(1, "half_even", "distributed"),
    "shared2_block": _shared(2, "half_even", "block"),
    "shared2_half_up": _shared(2, "half_up", "block"),
    "shared8_block": _shared(8, "half_even", "block"),
    "multipliers2": _shared(1, "half_even", "block", multipliers=2),
    "multipliers4": _shared(1, "half_even", "block", multipliers=4),
    "shared_4_bands": Row(
        sections=2, channels=1, rounding="half_even", arch={"name": "shared"}, bands=4
    ),
    "shared_4_bands2": Row(
        sections=2, channels=2, rounding="half_even", arch={"name": "shared"}, bands=4
    ),
    "shared_4_bands8": Row(
        sections=2, channels=8, rounding="half_even", arch={"name": "shared"}, bands=4
    ),
    "single_half_up": Row(sections=1, channels=1, rounding="half_up", arch={"name": "parallel"}),
    "single_half_even": Row(
        sections=1, channels=1, rounding="half_even", arch={"name": "parallel"}
    ),
}


def equaliser(sections: int, rounding: str, first: int = 0, width: int = 18) -> QuantizedSos:
    """Return sections of the equaliser that is measured."""
    from fxfir.design import design_sos
    from fxfir.quantize import quantize_sos

    bands = tuple(
        EqBand(kind=kind, frequency_hz=frequency, gain_db=gain, q=q)
        for kind, frequency, gain, q in _BANDS[first : first + sections]
    )
    spec = EqSos(bands=bands, preamp_db=-6.5, fs_hz=48000)
    return quantize_sos(
        design_sos(spec).sos,
        input=SQ(1, 15),
        output=SQ(1, 15),
        form="df1",
        coeff_width=16,
        section_width=width,
        rounding=Rounding(rounding),
    )


def measure(row: Row, seeds: tuple[int, ...]) -> dict[str, Any]:
    """Return the figures of one row."""
    sos = equaliser(row.sections, row.rounding).filter
    node: Node = sos
    if row.bands > 1:
        starts = range(0, row.bands * row.sections, row.sections)
        parts = made_alike([equaliser(row.sections, row.rounding, k, 17) for k in starts])
        node = Bank(filters=tuple(part.filter for part in parts))
    if row.channels > 1:
        node = Interleave(filters=(node,), channels=row.channels)
    hardware = Hardware(arch=row.arch, target="ecp5")
    with tempfile.TemporaryDirectory(prefix="fxfir-biquad-") as name:
        made = generate_filter(node, name="core", hardware=hardware)
        folder = made.write(Path(name) / "core")
        report = synth_folder(folder, target="ecp5", device="ecp5-25k", seeds=seeds)
    found = {kind: report.resources.get(kind, 0) for kind in ("dsp", "comb", "ff", "ram")}
    clocks = made.core.timing.interval / row.sections / row.bands
    return {**found, "fmax_mhz": report.fmax_mhz or 0.0, "clocks": clocks}


def main() -> int:
    """Print the table; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", help="names of rows, split by commas")
    parser.add_argument("--seeds", default="1,2,3")
    given = parser.parse_args()
    chosen = given.only.split(",") if given.only else list(ROWS)
    for name in chosen:
        if name not in ROWS:
            parser.error(f"a row must be one of {', '.join(ROWS)}, got {name!r}")
    seeds = tuple(int(seed) for seed in given.seeds.split(","))
    print(
        f"{'design':<40}{'MULT18':>7}{'LUT sites':>12}{'FF':>8}{'block RAM':>10}{'MHz':>8}"
        f"{'clocks':>8}{'M/s':>8}"
    )
    for name in chosen:
        found = measure(ROWS[name], seeds)
        marks = {kind: "!" * (name.startswith("shared") and _missed(kind, found)) for kind in GOAL}
        rate = found["fmax_mhz"] / found["clocks"]
        print(
            f"{name:<40}{marks['dsp']}{found['dsp']:>7}{marks['comb'] + str(found['comb']):>12}"
            f"{found['ff']:>8}{found['ram']:>10}{marks['fmax_mhz']}{found['fmax_mhz']:>8.0f}"
            f"{marks['clocks']}{found['clocks']:>8.1f}{rate:>8.1f}",
            flush=True,
        )
    print("goal of the shared engine: 1 MULT18, 350 LUT sites, 170 MHz, 6 clocks; ! is a miss")
    print("one section of others, no goal:")
    print(RIVALS)
    return 0


def _missed(kind: str, found: Mapping[str, Any]) -> bool:
    limit = GOAL[kind]
    return bool(found[kind] < limit if kind == "fmax_mhz" else found[kind] > limit)


if __name__ == "__main__":
    sys.exit(main())
