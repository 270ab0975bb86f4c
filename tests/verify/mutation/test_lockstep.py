"""Side by side: state machines that are the same for all inputs, and those that are not."""

import random
import subprocess
from itertools import product
from pathlib import Path

import pytest

from fxfir.verify.mutation.circuit import read_circuit
from fxfir.verify.mutation.expression import Shape, UnreadError, parse
from fxfir.verify.mutation.lockstep import same_moves
from fxfir.verify.mutation.python_code import Coder
from fxfir.verify.mutation.tokens import read
from fxfir.verify.target import Target

SERIAL = """\
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

    reg [1:0] step;
    reg busy, live, fresh;
    reg [1:0] head;
    reg [5:0] samples [0:3];
    reg [5:0] word;
    reg [7:0] acc;

    integer k;
    initial begin
        step = 2'd0;
        busy = 1'b0;
        live = 1'b0;
        fresh = 1'b1;
        head = 2'd0;
        word = 6'd0;
        acc = 8'd0;
        m_axis_tvalid = 1'b0;
        for (k = 0; k < 4; k = k + 1) begin
            samples[k] = 6'h0;
        end
    end

    wire ce = m_axis_tready | ~m_axis_tvalid;
    wire last = step == 2'd2;
    assign s_axis_tready = ce & ~busy;
    wire accept = s_axis_tvalid & s_axis_tready;
    wire rst = ~aresetn;
    wire [1:0] slot = head - step;

    always @(posedge aclk) begin
        if (rst) begin
            busy <= 1'b0;
            step <= 2'd0;
            head <= 2'd0;
            live <= 1'b0;
            m_axis_tvalid <= 1'b0;
        end else if (ce) begin
            m_axis_tvalid <= 1'b0;
            if (accept) begin
                busy <= 1'b1;
                head <= head + 2'd1;
            end
            if (busy) begin
                step <= last ? 2'd0 : step + 2'd1;
                fresh <= last;
                if (last) begin
                    busy <= 1'b0;
                    m_axis_tvalid <= 1'b1;
                end
            end
            live <= busy;
        end
    end

    always @(posedge aclk) begin
        if (accept) begin
            samples[head] <= s_axis_tdata[5:0];
        end
        if (ce) begin
            word <= samples[slot];
        end
    end

    always @(posedge aclk) begin
        if (ce & busy) begin
            acc <= (step == 2'd0 ? 8'd0 : acc) + {2'd0, word};
        end
    end

    assign m_axis_tdata = acc;

endmodule
"""


def same(target: Target, old: str, new: str) -> str | None:
    assert SERIAL.count(old) == 1
    return same_moves(SERIAL, SERIAL.replace(old, new), target.pins)


def test_a_machine_is_itself(target: Target) -> None:
    found = same_moves(SERIAL, SERIAL, target.pins)
    assert found is not None
    assert found.startswith("the same moves and samples in all ")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # Nobody reads live and fresh, in any state.
        ("live = 1'b0", "live = 1'b1"),
        ("fresh <= last;", "fresh <= ~last;"),
        # The step is 0 whenever a pass begins.
        ("if (accept) begin\n                busy", "if (accept) begin step <= 2'd0; busy"),
        # ce holds whenever accept does.
        ("wire accept = s_axis_tvalid & s_axis_tready", "wire accept = s_axis_tvalid & ~busy & ce"),
        ("step == 2'd2", "step >= 2'd2"),
        # No pass runs while an output waits.
        ("if (ce & busy)", "if (busy)"),
        # What a word was at power-up is overwritten before it counts.
        ("word = 6'd0", "word = 6'd63"),
        ("acc = 8'd0", "acc = 8'd255"),
        # The head slot is overwritten when its sample comes.
        ("if (accept) begin\n            samples", "if (accept | 1'b0) begin\n            samples"),
    ],
)
def test_machines_that_no_inputs_tell_apart(target: Target, old: str, new: str) -> None:
    assert same(target, old, new) is not None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("step == 2'd2", "step == 2'd1"),
        ("busy = 1'b0", "busy = 1'b1"),
        ("step = 2'd0", "step = 2'd1"),
        ("(step == 2'd0 ? 8'd0 : acc)", "(step == 2'd1 ? 8'd0 : acc)"),
        ("{2'd0, word}", "{2'd1, word}"),
        ("head - step", "head + step"),
        ("head <= head + 2'd1", "head <= head + 2'd2"),
        ("ce & ~busy", "ce"),
        ("m_axis_tready | ~m_axis_tvalid", "~m_axis_tvalid"),
        ("m_axis_tvalid <= 1'b1", "m_axis_tvalid <= 1'b0"),
        ("samples[k] = 6'h0", "samples[k] = 6'h1"),
        ("head <= 2'd0;", ";"),
        ("assign m_axis_tdata = acc", "assign m_axis_tdata = ~acc"),
        # Other declarations: no argument.
        ("reg [5:0] word", "reg [6:0] word"),
        ("endmodule", "wire more = rst;\nendmodule\nmodule other (input wire a); endmodule"),
    ],
)
def test_machines_that_differ_are_never_called_the_same(target: Target, old: str, new: str) -> None:
    assert same(target, old, new) is None


def test_a_payload_that_decides_a_move_is_not_followed(target: Target) -> None:
    text = SERIAL.replace("if (busy) begin", "if (busy & s_axis_tdata[0]) begin")
    assert same_moves(text, text, target.pins) is None


def test_a_register_without_power_up_value_may_differ(target: Target) -> None:
    text = SERIAL.replace("        acc = 8'd0;\n", "").replace("step == 2'd0 ?", "1'b0 ?")
    assert same_moves(text, text, target.pins) is None


def test_a_circuit_is_read_with_its_guards() -> None:
    found = read_circuit(SERIAL)
    assert found.depths == {"samples": 4}
    assert found.words == {"samples": dict.fromkeys(range(4), 0)}
    assert found.initial["fresh"] == 1
    assert set(found.wires) == {
        "ce", "last", "s_axis_tready", "accept", "rst", "slot", "m_axis_tdata",
    }  # fmt: skip
    writes = found.writes["busy"]
    assert [len(w.guards) for w in writes] == [1, 3, 4]
    assert [g.holds for g in writes[2].guards] == [False, True, True, True]
    assert found.writes["samples"][0].address == parse(read("head"))


@pytest.mark.parametrize(
    "line", ["busy = 1'b0;", "{busy, live} <= 2'd0;", "if (busy) case (step) endcase"]
)
def test_forms_that_are_not_emitted_are_refused(line: str) -> None:
    with pytest.raises(UnreadError):
        read_circuit(SERIAL.replace("fresh <= last;", line))


SHAPES = {"a": Shape(width=3, signed=False), "b": Shape(width=1, signed=False)}


@pytest.mark.sim
def test_python_expressions_have_the_values_of_icarus(icarus: str, tmp_path: Path) -> None:
    drawn = random.Random(5)

    def expression(depth: int) -> str:
        if depth == 0:
            return drawn.choice(["a", "b", "a[1]", "a[2:1]", "2'd1", "3'd5", "{b, a}", "{2{b}}"])
        op = drawn.choice(["+", "-", "&", "|", "^", "<", ">=", "==", "&&", "?", "~", "|u", "!"])
        left, right = expression(depth - 1), expression(depth - 1)
        match op:
            case "?":
                return f"({expression(0)} ? {left} : {right})"
            case "~" | "!":
                return f"({op}{left})"
            case "|u":
                return f"(&{{{left}, {right}}} | |{left})"
        return f"({left} {op} {right})"

    texts = [expression(1 + k % 3) for k in range(120)]
    prints = "".join(f'    y = {t}; $write("%0d ", y);\n' for t in texts)
    points = list(product(range(8), range(2)))
    calls = "".join(f"    a = {a}; b = {b}; show;\n" for a, b in points)
    (tmp_path / "e.v").write_text(
        "module e; reg [2:0] a; reg b; reg [5:0] y;\n"
        f"task show; begin\n{prints}    $display; end endtask\n"
        f"initial begin\n{calls}    $finish; end endmodule\n"
    )
    subprocess.run([icarus, "-g2005", "-o", "e", "e.v"], cwd=tmp_path, check=True)
    said = subprocess.run(["vvp", "-n", "e"], cwd=tmp_path, check=True, capture_output=True)
    rows = [[int(v) for v in line.split()] for line in said.stdout.decode().splitlines() if line]
    circuit = read_circuit("module e (input wire c); reg [2:0] a; reg b; endmodule")
    assert circuit.shapes["a"] == SHAPES["a"]
    coder = Coder(circuit, "o", lambda name: name)
    for (a, b), row in zip(points, rows, strict=True):
        mine = [eval(coder.assigned(parse(read(t)), 6), {"a": a, "b": b}) for t in texts]
        wrong = [t for t, m, r in zip(texts, mine, row, strict=True) if m != r]
        assert not wrong, (a, b, wrong[:3])
