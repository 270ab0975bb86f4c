"""Several modules as one: the same circuit to a simulator, and to the argument of moves."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from fxfir.verify.mutation.expression import UnreadError
from fxfir.verify.mutation.flatten import flat
from fxfir.verify.mutation.lockstep import same_moves
from fxfir.verify.target import Target, load

CORE = Path(__file__).parents[3] / "hdl" / "cores" / "stereo_eq"

TWO = """\
module tiny (
    input  wire       aclk,
    input  wire       aresetn,
    input  wire [7:0] s_axis_tdata,
    input  wire       s_axis_tvalid,
    output wire       s_axis_tready,
    output wire [7:0] m_axis_tdata,
    output reg        m_axis_tvalid,
    output reg        turn,
    input  wire       m_axis_tready
);

    wire signed [7:0] y;

    initial begin
        m_axis_tvalid = 1'b0;
        turn = 1'b0;
    end

    wire ce = m_axis_tready | ~m_axis_tvalid;
    assign s_axis_tready = ce;

    tiny_negated #(.ONCE(1'b1)) inside (.clk(aclk), .en(ce & s_axis_tvalid),
        .a({s_axis_tdata[6:0], 1'b0}), .q(y));

    always @(posedge aclk) begin
        if (~aresetn) begin
            m_axis_tvalid <= 1'b0;
            turn <= 1'b0;
        end else if (ce) begin
            m_axis_tvalid <= s_axis_tvalid;
            turn <= turn ^ m_axis_tvalid;
        end
    end

    assign m_axis_tdata = y;

endmodule

module tiny_negated #(
    parameter [0:0] ONCE = 1'b0
) (
    input  wire       clk,
    input  wire       en,
    input  wire [7:0] a,
    output reg  [7:0] q
);

    initial q = 8'd0;

    wire [7:0] y = ONCE ? ~a : a;

    always @(posedge clk) begin
        if (en) begin
            q <= y;
        end
    end

endmodule
"""


def same(target: Target, old: str, new: str, *, channel: bool = True) -> str | None:
    assert TWO.count(old) == 1
    pins = replace(target.pins, o_channel="turn" if channel else None)
    return same_moves(TWO, TWO.replace(old, new), pins)


def test_a_text_of_one_module_stays_as_it_is() -> None:
    text = TWO[TWO.index("module tiny_negated") :]
    assert flat(text) is text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # No sample is the power-up value.
        ("q = 8'd0", "q = 8'd1"),
        ("en(ce & s_axis_tvalid)", "en(ce)"),
    ],
)
def test_what_no_inputs_tell_apart_inside_an_instance(target: Target, old: str, new: str) -> None:
    assert same(target, old, new) is not None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ONCE(1'b1)", "ONCE(1'b0)"),
        ("ONCE ? ~a", "ONCE ? a"),
        ("en(ce & s_axis_tvalid)", "en(s_axis_tvalid)"),
        ("{s_axis_tdata[6:0], 1'b0}", "{s_axis_tdata[6:0], 1'b1}"),
        ("if (en)", "if (!en)"),
        ("turn ^ m_axis_tvalid", "turn ^ s_axis_tvalid"),
        ("turn = 1'b0", "turn = 1'b1"),
    ],
)
def test_differences_are_seen_inside_an_instance(target: Target, old: str, new: str) -> None:
    assert same(target, old, new) is None


def test_the_channel_counts_where_there_is_one(target: Target) -> None:
    assert same(target, "turn ^ m_axis_tvalid", "turn", channel=True) is None
    assert same(target, "turn ^ m_axis_tvalid", "turn", channel=False) is not None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (".q(y)", ".q(y[7:0])"),
        ("module tiny_negated", "module other"),
        ("initial q", "tiny_negated more (.clk(clk)); initial q"),
    ],
)
def test_forms_that_are_not_emitted_are_refused(old: str, new: str) -> None:
    with pytest.raises((UnreadError, KeyError)):
        flat(TWO.replace(old, new))


@pytest.mark.sim
def test_the_flat_text_passes_the_bench_of_a_core(icarus: str, tmp_path: Path) -> None:
    target = load(CORE)
    whole = target.verilog.read_text()
    for text, passes in ((whole, True), (whole.replace("p_q <= m_q;", "p_q <= ~m_q;"), False)):
        assert passes is (text == whole)
        (tmp_path / "core.v").write_text(flat(text))
        bench = CORE / "stereo_eq_tb.v"
        subprocess.run([icarus, "-g2001", "-o", "tb", bench, "core.v"], cwd=tmp_path, check=True)
        said = subprocess.run(["vvp", "-n", "tb"], cwd=tmp_path, capture_output=True, text=True)
        assert said.stdout.startswith("PASS") is passes, said.stdout[:300]
