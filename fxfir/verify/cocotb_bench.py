"""The cocotb test of the icarus engine: drives any core by the names in its job file.

It runs inside the simulator. `FXFIR_WORK` names a folder with `jobs.json`; the answers go to
`results.json` there, and the number of samples taken so far to `progress`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge

from fxfir.verify.bench import UNKNOWN, Bench

_PERIOD_NS = 10
_REPORT_EVERY = 1024


@cocotb.test()  # type: ignore[untyped-decorator, unused-ignore]
async def run_jobs(dut: Any) -> None:
    """Run every job of the work folder in order, in one simulation."""
    work = Path(os.environ["FXFIR_WORK"])
    task = json.loads((work / "jobs.json").read_text(encoding="ascii"))
    pins = task["pins"]
    clock = getattr(dut, pins["clock"])
    benches = [Bench(job) for job in task["jobs"]]
    _drive(dut, pins, benches[0])
    # Low first: a rising edge at time 0 would come before the inputs are driven.
    Clock(clock, _PERIOD_NS, unit="ns").start(start_high=False)
    results = []
    before = 0
    for bench in benches:
        _drive(dut, pins, bench)
        await _run(dut, pins, bench, clock, work / "progress", before)
        before += bench.next
        results.append(bench.result())
    (work / "results.json").write_text(json.dumps(results), encoding="ascii")


async def _run(dut: Any, pins: Any, bench: Bench, clock: Any, progress: Path, before: int) -> None:
    edge = RisingEdge(clock)
    reset, i_valid = (getattr(dut, pins[k]) for k in ("reset", "i_valid"))
    o_valid, o_data = (getattr(dut, pins[k]) for k in ("o_valid", "o_data"))
    i_ready = getattr(dut, pins["i_ready"]) if pins["i_ready"] else None
    o_ready = getattr(dut, pins["o_ready"]) if pins["o_ready"] else None
    o_channel = getattr(dut, pins["o_channel"]) if pins["o_channel"] else None
    low = sum(lane["slot"] for lane in pins["o_lanes"])
    active = pins["reset_active"]
    was = (bench.reset, bench.valid, bench.data, bench.ready)
    going = True
    reported = 0
    while going:
        # Values read here are those before the edge; writes land after it.
        await edge
        valid = _bit(o_valid)
        data = _bits(o_data) if valid == 1 else 0
        if valid == 1 and o_channel is not None:
            channel = _bits(o_channel)
            known = channel != UNKNOWN and data != UNKNOWN
            data = data | channel << low if known else UNKNOWN
        going = bench.step(1 if i_ready is None else _bit(i_ready), valid, data)
        now = (bench.reset, bench.valid, bench.data, bench.ready)
        if now[0] != was[0]:
            reset.value = now[0] if active else 1 - now[0]
        if now[1] != was[1]:
            i_valid.value = now[1]
        if now[2] != was[2]:
            _put(dut, pins, now[2])
        if o_ready is not None and now[3] != was[3]:
            o_ready.value = now[3]
        was = now
        if bench.next >= reported + _REPORT_EVERY:
            reported = bench.next
            progress.write_text(str(before + reported), encoding="ascii")


def _drive(dut: Any, pins: Any, bench: Bench) -> None:
    active = pins["reset_active"]
    getattr(dut, pins["reset"]).value = bench.reset if active else 1 - bench.reset
    getattr(dut, pins["i_valid"]).value = bench.valid
    _put(dut, pins, bench.data)
    if pins["o_ready"]:
        getattr(dut, pins["o_ready"]).value = bench.ready


def _put(dut: Any, pins: Any, word: int) -> None:
    """Drive the input's data, and the number of a set with the bits above it."""
    low = sum(lane["slot"] for lane in pins["i_lanes"])
    if pins["i_set"]:
        low -= pins["i_lanes"][-1]["slot"]
        getattr(dut, pins["i_set"]).value = word >> low
    getattr(dut, pins["i_data"]).value = word & ((1 << low) - 1)


def _bit(handle: Any) -> int:
    value = handle.value
    return int(value) if value.is_resolvable else UNKNOWN


def _bits(handle: Any) -> int:
    value = handle.value
    if not value.is_resolvable:
        return UNKNOWN
    # A port of one bit reads as a Logic, a wider one as a LogicArray.
    return int(value) if not hasattr(value, "to_unsigned") else int(value.to_unsigned())
