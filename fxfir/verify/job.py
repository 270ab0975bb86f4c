"""A job: samples and how to disturb them, in the same plain data for every engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fxfir.errors import EngineError
from fxfir.fixed import Format
from fxfir.verify import words
from fxfir.verify.target import Target, join_words, split_word
from fxfir.verify.trace import Fault, Trace

__all__ = ["Job", "Pattern", "as_trace", "pattern", "settings", "to_data", "to_trace"]

Pattern = float | Sequence[bool | int]
_GAP_PERIOD = 8191
_STALL_PERIOD = 8179
"""Primes, so that the two random patterns do not repeat together."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Job:
    """One run of a core.

    Parameters
    ----------
    samples : ndarray of int64 or object, shape (n_in, time)
    gaps : float or sequence of bool, optional
        Where no new sample is offered: a probability per edge, or a pattern that starts at edge 0
        and repeats.
    stalls : float or sequence of bool, optional
        Where the sink is not ready, in the same way.
    seed : int, optional
        Of the random patterns.
    resets : sequence of int, optional
        Edges at which a reset in mid-stream begins.
    reset_clocks : int, optional
        Edges that each reset lasts.
    power_up : bool, optional
        Start without any reset, as after configuration.

    Raises
    ------
    EngineError
        If a probability is outside [0, 1), a pattern never lets a sample pass, or a reset is
        before edge 0 or shorter than a clock.
    """

    samples: Any
    gaps: Pattern = 0.0
    stalls: Pattern = 0.0
    seed: int = 1
    resets: tuple[int, ...] = ()
    reset_clocks: int = 1
    power_up: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "resets", tuple(int(e) for e in self.resets))
        for what in ("gaps", "stalls"):
            pattern(getattr(self, what), what=what, seed=self.seed)
        if self.reset_clocks < 1:
            raise EngineError(f"a reset must last at least 1 clock, got {self.reset_clocks}")
        if any(e < 0 for e in self.resets):
            raise EngineError(f"resets must begin at edge 0 or later, got {min(self.resets)}")


def pattern(given: Pattern, *, what: str, seed: int) -> list[int]:
    """Return gaps or stalls as a list of 0 and 1 that repeats; empty for none.

    Parameters
    ----------
    given : float or sequence of bool
    what : str
        "gaps" or "stalls".
    seed : int

    Raises
    ------
    EngineError
        See `Job`.

    Examples
    --------
    >>> pattern([True, False], what="gaps", seed=1)
    [1, 0]
    """
    if isinstance(given, (int, float)):
        if not 0 <= given < 1:
            raise EngineError(f"{what} must be a probability in [0, 1), got {given}")
        if given == 0:
            return []
        period, stream = (_GAP_PERIOD, 11) if what == "gaps" else (_STALL_PERIOD, 12)
        limit = np.uint64(int(given * 2.0**64))
        return (words.uniform(period, seed=seed, stream=stream) < limit).astype(int).tolist()
    listed = [int(bool(v)) for v in given]
    if listed and all(listed):
        raise EngineError(f"{what} must let a sample pass, got a pattern of {len(listed)} ones")
    return listed


def settings(job: Job, target: Target) -> dict[str, Any]:
    """Return all that `bench.Bench` reads but the words, as plain data.

    Raises
    ------
    EngineError
        If the core has no output ready and stalls are asked for, or no input ready and its
        interval needs one.
    """
    pins = target.pins
    stalls = pattern(job.stalls, what="stalls", seed=job.seed)
    if pins.o_ready is None and any(stalls):
        raise EngineError(f"stalls need a core with an output ready, got {target.name} without one")
    gaps = pattern(job.gaps, what="gaps", seed=job.seed)
    longest = _longest_run(stalls) + _longest_run(gaps)
    return {
        "gaps": gaps,
        "stalls": stalls,
        "resets": list(job.resets),
        "reset_clocks": job.reset_clocks,
        "reset_first": not job.power_up,
        "mask": (1 << pins.i_width) - 1,
        # Generous: a slow core is a wrong latency, not a hang.
        "patience": 4 * (target.latency + target.interval + target.startup) + longest + 64,
        "wait": target.latency + target.interval,
        "drain": target.latency + 2 * target.interval + longest + 8,
    }


def to_data(job: Job, target: Target) -> dict[str, Any]:
    """Return the job as the plain data that `bench.Bench` reads; errors as `settings`."""
    columns = np.asarray(job.samples).T.tolist()
    lanes = target.pins.i_lanes
    return {
        "words": [join_words(lanes, c, odd=bool(n & 1)) for n, c in enumerate(columns)],
        **settings(job, target),
    }


def to_trace(result: dict[str, Any], job: Job, target: Target, engine: str) -> Trace:
    """Turn what a `Bench` saw into a trace; wrong padding becomes a fault."""
    lanes, low = target.pins.o_lanes, target.pins.o_width
    rows: list[list[int]] = [[] for _ in lanes]
    unpadded = None
    turns = [max(word, 0) >> low for word in result["outputs"]]
    for edge, word in zip(result["emitted_at"], result["outputs"], strict=True):
        codes, padded = split_word(lanes, max(word, 0))
        if not padded and unpadded is None:
            unpadded = edge
        for row, code in zip(rows, codes, strict=True):
            row.append(code)
    samples = words.array(rows, _formats(target))
    return as_trace(result, samples, job, target, engine, turns=turns, unpadded=unpadded)


def as_trace(
    result: dict[str, Any],
    samples: Any,
    job: Job,
    target: Target,
    engine: str,
    *,
    turns: Any,
    unpadded: int | None,
) -> Trace:
    """Make a trace of what a bench saw.

    Parameters
    ----------
    result : dict
        What `bench.Bench.result` returns; `outputs` are not looked at.
    samples : ndarray of int64 or object, shape (n_out, time)
        The outputs as codes.
    job : Job
    target : Target
    engine : str
    turns : array_like of int, shape (time,)
        The channel's number at each output, 0 without one.
    unpadded : int or None
        Edge of the first output whose padding was wrong.
    """
    faults = [Fault(edge=e, rule=r) for e, r in result["faults"]]
    if unpadded is not None:
        faults.append(Fault(edge=unpadded, rule="padding bits must extend the lane's number"))
    emitted_at = np.asarray(result["emitted_at"], dtype=np.int64)
    late = _out_of_turn(np.asarray(turns, dtype=np.int64), emitted_at, job, target.pins.channels)
    if late is not None:
        faults.append(Fault(edge=late, rule="the channel's number must be that of the sample"))
    return Trace(
        engine=engine,
        samples=samples,
        accepted_at=np.asarray(result["accepted_at"], dtype=np.int64),
        emitted_at=emitted_at,
        startup=result["startup"],
        edges=result["edges"],
        idle=result["idle"],
        resets=job.resets,
        faults=tuple(sorted(faults, key=lambda f: f.edge)),
    )


def _out_of_turn(turns: Any, emitted_at: Any, job: Job, channels: int) -> int | None:
    """Return the edge of the first output whose channel is not the next one since the reset."""
    run = np.searchsorted(np.asarray(sorted(job.resets), dtype=np.int64), emitted_at, side="right")
    place = np.arange(len(run)) - np.searchsorted(run, run)
    wrong = np.flatnonzero(turns != place % channels)
    return int(emitted_at[wrong[0]]) if len(wrong) else None


def _formats(target: Target) -> tuple[Format, ...]:
    return target.node.outputs


def _longest_run(pattern: Sequence[int]) -> int:
    """Longest run of ones in a pattern that repeats."""
    longest = run = 0
    for v in [*pattern, *pattern]:
        run = run + 1 if v else 0
        longest = max(longest, run)
    return longest
