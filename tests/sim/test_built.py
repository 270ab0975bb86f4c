"""Cores of the generator pass the bench, and fail it when they compute another filter."""

from pathlib import Path

import numpy as np
import pytest

from fxfir import model, rtl
from fxfir.emit import CoreSource, manifest, verilog_text
from fxfir.emit.manifest import manifest_text
from fxfir.emit.vectors import vectors_text
from fxfir.filters import Bank, Direct, FixedFir, FixedSos, Node, Requantise, Series
from fxfir.fixed import SQ, UQ, Cast, Rounding
from sim.run import check

pytestmark = [pytest.mark.sim, pytest.mark.usefixtures("icarus")]


def fir(taps, **cast):
    output = Cast(to=SQ(2, 9), **cast)
    return FixedFir(taps=taps, coeff=SQ(1, 7), input=SQ(1, 9), output=output)


FIR = fir((5, -31, 99, 99, -31, 5))
SOS = FixedSos(
    sections=[
        Direct(
            form="df2t",
            b=(31, 60, 31),
            a=(-90, 42),
            b_coeff=SQ(1, 7),
            a_coeff=SQ(2, 6),
            state=Cast(to=SQ(3, 11)),
            out=Cast(to=SQ(2, 10)),
        )
    ],
    input=SQ(1, 9),
    output=Cast(to=SQ(1, 11), rounding=Rounding.HALF_UP),
)
ROW = Series(stages=[fir((3, 70)), Requantise(input=SQ(2, 9), cast=Cast(to=UQ(1, 4)))])

CORES = {
    "symmetric": (FIR, None, "axis", True),
    "serial": (FIR, "serial", "stream", False),
    "sos": (SOS, "serial", "stream", True),
    "bank": (Bank(filters=[FIR, ROW, SOS]), None, "axis", False),
}


def write(
    folder: Path, node: Node, architecture=None, interface="axis", backpressure=True, *, gates=None
) -> Path:
    """A core folder as far as the bench reads it; `gates` is the filter that the Verilog has."""
    stimulus = np.arange(-20, 20).reshape(1, -1)
    stated = model.run(node, stimulus[0]).reshape(node.n_out, -1)
    core = rtl.build(node, architecture)
    source = CoreSource(
        node=node,
        core=core,
        name=folder.name,
        stimulus=stimulus,
        expected=stated,
        interface=interface,
        backpressure=backpressure,
    )
    text = verilog_text(
        node,
        rtl.build(gates or node, architecture),
        name=folder.name,
        interface=interface,
        backpressure=backpressure,
        hash="0",
    )
    folder.mkdir()
    (folder / f"{folder.name}.v").write_text(text)
    (folder / "manifest.json").write_text(manifest_text(manifest(source)))
    (folder / "vectors.json").write_text(vectors_text(source))
    return folder


@pytest.mark.parametrize("name", CORES)
def test_a_built_core_passes(tmp_path, name, seed):
    verdict = check(write(tmp_path / name, *CORES[name]), seed=seed, samples=30)
    assert verdict.faults == ()
    assert verdict.compared > 200


@pytest.mark.parametrize(
    "gates",
    [
        fir((5, -31, 98, 98, -31, 5)),
        fir((5, -31, 99, 99, -31, 5), rounding=Rounding.HALF_UP),
    ],
    ids=["coefficient", "rounding"],
)
def test_gates_of_another_filter_fail(tmp_path, gates):
    verdict = check(write(tmp_path / "core", FIR, gates=gates), samples=30)
    assert not verdict.passed
    assert all("expected" in fault for fault in verdict.faults)
