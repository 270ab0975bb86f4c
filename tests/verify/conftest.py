"""A core folder written by hand, so that the engines are tested without the generator."""

import json
from pathlib import Path
from typing import Any

import pytest

from fxfir.filters import FixedFir, to_json
from fxfir.fixed import SQ, Cast
from fxfir.verify.target import Target, load

_VERILOG = """\
// y = x[n] - 2 x[n-1] + 3 x[n-2], saturated to 8 bits; latency 2, one sample per clock
module tiny(aclk, aresetn, s_axis_tdata, s_axis_tvalid, s_axis_tready,
            m_axis_tdata, m_axis_tvalid, m_axis_tready);
  input aclk, aresetn;
  input [7:0] s_axis_tdata;
  input s_axis_tvalid, m_axis_tready;
  output s_axis_tready, m_axis_tvalid;
  output [7:0] m_axis_tdata;
  reg signed [7:0] x1, x2;
  reg signed [11:0] acc;
  reg signed [7:0] y;
  reg valid1, valid2;
  wire signed [7:0] x0 = {{2{s_axis_tdata[5]}}, s_axis_tdata[5:0]};
  wire step = !valid2 || m_axis_tready;
  wire take = s_axis_tvalid && s_axis_tready;
  initial begin x1 = 0; x2 = 0; acc = 0; y = 0; valid1 = 0; valid2 = 0; end
  always @(posedge aclk)
    if (!aresetn) begin
      x1 <= 0; x2 <= 0; valid1 <= 0; valid2 <= 0;
    end else if (step) begin
      valid1 <= take;
      valid2 <= valid1;
      if (take) begin
        x1 <= x0;
        x2 <= x1;
        acc <= x0 - 12'sd2 * x1 + 12'sd3 * x2;
      end
      y <= acc > 12'sd127 ? 8'sd127 : acc < -12'sd128 ? -8'sd128 : acc[7:0];
    end
  assign s_axis_tready = step;
  assign m_axis_tvalid = valid2;
  assign m_axis_tdata = y;
endmodule
"""

TINY = FixedFir(taps=(1, -2, 3), coeff=SQ(3, 0), input=SQ(6, 0), output=Cast(to=SQ(8, 0)))


def axis_ports(i_width: int, o_width: int) -> list[dict[str, Any]]:
    return [
        {"name": name, "dir": direction, "width": width}
        for name, direction, width in (
            ("aclk", "in", 1),
            ("aresetn", "in", 1),
            ("s_axis_tdata", "in", i_width),
            ("s_axis_tvalid", "in", 1),
            ("s_axis_tready", "out", 1),
            ("m_axis_tdata", "out", o_width),
            ("m_axis_tvalid", "out", 1),
            ("m_axis_tready", "in", 1),
        )
    ]


@pytest.fixture
def tiny(tmp_path: Path) -> Target:
    """A hand-written 3-tap core: 6-bit input, 8-bit output, latency 2, interval 1."""
    manifest = {
        "schema": 1,
        "name": "tiny",
        "top": "tiny",
        "verilog": "tiny.v",
        "kind": "fir",
        "interface": "axis",
        "ports": axis_ports(8, 8),
        "filter": to_json(TINY),
        "timing": {"latency": 2, "interval": 1, "startup": 0},
    }
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "tiny.v").write_text(_VERILOG)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return load(folder)


@pytest.fixture
def broken(tiny: Target):
    """Replace text in the hand-written core's Verilog."""

    def change(old: str, new: str) -> Target:
        text = tiny.verilog.read_text()
        assert text.count(old) == 1
        tiny.verilog.write_text(text.replace(old, new))
        return tiny

    return change
