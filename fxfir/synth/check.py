"""Simulate the netlist: the core's own bench against what synthesis made of the core."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from fxfir.errors import ReadError, ToolError
from fxfir.synth.core import CoreText
from fxfir.synth.devices import Family
from fxfir.synth.netlist import read_cells
from fxfir.synth.tools import find_tool, run_tool

__all__ = ["Check", "check_netlist"]

MODELS: dict[str, tuple[str, ...]] = {
    "ecp5": ("ecp5_mult18x18d.v", "ecp5_dp16kd.v"),
    "ice40": (),
    "xc7": (),
}
"""Our models of cells that Yosys only declares."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What the bench said of a netlist.

    Parameters
    ----------
    passed : bool
    text : str
        Its verdict, or its first complaint.
    """

    passed: bool
    text: str

    def to_json(self) -> dict[str, Any]:
        """Return the check as plain JSON data."""
        return {"passed": self.passed, "text": self.text}


def check_netlist(core: CoreText, family: Family, work: Path) -> Check:
    """Run the core's plain Verilog bench on `netlist.v`.

    The cells get their behaviour from Yosys's own simulation library, read by Yosys and written
    as plain Verilog, so that any Yosys will do and no simulator meets vendor syntax. Multipliers
    and memories that Yosys only declares have their models here. The bench sends the vectors at
    full rate and with random gaps and stalls, and resets at many phases.

    Parameters
    ----------
    core : CoreText
    family : Family
    work : Path
        The folder that `synthesise` worked in.

    Raises
    ------
    ToolError
        If Icarus or Yosys is missing or fails, or a cell has no model.
    ReadError
        If the core has no plain Verilog bench.
    """
    if not core.bench.is_file():
        raise ReadError(f"--check needs the core's bench, got no {core.bench}")
    _write_plain(core, family, work)
    shutil.copyfile(core.bench, work / "bench.v")
    compiler, simulator = (_find(name) for name in ("iverilog", "vvp"))
    run_tool(
        [compiler, "-g2005", "-s", f"{core.name}_tb", "-o", "bench.vvp", "bench.v", "plain.v"],
        work,
        "compile.log",
    )
    run_tool([simulator, "-n", "bench.vvp"], work, "bench.log")
    lines = (work / "bench.log").read_text(encoding="utf-8", errors="replace").splitlines()
    verdicts = [line.strip() for line in lines if line.startswith(("PASS", "FAIL"))]
    if not verdicts:
        raise ToolError(f"the bench of {core.name} must say PASS or FAIL, got neither")
    failed = [line for line in verdicts if line.startswith("FAIL")]
    return Check(passed=not failed, text=(failed or verdicts)[0])


def _write_plain(core: CoreText, family: Family, work: Path) -> None:
    """Give every cell its behaviour and write one module without cells."""
    for name in MODELS[family.name]:
        text = resources.files("fxfir.synth.models").joinpath(name).read_text(encoding="utf-8")
        (work / name).write_text(text, encoding="utf-8")
    script = [
        # Deferred, so that the many cells that nobody uses are never compiled.
        *(f"read_verilog -defer {model}" for model in family.models),
        # A black box is replaced, a model that Yosys may bring one day is kept.
        *(f"read_verilog -defer -overwrite {name}" for name in MODELS[family.name]),
        "read_verilog netlist.v",
        f"hierarchy -check -top {core.top}",
        "proc",
        "flatten",
        "memory_collect",
        # Pins of cells that synthesis leaves open are low in the device. Nets of the core that
        # nothing drives never come this far: synthesis warns of them, and they are refused.
        "setundef -undriven -zero",
        "tee -q -o plain.json stat -json",
        "write_verilog -noattr plain.v",
    ]
    (work / "check.ys").write_text("\n".join(script) + "\n", encoding="utf-8")
    run_tool([find_tool("yosys"), "-q", "-s", "check.ys"], work, "check.log")
    bare = [kind for kind in read_cells(work / "plain.json") if not kind.startswith("$")]
    if bare:
        raise ToolError(f"--check needs a model of every cell, got none of {', '.join(bare)}")


def _find(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise ToolError(f"--check needs Icarus Verilog, got no {name} on PATH")
    return found
