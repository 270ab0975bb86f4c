"""A plain bench written by hand for the hand-written core."""

import json
from pathlib import Path

import numpy as np
import pytest

from fxfir.filters import FixedFir, to_json
from fxfir.fixed import SQ, Cast, saturate
from fxfir.verify.stimulus import standard
from fxfir.verify.target import Target, load

TINY = FixedFir(taps=(1, -2), coeff=SQ(3, 0), input=SQ(6, 0), output=Cast(to=SQ(7, 0)))

CORE = """\
module tiny (
    input  wire       aclk,
    input  wire       aresetn,
    input  wire [7:0] s_axis_tdata,
    input  wire       s_axis_tvalid,
    output wire       s_axis_tready,
    output wire [7:0] m_axis_tdata,
    output reg        m_axis_tvalid,
    input  wire       m_axis_tready
);

    reg signed [5:0] x1;
    reg signed [6:0] y;

    initial begin
        x1 = 6'sd0;
        y = 7'sd0;
        m_axis_tvalid = 1'b0;
    end

    wire ce = m_axis_tready | ~m_axis_tvalid;
    assign s_axis_tready = ce;
    wire accept = s_axis_tvalid & ce;
    wire rst = ~aresetn;
    wire signed [7:0] acc = $signed(s_axis_tdata[5:0]) - x1 * 8'sd2;
    wire over = ~acc[7] & acc[6];
    wire under = acc[7] & ~acc[6];

    always @(posedge aclk) begin
        if (rst) begin
            x1 <= 6'sd0;
            m_axis_tvalid <= 1'b0;
        end else if (ce) begin
            m_axis_tvalid <= accept;
            if (accept) begin
                x1 <= s_axis_tdata[5:0];
                y <= under ? -7'sd64 : over ? 7'sd63 : acc[6:0];
            end
        end
    end

    assign m_axis_tdata = {{1{y[6]}}, y};

endmodule
"""

BENCH = """\
module tiny_tb;
    reg aclk, aresetn, s_valid, m_ready, was_valid, was_ready;
    reg [7:0] s_data;
    reg [7:0] was_data;
    wire [7:0] m_data;
    wire s_ready, m_valid;
    reg [7:0] x [0:%(last)d];
    reg [7:0] y [0:%(last)d];
    reg [31:0] noise;
    integer sent, got, errors, edges, pass;
    tiny dut (.aclk(aclk), .aresetn(aresetn), .s_axis_tdata(s_data), .s_axis_tvalid(s_valid),
        .s_axis_tready(s_ready), .m_axis_tdata(m_data), .m_axis_tvalid(m_valid),
        .m_axis_tready(m_ready));
    task fail; begin errors = errors + 1; if (errors < 4) $display("FAIL at edge %%0d", edges); end
    endtask
    initial begin
        $readmemh("x.hex", x); $readmemh("y.hex", y);
        aclk = 0; aresetn = 1; s_valid = 0; s_data = 0; m_ready = 1; noise = 1; errors = 0;
        was_valid = 0; was_ready = 1; was_data = 0;
        for (pass = 0; pass < 3; pass = pass + 1) begin
            sent = 0; got = 0; edges = 0; s_valid = 0;
            if (pass > 0) begin
                aresetn = 0; #1 aclk = 1; #1 aclk = 0; aresetn = 1; was_valid = 0;
                if (m_valid !== 0) fail;
            end
            while (got <= %(last)d && edges < %(most)d && !(pass == 1 && got == 9)) begin
                noise = {noise[30:0], noise[31] ^ noise[21] ^ noise[1] ^ noise[0]};
                m_ready = pass == 0 ? 1 : noise[3];
                if (!(s_valid && !was_ready)) s_valid = sent <= %(last)d && (pass == 0 || noise[7]);
                s_data = s_valid ? x[sent] : ~s_data;
                #1;
                if (was_valid && (m_valid !== 1 || m_data !== was_data)) fail;
                if (m_valid !== 0 && m_valid !== 1) fail;
                if (m_valid === 1 && m_ready) begin
                    if (m_data !== y[got]) fail;
                    if (pass == 0 && edges != got + 1) fail;
                    got = got + 1;
                end
                was_valid = m_valid === 1 && !m_ready; was_data = m_data;
                if (s_ready !== 0 && s_ready !== 1) fail;
                was_ready = s_ready;
                if (s_valid && s_ready) sent = sent + 1;
                aclk = 1; #1 aclk = 0; edges = edges + 1;
                if (was_ready) s_valid = 0;
            end
            if (edges >= %(most)d) fail;
        end
        if (errors == 0) $display("PASS %%0d samples", got);
        $finish;
    end
endmodule
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A core folder with its plain bench, all written by hand."""
    x = standard(TINY, n=120).samples
    y = saturate(x - 2 * np.pad(x, ((0, 0), (1, 0)))[:, :-1], TINY.output.to)
    port = {"aclk": 1, "aresetn": 1, "s_axis_tdata": 8, "s_axis_tvalid": 1, "s_axis_tready": 1}
    port |= {"m_axis_tdata": 8, "m_axis_tvalid": 1, "m_axis_tready": 1}
    outs = ("s_axis_tready", "m_axis_tdata", "m_axis_tvalid")
    manifest = {
        "schema": 1,
        "name": "tiny",
        "top": "tiny",
        "verilog": "tiny.v",
        "kind": "fir",
        "interface": "axis",
        "ports": [
            {"name": n, "dir": "out" if n in outs else "in", "width": w} for n, w in port.items()
        ],
        "filter": to_json(TINY),
        "architecture": {"name": "direct"},
        "timing": {"latency": 1, "interval": 1, "startup": 0},
    }
    home = tmp_path / "tiny"
    home.mkdir()
    last = x.shape[1] - 1
    (home / "tiny.v").write_text(CORE)
    (home / "tiny_tb.v").write_text(BENCH % {"last": last, "most": 8 * last})
    (home / "x.hex").write_text("\n".join(f"{v & 0xFF:02x}" for v in x[0]))
    (home / "y.hex").write_text("\n".join(f"{v & 0xFF:02x}" for v in y[0]))
    (home / "manifest.json").write_text(json.dumps(manifest))
    (home / "vectors.json").write_text(
        json.dumps({"schema": 1, "input": x.tolist(), "output": y.tolist(), "stimuli": []})
    )
    return home


@pytest.fixture
def target(folder: Path) -> Target:
    return load(folder)
