"""A core folder as the bench sees it: what the manifest promises and where the bits stand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim import expected
from sim.words import Format, ManifestError

__all__ = ["Core", "Pins", "load", "vectors"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """Port names by what they do; `reset_level` is the level that resets."""

    clock: str
    reset: str
    reset_level: int
    i_data: str
    i_valid: str
    i_ready: str
    o_data: str
    o_valid: str
    o_ready: str


_PINS = {
    "axis": Pins(
        clock="aclk",
        reset="aresetn",
        reset_level=0,
        i_data="s_axis_tdata",
        i_valid="s_axis_tvalid",
        i_ready="s_axis_tready",
        o_data="m_axis_tdata",
        o_valid="m_axis_tvalid",
        o_ready="m_axis_tready",
    ),
    "stream": Pins(
        clock="clk",
        reset="rst",
        reset_level=1,
        i_data="i_payload",
        i_valid="i_valid",
        i_ready="i_ready",
        o_data="o_payload",
        o_valid="o_valid",
        o_ready="o_ready",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """A checked manifest.

    `slots` are the bits each lane takes in the payload: whole bytes with axis, else its width.
    """

    name: str
    verilog: Path
    top: str
    pins: Pins
    stallable: bool
    filter: dict[str, Any]
    inputs: list[Format]
    outputs: list[Format]
    i_slots: list[int]
    o_slots: list[int]
    latency: int
    interval: int
    startup: int

    def pack(self, sample: Sequence[int], padding: str) -> str:
        """Return the input payload's bits, MSB first.

        `padding` holds one character (0, 1 or X) for each padding bit, the uppermost bit first.
        """
        fill = iter(padding)
        bits = ""
        for value, fmt, slot in reversed(list(zip(sample, self.inputs, self.i_slots, strict=True))):
            word = f"{value % 2**fmt.width:0{fmt.width}b}"
            bits += "".join(next(fill) for _ in range(slot - fmt.width)) + word
        return bits

    @property
    def n_padding(self) -> int:
        """Padding bits of the input payload."""
        return sum(self.i_slots) - sum(fmt.width for fmt in self.inputs)

    def unpack(self, payload: int) -> list[int]:
        """Cut an output payload into its slots, read as wide words of the lane's signedness.

        A lane whose padding is not its sign, or not zero, so comes out as another number.
        """
        lanes = []
        for fmt, slot in zip(self.outputs, self.o_slots, strict=True):
            lanes.append(Format(signed=fmt.signed, width=slot, frac=fmt.frac).word(payload))
            payload >>= slot
        return lanes


def load(folder: Path) -> Core:
    """Read and check `manifest.json`.

    Raises
    ------
    ManifestError
        If there is no readable manifest, or it breaks the contract.
    """
    data = _json(folder / "manifest.json")
    if not isinstance(data, dict) or data.get("schema") != 1:
        raise ManifestError(f"{folder}: manifest.json must be an object of schema 1")
    try:
        return _core(folder, data)
    except KeyError as missing:
        raise ManifestError(f"{folder}: manifest.json needs the key {missing}") from None
    except (ManifestError, TypeError) as error:
        raise ManifestError(f"{folder}: {error}") from None


def _core(folder: Path, data: dict[str, Any]) -> Core:
    node = expected.make(data["filter"])
    if data["interface"] not in _PINS:
        raise ManifestError(
            f"interface must be one of {', '.join(_PINS)}, got {data['interface']!r}"
        )
    pins = _PINS[data["interface"]]
    byte = 8 if data["interface"] == "axis" else 1
    i_slots = [-(-fmt.width // byte) * byte for fmt in node.inputs]
    o_slots = [-(-fmt.width // byte) * byte for fmt in node.outputs]
    timing = {key: data["timing"][key] for key in ("latency", "interval", "startup")}
    for (key, value), least in zip(timing.items(), (1, 1, 0), strict=True):
        if type(value) is not int or value < least:
            raise ManifestError(f"{key} must be an integer from {least} on, got {value!r}")
    verilog = folder / data["verilog"]
    if not verilog.is_file():
        raise ManifestError(f"the Verilog must be in the folder, got no {data['verilog']}")
    ports = {port["name"]: (port["dir"], port["width"]) for port in data["ports"]}
    contract = _ports(pins, sum(i_slots), sum(o_slots))
    if ports not in (contract, {k: v for k, v in contract.items() if k != pins.o_ready}):
        raise ManifestError(f"ports must be {contract} for this filter, got {ports}")
    return Core(
        name=data["name"],
        verilog=verilog,
        top=data["top"],
        pins=pins,
        stallable=pins.o_ready in ports,
        filter=data["filter"],
        inputs=node.inputs,
        outputs=node.outputs,
        i_slots=i_slots,
        o_slots=o_slots,
        **timing,
    )


def _ports(pins: Pins, i_width: int, o_width: int) -> dict[str, tuple[str, int]]:
    return {
        pins.clock: ("in", 1),
        pins.reset: ("in", 1),
        pins.i_data: ("in", i_width),
        pins.i_valid: ("in", 1),
        pins.i_ready: ("out", 1),
        pins.o_data: ("out", o_width),
        pins.o_valid: ("out", 1),
        pins.o_ready: ("in", 1),
    }


def vectors(folder: Path, core: Core) -> str | None:
    """Compare `vectors.json`, where there is one, with the integers computed here.

    Returns
    -------
    str or None
        The first difference in words.
    """
    path = folder / "vectors.json"
    if not path.is_file():
        return None
    data = _json(path)
    try:
        given, stated = data["input"], data["output"]
        if len(given) != len(core.inputs) or len(stated) != len(core.outputs):
            return f"vectors.json must hold {len(core.inputs)} -> {len(core.outputs)} lanes"
        computed = expected.run(core.filter, given)
    except (KeyError, TypeError, ValueError) as error:
        return f"vectors.json must hold lanes of integers: {error}"
    for lane, (theirs, ours) in enumerate(zip(stated, computed, strict=True)):
        if len(theirs) != len(ours):
            return f"vectors.json, lane {lane}: expected {len(ours)} outputs, got {len(theirs)}"
        for n, (got, want) in enumerate(zip(theirs, ours, strict=True)):
            if got != want:
                return f"vectors.json, sample {n}, lane {lane}: expected {want}, got {got}"
    return None


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ManifestError(f"{path} must be readable JSON: {error}") from None
