"""Real runs of Yosys, nextpnr and Icarus on cores of a few cells."""

import json
import re
from pathlib import Path

import pytest

from fxfir.synth.check import check_netlist
from fxfir.synth.core import read_core
from fxfir.synth.devices import DEVICES
from fxfir.synth.netlist import elaborate, synthesise
from fxfir.synth.run import synth_folder
from tests.cli.conftest import run  # noqa: F401


@pytest.mark.usefixtures("nextpnr", "icarus")
@pytest.mark.parametrize("target", ["ecp5", "ice40"])
def test_a_core_through_the_whole_flow(core: Path, target: str) -> None:
    steps: list[tuple[int, int]] = []
    before = sorted(core.iterdir())
    report = synth_folder(
        core, target=target, check=True, progress=lambda done, total: steps.append((done, total))
    )
    assert report.ok
    assert report.inferred == 1
    assert report.resources["dsp"] == 1
    assert report.resources["ff"] > 100
    assert report.fmax_mhz is not None
    assert report.fmax_mhz > 20
    assert report.path is not None
    slack = 1000 / report.fmax_mhz - report.path.logic_ns - report.path.routing_ns
    assert abs(slack) < 0.01
    assert steps == [(k, 4) for k in range(1, 5)]
    assert sorted(core.iterdir()) == before
    json.dumps(report.to_json(), allow_nan=False)


@pytest.mark.usefixtures("nextpnr", "icarus")
def test_an_instantiated_multiplier_is_counted_and_simulated(five: Path) -> None:
    report = synth_folder(five, check=True, seeds=(1, 2))
    assert dict(report.instantiated) == {"MULT18X18D": 1}
    assert report.check is not None
    assert report.check.passed
    assert [route.seed for route in report.routes] == [1, 2]


@pytest.fixture(scope="module")
def netlist(core: Path, tmp_path_factory: pytest.TempPathFactory, yosys: None) -> Path:
    """A folder with the netlist of the core of three taps for the ECP5."""
    work = tmp_path_factory.mktemp("netlist")
    text, device = read_core(core), DEVICES["ecp5-25k"]
    synthesise(text, device, work, elaborate(text, device, work))
    return work


@pytest.mark.usefixtures("icarus")
@pytest.mark.parametrize(
    ("pattern", "change"),
    [
        (r"\.INIT\(16'h(\w+)\)", lambda m: f".INIT(16'h{int(m[1], 16) ^ 0xFFFF:04x})"),
        (r"\.INIT0\(16'h(\w+)\)", lambda m: f".INIT0(16'h{int(m[1], 16) ^ 0xFFFF:04x})"),
        (r'\.CEMUX\("CE"\)', lambda m: '.CEMUX("1")'),
        (r"\.(B\d+)\(1'h1\)", lambda m: f".{m[1]}(1'h0)"),
    ],
    ids=["lut", "carry", "enable", "multiplier"],
)
def test_a_broken_netlist_is_caught(core: Path, netlist: Path, pattern: str, change) -> None:
    family = DEVICES["ecp5-25k"].family
    good = (netlist / "netlist.v").read_text()
    bad, n = re.subn(pattern, change, good, count=1)
    assert n == 1, pattern
    try:
        (netlist / "netlist.v").write_text(bad)
        found = check_netlist(read_core(core), family, netlist)
    finally:
        (netlist / "netlist.v").write_text(good)
    assert not found.passed, found
    assert found.text.startswith("FAIL: smooth")


@pytest.mark.usefixtures("yosys")
def test_the_command(run, core: Path) -> None:  # noqa: F811
    counted = run("synth", str(core), "--target", "xc7", "--json")
    assert counted.status == 0, counted
    data = json.loads(counted.out)
    assert data["resources"]["dsp"] == 1
    assert data["fmax_mhz"] is None
    assert not (core / "synth.json").exists()
    saved = run("synth", str(core), "--target", "xc7", "--save")
    assert saved.status == 0, saved
    assert "1 DSP48E1" in saved.out
    kept = core / "synth.json"
    assert json.loads(kept.read_text()) == data
    kept.unlink()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), ["generic", "target"]),
        (("--target", "spartan"), ["ecp5, ice40, xc7", "spartan"]),
        (("--target", "ecp5", "--device", "up5k"), ["ecp5-25k", "up5k"]),
        (("--target", "ecp5", "--seeds", "1,x"), ["1,x"]),
        (("--target", "ecp5", "--freq", "0"), ["positive", "0"]),
    ],
)
def test_bad_input(run, core: Path, args: tuple[str, ...], words: list[str]) -> None:  # noqa: F811
    ran = run("synth", str(core), *args)
    assert ran.status == 2, ran
    assert ran.out == ""
    assert ran.err.count("\n") == 1, ran.err
    assert all(word in ran.err for word in words), ran.err


def test_no_core(run, tmp_path: Path) -> None:  # noqa: F811
    ran = run("synth", str(tmp_path / "nothing"), "--target", "ecp5")
    assert ran.status == 2
    assert "manifest.json" in ran.err
