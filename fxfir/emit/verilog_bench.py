"""<name>_tb.v: a self-checking bench in plain Verilog-2001 with the vectors inside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import gcd
from typing import Any

from fxfir.emit.template import filled
from fxfir.filters import (
    Bank,
    FirMatrix,
    FixedFir,
    Interleave,
    Node,
    Parallel,
    Series,
    SwitchedFir,
    from_json,
    set_width,
)
from fxfir.fixed import Format

__all__ = ["history", "phases", "verilog_bench"]

Lanes = Sequence[Sequence[int]]

_NOISE_BITS = 32
_ROUGH = ((77, 77), (230, 0), (0, 205), (154, 154))
"""Chances in 256 of a gap and of a stall."""
_LONG = 24
"""A pass of more edges than this is met by resets at neighbouring edges, to keep runs short."""


def verilog_bench(manifest: Mapping[str, Any], inputs: Lanes, outputs: Lanes) -> str:
    """Return the text of the bench.

    Parameters
    ----------
    manifest : mapping
        Name, ports, interface, filter and timing are read.
    inputs, outputs : sequences of integers, shapes (n_in, time) and (n_out, time)
        What is sent and what must come back, from zero history.
    """
    node = from_json(manifest["filter"])
    byte = manifest["interface"] == "axis"
    timing = manifest["timing"]
    ports = [str(port["name"]) for port in manifest["ports"]]
    in_rooms, out_rooms = _rooms(node.inputs, byte), _rooms(node.outputs, byte)
    if bits := set_width(node):
        # The number of a set counts as the upper bits of the input word.
        in_rooms[-1] = bits
    in_width, data_width = sum(in_rooms), sum(out_rooms)
    channels = node.channels if isinstance(node, Interleave) else 1
    # The channel's number counts as the upper bits of the output word.
    out_width = data_width + (channels - 1).bit_length()
    count = len(inputs[0])
    some = min(count, max(24, 400 // timing["interval"]))
    few = min(count, max(3 if timing["interval"] > _LONG else 8, 24 // timing["interval"]))
    stimulus = _words(inputs, in_rooms)
    expected = [
        word | k % channels << data_width for k, word in enumerate(_words(outputs, out_rooms))
    ]
    nets = dict(zip(_PORTS[manifest["interface"]], _NETS, strict=True))
    if channels > 1:
        nets |= _split(nets, "o_data", data_width, out_width)
    if bits:
        nets |= _split(nets, "i_data", in_width - bits, in_width)
    ready = "o_ready" in (nets[port] for port in ports)
    # A serial core computes on while its last sample waits in the output register.
    serial = manifest["architecture"]["name"] in ("serial", "shared")
    apart = ready and serial and timing["interval"] > 1
    sink = "seed[23:16] >= stall" if ready else "1'b1"
    sink = f"stall < 0 ? holding : {sink}" if apart else sink
    values: dict[str, Any] = {
        "name": manifest["name"],
        "samples": count,
        "latency": timing["latency"],
        "interval": timing["interval"],
        "startup": timing["startup"],
        "in_width": in_width,
        "out_width": out_width,
        "padding": f"{in_width}'h{_padding(node.inputs, in_rooms):x}",
        "noise_copies": -(-in_width // _NOISE_BITS),
        "connections": _connections(ports, nets),
        "data": _lines(
            f"stimulus[{k}] = {in_width}'h{x:x}; expected[{k}] = {out_width}'h{y:x};"
            for k, (x, y) in enumerate(zip(stimulus, expected, strict=True))
        ),
        "some": some,
        # After a reset the whole memory of the filter comes round once: old samples would show.
        "again": min(count, max(some, history(node) + 8)),
        "stalled": _lines(
            f"pulse_reset(1); run({min(count, 16)}, {gap}, {stall}, 1'b0, 0);"
            for gap, stall in _stalls(timing["interval"])
        ),
        # Without an output ready the sink takes everything.
        "sink": sink,
        "rough": _lines(
            text
            for gap, stall in _ROUGH
            for text in (
                "pulse_reset(1);",
                f"run({some}, {gap}, {stall}, 1'b0, 0);",
                f"drain({some});",
            )
        )
        + (_apart(str(manifest["name"]), some) if apart else ""),
        "resets": _lines(
            f"reset_at({phase}, {stall}, {few});"
            for k, phase in enumerate(phases(timing))
            for stall in ((0, 102) if k % 4 == 0 else (0,))
        ),
    }
    return filled("bench.v.tmpl", values)


def _apart(name: str, some: int) -> str:
    """Take each sample one edge after it came: the pass behind it must not lose that edge."""
    return "\n" + _lines(
        (
            "// A sample that waits for an edge costs nothing: the next one is on its way.",
            "pulse_reset(3);",
            f"run({some}, 0, -1, 1'b0, 0);",
            f"if (edges > STARTUP + ({some} - 1) * INTERVAL + LATENCY + 2 && !failed) begin",
            f'    $display("FAIL: {name}, %0d samples, each taken one edge late, took %0d edges",',
            f"        {some}, edges);",
            "    failed = 1'b1;",
            "end",
            f"drain({some});",
        )
    )


def _stalls(interval: int) -> list[tuple[int, int]]:
    """Chances in 256 of a gap and of a stall: stalls around twice a serial pass, so that the
    next result is waiting while the first samples after a reset still come in.
    """
    long = 256 - max(1, 256 // (2 * interval + 4))
    return [(0, 205), (51, 154), (0, long), (51, long), (0, long), (0, long)]


def phases(timing: Mapping[str, int]) -> list[int]:
    """Edges after a reset at which the next one comes: the first ones, then every place of a
    serial pass, of long passes 64 neighbouring ones.
    """
    interval = timing["interval"]
    full = timing["startup"] + timing["latency"]
    # A step that shares no factor with the interval meets a serial pass at ever new places.
    first = 1 if interval > _LONG else max(1, interval * 3 // 8)
    step = next(k for k in range(first, interval + 2) if gcd(k, interval) == 1)
    spread = {full + 1 + k * step for k in range(min(max(interval, 12), 64))}
    return sorted({1, 2, 3, timing["startup"] + 1, timing["startup"] + 2, full, *spread})


def history(node: Node) -> int:
    """Return the number of samples that FIR filters remember, at most."""
    match node:
        case FixedFir() | SwitchedFir() | FirMatrix():
            return node.n_taps
        case Series(stages=parts) | Bank(filters=parts) | Parallel(filters=parts):
            return sum(history(part) for part in parts)
        case Interleave(filters=parts):
            return max(history(part) for part in parts) * node.channels
        case _:
            return 0


_NETS = ("clk", "reset", "i_data", "i_valid", "i_ready", "o_data", "o_valid", "o_ready")
_PORTS = {
    "axis": (
        "aclk",
        "aresetn",
        "s_axis_tdata",
        "s_axis_tvalid",
        "s_axis_tready",
        "m_axis_tdata",
        "m_axis_tvalid",
        "m_axis_tready",
    ),
    "stream": (
        "clk",
        "rst",
        "i_payload",
        "i_valid",
        "i_ready",
        "o_payload",
        "o_valid",
        "o_ready",
    ),
}


def _split(nets: Mapping[str, str], word: str, low: int, width: int) -> dict[str, str]:
    """Return the parts of a word: the data, and above it the channel or the set."""
    data = next(port for port, net in nets.items() if net == word)
    beside = {"o_payload": "o_channel", "i_payload": "i_set"}.get(data, f"{data[:6]}_tuser")
    return {data: f"{word}[{low - 1}:0]", beside: f"{word}[{width - 1}:{low}]"}


def _connections(ports: Sequence[str], nets: Mapping[str, str]) -> str:
    rows = []
    for port in ports:
        net = nets[port]
        inverted = net == "reset" and port.endswith("n")
        rows.append(f"        .{port}({'~' * inverted}{net})")
    return ",\n".join(rows)


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(f"        {text}" for text in texts)


def _rooms(formats: Sequence[Format], byte: bool) -> list[int]:
    """Return the bits that each lane takes of a port."""
    return [-(-fmt.width // 8) * 8 if byte else fmt.width for fmt in formats]


def _padding(formats: Sequence[Format], rooms: Sequence[int]) -> int:
    """Mask of the port bits that no lane uses."""
    mask = low = 0
    for fmt, room in zip(formats, rooms, strict=True):
        mask |= ((1 << room) - (1 << fmt.width)) << low
        low += room
    return mask


def _words(lanes: Lanes, rooms: Sequence[int]) -> list[int]:
    """Port words, lane 0 lowest, each lane extended by its own sign."""
    words = [0] * len(lanes[0])
    low = 0
    for room, lane in zip(rooms, lanes, strict=True):
        mask = (1 << room) - 1
        words = [word | (int(value) & mask) << low for word, value in zip(words, lane, strict=True)]
        low += room
    return words
