"""Lattice iCE40 UltraPlus: the multiplier of an SB_MAC16 with every register on its way."""

from __future__ import annotations

from typing import Any

from amaranth.hdl import ClockSignal, Const, Module, Signal, Value

from fxfir.rtl.arith.multiplier import Bounds, Multiplier, is_constant, product
from fxfir.rtl.arith.node import Exact, extend, register, shape_of, sized
from fxfir.rtl.arith.pieces import Port, cut_stages, multiply_cut
from fxfir.rtl.vendor import Vendor

__all__ = ["Ice40", "block_text"]

PORT = Port(width=16)
"""Either operand: signed or unsigned."""

_STAGES = 4


class Ice40(Multiplier):
    """Operands, partial products, product and sum are registers of SB_MAC16.

    A variable operand may have 17 bits where the other one is a constant, as behind the
    pre-adders of a filter: its last bit decides whether half the constant is added, which is what
    the block's own adder is for. Wider operands are cut into 16-bit pieces, of which only the
    topmost is signed; the partial products meet in a tree of registered adders.
    """

    def stages(self, a: Bounds, b: Bounds, *, held: bool = False) -> int:
        """Return 4, and one more for each level of adders where an operand is cut."""
        if _long(a, b) or _long(b, a):
            return _STAGES
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
        if is_constant(a):
            a, b, entry = b, a, ""
        if _long((a.lo, a.hi), (b.lo, b.hi)):
            return _block(m, a, b, name, en=en, platform=platform, entry=entry)
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


def _long(a: Bounds, b: Bounds) -> bool:
    """Tell whether `a` has one bit too many beside a constant `b` that fits."""
    return (
        a[0] != a[1]
        and b[0] == b[1]
        and shape_of(*a).width == PORT.width + 1
        and shape_of(*b).width <= PORT.width
    )


def _block(
    m: Module, a: Exact, b: Exact, name: str, *, en: Value, platform: Any, entry: str = ""
) -> Exact:
    """One multiplier with its four stages of registers."""
    if not isinstance(platform, Vendor):
        a, b = (
            x if is_constant(x) else register(m, x, label, en=en)
            for x, label in ((a, entry or f"{name}_a"), (b, f"{name}_b"))
        )
        held = product(a, b)
        for stage in ("m", "h"):
            held = register(m, held, f"{name}_{stage}", en=en)
        return register(m, held, name, en=en)
    ends = product(a, b)
    lo, hi = min(ends.lo, 0), max(ends.hi, 0)
    long = _long((a.lo, a.hi), (b.lo, b.hi))
    p = Signal(2 * PORT.width + long, name=name)
    bits = extend(a, max(a.width, PORT.width))
    ports: dict[str, Any] = {
        "p_A_SIGNED": Const(int(a.signed), 1),
        "p_B_SIGNED": Const(int(b.signed), 1),
        "i_clk": ClockSignal("sync"),
        "i_ce": platform.enable(en),
        "i_a": bits,
        "i_b": extend(b, PORT.width),
        "o_p": p,
    }
    kind = "mult17" if long else "mult16"
    m.submodules[f"{name}_mac"] = platform.instance(kind, block_text(long=long), ports)
    return sized(p.as_signed() if lo < 0 else p, lo, hi)


def block_text(*, long: bool) -> str:
    """Return the module: the primitive under `SYNTHESIS`, its behaviour otherwise."""
    head = "multiplier"
    odd = half = ""
    if long:
        head = "multiplier of 17 bits by a constant"
        odd = """
    // The last bit of a waits for the product of the others and adds half of b to it.
    reg [3:0] odd;

    initial begin
        odd = 4'd0;
    end

    always @(posedge clk) begin
        if (ce) begin
            odd <= {odd[2:0], a[0]};
        end
    end

    wire [31:0] half = odd[2] ? {{17{B_SIGNED & b[15]}}, b[15:1]} : 32'd0;
    wire [31:0] sum;

    assign p = {sum, odd[3] & b[0]};
"""
        half = " + half"
    high, low = ("half[31:16]", "half[15:0]") if long else ("16'd0", "16'd0")
    operand, result = ("a[16:1]", "sum") if long else ("a", "p")
    return f"""\
// {head} in one SB_MAC16 of iCE40 UltraPlus; behaviour for simulators.
module $name #(
    parameter [0:0] A_SIGNED = 1'b1,
    parameter [0:0] B_SIGNED = 1'b1
) (
    input  wire        clk,
    input  wire        ce,
    input  wire [{15 + long}:0] a,
    input  wire [15:0] b,
    output wire [{31 + long}:0] p
);
{odd}
`ifdef SYNTHESIS
    SB_MAC16 #(
        .NEG_TRIGGER(1'b0),
        .C_REG(1'b0), .A_REG(1'b1), .B_REG(1'b1), .D_REG(1'b0),
        .TOP_8x8_MULT_REG(1'b1), .BOT_8x8_MULT_REG(1'b1),
        .PIPELINE_16x16_MULT_REG1(1'b1), .PIPELINE_16x16_MULT_REG2(1'b1),
        .TOPOUTPUT_SELECT(2'b01), .TOPADDSUB_LOWERINPUT(2'b10),
        .TOPADDSUB_UPPERINPUT(1'b1), .TOPADDSUB_CARRYSELECT(2'b10),
        .BOTOUTPUT_SELECT(2'b01), .BOTADDSUB_LOWERINPUT(2'b10),
        .BOTADDSUB_UPPERINPUT(1'b1), .BOTADDSUB_CARRYSELECT(2'b00),
        .MODE_8x8(1'b0), .A_SIGNED(A_SIGNED), .B_SIGNED(B_SIGNED)
    ) mac (
        .CLK(clk), .CE(ce), .A({operand}), .B(b), .C({high}), .D({low}),
        .AHOLD(1'b0), .BHOLD(1'b0), .CHOLD(1'b0), .DHOLD(1'b0),
        .IRSTTOP(1'b0), .IRSTBOT(1'b0), .ORSTTOP(1'b0), .ORSTBOT(1'b0),
        .OLOADTOP(1'b0), .OLOADBOT(1'b0), .ADDSUBTOP(1'b0), .ADDSUBBOT(1'b0),
        .OHOLDTOP(1'b0), .OHOLDBOT(1'b0), .CI(1'b0), .ACCUMCI(1'b0), .SIGNEXTIN(1'b0),
        .O({result}), .CO(), .ACCUMCO(), .SIGNEXTOUT()
    );
`else
    reg [15:0] a_q, b_q;
    reg [31:0] m_q, h_q, o_q;

    initial begin
        a_q = 16'd0;
        b_q = 16'd0;
        m_q = 32'd0;
        h_q = 32'd0;
        o_q = 32'd0;
    end

    wire [31:0] a_wide = {{{{16{{A_SIGNED & a_q[15]}}}}, a_q}};
    wire [31:0] b_wide = {{{{16{{B_SIGNED & b_q[15]}}}}, b_q}};

    always @(posedge clk) begin
        if (ce) begin
            a_q <= {operand};
            b_q <= b;
            m_q <= a_wide * b_wide;
            h_q <= m_q;
            o_q <= h_q{half};
        end
    end

    assign {result} = o_q;
`endif

endmodule
"""
