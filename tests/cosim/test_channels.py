"""The golden core with channels, broken where only channels can break: every bench sees it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fxfir.verify.check import verify_core
from sim.run import check

CORE = Path(__file__).parents[2] / "hdl" / "cores" / "stereo_eq"

BREAKS = {
    "a number that never changes": ("m_axis_tuser + 1'b1", "m_axis_tuser"),
    "a number that begins with 1": ("m_axis_tuser = 1'b0;", "m_axis_tuser = 1'b1;"),
    "a number that a reset forgets": ("m_axis_tuser <= 1'b0;", "m_axis_tuser <= m_axis_tuser;"),
    "one history for both channels": ("= {channel, place,", "= {1'b0, place,"),
}
"""What is wrong: the text and what stands in its place."""

NUMBER_ONLY = list(BREAKS)[:3]
SLOWLY = [pytest.param(what, marks=pytest.mark.slow) for what in BREAKS]


def broken(folder: Path, what: str) -> Path:
    core = shutil.copytree(CORE, folder / "stereo_eq")
    text = (core / "stereo_eq.v").read_text()
    old, new = BREAKS[what]
    assert text.count(old) >= 1
    (core / "stereo_eq.v").write_text(text.replace(old, new))
    return core


@pytest.mark.sim
@pytest.mark.parametrize("what", BREAKS)
def test_the_plain_verilog_bench_sees_it(what, icarus, tmp_path):
    core = broken(tmp_path, what)
    command = [icarus, "-g2001", "-s", "stereo_eq_tb", "-o", "tb", "stereo_eq_tb.v", "stereo_eq.v"]
    subprocess.run(command, cwd=core, check=True)
    found = subprocess.run(
        ["vvp", "-n", "tb"], cwd=core, check=True, capture_output=True, text=True
    )
    assert found.stdout.startswith("FAIL: stereo_eq, ")


@pytest.mark.sim
@pytest.mark.usefixtures("icarus")
@pytest.mark.parametrize("what", [NUMBER_ONLY[0], *SLOWLY])
def test_the_cocotb_bench_sees_it(what, tmp_path):
    core = broken(tmp_path, what)
    found = subprocess.run(
        [sys.executable, "test_stereo_eq.py"], cwd=core, check=False, capture_output=True, text=True
    )
    assert found.returncode != 0
    assert "tests passed" in found.stdout + found.stderr


@pytest.mark.sim
@pytest.mark.usefixtures("icarus")
@pytest.mark.parametrize("what", [NUMBER_ONLY[1], *SLOWLY])
def test_the_independent_bench_sees_it(what, tmp_path):
    verdict = check(broken(tmp_path, what), samples=24)
    assert not verdict.passed
    if what in NUMBER_ONLY:
        assert "m_axis_tuser must be" in "\n".join(verdict.faults)


@pytest.mark.sim
@pytest.mark.parametrize("what", [NUMBER_ONLY[2], *SLOWLY])
@pytest.mark.parametrize("engine", ["icarus", pytest.param("verilator", marks=pytest.mark.slow)])
def test_the_engines_see_it(what, engine, tmp_path, request):
    request.getfixturevalue(engine)
    evidence = verify_core(broken(tmp_path, what), [engine], samples=40)
    assert not evidence.ok
    if what in NUMBER_ONLY:
        assert "the channel's number must be that of the sample" in evidence.text
