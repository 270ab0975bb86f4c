"""The script for Vivado, read back by a Tcl interpreter where there is one."""

from pathlib import Path

import pytest

from fxfir.errors import ReadError, ToolError
from fxfir.synth import read_core, vivado_script
from tests.cli.conftest import run  # noqa: F401

COMMANDS = [
    "read_verilog",
    "synth_design",
    "create_clock",
    "get_ports",
    "all_inputs",
    "all_outputs",
    "filter",
    "set_input_delay",
    "set_output_delay",
    "opt_design",
    "place_design",
    "phys_opt_design",
    "route_design",
    "report_utilization",
    "report_timing_summary",
    "report_timing",
    "write_checkpoint",
    "get_timing_paths",
    "get_property",
]


def test_the_script_holds_the_clock_and_the_text(core: Path, tmp_path: Path) -> None:
    text = vivado_script(read_core(core), file=tmp_path / "a.tcl", clock_hz=200e6, part="xc7k70t")
    assert "create_clock -name aclk -period 5.000 [get_ports aclk]" in text
    assert "set part xc7k70t" in text
    name = next(line for line in text.splitlines() if line.startswith("read_verilog"))
    relative = name.split()[-1].rstrip("]")
    assert (tmp_path / relative).resolve() == (core / "smooth.v").resolve()
    assert str(core) not in text


def test_tcl_runs_it(core: Path, tmp_path: Path) -> None:
    """Every command of Vivado is replaced by one that notes its call."""
    tkinter = pytest.importorskip("tkinter")
    file = tmp_path / "a.tcl"
    file.write_text(vivado_script(read_core(core), file=file, clock_hz=250e6))
    tcl = tkinter.Tcl()
    for name in COMMANDS:
        tcl.eval(f"proc {name} args {{ lappend ::calls [list {name} $args]; return x }}")
    tcl.eval("rename puts _puts; proc puts args {}")
    tcl.eval(f"source {file}")
    calls = tcl.eval("set ::calls")
    for name in COMMANDS:
        assert name in calls


@pytest.mark.parametrize("clock_hz", [0.0, -1.0, float("nan"), float("inf")])
def test_a_clock_that_is_none(core: Path, tmp_path: Path, clock_hz: float) -> None:
    with pytest.raises(ToolError, match="clock of a script must be positive"):
        vivado_script(read_core(core), file=tmp_path / "a.tcl", clock_hz=clock_hz)


def test_words_that_tcl_would_read(core: Path, tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="part must be a plain word"):
        vivado_script(read_core(core), file=tmp_path / "a", clock_hz=1e6, part="x; exec rm")
    odd = tmp_path / "a b"
    odd.mkdir()
    for path in core.iterdir():
        (odd / path.name).write_bytes(path.read_bytes())
    with pytest.raises(ReadError, match="no blanks"):
        vivado_script(read_core(odd), file=tmp_path / "a", clock_hz=1e6)


def test_the_command_needs_no_tool(
    run,  # noqa: F811
    core: Path,
    five: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    made = run("synth", str(core), "--target", "xc7", "--vivado", "a.tcl", "--clock", "250e6")
    assert made.status == 0, made
    assert "period 4.000" in Path("a.tcl").read_text()
    refused = run("synth", str(five), "--vivado", "b.tcl")
    assert refused.status == 2
    assert not Path("b.tcl").exists()
    stray = run("synth", str(core), "--target", "xc7", "--clock", "1e6")
    assert stray.status == 2
    assert "--vivado" in stray.err
