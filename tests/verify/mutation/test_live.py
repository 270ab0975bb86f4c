"""Bits that no output sees: free to change, and only those."""

import pytest

from fxfir.verify.mutation.combinational import same_logic
from fxfir.verify.mutation.expression import Shape, parse
from fxfir.verify.mutation.live import Live
from fxfir.verify.mutation.tokens import read

TEXT = """\
module m (
    input wire c,
    input wire [7:0] x,
    input wire v,
    output wire [3:0] y,
    output reg q
);
    reg signed [9:0] acc;
    reg [5:0] held;
    reg [3:0] z;
    initial begin
        acc = 10'sd0;
        held = 6'd0;
        z = 4'd0;
        q = 1'b0;
    end
    wire signed [9:0] total = acc + $signed({2'd0, x});
    wire [5:0] part = {total[9], total[5:1]};
    wire big = held > 6'd3;
    always @(posedge c) begin
        if (v) begin
            acc <= total;
            held <= part;
            z <= acc[4:1];
        end
        q <= 1'b1;
    end
    assign y = z;
endmodule
"""


def changed(old: str, new: str, text: str = TEXT) -> str | None:
    assert text.count(old) == 1
    return same_logic(text, text.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # The output ends at bit 4 of the accumulator: bits above it only carry among themselves.
        ("{2'd0, x}", "{2'd3, x}"),
        ("acc + $signed", "(acc ^ 10'sd32) + $signed"),
        ("acc <= total;", "acc <= total ^ 10'sd512;"),
        ("total[9], total[5:1]", "total[8], total[5:1]"),
        ("held <= part;", "held <= ~part;"),
    ],
)
def test_bits_above_what_an_output_takes_are_free(old: str, new: str) -> None:
    assert (changed(old, new) or "").startswith("the same logic: ")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # One place lower the changed bit reaches the output, at once or through a carry.
        ("acc + $signed", "(acc ^ 10'sd16) + $signed"),
        ("acc + $signed", "(acc ^ 10'sd1) + $signed"),
        ("acc <= total;", "acc <= total ^ 10'sd16;"),
        ("acc <= total;", "acc <= total ^ 10'sd1;"),
        ("z <= acc[4:1];", "z <= acc[5:2];"),
        ("q <= 1'b1;", "q <= 1'b0;"),
        ("assign y = z", "assign y = ~z"),
    ],
)
def test_bits_that_an_output_takes_are_not(old: str, new: str) -> None:
    assert changed(old, new) is None


@pytest.mark.parametrize(
    "use",
    [
        "if (big)",
        "if (acc[9])",
        "if (v & (acc == 10'sd7))",
    ],
)
def test_a_condition_sees_every_bit_of_what_it_compares(use: str) -> None:
    text = TEXT.replace("if (v)", use)
    seen = "held <= part;" if "big" in use else "acc <= total;"
    changed_value = seen.replace(";", " ^ 10'd512;" if "acc" in seen else " ^ 6'd32;")
    assert changed(seen, changed_value, text) is None


@pytest.mark.parametrize(
    ("text", "bits", "needed"),
    [
        ("a + b", {2}, {("a", 0), ("a", 1), ("a", 2), ("b", 0), ("b", 1), ("b", 2)}),
        ("a & b", {2}, {("a", 2), ("b", 2)}),
        ("{a[3:2], b[1]}", {1}, {("a", 2)}),
        ("{2{a[1:0]}}", {3}, {("a", 1)}),
        ("s", {6}, {("s", 3)}),
        ("a", {6}, set()),
        ("b[0] ? a : 4'd2", {3}, {("a", 3), ("b", 0)}),
        ("$signed(a) - s", {5}, {(n, k) for n in "as" for k in range(4)}),
        ("a < 4'd9", {0}, {("a", k) for k in range(4)}),
        ("&s[2:1]", {0}, {("s", 1), ("s", 2)}),
        ("a * 4'd3", {0}, {("a", 0)}),
    ],
)
def test_what_a_bit_needs(text: str, bits: set[int], needed: set[tuple[str, int]]) -> None:
    shapes = {n: Shape(width=4, signed=n == "s") for n in "abs"}
    live = Live(shapes | {"y": Shape(width=8, signed=False)})
    live.assign("y", parse(read(text)))
    live._add("y", bits)
    found = {(n, k) for n, bits_ in live.close().items() for k in bits_ if n != "y"}
    assert found == needed
