"""A sum one of whose operands gives way to one of two constants, on the carry cells of ECP5."""

from __future__ import annotations

from typing import Any

from amaranth.hdl import Const, Module, Mux, Signal, Value

from fxfir.rtl.arith.node import Exact, shape_of
from fxfir.rtl.vendor import Vendor

__all__ = ["clamped_sum"]


def clamped_sum(
    m: Module,
    early: Value,
    product: Value,
    name: str,
    *,
    over: Value,
    under: Value,
    high: int,
    low: int,
    lo: int,
    hi: int,
    platform: Any,
    minus: bool = False,
) -> Exact:
    """Return early + (high if over, low if under, else product).

    Parameters
    ----------
    m : Module
    early, product : Value
        Signed; of the product only as many bits count as the sum has.
    name : str
    over, under : Value
        One bit each, never both 1.
    high, low : int
    lo, hi : int
        Range of the sum; the caller answers for it.
    platform : object
        What `elaborate` was given.
    minus : bool, optional
        The product is to be subtracted, which costs nothing: the table inverts it, the carry in
        adds 1.

    Notes
    -----
    In Yosys' model of the cell (lattice/ccu2c_sim.vh) a bit is its four-input table xor the carry;
    the carry passes where the table gives 1, and is else what the lowest four entries give for
    the first two inputs: here the bit of `early`. The other two inputs are never both 0, so the
    remaining twelve entries choose the second operand at no cost: product, `high` or `low`.
    """
    shape = shape_of(min(lo, -1), hi)
    width = shape.width
    total = Signal(shape, name=name)
    if isinstance(platform, Vendor):
        m.submodules[f"{name}_cells"] = platform.instance(
            name,
            _text(width, high, low, minus),
            {
                "i_a": _bits(early, width),
                "i_b": _bits(product, width),
                "i_over": over,
                "i_under": under,
                "o_s": total,
            },
        )
    else:
        mask = (1 << width) - 1
        inner = _bits(product, width)
        chosen = Mux(
            over,
            Const(high & mask, width),
            Mux(under, Const(low & mask, width), -inner if minus else inner),
        )
        m.d.comb += total.eq((_bits(early, width) + chosen)[:width])
    return Exact(value=total, lo=min(lo, -1), hi=hi)


def _bits(value: Value, width: int) -> Value:
    """Low bits of a signed value, its sign extended where it is narrower."""
    value = value.as_signed()
    return (value + Const(0, width))[:width] if len(value) < width else value[:width]


def _text(width: int, high: int, low: int, minus: bool) -> str:
    """Return the module: carry cells under `SYNTHESIS`, an expression otherwise."""
    mask = (1 << width) - 1
    pairs = (width + 1) // 2
    # Carried in with every operand, the ends included.
    one = int(minus)
    pad = "1'b0, " if width % 2 else ""

    def table(bit: int) -> int:
        ends = [0x5 if (end - one & mask) >> bit & 1 else 0xA for end in (low, high)]
        return ends[0] << 12 | ends[1] << 8 | (0x9A if minus else 0x6A)

    rows = []
    for k in range(pairs):
        rows += [
            f"    CCU2C #(.INIT0(16'h{table(2 * k):04X}), .INIT1(16'h{table(2 * k + 1):04X}),",
            f'        .INJECT1_0("NO"), .INJECT1_1("NO")) pair{k} (.CIN(carry[{k}]),',
            *(
                f"        .A{n}(a2[{2 * k + n}]), .B{n}(b2[{2 * k + n}]), "
                f".C{n}(keep), .D{n}(limit),"
                for n in (0, 1)
            ),
            f"        .S0(s2[{2 * k}]), .S1(s2[{2 * k + 1}]), .COUT(carry[{k + 1}]));",
        ]
    cells = "\n".join(rows)
    ends = f"over ? {width}'h{high & mask:X} : (under ? {width}'h{low & mask:X}"
    sign = "-" * one
    return f"""\
// Sum of {width} bits on the carry cells of Lattice ECP5; an expression for simulators.
module $name (
    input  wire [{width - 1}:0] a,
    input  wire [{width - 1}:0] b,
    input  wire over,
    input  wire under,
    output wire [{width - 1}:0] s
);

`ifdef SYNTHESIS
    wire [{2 * pairs - 1}:0] a2 = {{{pad}a}};
    wire [{2 * pairs - 1}:0] b2 = {{{pad}b}};
    wire [{2 * pairs - 1}:0] s2;
    wire [{pairs}:0] carry;
    wire keep = ~over;
    wire limit = over | under;

    assign carry[0] = 1'b{one};
    assign s = s2[{width - 1}:0];
{cells}
`else
    assign s = a + ({ends} : {sign}b));
`endif

endmodule
"""
