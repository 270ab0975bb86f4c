"""Numbers that are certain at power-up: what a flag set too early may do to them."""

import pytest

from fxfir.verify.mutation.circuit import read_circuit
from fxfir.verify.mutation.concrete import Concrete
from fxfir.verify.mutation.expression import Shape, parse
from fxfir.verify.mutation.lockstep import same_moves
from fxfir.verify.mutation.tokens import read
from fxfir.verify.target import Target

TEXT = """\
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
    reg signed [7:0] x, state;
    reg signed [8:0] feed;
    reg step1, step2;
    initial begin
        x = 8'sd0;
        feed = 9'sd0;
        state = 8'sd0;
        step1 = 1'b0;
        step2 = 1'b0;
        m_axis_tvalid = 1'b0;
    end
    wire ce = m_axis_tready | ~m_axis_tvalid;
    assign s_axis_tready = ce;
    wire rst = ~aresetn;
    wire signed [8:0] sum = feed + $signed({state, 1'b0});
    wire signed [7:0] next = sum[8:1];
    always @(posedge aclk) begin
        if (rst) begin
            step1 <= 1'b0;
            step2 <= 1'b0;
            m_axis_tvalid <= 1'b0;
            state <= 8'sd0;
        end else if (ce) begin
            step1 <= s_axis_tvalid;
            step2 <= step1;
            m_axis_tvalid <= step2;
            if (s_axis_tvalid) x <= s_axis_tdata;
            if (step1) feed <= x + 9'sd1;
            if (step2) state <= next;
        end
    end
    assign m_axis_tdata = state;
endmodule
"""

GHOST = TEXT.replace("m_axis_tvalid <= step2;", "m_axis_tvalid <= step2 & real2;").replace(
    "    wire ce =",
    "    reg real1, real2;\n    initial begin\n        real1 = 1'b0;\n"
    "        real2 = 1'b0;\n    end\n"
    "    always @(posedge aclk) if (rst) begin real1 <= 1'b0; real2 <= 1'b0; end\n"
    "        else if (ce) begin real1 <= s_axis_tvalid; real2 <= real1; end\n    wire ce =",
)
"""The same with flags of its own for valid, so that a flag of the data path alone can be set."""


def changed(target: Target, old: str, new: str, text: str = GHOST) -> str | None:
    assert text.count(old) == 1
    return same_moves(text, text.replace(old, new), target.pins)


@pytest.mark.parametrize("flag", ["step1", "step2"])
def test_a_step_over_known_numbers_changes_nothing(target: Target, flag: str) -> None:
    # The rounding constant enters `feed` and leaves `state` zero, if the sample before was zero.
    assert "the same moves" in (changed(target, f"        {flag} = 1'b0;", f"{flag} = 1'b1;") or "")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # The same flag where the number that it moves is not the one that would be there.
        ("        x = 8'sd0;", "        x = 8'sd2;"),
        ("        feed = 9'sd0;", "        feed = 9'sd2;"),
        ("x + 9'sd1", "x + 9'sd2"),
    ],
)
def test_a_step_over_other_numbers_is_not_excused(target: Target, old: str, new: str) -> None:
    assert GHOST.count(old) == 1
    text = GHOST.replace(old, new)
    flag = "step2" if "feed = " in old else "step1"
    assert changed(target, f"        {flag} = 1'b0;", f"        {flag} = 1'b1;", text) is None


def test_a_valid_too_early_is_not_excused(target: Target) -> None:
    assert changed(target, "        step2 = 1'b0;", "        step2 = 1'b1;", TEXT) is None
    assert changed(target, "        real2 = 1'b0;", "        real2 = 1'b1;") is not None
    both = GHOST.replace("        step2 = 1'b0;", "        step2 = 1'b1;")
    assert changed(target, "        real2 = 1'b0;", "        real2 = 1'b1;", both) is None


def test_a_minus_sign_is_part_of_a_power_up_value() -> None:
    text = "module m (input wire c); reg signed [3:0] t [0:1]; initial begin {} end endmodule"
    words = "t[0] = -4'sd3; t[1] = 4'sd3;"
    assert read_circuit(text.format(words)).words["t"] == {0: 13, 1: 3}


def test_values_are_those_of_the_expression() -> None:
    shapes = {"a": Shape(width=4, signed=True), "b": Shape(width=4, signed=False)}
    concrete = Concrete(shapes)
    number = concrete.add(parse(read("$signed(a) - 5'sd3")), 6, ["a"])
    assert concrete.evaluate(number, (0b1111,)) == (-1 - 3) & 63
    assert concrete.evaluate(number, (None,)) is None
    beyond = concrete.add(parse(read("b[5]")), 1, ["b"])
    assert concrete.evaluate(beyond, (0,)) is None


MEMORY = """\
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
    reg [7:0] word;
    reg at;
    reg [7:0] words [0:3];
    integer k;
    initial begin
        word = 8'd0;
        at = 1'b0;
        m_axis_tvalid = 1'b0;
        for (k = 0; k < 4; k = k + 1) begin
            words[k] = 8'd0;
        end
    end
    wire ce = m_axis_tready | ~m_axis_tvalid;
    assign s_axis_tready = ce;
    wire accept = s_axis_tvalid & ce;
    always @(posedge aclk) begin
        if (~aresetn) m_axis_tvalid <= 1'b0;
        else if (ce) begin
            m_axis_tvalid <= accept;
            word <= words[{1'b0, at}];
        end
    end
    always @(posedge aclk) begin
        if (accept) words[2'd3] <= s_axis_tdata;
    end
    assign m_axis_tdata = word;
endmodule
"""


def elsewhere(target: Target, text: str) -> str | None:
    """The argument for reading word 1 instead of word 0."""
    old = "        at = 1'b0;"
    assert text.count(old) == 1
    return same_moves(text, text.replace(old, "        at = 1'b1;"), target.pins)


def test_words_that_are_zero_may_be_read_anywhere(target: Target) -> None:
    assert elsewhere(target, MEMORY) is not None


@pytest.mark.parametrize("address", ["2'd0", "2'd1"])
def test_words_that_data_are_written_to_may_not(target: Target, address: str) -> None:
    assert elsewhere(target, MEMORY.replace("words[2'd3] <=", f"words[{address}] <=")) is None


def test_a_word_that_is_not_zero_may_not(target: Target) -> None:
    loop = "words[k] = 8'd0;\n        end\n"
    assert elsewhere(target, MEMORY.replace(loop, f"{loop}        words[1] = 8'd5;\n")) is None
