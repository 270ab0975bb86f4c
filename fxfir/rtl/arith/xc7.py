"""Xilinx 7 series: the multiplier of a DSP48E1 between its registers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amaranth.hdl import ClockSignal, Module, Signal, Value

from fxfir.rtl.arith.dsp48 import A_WIDTH, B_WIDTH, P_WIDTH, Dsp48
from fxfir.rtl.arith.multiplier import Bounds, Multiplier, is_constant, product
from fxfir.rtl.arith.node import Exact, extend, register, shape_of, sized
from fxfir.rtl.arith.pieces import Port, cut_stages, multiply_cut
from fxfir.rtl.vendor import Vendor

__all__ = ["Xc7", "place_dsp48", "signed_width"]

WIDE = Port(width=A_WIDTH, signed=True)
NARROW = Port(width=B_WIDTH, signed=True)

_STAGES = 3


class Xc7(Multiplier):
    """Operands, product and output are registers of DSP48E1.

    Its operands have 25 and 18 bits, both signed: the wider one takes the wider port. Wider
    operands are cut into pieces, of which only the topmost is signed; the partial products meet
    in a tree of registered adders.
    """

    cascades = True

    def stages(self, a: Bounds, b: Bounds, *, held: bool = False) -> int:
        """Return 3, and one more for each level of adders where an operand is cut."""
        if signed_width(a) < signed_width(b):
            a, b = b, a
        return cut_stages(WIDE.count(a) * NARROW.count(b), _STAGES)

    def multiply(
        self,
        m: Module,
        a: Exact,
        b: Exact,
        name: str,
        *,
        en: Value,
        platform: Any,
        held: bool = False,
        entry: str = "",
    ) -> Exact:
        """Build the partial products and their sum."""
        if signed_width((a.lo, a.hi)) < signed_width((b.lo, b.hi)):
            a, b, entry = b, a, ""
        pieces = WIDE.cut(a), NARROW.cut(b)
        if len(pieces[0]) == len(pieces[1]) == 1:
            return _block(m, a, b, name, en=en, platform=platform, entry=entry)
        return multiply_cut(
            m,
            *pieces,
            (a, b),
            name,
            en=en,
            stages=_STAGES,
            block=lambda x, y, part: _block(m, x, y, part, en=en, platform=platform),
        )


def signed_width(bounds: Bounds) -> int:
    """Return the bits of a signed word that holds every value in a range.

    >>> signed_width((0, 255)), signed_width((-128, 127))
    (9, 8)
    """
    shape = shape_of(*bounds)
    return int(shape.width) + (not shape.signed)


def place_dsp48(
    m: Module, platform: Vendor, mode: Dsp48, name: str, nets: Mapping[str, Value]
) -> None:
    """Add a module with a DSP48E1 to a design.

    Parameters
    ----------
    m : Module
    platform : Vendor
    mode : Dsp48
    name : str
        Of the instance.
    nets : mapping of str to Value
        What the module's ports but ``clk`` are connected to; those that start with ``ce`` stand
        still with everything else.
    """
    outputs = ("p", "pcout", "acout")
    ports: dict[str, Any] = {"i_clk": ClockSignal("sync")}
    for port, net in nets.items():
        if port.startswith("ce"):
            net = platform.enable(net)
        ports[f"{'o' if port in outputs else 'i'}_{port}"] = net
    m.submodules[name] = platform.instance(mode.kind, mode.text(), ports)


def _block(
    m: Module, a: Exact, b: Exact, name: str, *, en: Value, platform: Any, entry: str = ""
) -> Exact:
    """One multiplier with its three stages of registers."""
    if not isinstance(platform, Vendor):
        held = [
            x if is_constant(x) else register(m, x, label, en=en)
            for x, label in ((a, entry or f"{name}_a"), (b, f"{name}_b"))
        ]
        middle = register(m, product(held[0], held[1]), f"{name}_m", en=en)
        return register(m, middle, name, en=en)
    ends = product(a, b)
    p = Signal(P_WIDTH, name=name)
    mode = Dsp48(adds="", a_from="a", b_reg=not is_constant(b), last=True)
    nets = {
        **dict.fromkeys(("ce", "ce_a2", "ce_p"), en),
        "a": extend(a, 30),
        "b": extend(b, B_WIDTH),
        "p": p,
    }
    place_dsp48(m, platform, mode, f"{name}_dsp", nets)
    return sized(p.as_signed(), min(ends.lo, 0), max(ends.hi, 0))
