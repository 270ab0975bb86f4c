"""Place and route with nextpnr, and read what it found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fxfir.errors import SynthesisError, ToolError
from fxfir.synth.devices import Device
from fxfir.synth.path import CriticalPath, Names, read_path
from fxfir.synth.tools import find_tool, last_error, run_tool

__all__ = ["Route", "place", "read_report"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One run of place and route.

    Parameters
    ----------
    seed : int
    fmax_mhz : float
        As timed by nextpnr after routing.
    path : CriticalPath
        The path that limits it.
    used : mapping of str to int
        What nextpnr used of the device, harness included.
    """

    seed: int
    fmax_mhz: float
    path: CriticalPath
    used: Mapping[str, int]


def place(device: Device, work: Path, names: Names, *, seed: int, freq_mhz: float) -> Route:
    """Place and route `net.json`.

    Parameters
    ----------
    device : Device
    work : Path
        The folder that `synthesise` worked in.
    names : Names
    seed : int
    freq_mhz : float
        What nextpnr aims at; to miss it is no failure.

    Raises
    ------
    ToolError
        If nextpnr is missing, or fails: the core may be too large for the device.
    SynthesisError
        If nextpnr leaves no report, or one without a clock.
    """
    program, *arguments = device.place
    report, log = f"report{seed}.json", f"place{seed}.log"
    command = [find_tool(program), *arguments, "--json", "net.json", "--freq", f"{freq_mhz:g}"]
    command += ["--timing-allow-fail", "--seed", str(seed), "--report", report]
    status = run_tool(command, work, log, check=False)
    if status != 0:
        why = last_error(work / log, status)
        raise ToolError(f"{program} must place the core on {device.name}, got {why}")
    try:
        data = json.loads((work / report).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise SynthesisError(
            f"{program} must write a report, got none and exit status 0 ({log})"
        ) from None
    return read_report(data, names, seed=seed)


def read_report(data: Any, names: Names, *, seed: int) -> Route:
    """Read the report of nextpnr.

    Parameters
    ----------
    data : dict
        What `--report` wrote.
    names : Names
    seed : int

    Raises
    ------
    SynthesisError
        If it does not hold the clock that was routed.
    """
    try:
        clock, fmax = min(
            ((name, float(f["achieved"])) for name, f in data["fmax"].items()),
            key=lambda item: item[1],
        )
        used = {kind: int(n["used"]) for kind, n in data["utilization"].items() if n["used"]}
        paths = data["critical_paths"]
    except (AttributeError, KeyError, TypeError, ValueError):
        raise SynthesisError(
            "a report of nextpnr must hold a clock and its paths, got none"
        ) from None
    inner = [p for p in paths if p["from"].endswith(f" {clock}") and p["to"].endswith(f" {clock}")]
    if not inner:
        raise SynthesisError(f"a report of nextpnr must hold a path of the clock {clock}, got none")
    return Route(
        seed=seed,
        fmax_mhz=round(fmax, 2),
        path=read_path(inner[0]["path"], names),
        used=used,
    )
