"""The icarus engine: the emitted Verilog text in Icarus Verilog, driven through cocotb."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from fxfir.errors import ToolError
from fxfir.verify.child import reason, run_child
from fxfir.verify.job import Job, to_data, to_trace
from fxfir.verify.target import Target
from fxfir.verify.trace import Trace

__all__ = ["need_tools", "run_jobs"]

_LOGS = ("build.log", "run.log", "child.log")


def run_jobs(
    target: Target,
    jobs: Sequence[Job],
    *,
    progress: Callable[[int], None] | None = None,
    limit_s: float | None = None,
) -> list[Trace]:
    """Simulate a core's Verilog text.

    Parameters
    ----------
    target : Target
        With a folder.
    jobs : sequence of Job
        Run one after the other in one simulation; a job from power-up begins a new one.
    progress : callable, optional
        Called with the number of input samples taken so far, over all jobs.
    limit_s : float, optional
        Wall-clock seconds after which one simulation is stopped.

    Returns
    -------
    list of Trace

    Raises
    ------
    ToolError
        If Icarus or cocotb is missing, the text does not compile, or the simulation dies, runs no
        test or takes longer than `limit_s`.
    EngineError
        If a job asks for stalls and the core has no output ready.
    """
    need_tools()
    traces: list[Trace] = []
    groups: list[list[Job]] = []
    for job in jobs:
        if job.power_up or not groups:
            groups.append([])
        groups[-1].append(job)
    taken = 0
    for group in groups:
        base = taken
        shift = None if progress is None else (lambda n, base=base: progress(base + n))
        traces += _simulate(target, group, shift, limit_s)
        taken += sum(job.samples.shape[1] for job in group)
    return traces


def need_tools() -> None:
    """Look for Icarus Verilog and cocotb.

    Raises
    ------
    ToolError
        If one is missing.
    """
    if shutil.which("iverilog") is None or shutil.which("vvp") is None:
        raise ToolError("the icarus engine needs Icarus Verilog, got no iverilog and vvp on PATH")
    if importlib.util.find_spec("cocotb_tools") is None:
        raise ToolError("the icarus engine needs cocotb 2, got none (pip install 'fxfir[sim]')")


def _simulate(
    target: Target,
    jobs: Sequence[Job],
    progress: Callable[[int], None] | None,
    limit_s: float | None,
) -> list[Trace]:
    data = [to_data(job, target) for job in jobs]
    with tempfile.TemporaryDirectory(prefix="fxfir-icarus-") as name:
        work = Path(name)
        task = {"sources": [str(target.verilog.resolve())], "top": target.manifest["top"]}
        (work / "task.json").write_text(json.dumps(task), encoding="utf-8")
        (work / "jobs.json").write_text(
            json.dumps({"pins": asdict(target.pins), "jobs": data}), encoding="ascii"
        )
        code = _child(work, progress, limit_s)
        answers = work / "results.json"
        if code != 0 or not answers.is_file():
            why = reason(work, _LOGS, code)
            raise ToolError(f"Icarus must run {target.name} to its end, got {why}")
        results = json.loads(answers.read_text(encoding="ascii"))
    if progress is not None:
        progress(sum(job.samples.shape[1] for job in jobs))
    return [
        to_trace(result, job, target, "icarus") for result, job in zip(results, jobs, strict=True)
    ]


def _child(work: Path, progress: Callable[[int], None] | None, limit_s: float | None) -> int:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("COCOTB", "PYTEST"))}
    env["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if p)
    command = [sys.executable, "-m", "fxfir.verify.icarus_child", str(work)]
    return run_child(command, work, log="child.log", env=env, progress=progress, limit_s=limit_s)
