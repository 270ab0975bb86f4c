"""Accumulators that start afresh without losing an edge, for each target."""

from __future__ import annotations

from typing import Any

from amaranth.hdl import ClockSignal, Module, Mux, Signal, Value

from fxfir.rtl.arith.node import Exact, extend, shape_of, sized
from fxfir.rtl.vendor import Vendor

__all__ = ["Accumulator", "Ecp5Accumulator", "accumulator"]


class Accumulator:
    """A register that adds a word at each edge; plain operators, for any tool."""

    def build(
        self,
        m: Module,
        x: Exact,
        name: str,
        *,
        start: int,
        lo: int,
        hi: int,
        first: Value,
        en: Value,
        platform: Any,
    ) -> Exact:
        """Build the register.

        Parameters
        ----------
        m : Module
        x : Exact
            The word.
        name : str
        start : int
            What is added to instead of the register where `first` is 1.
        lo, hi : int
            Range of the register whenever it counts, 0 included; the caller answers for it.
        first, en : Value
            One bit each; without `en` nothing moves. The register is not reset.
        platform : object
            What `elaborate` was given.

        Returns
        -------
        Exact
        """
        held = Signal(shape_of(lo, hi), name=name, reset_less=True)
        total = Mux(first, start, held) + x.value
        with m.If(en):
            m.d.sync += held.eq(sized(total, lo, hi).value)
        return Exact(value=held, lo=lo, hi=hi)

    def build_from(
        self,
        m: Module,
        x: Exact,
        name: str,
        *,
        start: Value,
        lo: int,
        hi: int,
        first: Value,
        en: Value,
        platform: Any,
    ) -> Exact:
        """Build the register for a start that varies.

        Parameters
        ----------
        start : Value
            What is added to where `first` is 1; all ones elsewhere, as wide as the register.
        m, x, name, lo, hi, first, en, platform
            As for `build`.

        Returns
        -------
        Exact
        """
        held = Signal(shape_of(lo, hi), name=name, reset_less=True)
        total = Mux(first, start, held) + x.value
        with m.If(en):
            m.d.sync += held.eq(sized(total, lo, hi).value)
        return Exact(value=held, lo=lo, hi=hi)


class Ecp5Accumulator(Accumulator):
    """The same on carry cells whose look-up tables hold the choice of what is added to.

    A CCU2C has two four-input tables in front of the carry. An inferred adder uses two inputs of
    each, and the choice takes a further table for every bit.
    """

    def build(
        self,
        m: Module,
        x: Exact,
        name: str,
        *,
        start: int,
        lo: int,
        hi: int,
        first: Value,
        en: Value,
        platform: Any,
    ) -> Exact:
        """Build the register; see `Accumulator.build`."""
        if not isinstance(platform, Vendor):
            return super().build(
                m, x, name, start=start, lo=lo, hi=hi, first=first, en=en, platform=platform
            )
        width = shape_of(lo, hi).width
        text = _text(width, start % (1 << width))
        ports = {"i_first": first}
        return _cells(m, x, name, text, ports, lo=lo, hi=hi, en=en, platform=platform)

    def build_from(
        self,
        m: Module,
        x: Exact,
        name: str,
        *,
        start: Value,
        lo: int,
        hi: int,
        first: Value,
        en: Value,
        platform: Any,
    ) -> Exact:
        """Build the register; see `Accumulator.build_from`."""
        if not isinstance(platform, Vendor):
            return super().build_from(
                m, x, name, start=start, lo=lo, hi=hi, first=first, en=en, platform=platform
            )
        width = shape_of(lo, hi).width
        ports = {"i_first": first, "i_start": start}
        text = _text(width, None)
        return _cells(m, x, name, text, ports, lo=lo, hi=hi, en=en, platform=platform)


def _cells(
    m: Module,
    x: Exact,
    name: str,
    text: str,
    ports: dict[str, Value],
    *,
    lo: int,
    hi: int,
    en: Value,
    platform: Vendor,
) -> Exact:
    """Refer to an accumulator of carry cells."""
    shape = shape_of(lo, hi)
    total = Signal(shape, name=name)
    width = shape.width
    m.submodules[f"{name}_cells"] = platform.instance(
        f"accumulator{width}",
        text,
        {
            "i_clk": ClockSignal("sync"),
            "i_en": platform.enable(en),
            **ports,
            "i_x": extend(x, max(width, x.width))[:width],
            "o_sum": total,
        },
    )
    return Exact(value=total, lo=lo, hi=hi)


_TARGETS: dict[str, Accumulator] = {"ecp5": Ecp5Accumulator()}


def accumulator(target: str) -> Accumulator:
    """Return how a target accumulates; without cells of its own, by plain operators."""
    return _TARGETS.get(target, Accumulator())


def _text(width: int, start: int | None) -> str:
    """Return the module: carry cells under `SYNTHESIS`, an expression otherwise.

    In Yosys' model of the cell (lattice/ccu2c_sim.vh) a bit is its table xor the carry; the carry
    passes where the table gives 1, and is else what the table's lowest four entries give: here
    the bit of `x`. So two of the four inputs must never both be 0: the one is `first`, the other
    is constant, or the start's bit, which is 1 while `first` is 0.
    """
    pairs = (width + 1) // 2
    pad = "1'b0, " if width % 2 else ""
    # What takes the place of the sum so far: 5 adds 1 to x, A adds 0.
    ones = (1 << 2 * pairs) - 1 if start is None else start
    other = [f"d[{bit}]" if start is None else "1'b1" for bit in range(2 * pairs)]
    rows = []
    for k in range(pairs):
        bits = (2 * k, 2 * k + 1)
        tables = [0x56AA if ones >> bit & 1 else 0xA6AA for bit in bits]
        rows += [
            f"    CCU2C #(.INIT0(16'h{tables[0]:04X}), .INIT1(16'h{tables[1]:04X}),",
            f'        .INJECT1_0("NO"), .INJECT1_1("NO")) pair{k} (.CIN(carry[{k}]),',
            *(
                f"        .A{n}(a[{bit}]), .B{n}(b[{bit}]), .C{n}(first), .D{n}({other[bit]}),"
                for n, bit in enumerate(bits)
            ),
            f"        .S0(s[{2 * k}]), .S1(s[{2 * k + 1}]), .COUT(carry[{k + 1}]));",
        ]
    cells = "\n".join(rows)
    port = f"    input  wire [{width - 1}:0] start,\n" if start is None else ""
    wires = f"    wire [{2 * pairs - 1}:0] d = {{{pad}start}};\n" if start is None else ""
    begin = "start" if start is None else f"{width}'d{start}"
    return f"""\
// Accumulator of {width} bits on the carry cells of Lattice ECP5; an expression for simulators.
module $name (
    input  wire clk,
    input  wire en,
    input  wire first,
{port}    input  wire [{width - 1}:0] x,
    output reg  [{width - 1}:0] sum
);

    initial sum = {width}'d0;

`ifdef SYNTHESIS
    wire [{2 * pairs - 1}:0] a = {{{pad}x}};
    wire [{2 * pairs - 1}:0] b = {{{pad}sum}};
{wires}    wire [{2 * pairs - 1}:0] s;
    wire [{pairs}:0] carry;

    assign carry[0] = 1'b0;
{cells}

    always @(posedge clk) begin
        if (en) begin
            sum <= s[{width - 1}:0];
        end
    end
`else
    always @(posedge clk) begin
        if (en) begin
            sum <= (first ? {begin} : sum) + x;
        end
    end
`endif

endmodule
"""
