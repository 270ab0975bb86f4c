"""The equivalence argument: right where the logic is the same, silent everywhere else."""

import random
import subprocess
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.verify.mutation.bdd import FALSE, TRUE, Bdd, TooLargeError
from fxfir.verify.mutation.combinational import same_logic, shapes_of
from fxfir.verify.mutation.expression import Evaluator, Shape, UnreadError, parse
from fxfir.verify.mutation.text import text_mutants
from fxfir.verify.mutation.tokens import read, statements
from fxfir.verify.target import Target

SHAPES = {
    "a": Shape(width=3, signed=False),
    "s": Shape(width=3, signed=True),
    "t": Shape(width=2, signed=True),
    "b": Shape(width=1, signed=False),
}


def value(text: str, width: int, **values: int) -> int:
    """The expression's value assigned to `width` bits, for given variables."""
    bdd = Bdd()

    def wire(name: str) -> list[int]:
        return [values[name] >> k & 1 for k in range(SHAPES[name].width)]

    bits = Evaluator(bdd, SHAPES, wire).assigned(parse(read(text)), width)
    assert set(bits) <= {FALSE, TRUE}
    return sum(b << k for k, b in enumerate(bits))


@pytest.mark.parametrize(
    ("text", "width", "values", "result"),
    [
        ("a + 3'd5", 4, {"a": 7}, 12),
        ("a + 3'd5", 3, {"a": 7}, 4),
        ("{a + 3'd5}", 4, {"a": 7}, 4),
        ("s", 5, {"s": 0b101}, 0b11101),
        ("s + a", 5, {"s": 0b101, "a": 0}, 0b00101),
        ("s + t", 5, {"s": 0b101, "t": 0b11}, 0b11100),
        ("-s", 4, {"s": 0b100}, 4),
        ("~b", 2, {"b": 0}, 0b11),
        ("s * 3'sd3", 6, {"s": 0b111}, 0b111101),
        ("s < t", 1, {"s": 0b100, "t": 0b01}, 1),
        ("s < a", 1, {"s": 0b100, "a": 0b011}, 0),
        ("a >= 3'd3", 1, {"a": 3}, 1),
        ("s == t", 1, {"s": 0b111, "t": 0b11}, 1),
        ("b ? s : t", 4, {"b": 0, "s": 0, "t": 0b10}, 0b1110),
        ("b ? s : a", 4, {"b": 1, "s": 0b100, "a": 0}, 0b0100),
        ("{2{s[2:1]}}", 4, {"s": 0b101}, 0b1010),
        ("$signed({1'b1, a}) + s", 5, {"a": 0, "s": 0}, 0b11000),
        ("&a | ^a", 1, {"a": 0b110}, 0),
        ("!a || b && a[1]", 1, {"a": 2, "b": 1}, 1),
        ("s >>> 1", 3, {"s": 0b100}, 0b110),
        ("a - 3'd5 > 3'd1", 1, {"a": 2}, 1),
        ("a | b & 1'b0", 3, {"a": 4, "b": 1}, 4),
    ],
)
def test_widths_and_signs_are_the_standards(
    text: str, width: int, values: dict[str, int], result: int
) -> None:
    assert value(text, width, **values) == result


@pytest.mark.parametrize("text", ["f(a)", "a +", "a[s:0]", "c", "a b", "4'bx + a", "a[0:2]"])
def test_what_is_not_read_is_refused(text: str) -> None:
    with pytest.raises(UnreadError):
        value(text, 4, a=0, s=0)


@settings(max_examples=60)
@given(data=st.data())
def test_two_functions_are_equal_exactly_if_their_nodes_are(data: st.DataObject) -> None:
    bdd = Bdd()
    names = "pqr"
    table: list[tuple[int, list[bool]]] = []
    points = list(product([False, True], repeat=3))
    for k, name in enumerate(names):
        table.append((bdd.variable(name, 0), [p[k] for p in points]))
    for _ in range(data.draw(st.integers(1, 8))):
        picked = [data.draw(st.sampled_from(table)) for _ in range(3)]
        (f, x), (g, y), (h, z) = picked
        truth = [b if a else c for a, b, c in zip(x, y, z, strict=True)]
        table.append((bdd.ite(f, g, h), truth))
    for f, x in table:
        for g, y in table:
            assert (f == g) == (x == y)


def test_a_function_that_grows_too_large_is_given_up() -> None:
    bdd = Bdd(limit=50)

    def grow() -> None:
        total = [FALSE, FALSE]
        for k in range(60):
            total = bdd.add(total, [bdd.variable(f"b{k}", 1), bdd.variable(f"c{k}", 0)])

    with pytest.raises(TooLargeError):
        grow()


def test_declared_shapes_are_read(target: Target) -> None:
    shapes = shapes_of(statements(target.verilog.read_text()), 0)
    assert shapes["x1"] == Shape(width=6, signed=True)
    assert shapes["acc"] == Shape(width=8, signed=True)
    assert shapes["s_axis_tdata"] == Shape(width=8, signed=False)
    assert shapes["ce"] == Shape(width=1, signed=False)
    memory = "module m (input wire c); reg [5:0] w [0:7]; reg q; endmodule"
    found = shapes_of(statements(memory), 0)
    assert found["w"] == Shape(width=6, signed=False, memory=True)
    assert found["q"] == Shape(width=1, signed=False)


def changed(target: Target, old: str, new: str) -> str | None:
    text = target.verilog.read_text()
    assert text.count(old) == 1
    return same_logic(text, text.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # The upper bit is cut off by the assignment.
        ("? 7'sd63 : acc[6:0]", "? 7'sd63 : acc[7:0]"),
        ("{{1{y[6]}}, y}", "{{2{y[6]}}, y}"),
        # A bit beyond the number, cut off too.
        ("x1 <= s_axis_tdata[5:0];", "x1 <= s_axis_tdata[8:0];"),
        # -64 and 64 are the same seven bits.
        ("-7'sd64", "7'sd64"),
        ("~acc[7] & acc[6]", "acc[6] & ~(acc[7] | 1'b0)"),
        # An over that is wrong only where under decides.
        ("~acc[7] & acc[6]", "acc[6] ^ (acc[7] & (acc[6] | ~acc[6] & under))"),
        ("m_axis_tready | ~m_axis_tvalid", "~(m_axis_tvalid & ~m_axis_tready)"),
    ],
)
def test_the_same_logic_is_found(target: Target, old: str, new: str) -> None:
    assert (changed(target, old, new) or "").startswith("the same logic: ")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("? 7'sd63 : acc[6:0]", "? 7'sd62 : acc[6:0]"),
        ("x1 * 8'sd2", "x1 * 8'sd3"),
        ("y <= under ?", "y <= x1[6] ?"),
        ("~acc[7] & acc[6]", "acc[6]"),
        ("if (ce)", "if (accept)"),
        ("x1 <= 6'sd0;", "x1 <= 6'sd1;"),
        ("m_axis_tvalid <= 1'b0;", "x1 <= 1'b0;"),
        ("assign s_axis_tready = ce", "assign s_axis_tready = ~ce"),
        # Not a change of one expression: no argument.
        ("reg signed [5:0] x1;", "reg signed [4:0] x1;"),
        ("x1 = 6'sd0;", "x1 = 6'sd1;"),
        ("    wire rst = ~aresetn;\n", "    wire rst = ~aresetn;\n    wire more = rst;\n"),
    ],
)
def test_other_logic_is_never_called_the_same(target: Target, old: str, new: str) -> None:
    assert changed(target, old, new) is None


def expression(drawn: random.Random, depth: int) -> str:
    """A random expression of the kinds that the emitted text uses."""
    if depth == 0:
        return drawn.choice(["a", "s", "t", "b", "a[1]", "s[2:1]", "2'd1", "3'sd3", "{b, a}"])
    op = drawn.choice(["+", "-", "&", "|", "^", "<", ">=", "==", "?", "~", "-u", "|u", "$", "*"])
    left, right = expression(drawn, depth - 1), expression(drawn, depth - 1)
    match op:
        case "?":
            return f"({expression(drawn, 0)} ? {left} : {right})"
        case "~":
            return f"(~{left})"
        case "-u":
            return f"(-{left})"
        case "|u":
            return f"(|{{{left}, {right}}})"
        case "$":
            return f"$signed({left})"
        case "*":
            return f"({left} * 3'sd3)"
    return f"({left} {op} {right})"


def test_equal_nodes_mean_equal_values_for_random_expressions() -> None:
    drawn = random.Random(7)
    points = list(product(range(8), range(8), range(4), range(2)))
    unequal = 0
    for _ in range(40):
        one, two = expression(drawn, 2), expression(drawn, 1)
        evaluator = Evaluator(Bdd(), SHAPES, lambda name: None)
        equal = evaluator.assigned(parse(read(one)), 3) == evaluator.assigned(parse(read(two)), 3)
        brute = all(
            value(one, 3, a=a, s=s, t=t, b=b) == value(two, 3, a=a, s=s, t=t, b=b)
            for a, s, t, b in points
        )
        assert equal == brute, (one, two)
        unequal += not equal
    assert unequal > 10


@pytest.mark.sim
def test_values_are_those_of_icarus(icarus: str, tmp_path: Path) -> None:
    drawn = random.Random(11)
    texts = [expression(drawn, 1 + k % 3) for k in range(120)]
    points = [[drawn.randrange(n) for n in (8, 8, 4, 2)] for _ in range(12)]
    prints = "".join(f'    y = {text}; $write("%0d ", y);\n' for text in texts)
    calls = "".join(f"    a = {a}; s = {s}; t = {t}; b = {b}; show;\n" for a, s, t, b in points)
    (tmp_path / "e.v").write_text(
        "module e; reg [2:0] a; reg signed [2:0] s; reg signed [1:0] t; reg b; reg [6:0] y;\n"
        f"task show; begin\n{prints}    $display; end endtask\n"
        f"initial begin\n{calls}    $finish; end endmodule\n"
    )
    subprocess.run([icarus, "-g2005", "-o", "e", "e.v"], cwd=tmp_path, check=True)
    said = subprocess.run(["vvp", "-n", "e"], cwd=tmp_path, check=True, capture_output=True)
    rows = [[int(v) for v in line.split()] for line in said.stdout.decode().splitlines() if line]
    assert len(rows) == len(points)
    for (a, s, t, b), row in zip(points, rows, strict=True):
        mine = [value(text, 7, a=a, s=s, t=t, b=b) for text in texts]
        wrong = [x for x, m, r in zip(texts, mine, row, strict=True) if m != r]
        assert not wrong, (a, s, t, b, wrong[:3])


def test_no_two_mutants_of_one_token_are_all_the_same_logic(target: Target) -> None:
    text = target.verilog.read_text()
    excused = [m.where for m in text_mutants(text) if same_logic(text, m.text) is not None]
    # The sign of 64, the three cut-off bits: nothing else.
    assert len(excused) == 4, excused


WIDE = """\
module m (input wire c, input wire signed [39:0] x, output reg signed [41:0] y);
    reg signed [19:0] s;
    wire signed [41:0] sum = $signed({{2{x[39]}}, x}) + $signed({s, 18'd0});
    always @(posedge c) begin
        s <= sum[41:22];
        y <= sum;
    end
endmodule
"""


def test_sums_of_shifted_numbers_are_decided() -> None:
    def wide(old: str, new: str) -> str | None:
        assert WIDE.count(old) == 1
        return same_logic(WIDE, WIDE.replace(old, new))

    assert wide("{{2{x[39]}}, x}", "{{3{x[39]}}, x}") is not None
    assert wide("{{2{x[39]}}, x}", "{{1{x[39]}}, x}") is not None
    assert wide("{{2{x[39]}}, x}", "{{2{x[38]}}, x}") is None
    assert wide("18'd0", "18'd1") is None
    assert wide("{s, 18'd0}", "{s, 17'd0}") is None
