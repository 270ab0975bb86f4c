"""The shape every filter component has: one stream in, one stream out, lanes packed flat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from amaranth.hdl import Module, Shape, Value, signed, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from fxfir.filters import Node
from fxfir.fixed import Format
from fxfir.rtl.timing import Timing

__all__ = ["Core", "behind_ports", "lane_shape", "payload_shape", "split_lanes"]


class Core(wiring.Component):
    """A filter as gates; every architecture and every composition is one.

    Parameters
    ----------
    filter : Node
        The numbers it computes.
    architecture : dict
        Plain JSON data that `fxfir.rtl.build` turns into this same core again.
    timing : Timing
        Measured by the tests, so a promise.

    Members
    -------
    i : In(stream.Signature(payload_shape(filter.inputs)))
        One sample of all input lanes per transfer.
    o : Out(stream.Signature(payload_shape(filter.outputs)))
        One sample of all output lanes per transfer.

    Notes
    -----
    All registers are in the domain "sync". `o.payload` and `o.valid` come from registers;
    `i.ready` may depend on `o.ready` within the clock cycle and on no other input.
    """

    # A core is often made for its timing alone; Amaranth would warn that it was never elaborated.
    _MustUse__silence = True

    def __init__(self, filter: Node, *, architecture: dict[str, Any], timing: Timing) -> None:
        self.filter = filter
        self.architecture = architecture
        self.timing = timing
        super().__init__(
            {
                "i": In(stream.Signature(payload_shape(filter.inputs))),
                "o": Out(stream.Signature(payload_shape(filter.outputs))),
            }
        )

    def documents(self) -> dict[str, str]:
        """Return what else the core folder should hold: file name to text."""
        return {}

    def inner_sums(self) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """Return sums of input samples that an output's worst case may not drive far.

        Each is the number of the output that reads it and its impulse response, from the sample
        that the output's own response begins with.
        """
        return ()

    def elaborate(self, platform: Any) -> Module:
        """Return a fresh module holding the gates."""
        raise NotImplementedError(f"{type(self).__name__} has no gates")


def behind_ports(ports: Core, core: Core, platform: Any) -> Module:
    """Return a core's own module behind the ports of another, so that its names stay as they are.

    Parameters
    ----------
    ports : Core
        Of the same payloads.
    core : Core
        Holds the gates.
    platform : object
        What `elaborate` was given.
    """
    m = core.elaborate(platform)
    m.d.comb += [
        core.i.payload.eq(ports.i.payload),
        core.i.valid.eq(ports.i.valid),
        ports.i.ready.eq(core.i.ready),
        ports.o.payload.eq(core.o.payload),
        ports.o.valid.eq(core.o.valid),
        core.o.ready.eq(ports.o.ready),
    ]
    return m


def lane_shape(fmt: Format) -> Shape:
    """Return the shape of a word of `fmt`."""
    return signed(fmt.width) if fmt.signed else unsigned(fmt.width)


def payload_shape(formats: Sequence[Format]) -> Shape:
    """Return the payload's shape: one lane is a number, several are bits, lane 0 lowest."""
    if len(formats) == 1:
        return lane_shape(formats[0])
    return unsigned(sum(fmt.width for fmt in formats))


def split_lanes(value: Value, formats: Sequence[Format]) -> list[Value]:
    """Cut a payload into its lanes.

    Parameters
    ----------
    value : Value
        Of `payload_shape(formats)`.
    formats : sequence of Format, shape (n_lanes,)

    Returns
    -------
    list of Value, shape (n_lanes,)
        Signed where the lane's format is.
    """
    lanes, start = [], 0
    for fmt in formats:
        bits = value[start : start + fmt.width]
        lanes.append(bits.as_signed() if fmt.signed else bits)
        start += fmt.width
    return lanes
