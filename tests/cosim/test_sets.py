"""The golden core with sets of taps, broken where only sets can break: every bench sees it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fxfir.verify.check import verify_core
from sim.run import check

CORE = Path(__file__).parents[2] / "hdl" / "cores" / "three_sets"

BREAKS = {
    "the set of the sample before": ("~busy ? s_axis_tuser : chosen", "chosen"),
    "the set of whatever comes next": ("~busy ? s_axis_tuser : chosen", "s_axis_tuser"),
    "a set that is never taken": ("chosen <= s_axis_tuser", "chosen <= chosen"),
    "half of a number": ("chosen <= s_axis_tuser", "chosen <= {s_axis_tuser[1], 1'b0}"),
}
"""What is wrong: the text and what stands in its place."""

FEW = list(BREAKS)[:2]
SLOWLY = [*FEW, *(pytest.param(what, marks=pytest.mark.slow) for what in list(BREAKS)[2:])]


def broken(folder: Path, what: str) -> Path:
    core = shutil.copytree(CORE, folder / "three_sets")
    text = (core / "three_sets.v").read_text()
    old, new = BREAKS[what]
    assert text.count(old) == 1
    (core / "three_sets.v").write_text(text.replace(old, new))
    return core


@pytest.mark.sim
@pytest.mark.parametrize("what", BREAKS)
def test_the_plain_verilog_bench_sees_it(what, icarus, tmp_path):
    core = broken(tmp_path, what)
    sources = ["three_sets_tb.v", "three_sets.v"]
    command = [icarus, "-g2001", "-s", "three_sets_tb", "-o", "tb", *sources]
    subprocess.run(command, cwd=core, check=True)
    found = subprocess.run(
        ["vvp", "-n", "tb"], cwd=core, check=True, capture_output=True, text=True
    )
    assert found.stdout.startswith("FAIL: three_sets, ")


@pytest.mark.sim
@pytest.mark.usefixtures("icarus")
@pytest.mark.parametrize("what", SLOWLY)
def test_the_cocotb_bench_sees_it(what, tmp_path):
    core = broken(tmp_path, what)
    command = [sys.executable, "test_three_sets.py"]
    found = subprocess.run(command, cwd=core, check=False, capture_output=True, text=True)
    assert found.returncode != 0
    assert "tests passed" in found.stdout + found.stderr


@pytest.mark.sim
@pytest.mark.usefixtures("icarus")
@pytest.mark.parametrize("what", SLOWLY)
def test_the_independent_bench_sees_it(what, tmp_path):
    assert not check(broken(tmp_path, what), samples=24).passed


@pytest.mark.sim
@pytest.mark.parametrize("what", SLOWLY)
@pytest.mark.parametrize("engine", ["icarus", pytest.param("verilator", marks=pytest.mark.slow)])
def test_the_engines_see_it(what, engine, tmp_path, request):
    request.getfixturevalue(engine)
    assert not verify_core(broken(tmp_path, what), [engine], samples=40).ok
