"""Multiply and accumulate inside one SB_MAC16 of the iCE40, and its behavioural twin."""

from __future__ import annotations

from typing import Any

from amaranth.hdl import ClockSignal, Const, Module, Mux, Signal, Value

from fxfir.rtl.arith.multiplier import Bounds, product
from fxfir.rtl.arith.node import Exact, extend, register, shape_of, sized
from fxfir.rtl.vendor import Vendor

__all__ = ["MAC16_STAGES", "mac16_fits", "multiply_accumulate"]

MAC16_STAGES = 3
"""Registers from the operands to what enters the accumulator: operands, partial products, sum."""

_WIDTH, _ACC = 16, 32


def mac16_fits(a: Bounds, b: Bounds, acc: Bounds) -> bool:
    """Tell whether operands and accumulator of these ranges fit into the block."""
    return (
        shape_of(*a).width <= _WIDTH
        and shape_of(*b).width <= _WIDTH
        and shape_of(*acc).width <= _ACC
    )


def multiply_accumulate(
    m: Module,
    a: Exact,
    b: Exact,
    name: str,
    *,
    start: int,
    lo: int,
    hi: int,
    first: Value,
    en: Value,
    platform: Any,
) -> Exact:
    """Build an accumulator of products.

    Parameters
    ----------
    m : Module
    a, b : Exact
    name : str
        Of the accumulator.
    start : int
        What it is loaded with where `first` is 1; the product of that step is lost, for the
        block cannot load and add at once.
    lo, hi : int
        Range of the accumulator whenever it counts, 0 included.
    first : Value
        One bit, `MAC16_STAGES` edges behind the operands of the step.
    en : Value
        One bit: all registers move.
    platform : object
        What `elaborate` was given.

    Returns
    -------
    Exact
        In a register, `MAC16_STAGES` + 1 edges behind the operands.
    """
    shape = shape_of(lo, hi)
    if not isinstance(platform, Vendor):
        a, b = register(m, a, f"{name}_a", en=en), register(m, b, f"{name}_b", en=en)
        middle = register(m, product(a, b), f"{name}_m", en=en)
        middle = register(m, middle, f"{name}_h", en=en)
        held = Signal(shape, name=name, reset_less=True)
        total = Mux(first, start, held + middle.value)
        with m.If(en):
            m.d.sync += held.eq(sized(total, lo, hi).value)
        return Exact(value=held, lo=lo, hi=hi)
    total = Signal(_ACC, name=name)
    m.submodules[f"{name}_mac"] = platform.instance(
        "mac16",
        _TEXT,
        {
            "p_A_SIGNED": Const(int(a.signed), 1),
            "p_B_SIGNED": Const(int(b.signed), 1),
            "p_START": Const(start % (1 << _ACC), _ACC),
            "i_clk": ClockSignal("sync"),
            "i_ce": platform.enable(en),
            "i_first": first,
            "i_a": extend(a, _WIDTH),
            "i_b": extend(b, _WIDTH),
            "o_sum": total,
        },
    )
    bits = total[: shape.width]
    return Exact(value=bits.as_signed() if shape.signed else bits, lo=lo, hi=hi)


_TEXT = """\
// Multiplier and 32-bit accumulator in one SB_MAC16 of iCE40 UltraPlus; behaviour for simulators.
module $name #(
    parameter [0:0] A_SIGNED = 1'b1,
    parameter [0:0] B_SIGNED = 1'b1,
    parameter [31:0] START = 32'd0
) (
    input  wire        clk,
    input  wire        ce,
    input  wire        first,
    input  wire [15:0] a,
    input  wire [15:0] b,
    output wire [31:0] sum
);

`ifdef SYNTHESIS
    SB_MAC16 #(
        .NEG_TRIGGER(1'b0),
        .C_REG(1'b0), .A_REG(1'b1), .B_REG(1'b1), .D_REG(1'b0),
        .TOP_8x8_MULT_REG(1'b1), .BOT_8x8_MULT_REG(1'b1),
        .PIPELINE_16x16_MULT_REG1(1'b1), .PIPELINE_16x16_MULT_REG2(1'b1),
        .TOPOUTPUT_SELECT(2'b01), .TOPADDSUB_LOWERINPUT(2'b10),
        .TOPADDSUB_UPPERINPUT(1'b0), .TOPADDSUB_CARRYSELECT(2'b10),
        .BOTOUTPUT_SELECT(2'b01), .BOTADDSUB_LOWERINPUT(2'b10),
        .BOTADDSUB_UPPERINPUT(1'b0), .BOTADDSUB_CARRYSELECT(2'b00),
        .MODE_8x8(1'b0), .A_SIGNED(A_SIGNED), .B_SIGNED(B_SIGNED)
    ) mac (
        .CLK(clk), .CE(ce), .A(a), .B(b), .C(START[31:16]), .D(START[15:0]),
        .AHOLD(1'b0), .BHOLD(1'b0), .CHOLD(1'b0), .DHOLD(1'b0),
        .IRSTTOP(1'b0), .IRSTBOT(1'b0), .ORSTTOP(1'b0), .ORSTBOT(1'b0),
        .OLOADTOP(first), .OLOADBOT(first), .ADDSUBTOP(1'b0), .ADDSUBBOT(1'b0),
        .OHOLDTOP(1'b0), .OHOLDBOT(1'b0), .CI(1'b0), .ACCUMCI(1'b0), .SIGNEXTIN(1'b0),
        .O(sum), .CO(), .ACCUMCO(), .SIGNEXTOUT()
    );
`else
    reg [15:0] a_q, b_q;
    reg [31:0] m_q, h_q, sum_q;

    initial begin
        a_q = 16'd0;
        b_q = 16'd0;
        m_q = 32'd0;
        h_q = 32'd0;
        sum_q = 32'd0;
    end

    wire [31:0] a_wide = {{16{A_SIGNED & a_q[15]}}, a_q};
    wire [31:0] b_wide = {{16{B_SIGNED & b_q[15]}}, b_q};

    always @(posedge clk) begin
        if (ce) begin
            a_q <= a;
            b_q <= b;
            m_q <= a_wide * b_wide;
            h_q <= m_q;
            sum_q <= first ? START : sum_q + h_q;
        end
    end

    assign sum = sum_q;
`endif

endmodule
"""
