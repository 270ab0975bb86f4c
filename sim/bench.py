"""The cocotb tests of a core; `sim/run.py` starts them.

The environment names the core folder (SIM_FOLDER), the seed (SIM_SEED), the number of random
samples (SIM_SAMPLES) and the file for the counts (SIM_COUNTS). `power_up` has to be the first
test: it alone finds the registers as the configuration left them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable
from functools import wraps
from itertools import chain, pairwise, repeat
from pathlib import Path
from random import Random
from typing import Any

import cocotb

from sim import stimulus
from sim.core import load
from sim.harness import Fault, Harness, Trace, pauses

_MOST_PHASES = 48
_MOST_EDGES = 30_000
"""Of a long stimulus that came with a slow core, so much is simulated."""


def _test(function: Callable[[Harness, int], Awaitable[None]]) -> Any:
    """Make a cocotb test of a function of the harness and the number of random samples."""

    @wraps(function)
    async def run(dut: Any) -> None:
        rng = Random(f"{os.environ['SIM_SEED']} {function.__name__}")
        harness = Harness(dut, load(Path(os.environ["SIM_FOLDER"])), rng)
        await function(harness, int(os.environ["SIM_SAMPLES"]))
        counts = {"test": function.__name__, "edges": harness.edges, "compared": harness.compared}
        with Path(os.environ["SIM_COUNTS"]).open("a", encoding="ascii") as file:
            file.write(json.dumps(counts) + "\n")

    # cocotb asks the signature which tests to make; the wrapped one's would mislead it.
    del run.__wrapped__
    return cocotb.test()(run)


def _noise(harness: Harness, count: int) -> stimulus.Frames:
    return stimulus.noise(harness.core.inputs, count, harness.rng)


def _directed(harness: Harness) -> stimulus.Frames:
    return stimulus.directed(harness.core.filter, harness.core.inputs)


@_test
async def power_up(harness: Harness, count: int) -> None:
    """No reset at all: no unknown bit, zero history, the timing as declared."""
    trace = await harness.play(_noise(harness, count))
    _check_full_rate(harness, trace)


@_test
async def back_to_back(harness: Harness, count: int) -> None:
    """Directed and random samples without a pause after one clock of reset."""
    await harness.reset()
    trace = await harness.play(_directed(harness) + _noise(harness, count))
    _check_full_rate(harness, trace)


@_test
async def given_vectors(harness: Harness, count: int) -> None:
    """The stimulus that came with the core; the integers to compare with are our own, as ever."""
    frames = harness.core.given[: max(64, _MOST_EDGES // harness.core.interval)]
    await harness.reset()
    await harness.play(frames)


@_test
async def input_gaps(harness: Harness, count: int) -> None:
    """The source pauses: the latency stays, and the core is ready again after one interval."""
    await harness.reset(2)
    trace = await harness.play(_noise(harness, count), gaps=pauses(harness.rng))
    _check_latency(harness, trace)
    core = harness.core
    free = core.startup
    for n, (offered, accepted) in enumerate(zip(trace.offered_at, trace.accepted_at, strict=True)):
        if accepted > max(offered, free):
            raise Fault(
                f"sample {n}, offered at edge {offered}, must be taken at edge "
                f"{max(offered, free)}, got {accepted}"
            )
        free = accepted + core.interval


@_test
async def output_stalls(harness: Harness, count: int) -> None:
    """The sink pauses, the source never: a stalled edge costs one edge and no more."""
    await harness.reset()
    samples = _noise(harness, count)
    trace = await harness.play(samples, stalls=pauses(harness.rng))
    core = harness.core
    for n, (emitted, stalls) in enumerate(zip(trace.emitted_at, trace.stalls_before, strict=True)):
        latest = core.startup + core.latency + n * core.interval + stalls
        if emitted > latest:
            raise Fault(
                f"sample {n} must leave at edge {latest} at the latest after {stalls} stalled "
                f"edges, got {emitted}"
            )


@_test
async def gaps_and_stalls(harness: Harness, count: int) -> None:
    """Both pause: nothing is lost, repeated or reordered, the directed samples included."""
    await harness.reset(3)
    samples = _directed(harness) + _noise(harness, count)
    await harness.play(samples, gaps=pauses(harness.rng), stalls=pauses(harness.rng))


@_test
async def resets(harness: Harness, count: int) -> None:
    """One clock of reset at every phase of a sample's pass, with data offered at once."""
    core, rng = harness.core, harness.rng
    depth = stimulus.memory(core.filter)
    phases = [*range(core.interval), *rng.choices(range(core.interval), k=12)]
    rng.shuffle(phases)
    await harness.reset()
    for turn, phase in enumerate(phases[:_MOST_PHASES]):
        # Most runs are short, so that what an earlier run left behind meets the next one's start.
        deep = depth if turn % 8 == 0 else rng.randint(1, 4)
        passes = rng.randint(1, deep + 1 + core.latency // core.interval)
        edges = core.startup + passes * core.interval + phase
        samples = _noise(harness, passes + 3)
        busy = turn % 3 == 0
        await harness.play(
            samples,
            edges=edges,
            gaps=pauses(rng) if busy else None,
            stalls=pauses(rng) if busy else None,
        )
        await harness.reset(
            rng.choice((1, 1, 1, 2, 5)),
            offer=rng.choice((None, _noise(harness, 1)[0], samples[-1])),
        )
    trace = await harness.play(_noise(harness, min(count, depth + 8)))
    _check_full_rate(harness, trace)


@_test
async def late_start(harness: Harness, count: int) -> None:
    """Nothing is offered until long after a reset; the history is empty all the same."""
    core = harness.core
    depth = stimulus.memory(core.filter)
    await harness.reset()
    await harness.play(_noise(harness, depth + 1))
    await harness.reset()
    late = core.startup + core.latency + core.interval + harness.rng.randint(1, 8)
    gaps = chain(repeat(True, late), repeat(False))
    await harness.play(_noise(harness, min(count, depth + 8)), gaps=gaps)


@_test
async def between_edges(harness: Harness, count: int) -> None:
    """Inputs change in mid-cycle: only ready may follow, and only the other ready."""
    await harness.reset()
    samples = _noise(harness, min(count, 16))
    rng = harness.rng
    await harness.play(samples, gaps=pauses(rng), stalls=pauses(rng), wiggle=True)


def _check_full_rate(harness: Harness, trace: Trace) -> None:
    """Startup, interval and latency of a source and a sink that never pause."""
    core = harness.core
    for what, declared, measured in (
        ("startup", core.startup, trace.first_ready),
        ("first transfer at edge", core.startup, trace.accepted_at[0]),
    ):
        if measured != declared:
            raise Fault(f"{what} must be {declared}, measured {measured}")
    for n, (before, after) in enumerate(pairwise(trace.accepted_at)):
        if after - before != core.interval:
            raise Fault(
                f"interval must be {core.interval}, measured {after - before} between samples "
                f"{n} and {n + 1}"
            )
    _check_latency(harness, trace)


def _check_latency(harness: Harness, trace: Trace) -> None:
    for n, (taken, given) in enumerate(zip(trace.accepted_at, trace.emitted_at, strict=True)):
        if given - taken != harness.core.latency:
            raise Fault(
                f"latency must be {harness.core.latency}, measured {given - taken} at sample {n}"
            )
