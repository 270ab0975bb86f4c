"""What synthesis makes of every architecture for every target does what the core does."""

from pathlib import Path

import pytest

from fxfir.filters import Direct, FixedSos
from fxfir.fixed import SQ, Cast
from fxfir.flow import generate, generate_filter
from fxfir.rtl.fir import ARCHITECTURES
from fxfir.spec import Hardware, Spec, TapsFir, Words
from fxfir.synth.check import check_netlist
from fxfir.synth.core import read_core
from fxfir.synth.devices import find_device
from fxfir.synth.netlist import elaborate, spared, synthesise

# Pairs, a middle and a zero: with 16 bits the sums of pairs have 17.
TAPS = (0.1, -0.2, 0.0, 0.45, 0.6, 0.45, 0.0, -0.2, 0.1)


def netlist(folder: Path, arch: str | dict[str, object], target: str) -> Path:
    """Generate a core and synthesise it into `folder` / "work"."""
    spec = Spec(
        filter=TapsFir(taps=TAPS),
        words=Words(coeff="sfix16_En15"),
        hardware=Hardware(arch=arch, target=target),
    )
    generate(spec, name="core").write(folder / "core")
    text, device = read_core(folder / "core"), find_device(target)
    work = folder / "work"
    work.mkdir()
    made = elaborate(text, device, work)
    synthesise(text, spared(device, made), work, made)
    return work


def verdict(folder: Path, target: str):
    core = read_core(folder / "core")
    return check_netlist(core, find_device(target).family, folder / "work")


@pytest.mark.usefixtures("yosys", "icarus")
def test_a_column_of_blocks_as_a_netlist(tmp_path):
    work = netlist(tmp_path, "symmetric", "xc7")
    assert verdict(tmp_path, "xc7").passed
    # A block that misses its neighbour's sum is one that the bench must see.
    text = (work / "netlist.v").read_text()
    assert ".OPMODE(7'h15)" in text
    (work / "netlist.v").write_text(text.replace(".OPMODE(7'h15)", ".OPMODE(7'h05)", 1))
    assert not verdict(tmp_path, "xc7").passed


@pytest.mark.slow
@pytest.mark.usefixtures("yosys", "icarus")
def test_limits_in_a_carry_chain_as_a_netlist(tmp_path):
    loud = Direct(
        form="df1",
        b=(30000, -7, 20001),
        a=(-24871, 9793),
        b_coeff=SQ(1, 15),
        a_coeff=SQ(2, 14),
        state=None,
        out=Cast(to=SQ(1, 15)),
    )
    sos = FixedSos(sections=(loud,), input=SQ(1, 15), output=loud.out)
    hardware = Hardware(arch="parallel", target="ecp5")
    generate_filter(sos, hardware=hardware, name="core").write(tmp_path / "core")
    assert "CCU2C" in (tmp_path / "core" / "core.v").read_text()
    text, device = read_core(tmp_path / "core"), find_device("ecp5")
    work = tmp_path / "work"
    work.mkdir()
    made = elaborate(text, device, work)
    synthesise(text, spared(device, made), work, made)
    found = verdict(tmp_path, "ecp5")
    assert found.passed, found.text


@pytest.mark.slow
@pytest.mark.usefixtures("yosys", "icarus")
@pytest.mark.parametrize(
    ("arch", "target"),
    [
        *((arch, target) for target in ("ecp5", "ice40", "xc7") for arch in ARCHITECTURES),
        ({"name": "symmetric", "mac16": True}, "ice40"),
    ],
)
def test_every_architecture_as_a_netlist(arch, target, tmp_path):
    netlist(tmp_path, arch, target)
    found = verdict(tmp_path, target)
    assert found.passed, found.text
