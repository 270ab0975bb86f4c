"""A core folder as the engines see it: the manifest, the filter and the pins."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fxfir.errors import FxfirError, ReadError
from fxfir.filters import Interleave, Node, from_json, set_width
from fxfir.fixed import Format

__all__ = ["Lane", "Pins", "Target", "join_words", "load", "split_word"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Where one lane stands in a payload, in bits."""

    start: int
    width: int
    slot: int
    signed: bool

    def to_json(self) -> dict[str, Any]:
        """Return the lane as plain JSON data."""
        return {
            "start": self.start,
            "width": self.width,
            "slot": self.slot,
            "signed": self.signed,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """Names of the ports by what they do.

    Parameters
    ----------
    clock, reset : str
    reset_active : int
        Level of the reset input that resets: 0 for AXI4-Stream, 1 otherwise.
    i_data, i_valid, o_data, o_valid : str
    i_ready, o_ready : str or None
        None where the core has no such port.
    i_lanes, o_lanes : tuple of Lane
        Lane 0 lowest.
    o_channel : str or None, optional
        Number of the output's channel; engines read it as the bits above the output payload.
    channels : int, optional
        Channels that take turns.
    i_set : str or None, optional
        Number of the set of taps, the last of `i_lanes`; engines drive it with the bits above the
        input's data.
    """

    clock: str
    reset: str
    reset_active: int
    i_data: str
    i_valid: str
    i_ready: str | None
    o_data: str
    o_valid: str
    o_ready: str | None
    i_lanes: tuple[Lane, ...]
    o_lanes: tuple[Lane, ...]
    o_channel: str | None = None
    channels: int = 1
    i_set: str | None = None

    @property
    def i_width(self) -> int:
        """Bits of the input payload, padding and the number of a set included."""
        return sum(lane.slot for lane in self.i_lanes)

    @property
    def set_width(self) -> int:
        """Bits of the number of a set."""
        return self.i_lanes[-1].slot if self.i_set else 0

    @property
    def data_width(self) -> int:
        """Bits of the input's data port."""
        return self.i_width - self.set_width

    @property
    def o_width(self) -> int:
        """Bits of the output payload, padding included."""
        return sum(lane.slot for lane in self.o_lanes)

    @property
    def channel_width(self) -> int:
        """Bits of the channel's number."""
        return (self.channels - 1).bit_length()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What an engine runs.

    Parameters
    ----------
    manifest : mapping
        The manifest's JSON data.
    node : Node
        The filter, read from the manifest.
    pins : Pins
    folder : Path or None
        The core folder; None where only the manifest is at hand, which is enough for the engines
        that do not read Verilog.
    """

    manifest: Mapping[str, Any]
    node: Node
    pins: Pins
    folder: Path | None = None

    @classmethod
    def of(cls, manifest: Mapping[str, Any], *, folder: Path | None = None) -> Target:
        """Build a target from manifest data.

        Raises
        ------
        ReadError
            If a key is missing, or the ports do not fit the filter and the interface.
        """
        for key in ("schema", "name", "top", "verilog", "interface", "ports", "filter", "timing"):
            if key not in manifest:
                raise ReadError(f"a manifest needs the key {key!r}, got {sorted(manifest)}")
        if manifest["schema"] != 1:
            raise ReadError(f"a manifest must have schema 1, got {manifest['schema']!r}")
        node = from_json(manifest["filter"])
        return cls(manifest=manifest, node=node, pins=_pins(manifest, node), folder=folder)

    @property
    def name(self) -> str:
        """Name of the core."""
        return str(self.manifest["name"])

    @property
    def verilog(self) -> Path:
        """Path of the Verilog text.

        Raises
        ------
        ReadError
            If the target has no folder.
        """
        if self.folder is None:
            raise ReadError(f"a text engine needs a core folder, got none for {self.name}")
        return self.folder / str(self.manifest["verilog"])

    @property
    def latency(self) -> int:
        """Declared latency in clock edges."""
        return int(self.manifest["timing"]["latency"])

    @property
    def interval(self) -> int:
        """Declared interval in clock edges."""
        return int(self.manifest["timing"]["interval"])

    @property
    def startup(self) -> int:
        """Declared startup in clock edges."""
        return int(self.manifest["timing"]["startup"])


def load(folder: str | Path) -> Target:
    """Read a core folder.

    Parameters
    ----------
    folder : path

    Returns
    -------
    Target

    Raises
    ------
    ReadError
        If the manifest is missing, is no JSON, or does not hold together.
    """
    folder = Path(folder)
    path = folder / "manifest.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReadError(
            f"a core folder must hold manifest.json, got {folder} ({error.strerror})"
        ) from None
    except ValueError as error:
        raise ReadError(f"manifest.json must be JSON, got {path}: {error}") from None
    if not isinstance(data, dict):
        raise ReadError(f"manifest.json must hold an object, got {type(data).__name__} in {path}")
    try:
        return Target.of(data, folder=folder)
    except ReadError:
        raise
    except FxfirError as error:
        raise ReadError(f"manifest.json must describe a filter, got {path}: {error}") from None


def join_words(lanes: Sequence[Lane], codes: Sequence[int], *, odd: bool = False) -> int:
    """Pack one sample into a payload.

    Parameters
    ----------
    lanes : sequence of Lane
    codes : sequence of int, one per lane
    odd : bool, optional
        Fill the padding with the wrong bits, which a core must ignore.
    """
    word = 0
    for lane, code in zip(lanes, codes, strict=True):
        fill = code if lane.signed else code & ((1 << lane.width) - 1)
        if odd and lane.slot > lane.width:
            padding = ((1 << (lane.slot - lane.width)) - 1) << lane.width
            fill = (fill & ((1 << lane.slot) - 1)) ^ padding
        word |= (fill & ((1 << lane.slot) - 1)) << lane.start
    return word


def split_word(lanes: Sequence[Lane], word: int) -> tuple[list[int], bool]:
    """Cut a payload into codes.

    Returns
    -------
    codes : list of int, one per lane
    padded : bool
        True if all padding is the extension that it must be.
    """
    codes, padded = [], True
    for lane in lanes:
        slot = (word >> lane.start) & ((1 << lane.slot) - 1)
        code = slot & ((1 << lane.width) - 1)
        if lane.signed and code >> (lane.width - 1):
            code -= 1 << lane.width
        padded = padded and slot == code & ((1 << lane.slot) - 1)
        codes.append(code)
    return codes, padded


def _lanes(
    formats: Sequence[Format], *, whole_bytes: bool, apart: bool = False
) -> tuple[Lane, ...]:
    """Return where lanes stand; `apart` says that the last one has a port of its own."""
    lanes, start = [], 0
    for k, f in enumerate(formats):
        padded = whole_bytes and not (apart and k == len(formats) - 1)
        slot = -(-f.width // 8) * 8 if padded else f.width
        lanes.append(Lane(start=start, width=f.width, slot=slot, signed=f.signed))
        start += slot
    return tuple(lanes)


def _pins(manifest: Mapping[str, Any], node: Node) -> Pins:
    ports = {p["name"]: (p["dir"], int(p["width"])) for p in manifest["ports"]}

    def optional(name: str) -> str | None:
        return name if name in ports else None

    channels = node.channels if isinstance(node, Interleave) else 1
    chosen = set_width(node) > 0

    match manifest["interface"]:
        case "axis":
            pins = Pins(
                clock="aclk",
                reset="aresetn",
                reset_active=0,
                i_data="s_axis_tdata",
                i_valid="s_axis_tvalid",
                i_ready=optional("s_axis_tready"),
                o_data="m_axis_tdata",
                o_valid="m_axis_tvalid",
                o_ready=optional("m_axis_tready"),
                i_lanes=_lanes(node.inputs, whole_bytes=True, apart=chosen),
                o_lanes=_lanes(node.outputs, whole_bytes=True),
                o_channel="m_axis_tuser" if channels > 1 else None,
                channels=channels,
                i_set="s_axis_tuser" if chosen else None,
            )
        case "stream":
            pins = Pins(
                clock="clk",
                reset="rst",
                reset_active=1,
                i_data="i_payload",
                i_valid="i_valid",
                i_ready=optional("i_ready"),
                o_data="o_payload",
                o_valid="o_valid",
                o_ready=optional("o_ready"),
                i_lanes=_lanes(node.inputs, whole_bytes=False),
                o_lanes=_lanes(node.outputs, whole_bytes=False),
                o_channel="o_channel" if channels > 1 else None,
                channels=channels,
                i_set="i_set" if chosen else None,
            )
        case other:
            raise ReadError(f"interface of a manifest must be axis or stream, got {other!r}")
    wanted = {
        pins.clock: ("in", 1),
        pins.reset: ("in", 1),
        pins.i_data: ("in", pins.data_width),
        pins.i_valid: ("in", 1),
        pins.o_data: ("out", pins.o_width),
        pins.o_valid: ("out", 1),
    }
    wanted |= {pins.i_ready: ("out", 1)} if pins.i_ready else {}
    wanted |= {pins.o_ready: ("in", 1)} if pins.o_ready else {}
    wanted |= {pins.i_set: ("in", pins.set_width)} if pins.i_set else {}
    wanted |= {pins.o_channel: ("out", pins.channel_width)} if pins.o_channel else {}
    for name, want in wanted.items():
        if ports.get(name) != want:
            raise ReadError(f"port {name} of the manifest must be {want}, got {ports.get(name)}")
    for name in ports:
        if name not in wanted:
            raise ReadError(f"ports of the manifest must be {', '.join(wanted)}, got {name!r}")
    return pins
