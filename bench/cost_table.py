"""The table of measured cores: what it holds, and how a row of it is made."""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from cost_filters import BENCH, FIT, Sample, filter_of

from fxfir import rtl
from fxfir.emit.verilog import convert
from fxfir.rtl import top
from fxfir.rtl.cost import census

__all__ = ["device_luts", "measure_all", "read_table"]

TABLE = Path(__file__).with_name("cost_model.jsonl")


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
