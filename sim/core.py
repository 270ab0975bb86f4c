"""A core folder as the bench sees it: what the manifest promises and where the bits stand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim import expected
from sim.words import Format, ManifestError

__all__ = ["Core", "Pins", "difference", "load"]


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
    o_channel: str
    i_set: str


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
        o_channel="m_axis_tuser",
        i_set="s_axis_tuser",
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
        o_channel="o_channel",
        i_set="i_set",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """A checked manifest.

    Slots are the bits that a lane takes in the payload: whole bytes with axis, else its width.
    `given` and `stated` are the frames of `vectors.json`, empty where there is no such file.
    `channels` is 1 where no channels take turns. `set_width` is 0 but where the last input lane is
    the number of a set of taps: it has a port of its own.
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
    given: list[list[int]]
    stated: list[list[int]]
    channels: int
    set_width: int

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
    chosen = _chooses(data["filter"])
    if chosen:
        i_slots[-1] = node.inputs[-1].width
    o_slots = [-(-fmt.width // byte) * byte for fmt in node.outputs]
    timing = {key: data["timing"][key] for key in ("latency", "interval", "startup")}
    for (key, value), least in zip(timing.items(), (1, 1, 0), strict=True):
        if type(value) is not int or value < least:
            raise ManifestError(f"{key} must be an integer from {least} on, got {value!r}")
    verilog = folder / data["verilog"]
    if not verilog.is_file():
        raise ManifestError(f"the Verilog must be in the folder, got no {data['verilog']}")
    ports = {port["name"]: (port["dir"], port["width"]) for port in data["ports"]}
    channels = data["filter"].get("channels", 1)
    set_width = i_slots[-1] if chosen else 0
    contract = _ports(pins, sum(i_slots) - set_width, sum(o_slots), channels)
    if chosen:
        contract[pins.i_set] = ("in", set_width)
    for name in [*contract, *ports]:
        if ports.get(name) != contract.get(name) and (name != pins.o_ready or name in ports):
            raise ManifestError(
                f"port {name} must be {_port(contract, name)}, got {_port(ports, name)}"
            )
    path = folder / "vectors.json"
    frames = (
        _json(path)
        if path.exists()
        else {"input": [[]] * len(i_slots), "output": [[]] * len(o_slots)}
    )
    given = _frames(frames, "input", node.inputs)
    stated = _frames(frames, "output", node.outputs)
    if len(given) != len(stated):
        raise ManifestError(
            f"vectors.json must hold an output for each of {len(given)} inputs, got {len(stated)}"
        )
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
        given=given,
        stated=stated,
        channels=channels,
        set_width=set_width,
        **timing,
    )


def _chooses(data: dict[str, Any]) -> bool:
    """Tell whether the last input lane is the number of a set of taps."""
    while data["type"] == "Series":
        data = data["stages"][0]
    return bool(data["type"] == "SwitchedFir")


def _ports(pins: Pins, i_width: int, o_width: int, channels: int) -> dict[str, tuple[str, int]]:
    turns = {pins.o_channel: ("out", (channels - 1).bit_length())} if channels > 1 else {}
    return turns | {
        pins.clock: ("in", 1),
        pins.reset: ("in", 1),
        pins.i_data: ("in", i_width),
        pins.i_valid: ("in", 1),
        pins.i_ready: ("out", 1),
        pins.o_data: ("out", o_width),
        pins.o_valid: ("out", 1),
        pins.o_ready: ("in", 1),
    }


def _port(ports: dict[str, tuple[str, int]], name: str) -> str:
    direction, width = ports.get(name, ("left out", 0))
    return f"{direction}, {width} wide" if width else direction


def difference(core: Core) -> str | None:
    """Compare the outputs of `vectors.json` with the integers computed here.

    Returns
    -------
    str or None
        The first difference in words.
    """
    running = expected.make(core.filter)
    for n, (x, stated) in enumerate(zip(core.given, core.stated, strict=True)):
        for lane, (want, got) in enumerate(zip(running.push(x), stated, strict=True)):
            if want != got:
                return f"vectors.json, sample {n}, lane {lane}: expected {want}, got {got}"
    return None


def _frames(data: Any, key: str, formats: Sequence[Format]) -> list[list[int]]:
    """Lanes of words as frames."""
    lanes = data[key]
    if len(lanes) != len(formats) or any(len(lane) != len(lanes[0]) for lane in lanes):
        raise ManifestError(f"vectors.json must have {len(formats)} {key} lanes of one length")
    for k, (lane, fmt) in enumerate(zip(lanes, formats, strict=True)):
        for n, word in enumerate(lane):
            if type(word) is not int or not fmt.lo <= word <= fmt.hi:
                raise ManifestError(
                    f"vectors.json must fit [{fmt.lo}, {fmt.hi}] in {key} lane {k}, "
                    f"got {word!r} at sample {n}"
                )
    return [list(frame) for frame in zip(*lanes, strict=True)]


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ManifestError(f"{path} must be readable JSON: {error}") from None
