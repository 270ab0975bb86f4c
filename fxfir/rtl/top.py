"""The outermost component of an emitted core: its ports are the ones the contract names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from amaranth.hdl import Cat, ClockDomain, Const, Module, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from fxfir.errors import ArchitectureError
from fxfir.filters import Interleave, set_width
from fxfir.fixed import Format
from fxfir.rtl.core import Core, split_lanes

__all__ = ["INTERFACES", "Port", "Top", "ports", "wrap"]

INTERFACES = ("axis", "stream")


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A port of an emitted core.

    Parameters
    ----------
    name : str
    dir : str
        "in" or "out".
    width : int
        Bits.
    """

    name: str
    dir: str
    width: int


def ports(core: Core, interface: str = "axis", backpressure: bool = True) -> list[Port]:
    """Return the ports of `wrap(core, ...)` in their order.

    Channels that take turns add the output's channel number; a filter with sets of taps reads the
    number of the set beside the sample.

    Parameters
    ----------
    core : Core
    interface : str, optional
        "axis": AXI4-Stream, each lane in a whole number of bytes. "stream": exact widths.
    backpressure : bool, optional
        False leaves out the output's ready: the sink takes every sample at once. The input's
        ready stays, since a source must wait during start-up and where the interval exceeds 1.

    Raises
    ------
    ArchitectureError
        If the interface is unknown.
    """
    names = _names(interface)
    pad = interface == "axis"
    table = [
        Port(name=names["clock"], dir="in", width=1),
        Port(name=names["reset"], dir="in", width=1),
        Port(name=names["i_payload"], dir="in", width=_width(_carried(core), pad)),
        Port(name=names["i_valid"], dir="in", width=1),
        Port(name=names["i_ready"], dir="out", width=1),
        Port(name=names["o_payload"], dir="out", width=_width(core.filter.outputs, pad)),
        Port(name=names["o_valid"], dir="out", width=1),
    ]
    if backpressure:
        table.append(Port(name=names["o_ready"], dir="in", width=1))
    if bits := set_width(core.filter):
        table.append(Port(name=names["i_set"], dir="in", width=bits))
    if isinstance(core.filter, Interleave):
        width = (core.filter.channels - 1).bit_length()
        table.append(Port(name=names["o_channel"], dir="out", width=width))
    return table


def wrap(core: Core, interface: str = "axis", backpressure: bool = True) -> Top:
    """Give a core the contract's port names, byte lanes and reset polarity.

    Parameters
    ----------
    core : Core
    interface : str, optional
        "axis" or "stream", as in `ports`.
    backpressure : bool, optional
        Whether the output has a ready, as in `ports`.

    Returns
    -------
    Top

    Raises
    ------
    ArchitectureError
        If the interface is unknown.
    """
    return Top(core, interface=interface, backpressure=backpressure)


class Top(wiring.Component):
    """A core between ports of fixed names; made by `wrap`.

    Members
    -------
    One In(width) or Out(width) for each of `ports(core, interface, backpressure)`.

    Notes
    -----
    It drives its own clock domain from the clock port and adds wires only: padding bits of the
    input are not read, signed output lanes are sign-extended, unsigned ones zero-extended. Only
    the channel number of an output is a register, which counts the outputs that were taken.
    """

    # The core is taken in as it is, so Amaranth does not see this one elaborated by a parent.
    _MustUse__silence = True

    def __init__(self, core: Core, *, interface: str, backpressure: bool) -> None:
        self.core = core
        self.interface = interface
        self.backpressure = backpressure
        self.ports = ports(core, interface, backpressure)
        super().__init__(
            {p.name: In(p.width) if p.dir == "in" else Out(p.width) for p in self.ports}
        )

    def elaborate(self, platform: Any) -> Module:
        """Return the core's own module with the ports added, so that its names stay as they are."""
        core, pad = self.core, self.interface == "axis"
        members = self.signature.members
        port: dict[str, Any] = {
            key: getattr(self, name)
            for key, name in _names(self.interface).items()
            if name in members
        }
        m = core.elaborate(platform)
        m.domains.sync = domain = ClockDomain()
        domain.clk = port["clock"]
        if self.interface == "axis":
            m.d.comb += domain.rst.eq(~port["reset"])
        else:
            domain.rst = port["reset"]
        payload = _unpad(port["i_payload"], _carried(core), pad)
        if "i_set" in port:
            payload = Cat(payload, port["i_set"])
        m.d.comb += [
            core.i.payload.eq(payload),
            core.i.valid.eq(port["i_valid"]),
            port["i_ready"].eq(core.i.ready),
            port["o_payload"].eq(_pad(core.o.payload, core.filter.outputs, pad)),
            port["o_valid"].eq(core.o.valid),
            core.o.ready.eq(port["o_ready"] if self.backpressure else 1),
        ]
        if isinstance(core.filter, Interleave):
            channel, count = port["o_channel"], core.filter.channels
            with m.If(core.o.valid & core.o.ready):
                m.d.sync += channel.eq(channel + 1)
                if count & (count - 1):
                    with m.If(channel == count - 1):
                        m.d.sync += channel.eq(0)
        return m


def _names(interface: str) -> dict[str, str]:
    match interface:
        case "axis":
            return {
                "clock": "aclk",
                "reset": "aresetn",
                "i_payload": "s_axis_tdata",
                "i_valid": "s_axis_tvalid",
                "i_ready": "s_axis_tready",
                "o_payload": "m_axis_tdata",
                "o_valid": "m_axis_tvalid",
                "o_ready": "m_axis_tready",
                "i_set": "s_axis_tuser",
                "o_channel": "m_axis_tuser",
            }
        case "stream":
            same = ("i_payload", "i_valid", "i_ready", "o_payload", "o_valid", "o_ready")
            names = {name: name for name in (*same, "i_set", "o_channel")}
            return names | {"clock": "clk", "reset": "rst"}
        case _:
            raise ArchitectureError(
                f"interface must be one of {', '.join(INTERFACES)}, got {interface!r}"
            )


def _carried(core: Core) -> Sequence[Format]:
    """Return the lanes of the input's payload: all but the number of a set."""
    formats = core.filter.inputs
    return formats[:-1] if set_width(core.filter) else formats


def _lane_width(fmt: Format, pad: bool) -> int:
    return -(-fmt.width // 8) * 8 if pad else fmt.width


def _width(formats: Sequence[Format], pad: bool) -> int:
    return sum(_lane_width(fmt, pad) for fmt in formats)


def _unpad(bits: Value, formats: Sequence[Format], pad: bool) -> Value:
    lanes, start = [], 0
    for fmt in formats:
        lanes.append(bits[start : start + fmt.width])
        start += _lane_width(fmt, pad)
    return Cat(*lanes)


def _pad(payload: Value, formats: Sequence[Format], pad: bool) -> Value:
    lanes = []
    for lane, fmt in zip(split_lanes(payload, formats), formats, strict=True):
        missing = _lane_width(fmt, pad) - fmt.width
        fill = lane[-1].replicate(missing) if fmt.signed else Const(0, missing)
        lanes.append(Cat(lane, fill) if missing else lane[:])
    return Cat(*lanes)
