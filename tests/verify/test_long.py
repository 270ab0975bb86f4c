"""Long runs of every architecture against the model, gaps and stalls on both sides."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fxfir.filters import FixedFir, FixedSos, Node
from fxfir.fixed import SQ, UQ, Cast
from fxfir.rtl.fir import ARCHITECTURES as FIRS
from fxfir.rtl.sos import ARCHITECTURES as SECTIONS
from fxfir.verify import engine, words
from fxfir.verify.check import verify_core
from fxfir.verify.compare import compare
from fxfir.verify.expected import expected
from fxfir.verify.scenario import scenarios
from fxfir.verify.stimulus import standard
from fxfir.verify.target import load
from tests.verify.cores import biquad, fir, write

# Mirrored, since not every architecture takes other taps.
HALF = (3, -7, 0, 12, -20, 31, 64, -100)
NODES: dict[str, Node] = {
    **{f"fir {name}": fir((*HALF, *HALF[::-1]), SQ(1, 15)) for name in FIRS},
    **{f"sos {name}": biquad("df2t") for name in SECTIONS},
}


def run_and_compare(kind: str, folder: Path, count: int) -> None:
    node = NODES[kind]
    target = load(write(folder, node, kind.split()[1]))
    steered = standard(node).samples
    noise = words.noise_array(node.inputs, count - steered.shape[1], seed=5)
    x = np.concatenate([steered, noise], axis=1)
    trace = engine.run("verilator", target, x, gaps=0.3, stalls=0.3, seed=5)
    assert np.array_equal(trace.samples, expected(node, x))
    assert (len(trace.accepted_at), trace.faults) == (count, ())
    assert len(np.unique(np.diff(trace.emitted_at))) > 1


def test_every_architecture_is_here() -> None:
    for kind, node in NODES.items():
        assert isinstance(node, FixedFir if kind.startswith("fir") else FixedSos)
    assert {kind.split()[1] for kind in NODES} == {*FIRS, *SECTIONS}


@pytest.mark.sim
@pytest.mark.usefixtures("verilator")
@pytest.mark.parametrize("kind", ["fir transposed", "sos serial"])
def test_twenty_thousand_samples(kind: str, tmp_path: Path) -> None:
    run_and_compare(kind, tmp_path, 20_000)


@pytest.mark.slow
@pytest.mark.sim
@pytest.mark.usefixtures("verilator")
@pytest.mark.parametrize("kind", NODES)
def test_a_million_samples(kind: str, tmp_path: Path) -> None:
    run_and_compare(kind, tmp_path, 1_000_000)


@pytest.mark.sim
@pytest.mark.usefixtures("verilator")
def test_words_wider_than_64_bits(tmp_path: Path) -> None:
    node = FixedFir(
        taps=(123, -456, 77), coeff=SQ(1, 9), input=UQ(0, 70), output=Cast(to=SQ(5, 69))
    )
    target = load(write(tmp_path, node, "transposed", "stream"))
    x = words.noise_array(node.inputs, 500, seed=2)
    trace = engine.run("verilator", target, x, gaps=0.2, stalls=0.4)
    assert np.array_equal(trace.samples, expected(node, x))
    assert trace.samples.dtype == object


@pytest.mark.sim
@pytest.mark.usefixtures("verilator")
def test_one_wrong_bit_late_in_a_long_run_is_found(broken: Any) -> None:
    target = broken("m_axis_tdata = y;", "m_axis_tdata = y ^ (seen == 17'd123456);")
    target = broken(
        "endmodule",
        "reg [16:0] seen; initial seen = 0;\nalways @(posedge aclk)"
        " if (m_axis_tvalid && m_axis_tready) seen <= seen + 1;\nendmodule",
    )
    x = words.noise_array(target.node.inputs, 130_000, seed=3)
    trace = engine.run("verilator", target, x, gaps=0.3, stalls=0.3)
    found = compare(expected(target.node, x), trace.samples, target.node.outputs)
    assert found is not None
    assert (found.index, found.n_different, found.n_got) == (123_456, 1, 130_000)


def test_a_long_run_begins_with_the_stimulus(tmp_path: Path) -> None:
    target = load(write(tmp_path, fir((3, -20, 111)), "direct"))
    vectors = standard(target.node, n=300).samples
    usual = {s.name: s.job.samples for s in scenarios(target, vectors)}
    long = {s.name: s.job.samples for s in scenarios(target, vectors, samples=50_000)}
    for name in ("random", "stalls"):
        assert usual[name].shape == (1, 512)
        assert long[name].shape == (1, 50_000)
        assert np.array_equal(long[name][:, :300], vectors)
        assert not np.array_equal(usual[name][:, :300], vectors)


@pytest.mark.sim
@pytest.mark.usefixtures("icarus", "verilator")
def test_a_long_run_is_shared_out(tmp_path: Path) -> None:
    folder = write(tmp_path, fir((3, -20, 111)), "direct")
    seen: dict[str, Any] = {}
    found = verify_core(folder, samples=150_000, progress=lambda e, n, total: seen.update({e: n}))
    assert found.ok, found.text
    assert found.notes == ("amaranth and icarus ran the usual scenarios, not the long ones",)
    counts = {(c.engine, c.scenario): c.samples for c in found.checks}
    assert counts["icarus", "random"] == counts["amaranth", "random"] == 512
    assert counts["verilator", "random"] == counts["verilator", "stalls"] == 150_000
    assert seen["verilator"] > 300_000
    assert json.dumps(found.to_json())
