"""The emitted text of a cascade in Icarus: same words, and no X from power-up without a reset."""

from __future__ import annotations

import subprocess

import pytest

from fxfir.emit.verilog import convert
from fxfir.filters import Form
from fxfir.rtl.sos import ARCHITECTURES
from tests.rtl.sos import cases, oracle
from tests.rtl.sos.checks import noise

BENCH = """
module bench;
    reg clk = 0, rst = 0, valid = 0, taken = 0, accepted = 0;
    reg [{w_in}-1:0] payload = 0;
    reg [{w_in}-1:0] words [0:{n}-1];
    wire ready, o_valid;
    wire [{w_out}-1:0] word;
    integer sent = 0, got = 0, edges = 0;
    top dut (.clk(clk), .rst(rst), .i__payload(payload), .i__valid(valid), .i__ready(ready),
             .o__payload(word), .o__valid(o_valid), .o__ready(taken));
    initial begin
        $readmemh("{path}", words);
        while (got < {n} && edges < 100 * {n}) begin
            valid = sent < {n} && (valid || $random % 3 != 0);
            payload = valid ? words[sent] : {w_in}'bx;
            taken = $random % 3 != 0;
            #1;
            if ((o_valid ^ o_valid) !== 0 || (ready ^ ready) !== 0) $display("X");
            if (o_valid && taken) begin
                $display("%b", word);
                got = got + 1;
            end
            accepted = valid && ready;
            #1 clk = 1;
            #1 clk = 0;
            if (accepted) begin
                sent = sent + 1;
                valid = 0;
            end
            edges = edges + 1;
        end
        $finish;
    end
endmodule
"""


@pytest.mark.sim
@pytest.mark.parametrize("arch", ARCHITECTURES)
@pytest.mark.parametrize(
    "sos",
    [cases.mixed(), cases.high_q(Form.DF2T), cases.unsigned(Form.DF1)],
    ids=["mixed", "high_q", "unsigned"],
)
def test_text_makes_the_same_words(icarus, tmp_path, arch, sos, seed):
    x = noise(sos, 40, seed)
    w_in, w_out = sos.input.width, sos.output.to.width
    words = tmp_path / "words.hex"
    words.write_text("\n".join(f"{v & ((1 << w_in) - 1):x}" for v in x))
    text = convert(ARCHITECTURES[arch](sos), name="top")
    bench = BENCH.format(w_in=w_in, w_out=w_out, n=len(x), path=words)
    source = tmp_path / "all.v"
    source.write_text(text + bench)
    program = tmp_path / "all"
    subprocess.run([icarus, "-g2001", "-o", program, source], check=True)
    found = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    want = [f"{v & ((1 << w_out) - 1):0{w_out}b}" for v in oracle.run(sos, x)]
    assert [line for line in found.splitlines() if "finish" not in line] == want
