"""Core folders for the independent bench: one written by hand, others made by the generator."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

VERILOG = """\
// y = (x[n] - 2 x[n-1] + 3 x[n-2]) / 2, half-even, saturated to 7 bits; latency 2
module tiny(aclk, aresetn, s_axis_tdata, s_axis_tvalid, s_axis_tready,
            m_axis_tdata, m_axis_tvalid, m_axis_tready);
  input aclk, aresetn;
  input [7:0] s_axis_tdata;
  input s_axis_tvalid, m_axis_tready;
  output s_axis_tready, m_axis_tvalid;
  output [7:0] m_axis_tdata;
  reg signed [5:0] x1, x2;
  reg signed [9:0] acc;
  reg signed [6:0] y;
  reg valid1, valid2;
  wire signed [5:0] x0 = s_axis_tdata[5:0];
  wire signed [9:0] rounded = (acc + $signed({1'b0, acc[1]})) >>> 1;
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
        acc <= x0 - 10'sd2 * x1 + 10'sd3 * x2;
      end
      y <= rounded > 63 ? 7'sd63 : rounded < -64 ? -7'sd64 : rounded[6:0];
    end
  assign s_axis_tready = step;
  assign m_axis_tvalid = valid2;
  assign m_axis_tdata = {y[6], y};
endmodule
"""

MANIFEST: dict[str, Any] = {
    "schema": 1,
    "name": "tiny",
    "top": "tiny",
    "verilog": "tiny.v",
    "kind": "fir",
    "interface": "axis",
    "ports": [
        {"name": "aclk", "dir": "in", "width": 1},
        {"name": "aresetn", "dir": "in", "width": 1},
        {"name": "s_axis_tdata", "dir": "in", "width": 8},
        {"name": "s_axis_tvalid", "dir": "in", "width": 1},
        {"name": "s_axis_tready", "dir": "out", "width": 1},
        {"name": "m_axis_tdata", "dir": "out", "width": 8},
        {"name": "m_axis_tvalid", "dir": "out", "width": 1},
        {"name": "m_axis_tready", "dir": "in", "width": 1},
    ],
    "filter": {
        "type": "FixedFir",
        "taps": [1, -2, 3],
        "coeff": "sfix3_En1",
        "input": "sfix6_En0",
        "output": {"to": "sfix7_En0", "rounding": "half_even", "overflow": "saturate"},
    },
    "timing": {"latency": 2, "interval": 1, "startup": 0},
}

Write = Callable[..., Path]


@pytest.fixture
def tiny(tmp_path: Path) -> Write:
    """Write the hand-made core, with pieces of its text replaced or keys of its manifest."""

    def write(*changes: tuple[str, str], **keys: Any) -> Path:
        text = VERILOG
        folder = tmp_path / "tiny"
        folder.mkdir(exist_ok=True)
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        (folder / "tiny.v").write_text(text)
        (folder / "manifest.json").write_text(json.dumps(MANIFEST | keys))
        return folder

    return write
