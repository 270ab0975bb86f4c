"""Lattice ECP5: the 18 x 18 multiplier with every register it has.

Yosys 0.70 packs no registers into MULT18X18D, and nextpnr 0.11 times the block as unregistered
unless both inputs, the pipeline and the output are registered, a constant operand included.
"""

from __future__ import annotations

from typing import Any

from amaranth.hdl import ClockSignal, Const, Module, Signal, Value

from fxfir.rtl.arith.multiplier import Bounds, Multiplier, is_constant, product
from fxfir.rtl.arith.node import Exact, extend, register, sized
from fxfir.rtl.arith.pieces import Port, cut_stages, multiply_cut
from fxfir.rtl.vendor import Vendor

__all__ = ["Ecp5"]

WIDTH = 18
"""Bits of an operand, signed or unsigned."""

PORT = Port(width=WIDTH)

_STAGES = 3


class Ecp5(Multiplier):
    """Operands, the middle of the multiplier and the product are registers of MULT18X18D.

    Wider operands are cut into 18-bit pieces, of which only the topmost is signed; the partial
    products meet in a tree of registered adders.
    """

    # 2.0 ns of 4.8 were the way from a 17-bit adder into the block (nextpnr 0.11, speed grade 6).
    slow_entry = True
    # 1.6 to 2.6 ns of routing from the product to an adder, in front of a chain of 1.8 ns.
    slow_exit = True

    def stages(self, a: Bounds, b: Bounds, *, held: bool = False) -> int:
        """Return 3, and one more for each level of adders where an operand is cut."""
        return cut_stages(PORT.count(a) * PORT.count(b), _STAGES)

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
        pieces = PORT.cut(a), PORT.cut(b)
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
    lo, hi = min(ends.lo, 0), max(ends.hi, 0)
    p = Signal(2 * WIDTH, name=name)
    m.submodules[f"{name}_mult"] = platform.instance(
        "mult18",
        _TEXT,
        {
            "p_A_SIGNED": Const(int(a.signed), 1),
            "p_B_SIGNED": Const(int(b.signed), 1),
            "i_clk": ClockSignal("sync"),
            "i_ce": platform.enable(en),
            "i_a": extend(a, WIDTH),
            "i_b": extend(b, WIDTH),
            "o_p": p,
        },
    )
    return sized(p.as_signed() if lo < 0 else p, lo, hi)


def _row(port: str, signal: str, width: int) -> str:
    """Connect the bits of a vector to a port's bits, or to nothing."""
    bits = [f".{port}{k}({signal.replace('#', str(k))})" for k in range(width)]
    return ",\n        ".join(", ".join(bits[k : k + 6]) for k in range(0, width, 6))


_REGISTERS = ",\n        ".join(
    f'.REG_{name}_CLK("CLK0"), .REG_{name}_CE("CE0"), .REG_{name}_RST("RST0")'
    for name in ("INPUTA", "INPUTB", "PIPELINE", "OUTPUT")
)

# The cascade inputs SRI are named and left open: nextpnr finds no route from a constant to them.
_TEXT = f"""\
// 18 x 18 multiplier of Lattice ECP5 with all its registers; behaviour for simulators.
// verilator lint_off DECLFILENAME
module $name #(
    parameter [0:0] A_SIGNED = 1'b1,
    parameter [0:0] B_SIGNED = 1'b1
) (
    input  wire        clk,
    input  wire        ce,
    input  wire [17:0] a,
    input  wire [17:0] b,
    output wire [35:0] p
);

`ifdef SYNTHESIS
    MULT18X18D #(
        {_REGISTERS},
        .REG_INPUTC_CLK("NONE"), .GSR("DISABLED"), .RESETMODE("SYNC")
    ) mult (
        {_row("A", "a[#]", 18)},
        {_row("B", "b[#]", 18)},
        {_row("C", "1'b0", 18)},
        .SIGNEDA(A_SIGNED), .SIGNEDB(B_SIGNED), .SOURCEA(1'b0), .SOURCEB(1'b0),
        .CLK0(clk), .CLK1(clk), .CLK2(clk), .CLK3(clk),
        .CE0(ce), .CE1(ce), .CE2(ce), .CE3(ce),
        .RST0(1'b0), .RST1(1'b0), .RST2(1'b0), .RST3(1'b0),
        {_row("SRIA", "", 18)},
        {_row("SRIB", "", 18)},
        {_row("SROA", "", 18)},
        {_row("SROB", "", 18)},
        {_row("ROA", "", 18)},
        {_row("ROB", "", 18)},
        {_row("ROC", "", 18)},
        .SIGNEDP(),
        {_row("P", "p[#]", 36)}
    );
`else
    reg [17:0] a_q, b_q;
    reg [35:0] m_q, p_q;

    initial begin
        a_q = 18'd0;
        b_q = 18'd0;
        m_q = 36'd0;
        p_q = 36'd0;
    end

    wire [35:0] a_wide = {{{{18{{A_SIGNED & a_q[17]}}}}, a_q}};
    wire [35:0] b_wide = {{{{18{{B_SIGNED & b_q[17]}}}}, b_q}};

    always @(posedge clk) begin
        if (ce) begin
            a_q <= a;
            b_q <= b;
            m_q <= a_wide * b_wide;
            p_q <= m_q;
        end
    end

    assign p = p_q;
`endif

endmodule
// verilator lint_on DECLFILENAME
"""
