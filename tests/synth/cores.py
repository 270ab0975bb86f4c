"""Cores to synthesise: one from the generator, one written by hand around a vendor's multiplier."""

import json
from pathlib import Path

from fxfir.emit.verilog_bench import verilog_bench
from fxfir.filters import FixedFir, to_json
from fxfir.fixed import SQ, Cast
from fxfir.flow import generate
from fxfir.spec import Spec, TapsFir

FIVE = FixedFir(taps=(5,), coeff=SQ(4, 0), input=SQ(8, 0), output=Cast(to=SQ(12, 0)))


def smooth(folder: Path) -> Path:
    """A generic core of three taps with one multiplication."""
    generate(Spec(filter=TapsFir(taps=(0.1, 0.5, 0.1))), name="smooth").write(folder)
    return folder


def _bits(name: str, bus: str, width: int) -> list[str]:
    return [f".{name}{k}({bus}[{k}])" for k in range(width)]


def _all(names: list[str], value: str = "") -> list[str]:
    return [f".{name}({value})" for name in names]


def _each(name: str, width: int) -> list[str]:
    return [f"{name}{k}" for k in range(width)]


def multiplier() -> str:
    """A MULT18X18D with all its registers, in a module of its own.

    Yosys 0.70 dies inside ABC if the vectors of that module are signed.
    """
    pins = [
        *_bits("A", "a", 18),
        *_bits("B", "b", 18),
        *_bits("P", "p", 36),
        *_all(_each("C", 18), "1'b0"),
        *_all(_each("SRIA", 18) + _each("SRIB", 18) + _each("SROA", 18) + _each("SROB", 18)),
        *_all(_each("ROA", 18) + _each("ROB", 18) + _each("ROC", 18) + ["SIGNEDP"]),
        *_all(["SIGNEDA", "SIGNEDB"], "SIGNED"),
        *_all(["SOURCEA", "SOURCEB", *_each("RST", 4)], "1'b0"),
        *_all(_each("CLK", 4), "clk"),
        *_all(_each("CE", 4), "ce"),
    ]
    names = ("INPUTA", "INPUTB", "PIPELINE", "OUTPUT")
    registers = ", ".join(
        f'.REG_{name}_CLK("CLK0"), .REG_{name}_CE("CE0"), .REG_{name}_RST("RST0")' for name in names
    )
    return f"""\
module five_mult #(parameter [0:0] SIGNED = 1'b0) (
                 input clk, input ce, input [17:0] a, input [17:0] b, output [35:0] p);
`ifdef SYNTHESIS
  MULT18X18D #({registers}, .REG_INPUTC_CLK("NONE"), .GSR("DISABLED"), .RESETMODE("SYNC")) mult (
    {", ".join(pins)}
  );
`else
  reg signed [17:0] a_q, b_q;
  reg signed [35:0] m, r;
  initial begin a_q = 0; b_q = 0; m = 0; r = 0; end
  always @(posedge clk) if (ce) begin a_q <= a; b_q <= b; m <= a_q * b_q; r <= m; end
  assign p = r;
`endif
endmodule
"""


TEXT = """\
module five(input aclk, input aresetn, input [7:0] s_axis_tdata, input s_axis_tvalid,
            output s_axis_tready, output [15:0] m_axis_tdata, output reg m_axis_tvalid,
            input m_axis_tready);
  reg [1:0] valid;
  initial begin m_axis_tvalid = 0; valid = 0; end
  wire ce = m_axis_tready | ~m_axis_tvalid;
  wire [35:0] p;
  wire [17:0] x = {{10{s_axis_tdata[7]}}, s_axis_tdata};
  five_mult #(.SIGNED(1'b1)) mult(.clk(aclk), .ce(ce), .a(x), .b(18'd5), .p(p));
  assign s_axis_tready = ce;
  assign m_axis_tdata = p[15:0];
  always @(posedge aclk)
    if (!aresetn) {m_axis_tvalid, valid} <= 0;
    else if (ce) {m_axis_tvalid, valid} <= {valid, s_axis_tvalid};
endmodule
"""


def five(folder: Path, *, target: str = "ecp5", text: str = TEXT) -> Path:
    """Five times the input, through one instantiated MULT18X18D; latency 3."""
    ports = [("aclk", "in", 1), ("aresetn", "in", 1), ("s_axis_tdata", "in", 8)]
    ports += [("s_axis_tvalid", "in", 1), ("s_axis_tready", "out", 1)]
    ports += [("m_axis_tdata", "out", 16), ("m_axis_tvalid", "out", 1), ("m_axis_tready", "in", 1)]
    manifest = {
        "schema": 1,
        "name": "five",
        "top": "five",
        "verilog": "five.v",
        "interface": "axis",
        "ports": [{"name": n, "dir": d, "width": w} for n, d, w in ports],
        "filter": to_json(FIVE),
        "target": target,
        "timing": {"latency": 3, "interval": 1, "startup": 0},
        "hash": "five",
        "architecture": {"name": "direct"},
    }
    samples = [1, -1, 127, -128, 100, 0, 55, -77] * 8
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "five.v").write_text(text + multiplier())
    bench = verilog_bench(manifest, [samples], [[5 * x for x in samples]])
    (folder / "five_tb.v").write_text(bench)
    return folder
