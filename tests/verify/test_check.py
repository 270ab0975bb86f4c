"""Verification of generated cores: all engines agree, and each kind of wrong folder is told."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fxfir import rtl
from fxfir.errors import EngineError, ReadError
from fxfir.filters import Bank, Node, Parallel, Requantise, Series
from fxfir.fixed import SQ, UQ, Cast, Format
from fxfir.verify import amaranth_sim, engine, icarus
from fxfir.verify.check import verify_core
from fxfir.verify.expected import expected
from fxfir.verify.job import Job
from fxfir.verify.scenario import scenarios
from fxfir.verify.stimulus import standard
from fxfir.verify.target import load
from tests.verify.cores import biquad, fir, write

NODES: dict[str, tuple[Node, str, str, bool]] = {
    "direct": (fir((3, -20, 111, 0, 7)), "direct", "axis", True),
    "transposed, stream": (fir((3, -20, 200), UQ(0, 5)), "transposed", "stream", True),
    "symmetric, no ready": (fir((3, -20, -20, 3)), "symmetric", "axis", False),
    "serial": (fir((3, -20, 111, 0, 7)), "serial", "axis", True),
    "one bit": (fir((100, 27), Format(signed=False, width=1, frac=0)), "direct", "stream", True),
    "df1": (biquad("df1"), "parallel", "axis", True),
    "df2t serial": (biquad("df2t"), "serial", "stream", True),
    "bank": (Bank(filters=(fir((1, 2)), fir((-30, 9, 100)))), "transposed", "axis", True),
    "lanes": (Parallel(filters=(fir((1, 2)), fir((9, 60), UQ(0, 5)))), "direct", "axis", False),
    "series": (
        Series(stages=(fir((64, -9)), Requantise(input=SQ(1, 7), cast=Cast(to=SQ(1, 4))))),
        "direct",
        "axis",
        True,
    ),
}


@pytest.mark.parametrize("kind", NODES)
def test_every_scenario_passes_in_the_amaranth_engine(kind: str, tmp_path: Path) -> None:
    folder = write(tmp_path, *NODES[kind])
    found = verify_core(folder, ["model", "amaranth"], samples=100)
    assert found.ok, found.text
    assert {c.scenario for c in found.checks} >= {"text", "power_up", "vectors", "resets"}
    timing = load(folder).manifest["timing"]
    measured = next(c for c in found.checks if (c.engine, c.scenario) == ("amaranth", "vectors"))
    assert measured.to_json() | timing == measured.to_json()


@pytest.mark.sim
@pytest.mark.parametrize("kind", ["direct", "df2t serial", "bank", "lanes"])
def test_engines_agree_edge_by_edge(simulator: str, kind: str, tmp_path: Path) -> None:
    target = load(write(tmp_path, *NODES[kind]))
    chosen = scenarios(target, standard(target.node, n=60).samples, samples=30)
    jobs = [s.job for s in chosen]
    first = amaranth_sim.run_jobs(target, jobs)
    second = engine.find(simulator)(target, jobs)
    for a, b in zip(first, second, strict=True):
        assert np.array_equal(a.samples, b.samples)
        assert np.array_equal(a.accepted_at, b.accepted_at)
        assert np.array_equal(a.emitted_at, b.emitted_at)
        assert (a.startup, a.idle, a.edges, a.faults) == (b.startup, b.idle, b.edges, ())


@pytest.mark.sim
def test_the_evidence_is_the_same_again_and_names_no_place(icarus: str, tmp_path: Path) -> None:
    folder = write(tmp_path, *NODES["direct"])
    seen: list[tuple[str, int, int]] = []
    first = verify_core(folder, samples=20, progress=lambda *a: seen.append(a))
    again = verify_core(folder, samples=20)
    assert first.ok, first.text
    assert first.to_json() == again.to_json()
    text = json.dumps(first.to_json())
    assert str(tmp_path) not in text
    assert {name for name, _, _ in seen} == {"amaranth", "icarus"}
    assert all(done <= total for _, done, total in seen)
    assert seen[-1][1] == seen[-1][2]


def test_the_model_engine_gives_the_models_samples(tmp_path: Path) -> None:
    target = load(write(tmp_path, *NODES["bank"]))
    x = standard(target.node, n=50).samples
    trace = engine.run("model", target, x)
    assert np.array_equal(trace.samples, expected(target.node, x))
    assert not trace.clocked
    with pytest.raises(EngineError, match=r"the model engine has no clock, got resets \[3\]"):
        engine.run("model", target, x, resets=[3])


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_other_verilog_stops_the_amaranth_engine_and_shows_the_difference(tmp_path: Path) -> None:
    folder = write(tmp_path, *NODES["direct"])
    edit(folder / "core.v", "x1 <= x0;", "x1 <= x1;")
    found = verify_core(folder, ["amaranth"])
    assert not found.ok
    (bad,) = found.failures
    assert (bad.engine, bad.scenario) == ("amaranth", "text")
    assert "core.v must be what the manifest generates, got other text" in bad.text
    assert "-            x1 <= x0;" in bad.text
    assert "+            x1 <= x1;" in bad.text
    assert found.notes == ("amaranth did not run: the folder's Verilog is not the manifest's",)


@pytest.mark.sim
def test_the_text_engine_runs_what_stands_in_the_folder(icarus: str, tmp_path: Path) -> None:
    folder = write(tmp_path, *NODES["direct"])
    edit(folder / "core.v", "x1 <= x0;", "x1 <= x1;")
    found = verify_core(folder, ["amaranth", "icarus"], samples=40)
    wrong = {c.scenario for c in found.failures if c.engine == "icarus"}
    assert {"vectors", "random", "power_up"} <= wrong
    assert not any(c.engine == "amaranth" and c.scenario != "text" for c in found.checks)


def test_wrong_vectors_are_told_by_the_model(tmp_path: Path) -> None:
    folder = write(tmp_path, *NODES["direct"])
    path = folder / "vectors.json"
    data = json.loads(path.read_text())
    data["output"][0][7] += 1
    path.write_text(json.dumps(data))
    found = verify_core(folder, ["model"])
    (bad,) = found.failures
    assert bad.mismatch is not None
    assert (bad.engine, bad.mismatch.index) == ("model", 7)


@pytest.mark.parametrize("key", ["latency", "interval", "startup"])
def test_a_wrong_declared_time_is_measured(key: str, tmp_path: Path) -> None:
    folder = write(tmp_path, *NODES["serial"])
    path = folder / "manifest.json"
    data = json.loads(path.read_text())
    data["timing"][key] += 1
    path.write_text(json.dumps(data))
    found = verify_core(folder, ["amaranth"], samples=40)
    problems = [p for c in found.failures for p in c.problems]
    assert any(
        p.startswith(f"{key} must be {data['timing'][key]} edges, measured") for p in problems
    )


def test_the_amaranth_engine_sees_a_wrong_component(tmp_path: Path) -> None:
    target = load(write(tmp_path, *NODES["direct"]))
    other = rtl.build(fir((3, -20, 110, 0, 7)), "direct")
    x = standard(target.node, n=100).samples
    (trace,) = amaranth_sim.simulate(lambda: rtl.wrap(other), target, [Job(samples=x)])
    assert trace.samples.shape == x.shape
    assert not np.array_equal(trace.samples, expected(target.node, x))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "a core folder must hold vectors.json, got"),
        ("[", "vectors.json must be JSON, got"),
        ('{"input": [[1, 2]]}', "vectors.json must hold lanes of integers, got 'output'"),
        ('{"input": [[1, 2]], "output": [[1]]}', "must hold 1 output lanes of 2 samples, got"),
        (
            '{"input": [[1, 999]], "output": [[1, 1]]}',
            "vectors.json must hold .* got 999 at sample 1",
        ),
        ('{"input": [[1, "2"]], "output": [[1, 1]]}', "vectors.json must hold lanes of integers"),
    ],
)
def test_unreadable_vectors_are_one_sentence(text: Any, message: str, tmp_path: Path) -> None:
    folder = write(tmp_path, *NODES["direct"])
    path = folder / "vectors.json"
    path.unlink() if text is None else path.write_text(text)
    with pytest.raises(ReadError, match=message):
        verify_core(folder, ["model"])


def test_an_unknown_engine_stops_before_anything_runs(tmp_path: Path) -> None:
    folder = write(tmp_path, *NODES["direct"])
    with pytest.raises(EngineError, match=r"engine must be one of .*, got 'x'"):
        verify_core(folder, ["amaranth", "x"])


@pytest.mark.sim
@pytest.mark.slow
def test_seventy_thousand_samples_of_speech_length_finish(icarus: str, tmp_path: Path) -> None:
    taps = tuple(range(1, 27))
    node = fir((*taps, *taps[-2::-1]), SQ(1, 15))
    target = load(write(tmp_path, node, "symmetric"))
    x = standard(node, n=70_000).samples
    trace = engine.run("icarus", target, x)
    assert np.array_equal(trace.samples, expected(node, x))


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    folder = write(tmp_path, *NODES["direct"])
    before = sorted(p.name for p in folder.iterdir())
    verify_core(folder, ["amaranth"], samples=20)
    assert sorted(p.name for p in folder.iterdir()) == before
    assert icarus.run_jobs is engine.ENGINES["icarus"]
