"""Synthesise a core with Yosys, and refuse a netlist that is not the core."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fxfir.errors import ReadError, SynthesisError, ToolError
from fxfir.synth.core import CoreText
from fxfir.synth.devices import Device, Family
from fxfir.synth.harness import HARNESS, Port, harness_text, stub_text
from fxfir.synth.tools import find_tool, run_tool

__all__ = ["Elaborated", "Netlist", "count", "elaborate", "read_cells", "spared", "synthesise"]

_DUT = "dut_top"
_COMB = {"lut": 1, "carry": 2, "lutram": 6}
"""LUT sites of an ECP5 that a cell costs: a CCU2C fills two, a DPR16X4 with its write port six."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elaborated:
    """A core before synthesis.

    Parameters
    ----------
    ports : tuple of Port
    blocks : mapping of str to int
        Multipliers and memories of the vendor that the text instantiates.
    inferred : int
        Multiplications written as `*`.
    """

    ports: tuple[Port, ...]
    blocks: Mapping[str, int]
    inferred: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Netlist:
    """A core after synthesis.

    Parameters
    ----------
    cells : mapping of str to int
        Cell type to count, the module alone.
    resources : mapping of str to int
        The same in the words of `Family.resources`, and `comb`: the LUT sites that LUTs, carries
        and distributed memory cost together.
    creator : str
        The tool and its version.
    """

    cells: Mapping[str, int]
    resources: Mapping[str, int]
    creator: str


def elaborate(core: CoreText, device: Device, work: Path) -> Elaborated:
    """Read a core and count what it asks for.

    Parameters
    ----------
    core : CoreText
    device : Device
    work : Path
        Folder for the files of the tools; the core's text is copied into it.

    Raises
    ------
    ToolError
        If Yosys is missing or cannot read the text.
    SynthesisError
        If the core was generated for another family.
    ReadError
        If the ports are not those of the manifest.
    """
    family = device.family
    if core.target not in ("generic", family.name):
        raise SynthesisError(
            f"a core must be synthesised for what it was generated for, got {core.name} for "
            f"{core.target} and --target {family.name}"
        )
    shutil.copyfile(core.verilog, work / _source(core))
    script = [
        *_read(core, family, work),
        "proc",
        f"rename -top {_DUT}",
        f"tee -q -o elaborated.json stat -json -top {_DUT}",
        f"select {_DUT}",
        "write_json -selected ports.json",
    ]
    _yosys(script, work, "elaborate")
    module = json.loads((work / "ports.json").read_text(encoding="utf-8"))["modules"][_DUT]
    ports = tuple(
        Port(name=name, dir=str(port["direction"]), width=len(port["bits"]))
        for name, port in module["ports"].items()
    )
    names = [port.name for port in ports]
    for name in (core.clock, core.reset):
        if name not in names:
            raise ReadError(f"a core must have the port {name}, got {', '.join(names)}")
    cells = read_cells(work / "elaborated.json")
    blocks = {kind: cells[kind] for kind in family.blocks if kind in cells}
    return Elaborated(ports=ports, blocks=blocks, inferred=cells.get("$mul", 0))


def spared(device: Device, made: Elaborated) -> Device:
    """Return the device with a flow that leaves instantiated multipliers alone.

    The packing of Yosys 0.70's `synth_ice40 -dsp` also takes hold of an SB_MAC16 that the text
    instantiates, and clears its clock, registers and accumulation: exit status 0, counts right,
    integers wrong. Where nothing is left to infer the packing is left out.
    """
    if made.blocks.get("SB_MAC16") and not made.inferred:
        return replace(device, synth=device.synth.replace(" -dsp", ""))
    return device


def synthesise(core: CoreText, device: Device, work: Path, made: Elaborated) -> Netlist:
    """Synthesise the core alone; write `net.json`, in the harness, and `netlist.v`, without it.

    The counts are those of the module alone. What is placed is that very netlist inside a harness
    synthesised apart, so neither changes the other.

    Parameters
    ----------
    core : CoreText
    device : Device
    work : Path
        The folder that `elaborate` worked in.
    made : Elaborated

    Raises
    ------
    ToolError
        If Yosys fails.
    SynthesisError
        If the netlist has no cells, has cells that were never mapped, has lost a multiplier or a
        memory that the core instantiates, or was made with a conflict of drivers.
    """
    harness = harness_text(
        made.ports, top=_DUT, clock=core.clock, reset=core.reset, reset_active=core.reset_active
    )
    (work / "harness.v").write_text(harness, encoding="ascii")
    (work / "stub.v").write_text(stub_text(made.ports, top=_DUT), encoding="ascii")
    script = [
        *_read(core, device.family, work),
        f"rename -top {_DUT}",
        f"{device.synth} -top {_DUT}",
        "tee -q -o stat.json stat -json",
        "flatten",
        "design -save dut",
    ]
    if device.place:
        script += [
            "design -reset",
            "read_verilog stub.v",
            "read_verilog harness.v",
            f"{device.synth} -top {HARNESS}",
            f"delete ={_DUT}",
            f"design -copy-from dut -as {_DUT} {_DUT}",
            f"hierarchy -top {HARNESS}",
            "flatten",
            "clean",
        ]
    script += ["write_json net.json"]
    # Last of all, so that no name of the text counts in what is placed.
    script += ["design -load dut", f"rename {_DUT} {core.top}", "write_verilog -noattr netlist.v"]
    _yosys(script, work, "synth")
    cells = read_cells(work / "stat.json")
    _refuse_disasters(core, device.family, made, cells, work)
    head = (work / "netlist.v").read_text(encoding="utf-8").split("\n", 1)[0]
    creator = re.search(r"Yosys [\w.+]+", head)
    return Netlist(
        cells=cells,
        resources=count(device.family, cells),
        creator=creator.group() if creator else "Yosys",
    )


def count(family: Family, cells: Mapping[str, int]) -> dict[str, int]:
    """Return how much of each resource a netlist takes.

    Parameters
    ----------
    family : Family
    cells : mapping of str to int

    Returns
    -------
    dict
        One entry for each of `family.resources`, and `comb`.
    """
    found = {
        name: sum(n for kind, n in cells.items() if re.fullmatch(pattern, kind))
        for name, pattern in family.resources.items()
    }
    # Elsewhere a carry sits beside its LUT and costs none.
    weights = _COMB if family.name == "ecp5" else {"lut": 1, "srl": 1, "lutram": 1}
    return {"comb": sum(found.get(name, 0) * n for name, n in weights.items()), **found}


def _source(core: CoreText) -> str:
    return f"src0_{core.verilog.name}"


def _read(core: CoreText, family: Family, work: Path) -> list[str]:
    """Commands that read the core, and the cells of the vendor if its text names one."""
    text = (work / _source(core)).read_text(encoding="utf-8")
    cells = {*family.blocks, family.resources.get("carry", "")}
    named = cells.intersection(re.findall(r"\w+", text))
    libraries = family.libraries if named else ()
    return [
        *(f"read_verilog -lib -specify {library}" for library in libraries),
        f"read_verilog -sv -D SYNTHESIS {_source(core)}",
        f"hierarchy -check -top {core.top}",
    ]


def _yosys(script: Sequence[str], work: Path, name: str) -> None:
    (work / f"{name}.ys").write_text("\n".join(script) + "\n", encoding="utf-8")
    run_tool([find_tool("yosys"), "-q", "-s", f"{name}.ys"], work, f"{name}.log")


def read_cells(path: Path) -> dict[str, int]:
    """Return the cells of a `stat -json`, without the marks that Yosys leaves of scopes and without
    the modules that it was told to keep.

    Raises
    ------
    ToolError
        If there are no statistics in the file.
    """
    try:
        text = path.read_text(encoding="utf-8")
        data: Any = json.loads(text[text.index("{") :])
        design = data.get("design") or next(iter(data["modules"].values()))
        kept = {"$scopeinfo", *(name.lstrip("\\") for name in data.get("modules", ()))}
    except (OSError, ValueError, KeyError, StopIteration):
        raise ToolError("Yosys must write its statistics, got none") from None
    cells = {kind.lstrip("\\"): int(n) for kind, n in design.get("num_cells_by_type", {}).items()}
    return {kind: n for kind, n in sorted(cells.items()) if kind not in kept}


def _refuse_disasters(
    core: CoreText, family: Family, made: Elaborated, cells: Mapping[str, int], work: Path
) -> None:
    """Refuse what Yosys does without a word and with exit status 0."""
    if not cells:
        raise SynthesisError(f"a netlist must have cells, got none for {core.name}")
    raw = sorted(kind for kind in cells if kind.startswith("$"))
    if raw:
        raise SynthesisError(
            f"every cell must be mapped, got {', '.join(raw[:6])} in the netlist of {core.name}: "
            "synthesis stopped half-way"
        )
    for kind, wanted in made.blocks.items():
        got = cells.get(kind, 0)
        if got < wanted:
            raise SynthesisError(
                f"all {wanted} {kind} of {core.name} must be in the netlist, got {got}"
            )
    log = (work / "synth.log").read_text(encoding="utf-8", errors="replace")
    for line in log.splitlines():
        if "river-driver conflict" in line or "is used but has no driver" in line:
            raise SynthesisError(f"every net must have one driver, got {line.strip()[:200]}")
