"""Other power-up values side by side: places exchanged, registers that start-up flushes."""

import re

import pytest

from fxfir.verify.mutation.circuit import read_circuit
from fxfir.verify.mutation.control import chosen_by_data
from fxfir.verify.mutation.expression import UnreadError, parse
from fxfir.verify.mutation.lockstep import same_moves
from fxfir.verify.mutation.tokens import read
from fxfir.verify.target import Target

PORTS = """\
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
"""

PLACES = f"""\
{PORTS}
    reg parity, passed;
    reg [7:0] before, now;
    reg [7:0] samples [0:1];
    integer k;
    initial begin
        parity = 1'b0;
        passed = 1'b0;
        before = 8'd0;
        now = 8'd0;
        m_axis_tvalid = 1'b0;
        for (k = 0; k < 2; k = k + 1) begin
            samples[k] = 8'd0;
        end
    end
    wire ce = m_axis_tready | ~m_axis_tvalid;
    assign s_axis_tready = ce;
    wire accept = s_axis_tvalid & ce;
    wire rst = ~aresetn;
    wire other = ~parity;
    always @(posedge aclk) begin
        if (rst) begin
            parity <= 1'b0;
            passed <= 1'b0;
            m_axis_tvalid <= 1'b0;
        end else if (ce) begin
            m_axis_tvalid <= accept;
            if (accept) begin
                parity <= ~parity;
                passed <= 1'b1;
            end
        end
    end
    always @(posedge aclk) begin
        if (accept) begin
            samples[parity] <= s_axis_tdata;
            before <= passed ? samples[other] : 8'd0;
            now <= s_axis_tdata;
        end
    end
    assign m_axis_tdata = before + now;
endmodule
"""
"""Two places for samples by turns; what a reset left behind is masked."""

FLUSHED = f"""\
{PORTS}
    reg signed [7:0] x0, x1, y;
    reg signed [8:0] sum;
    reg valid1;
    reg [1:0] count;
    initial begin
        x0 = 8'sd0;
        x1 = 8'sd0;
        sum = 9'sd0;
        y = 8'sd0;
        valid1 = 1'b0;
        m_axis_tvalid = 1'b0;
        count = 2'd0;
    end
    wire flushing = ~count[1];
    wire ce = m_axis_tready | ~m_axis_tvalid;
    assign s_axis_tready = ce & ~flushing;
    wire accept = s_axis_tvalid & s_axis_tready;
    wire rst = ~aresetn;
    wire over = ~sum[8] & sum[7];
    always @(posedge aclk) begin
        if (rst) begin
            valid1 <= 1'b0;
            m_axis_tvalid <= 1'b0;
            count <= 2'd0;
        end else begin
            if (flushing) count <= count + 2'd1;
            if (ce) begin
                valid1 <= accept;
                m_axis_tvalid <= valid1;
            end
        end
    end
    always @(posedge aclk) begin
        if (flushing) begin
            x0 <= 8'sd0;
        end else if (accept) begin
            x0 <= s_axis_tdata;
        end
        if (flushing | accept) x1 <= x0;
        if (ce) begin
            sum <= x0 + x1;
            y <= $signed(sum[7:0]);
            if (over) begin
                y <= 8'sd127;
            end
        end
    end
    assign m_axis_tdata = y;
endmodule
"""
"""Two words of history, flushed while ready is low; a limit is `if` on the data."""


MEMORY = f"""\
{PORTS}
    reg [4:0] head, wrote_at;
    reg flushed, wrote;
    reg [7:0] entering, y;
    reg [7:0] samples [0:31];
    integer k;
    initial begin
        head = 5'd0;
        wrote_at = 5'd0;
        flushed = 1'b0;
        wrote = 1'b0;
        entering = 8'd0;
        y = 8'd0;
        m_axis_tvalid = 1'b0;
        for (k = 0; k < 32; k = k + 1) begin
            samples[k] = 8'd0;
        end
    end
    wire ce = m_axis_tready | ~m_axis_tvalid;
    assign s_axis_tready = ce & flushed & ~wrote;
    wire accept = s_axis_tvalid & s_axis_tready;
    wire write = accept | ~flushed;
    wire rst = ~aresetn;
    wire last = head == 5'd31;
    always @(posedge aclk) begin
        if (rst) begin
            head <= 5'd0;
            flushed <= 1'b0;
            wrote <= 1'b0;
            entering <= 8'd0;
            m_axis_tvalid <= 1'b0;
        end else begin
            wrote <= write;
            if (write) head <= head + 5'd1;
            if (~flushed & last) flushed <= 1'b1;
            if (ce) m_axis_tvalid <= accept;
            entering <= flushed ? s_axis_tdata : 8'd0;
        end
        wrote_at <= head;
        if (accept) y <= samples[head];
        if (wrote) samples[wrote_at] <= entering;
    end
    assign m_axis_tdata = y;
endmodule
"""
"""A memory that start-up fills with zeros, one word behind the other."""


def changed(target: Target, text: str, old: str, new: str) -> str | None:
    assert text.count(old) == 1
    return same_moves(text, text.replace(old, new), target.pins)


def test_places_may_be_exchanged(target: Target) -> None:
    assert changed(target, PLACES, "        parity = 1'b0;", "        parity = 1'b1;") is not None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # One of both does not follow the bit.
        ("passed ? samples[other]", "passed ? samples[1'b1]"),
        ("samples[parity] <=", "samples[1'b0] <="),
        # The places differ before they are written, and nothing masks them.
        (
            "passed ? samples[other] : 8'd0",
            "samples[other]",
        ),
        # The bit itself is seen.
        ("= before + now", "= before + {7'd0, parity}"),
    ],
)
def test_places_that_are_not_exchanged_everywhere_are_not_excused(
    target: Target, old: str, new: str
) -> None:
    assert PLACES.count(old) == 1
    text = PLACES.replace(old, new)
    loop = "samples[k] = 8'd0;\n        end\n"
    text = text.replace(loop, f"{loop}        samples[1] = 8'd3;\n")
    assert same_moves(text, text, target.pins) is not None
    assert changed(target, text, "        parity = 1'b0;", "        parity = 1'b1;") is None


def test_a_word_outside_a_memory_is_unknown(target: Target) -> None:
    ce = ("m_axis_tready | ~m_axis_tvalid", "~m_axis_tvalid | m_axis_tready")
    assert changed(target, PLACES, *ce) is not None
    wide = PLACES.replace("    reg parity,", "    reg [1:0] parity;\n    reg")
    wide = wide.replace("parity = 1'b0", "parity = 2'd0").replace(
        "parity <= 1'b0", "parity <= 2'd0"
    )
    wide = wide.replace("wire other = ~parity", "wire [1:0] other = parity ^ 2'd1")
    wide = wide.replace("parity <= ~parity", "parity <= other")
    assert changed(target, wide, *ce) is not None
    assert changed(target, wide.replace("^ 2'd1", "^ 2'd2"), *ce) is None


@pytest.mark.parametrize("name", ["x0", "x1", "y"])
def test_registers_that_start_up_flushes_may_start_anyhow(target: Target, name: str) -> None:
    found = changed(target, FLUSHED, f"        {name} = 8'sd0;", f"{name} = 8'sd85;")
    assert found is not None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # Start-up is an edge too short, or none, or leaves the register alone.
        ("count = 2'd0;\n    end", "count = 2'd1;\n    end"),
        ("= ce & ~flushing;", "= ce;"),
        ("            x0 <= 8'sd0;\n", "            ;\n"),
        ("x1 <= x0", "x1 <= x0 + x1"),
        # Something leaves before.
        ("valid1 <= accept;", "valid1 <= 1'b1;"),
    ],
)
def test_registers_that_start_up_leaves_are_not_excused(target: Target, old: str, new: str) -> None:
    assert FLUSHED.count(old) == 1
    text = FLUSHED.replace(old, new)
    assert changed(target, text, "        x0 = 8'sd0;", "        x0 = 8'sd85;") is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("y <= 8'sd127", "y <= 8'sd126"),
        ("if (over)", "if (!over)"),
        ("~sum[8] & sum[7]", "~sum[8] & sum[6]"),
        ("            if (over) begin\n                y <= 8'sd127;\n            end\n", ""),
    ],
)
def test_another_limit_is_not_excused(target: Target, old: str, new: str) -> None:
    assert changed(target, FLUSHED, old, new) is None


def writes(body: str, target: Target, names: str = "reg [7:0] y, a;") -> list[tuple[int, object]]:
    """Guards left and value of each write of `y`."""
    text = f"{PORTS}{names} reg f; always @(posedge aclk) begin a <= s_axis_tdata; {body} end"
    found = chosen_by_data(read_circuit(f"{text}\nendmodule"), target.pins)
    return [(len(w.guards), w.value) for w in found.writes["y"]]


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("if (a[0]) y <= 8'd1;", "a[0] ? 8'd1 : y"),
        ("if (a[0]) y <= 8'd1; else y <= 8'd2;", "!a[0] ? 8'd2 : (a[0] ? 8'd1 : y)"),
        ("y <= a; if (a[0]) if (a[1]) y <= 8'd1;", "(a[0] && a[1]) ? 8'd1 : a"),
    ],
)
def test_data_choose_between_numbers(target: Target, body: str, value: str) -> None:
    assert writes(body, target) == [(0, parse(read(value)))]
    assert writes(f"if (f) begin {body} end", target) == [(1, parse(read(value)))]


@pytest.mark.parametrize(
    "body",
    [
        # In between stands a write that may count too.
        "if (f) y <= 8'd3; if (a[0]) y <= 8'd1;",
        # The choice would extend the narrower number by zeros, the assignment by its sign.
        "y <= $signed(a[3:0]); if (a[0]) y <= 8'd1;",
        # Bits above the register would take part in the shift.
        "y <= a; if (a[0]) y <= 9'd1;",
    ],
)
def test_a_choice_that_would_be_another_is_refused(target: Target, body: str) -> None:
    with pytest.raises(UnreadError):
        writes(body, target)


def test_a_memory_that_data_write_to_is_refused(target: Target) -> None:
    body = "if (a[0]) y[f] <= a;"
    with pytest.raises(UnreadError):
        writes(body, target, "reg [7:0] a; reg [7:0] y [0:1];")


STRAY = ("            wrote <= 1'b0;\n", "            wrote <= 1'b1;\n")
"""A word, wherever the last one was written, is overwritten with what `entering` is in reset."""


def test_a_stray_zero_before_all_words_become_zero(target: Target) -> None:
    assert changed(target, MEMORY, *STRAY) is not None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # The last word is left as it was, or nothing is.
        ("head == 5'd31", "head == 5'd30"),
        ("        flushed <= 1'b0;", "        flushed <= 1'b1;"),
    ],
)
def test_a_stray_zero_that_stays_is_not_excused(target: Target, old: str, new: str) -> None:
    assert MEMORY.count(old) == 1
    assert changed(target, MEMORY.replace(old, new), *STRAY) is None


def test_words_without_a_power_up_value_may_differ(target: Target) -> None:
    ce = ("m_axis_tready | ~m_axis_tvalid", "~m_axis_tvalid | m_axis_tready")
    assert changed(target, MEMORY, *ce) is not None
    bare = re.sub(r"        for .*?\n        end\n", "", MEMORY, flags=re.DOTALL)
    assert bare != MEMORY
    assert changed(target, bare, *ce) is not None
    short = bare.replace("head == 5'd31", "head == 5'd30")
    assert changed(target, short, *ce) is None
