"""The critical path in the names of the Verilog text."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

__all__ = ["CriticalPath", "Hop", "Names", "read_names", "read_path"]

_INSIDE = "dut."
_PARTS = re.compile(r"(\$\w+|_DFFLC|_LC)+$")
"""What nextpnr appends to the name of a cell that it cuts or packs."""
_MANGLED = re.compile(
    r"_(TRELLIS_FF|LUT4|CCU2C|PFUMX|L6MUX21|MULT18X18D|ALU54B|DP16KD|TRELLIS_DPR16X4|SB_[A-Z0-9]+)_"
)
"""What Yosys appends to the name of a net to name the cells and nets around it."""
_CARRY_OUT = ("COUT", "FCO")


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the cells of a flattened netlist are called in the text.

    Parameters
    ----------
    nets : mapping of str to str
        Name of one bit of a net to the bit of the text that it is.
    registers : mapping of str to str
        Name of a flip-flop to the bit of the text that it holds.
    kinds : mapping of str to str
        Name of a cell to its type.
    """

    nets: Mapping[str, str]
    registers: Mapping[str, str]
    kinds: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One step: the route to some cells, and the way through them.

    Parameters
    ----------
    signal : str
        The bit of the text that the last of the cells drives, or one that it is part of.
    cell : str
        Type of the cells.
    count : int
        How many of that type stand one behind the other.
    logic_ns, routing_ns : float
    """

    signal: str
    cell: str
    count: int
    logic_ns: float
    routing_ns: float

    def to_json(self) -> dict[str, Any]:
        """Return the hop as plain JSON data."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalPath:
    """From one register to the next.

    Parameters
    ----------
    start, end : str
        Bits of the text; an input or output port where the path crosses the core's edge.
    hops : tuple of Hop
        The first is the clock-to-output of `start`, the last the set-up of `end`.
    """

    start: str
    end: str
    hops: tuple[Hop, ...]

    @property
    def logic_ns(self) -> float:
        """Time in cells, clock-to-output and set-up included."""
        return round(sum(hop.logic_ns for hop in self.hops), 3)

    @property
    def routing_ns(self) -> float:
        """Time in wires."""
        return round(sum(hop.routing_ns for hop in self.hops), 3)

    def to_json(self) -> dict[str, Any]:
        """Return the path as plain JSON data."""
        return {
            "from": self.start,
            "to": self.end,
            "logic_ns": self.logic_ns,
            "routing_ns": self.routing_ns,
            "hops": [hop.to_json() for hop in self.hops],
        }


def read_names(path: Path) -> Names:
    """Read the names of a netlist that Yosys wrote as JSON, the harness at its top."""
    modules = json.loads(path.read_text(encoding="utf-8"))["modules"]
    module = next(m for m in modules.values() if int(m["attributes"].get("top", "0"), 2))
    alias: dict[str, int] = {}
    best: dict[int, str] = {}
    for name, net in module["netnames"].items():
        many = len(net["bits"]) > 1
        for k, bit in enumerate(net["bits"], int(net.get("offset", 0))):
            full = f"{name}[{k}]" if many else name
            alias[full] = bit
            # The shift register of the harness has the core's ports as its aliases.
            if name.startswith(_INSIDE):
                text = full.removeprefix(_INSIDE)
                best[bit] = min(text, best.get(bit, text), key=_rank)
    registers: dict[str, str] = {}
    kinds: dict[str, str] = {}
    for name, cell in module["cells"].items():
        kinds[name] = str(cell["type"])
        q = cell["connections"].get("Q", ())
        if name.startswith(_INSIDE) and len(q) == 1 and q[0] in best:
            registers[name] = best[q[0]]
    nets = {full: best[bit] for full, bit in alias.items() if bit in best}
    # Where a reset is active low, only its inverse enters the core.
    nets.setdefault("rst_q", "reset")
    return Names(nets=nets, registers=registers, kinds=kinds)


def read_path(steps: Sequence[Mapping[str, Any]], names: Names) -> CriticalPath:
    """Read one of nextpnr's critical paths.

    Parameters
    ----------
    steps : sequence
        Its `path`: clock-to-q, routing and logic in turn, set-up.
    names : Names

    Returns
    -------
    CriticalPath
        Neighbouring cells of one type, as of a carry chain, are one hop.
    """
    nets = [str(step["net"]) for step in steps if step["type"] == "routing"]
    hops: list[Hop] = []
    routing, passed = 0.0, 0
    for step in steps:
        if step["type"] == "routing":
            routing += float(step["delay"])
            passed += 1
            continue
        # The net that leaves the cell, and after the last one the net that came in.
        net = nets[min(passed, len(nets) - 1)] if nets else ""
        hops.append(
            Hop(
                signal=_signal(net, names),
                cell=_kind(step, names),
                count=1,
                logic_ns=round(float(step["delay"]), 3),
                routing_ns=round(routing, 3),
            )
        )
        routing = 0.0
    first, last = hops[0], hops[-1]
    inner = [_joined(list(group)) for _, group in groupby(hops[1:-1], key=lambda hop: hop.cell)]
    return CriticalPath(
        start=_register(steps[0], names) or f"input {first.signal}",
        end=_register(steps[-1], names) or f"output {last.signal}",
        hops=(first, *inner, last),
    )


def _rank(text: str) -> tuple[bool, int, str]:
    """Names of the text come before those that Yosys made up, short ones before long ones."""
    return "$" in text or _MANGLED.search(text) is not None, len(text), text


def _register(step: Mapping[str, Any], names: Names) -> str | None:
    """The bit that the register at an end of the path holds; None for one of the harness."""
    cell = str(step["from"]["cell"])
    plain = _PARTS.sub("", cell)
    if plain in names.registers:
        return names.registers[plain]
    return _trimmed(plain) if plain.startswith(_INSIDE) else None


def _signal(net: str, names: Names) -> str:
    return _trimmed(names.nets.get(net, net))


def _trimmed(name: str) -> str:
    """What a made-up name was made from."""
    return _MANGLED.split(name.removeprefix(_INSIDE))[0].split("$")[0] or name


def _kind(step: Mapping[str, Any], names: Names) -> str:
    """Type of the cell that a step passes through."""
    cell = str(step["from"]["cell"])
    kind = names.kinds.get(cell) or names.kinds.get(_PARTS.sub("", cell))
    carries = str(step["to"]["port"]).startswith(_CARRY_OUT)
    if kind == "SB_LUT4" and carries:
        # One logic cell holds both, under the name of the LUT.
        return "SB_CARRY"
    if kind is not None:
        return kind
    return "global buffer" if "$gbuf" in cell or "$glb" in cell else "cell"


def _joined(hops: Sequence[Hop]) -> Hop:
    return Hop(
        signal=hops[-1].signal,
        cell=hops[-1].cell,
        count=len(hops),
        logic_ns=round(sum(hop.logic_ns for hop in hops), 3),
        routing_ns=round(sum(hop.routing_ns for hop in hops), 3),
    )
