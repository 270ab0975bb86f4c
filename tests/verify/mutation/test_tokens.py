"""The reader of the emitted text."""

import pytest

from fxfir.verify.mutation.tokens import Region, literal, read, statements

TEXT = """\
// module comment; not a token
module m (
    input  wire       aclk,
    output reg  [7:0] y
);
    reg signed [5:0] x0, x1;
    reg [7:0] taps [0:4];

    integer k;
    initial begin
        x0 = 6'sd0;
        for (k = 0; k < 8; k = k + 1) begin
            samples[k] = 6'h0;
        end
        taps[1] = 8'hec;
    end

    wire ce = m_ready | ~valid;
    assign y = {{3{x0[5]}}, x0};

    always @(posedge aclk) begin
        if (ce & last) begin
            x1 <= x0 <= 6'd3;
        end else if (rst) begin
            x1 <= 6'd0;
        end
    end

    always @(posedge aclk) if (ce) x0 <= 6'd1; else x0 <= 6'd2;

endmodule
module n (input wire a);
    wire b = a;
endmodule
"""


def test_statements_stand_in_their_regions() -> None:
    found = [(s.region, " ".join(t.text for t in s.tokens), s.module) for s in statements(TEXT)]
    plain = [(r, text) for r, text, _ in found]
    assert (Region.DECLARATION, "reg signed [ 5 : 0 ] x0 , x1 ;") in plain
    assert (Region.INITIAL, "x0 = 6'sd0 ;") in plain
    assert (Region.INITIAL, "samples [ k ] = 6'h0 ;") in plain
    assert (Region.INITIAL, "taps [ 1 ] = 8'hec ;") in plain
    assert (Region.WIRE, "wire ce = m_ready | ~ valid ;") in plain
    assert (Region.WIRE, "assign y = { { 3 { x0 [ 5 ] } } , x0 } ;") in plain
    assert (Region.CLOCKED, "if ( ce & last )") in plain
    assert (Region.CLOCKED, "x1 <= x0 <= 6'd3 ;") in plain
    assert (Region.CLOCKED, "if ( rst )") in plain
    assert (Region.CLOCKED, "x0 <= 6'd2 ;") in plain
    assert [(r, m) for r, text, m in found if "module" in text] == [
        (Region.HEADER, 0),
        (Region.HEADER, 1),
    ]
    assert (Region.WIRE, "wire b = a ;", 1) in found


def test_tokens_are_where_they_say() -> None:
    for token in read(TEXT):
        assert TEXT[token.start : token.end] == token.text
    assert not any("comment" in t.text for t in read(TEXT))


@pytest.mark.parametrize(
    ("text", "width", "signed", "value"),
    [("8'sd3", 8, True, 3), ("13'h1f", 13, False, 31), ("4'b01_10", 4, False, 6)],
)
def test_literals_are_read_and_written(text: str, width: int, signed: bool, value: int) -> None:
    found = literal(text)
    assert found is not None
    assert (found.width, found.signed, found.value) == (width, signed, value)
    again = literal(str(found))
    assert again == found


@pytest.mark.parametrize("text", ["12", "4'bx", "name", "4'bz01x"])
def test_what_is_no_literal(text: str) -> None:
    assert literal(text) is None


def test_attributes_are_no_tokens() -> None:
    text = 'module m (input wire c); (* ram_style = "block" *) reg [5:0] w [0:3]; endmodule'
    (declared,) = [s for s in statements(text) if s.region is Region.DECLARATION]
    assert " ".join(t.text for t in declared.tokens) == "reg [ 5 : 0 ] w [ 0 : 3 ] ;"


def test_what_only_synthesis_reads_is_no_token() -> None:
    text = """\
wire a = 1'b0;
`ifdef SYNTHESIS
CELL cell (.A(a[0]));
`else
assign b = ~a;
`endif
wire c = b;
"""
    assert [s.tokens[-2].text for s in statements(text)] == ["1'b0", "a", "b"]
    # Edits still fall on the right place.
    assert all(text[t.start : t.end] == t.text for t in read(text))
