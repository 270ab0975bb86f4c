"""The situations every core must come through, chosen from its declared timing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fxfir.verify import words
from fxfir.verify.job import Job
from fxfir.verify.response import memory
from fxfir.verify.stimulus import budget, user
from fxfir.verify.target import Target

__all__ = ["Scenario", "own_scenario", "scenarios"]

_EDGES = 30_000
"""Clock edges a scenario may take; a slow serial core gets fewer samples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A job and what must hold beside the right samples.

    Parameters
    ----------
    name : str
    job : Job
    timed : bool, optional
        Latency, interval and startup must be those declared.
    started : bool, optional
        Startup must be the one declared.
    full_rate : bool, optional
        Once running, no ready edge may pass without an output.
    """

    name: str
    job: Job
    timed: bool = False
    started: bool = False
    full_rate: bool = False


def scenarios(
    target: Target, vectors: Any, *, seed: int = 1, samples: int | None = None
) -> tuple[Scenario, ...]:
    """Return what to run on a core.

    Parameters
    ----------
    target : Target
    vectors : ndarray of int64 or object, shape (n_in, time)
        The folder's stimulus.
    seed : int, optional
        Of noise, gaps and stalls.
    samples : int, optional
        Random samples per scenario; as many as 30000 clock edges allow, at most 512, unless said
        otherwise. A run that is far longer than the stimulus begins with it.

    Returns
    -------
    tuple of Scenario
        `power_up` (no reset at all, so it begins a simulation), `vectors` (never stalled),
        `random` (gaps and stalls), `stalls` (stalls alone), `long_stalls` (ready goes low for
        longer than the latency, so that a valid that waits for ready never comes), `resets` (one
        clock, after every possible number of edges since the last one), `long_resets`,
        `stalled_resets` (one clock while the output waits and everything before it is full),
        `late_start` (one clock, and nothing is offered until long after). A core without output
        ready gets gaps only.
    """
    n = budget(target.interval, edges=_EDGES, most=512) if samples is None else samples
    stalled = target.pins.o_ready is not None
    full = target.interval == 1
    busy = 0.3 if stalled else 0.0

    def random(stream: int, count: int = n) -> Any:
        rest = count - vectors.shape[1]
        # A long run meets the steered samples under gaps and stalls too.
        head = vectors if rest > _EDGES else vectors[:, :0]
        # Streams from 1 on: those of `fxfir.verify.shapes.noise`.
        tail = words.noise_array(
            target.node.inputs, count - head.shape[1], seed=seed + 1000 * stream, stream=1
        )
        return np.concatenate([head, tail], axis=1)

    def job(stream: int, **settings: Any) -> Job:
        return Job(samples=random(stream), seed=seed + stream, **settings)

    found = [
        Scenario(
            name="power_up",
            job=Job(samples=random(1, min(n, 256)), power_up=True),
            timed=True,
            started=True,
        ),
        Scenario(
            name="vectors", job=Job(samples=vectors), timed=True, started=True, full_rate=full
        ),
        Scenario(name="random", job=job(2, gaps=0.3, stalls=busy)),
    ]
    if stalled:
        wait = target.latency + 2 * target.interval + 4
        long = [1] * wait + [0] * 3
        short = random(4, max(8, min(n, _EDGES // (3 * wait))))
        found += [
            Scenario(name="stalls", job=job(3, stalls=0.5), full_rate=full),
            Scenario(name="long_stalls", job=Job(samples=short, stalls=long), full_rate=full),
        ]
    found.append(Scenario(name="resets", job=_resets(target, random, clocks=1)))
    bumpy = replace(_resets(target, random, clocks=3), gaps=0.3, stalls=busy, seed=seed + 6)
    found.append(Scenario(name="long_resets", job=bumpy))
    if stalled:
        full_up = replace(_resets(target, random, clocks=1), stalls=0.7, seed=seed + 7)
        found.append(Scenario(name="stalled_resets", job=full_up))
    found.append(Scenario(name="late_start", job=_late(target, random)))
    return tuple(found)


def own_scenario(target: Target, samples: Any, *, seed: int = 1) -> Scenario:
    """Return a user's own samples as a scenario, under random gaps and stalls.

    Raises
    ------
    FilterError
        If the samples do not fit the filter.
    """
    busy = 0.3 if target.pins.o_ready is not None else 0.0
    job = Job(samples=user(target.node, samples), gaps=0.3, stalls=busy, seed=seed + 9)
    return Scenario(name="user", job=job)


def _late(target: Target, random: Any) -> Job:
    """A full history, a pause with a reset in it, and the whole memory once more."""
    deep = min(memory(target.node), 256)
    full = target.startup + (deep + 1) * target.interval + target.latency
    # A sample that is offered stays offered through a reset, so the pause begins before.
    reset = full + target.interval + 1
    pause = target.startup + target.latency + 2 * target.interval + 8
    samples = random(9, full // target.interval + deep + 24)
    return Job(samples=samples, gaps=[0] * full + [1] * pause, resets=(reset,))


def _resets(target: Target, random: Any, *, clocks: int) -> Job:
    """Resets after startup + 1, startup + 2, ... edges, up to a pass and a latency."""
    phases = target.latency + target.interval + 1
    mean = target.startup + phases // 2 + clocks + 1
    most = max(4, min(phases, 96, _EDGES // mean))
    picked = sorted({k * (phases - 1) // (most - 1) for k in range(most)})
    # A full history first: what a reset must make the filter forget.
    edge = target.startup + min(memory(target.node), 256) * target.interval + target.latency
    resets = []
    for phase in picked:
        resets.append(edge)
        edge += clocks + target.startup + 1 + phase
    resets.append(edge)
    edges = edge + clocks + target.startup
    # After the last reset the whole memory comes round once more: old samples would show.
    count = edges // target.interval + min(memory(target.node), 256) + 24
    return Job(samples=random(5 + clocks, count), resets=tuple(resets), reset_clocks=clocks)
