"""What synthesis found, as data and as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from fxfir.synth.check import Check
from fxfir.synth.devices import Device
from fxfir.synth.path import CriticalPath, Hop
from fxfir.synth.place import Route

__all__ = ["Report"]

_WIDE = 44


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Cost and speed of one core on one device.

    Parameters
    ----------
    name, hash : str
        The core.
    device : Device
    tool : str
        Yosys and its version.
    resources, cells, instantiated : mapping of str to int
        See `Netlist` and `Elaborated`; of the core alone, without the harness.
    inferred : int
        Multiplications that the text leaves to the tool.
    freq_mhz : float
        What place and route aimed at.
    routes : tuple of Route
        One for each seed; empty where there is no open place and route.
    check : Check or None
        The simulation of the netlist, if it was asked for.
    """

    name: str
    hash: str
    device: Device
    tool: str
    resources: Mapping[str, int]
    cells: Mapping[str, int]
    instantiated: Mapping[str, int]
    inferred: int
    freq_mhz: float
    routes: tuple[Route, ...] = ()
    check: Check | None = None

    @property
    def ok(self) -> bool:
        """False if the netlist was simulated and gave other integers."""
        return self.check is None or self.check.passed

    @property
    def fmax_mhz(self) -> float | None:
        """Median over the seeds, None without place and route."""
        return round(median(r.fmax_mhz for r in self.routes), 2) if self.routes else None

    @property
    def path(self) -> CriticalPath | None:
        """The critical path of the seed nearest the median."""
        middle = self.fmax_mhz
        if middle is None:
            return None
        return min(self.routes, key=lambda r: (abs(r.fmax_mhz - middle), r.seed)).path

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain JSON data."""
        return {
            "schema": 1,
            "name": self.name,
            "hash": self.hash,
            "target": self.device.family.name,
            "device": self.device.name,
            "tool": self.tool,
            "synth": self.device.synth,
            "place": " ".join(self.device.place) or None,
            "resources": dict(self.resources),
            "cells": dict(self.cells),
            "instantiated": dict(self.instantiated),
            "inferred_multipliers": self.inferred,
            "freq_mhz": self.freq_mhz if self.routes else None,
            "fmax_mhz": self.fmax_mhz,
            "seeds": [
                {
                    "seed": r.seed,
                    "fmax_mhz": r.fmax_mhz,
                    "critical_path": r.path.to_json(),
                    "used_with_harness": dict(r.used),
                }
                for r in self.routes
            ],
            "critical_path": None if self.path is None else self.path.to_json(),
            "check": None if self.check is None else self.check.to_json(),
        }

    @property
    def rows(self) -> list[tuple[str, str]]:
        """Labels and texts for a terminal."""
        rows = [("device", self._device()), ("logic", self._logic()), ("blocks", self._blocks())]
        if self.fmax_mhz is not None:
            rows.append(("Fmax", self._fmax()))
        if self.path is not None:
            rows += _path_rows(self.path)
        if self.check is not None:
            rows.append(("netlist", self.check.text))
        return rows

    def _device(self) -> str:
        place = f"; {' '.join(self.device.place)}" if self.device.place else "; counts only"
        return f"{self.device.name}: {self.tool}, {self.device.synth}{place}"

    def _logic(self) -> str:
        r, units = self.resources, self.device.family.units
        parts = [f"{r['lut']} {units['lut']}", f"{r['carry']} {units['carry']}"]
        parts += [f"{r[kind]} {units[kind]}" for kind in ("lutram", "srl") if r.get(kind)]
        sites = f" = {r['comb']} LUT sites" if self.device.family.name == "ecp5" else ""
        return f"{' + '.join(parts)}{sites}, {r['ff']} flip-flops"

    def _blocks(self) -> str:
        r, units = self.resources, self.device.family.units
        parts = [f"{r[kind]} {units[kind]}" for kind in ("dsp", "alu", "ram") if r.get(kind)]
        return ", ".join(parts) or "no multiplier, no block memory"

    def _fmax(self) -> str:
        each = ", ".join(f"{r.fmax_mhz:.1f}" for r in self.routes)
        seeds = ", ".join(str(r.seed) for r in self.routes)
        several = f"; seeds {seeds}: {each}" if len(self.routes) > 1 else f", seed {seeds}"
        return f"{self.fmax_mhz:.1f} MHz as timed by nextpnr ({self.freq_mhz:g} MHz asked{several})"


def _path_rows(path: CriticalPath) -> list[tuple[str, str]]:
    total = path.logic_ns + path.routing_ns
    head = f"{total:.2f} ns = {path.logic_ns:.2f} logic + {path.routing_ns:.2f} routing"
    steps = [("from " + path.start, path.hops[0])]
    steps += [(f"{_cells(hop)} {hop.signal}", hop) for hop in path.hops[1:-1]]
    steps += [("to " + path.end, path.hops[-1])]
    wide = min(_WIDE, max(len(label) for label, _ in steps))
    return [
        ("critical", head),
        *(
            ("", f"{label:<{wide}}  {hop.routing_ns:5.2f} routing {hop.logic_ns:5.2f} logic")
            for label, hop in steps
        ),
    ]


def _cells(hop: Hop) -> str:
    return hop.cell if hop.count == 1 else f"{hop.count} x {hop.cell}"
