"""Engines behind one call: samples and a core in, a trace out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from fxfir.errors import EngineError
from fxfir.verify import amaranth_sim, icarus, model_engine, verilator
from fxfir.verify.choice import AUTO, text_engine
from fxfir.verify.job import Job, Pattern
from fxfir.verify.stimulus import user
from fxfir.verify.target import Target
from fxfir.verify.trace import Trace

__all__ = ["ENGINES", "TEXT_ENGINES", "Engine", "find", "run"]


class Engine(Protocol):
    """Run jobs on a target; traces come in the order of the jobs."""

    def __call__(
        self,
        target: Target,
        jobs: Sequence[Job],
        *,
        progress: Callable[[int], None] | None = None,
        limit_s: float | None = None,
    ) -> list[Trace]:
        """Return one trace per job; `progress` is told the input samples taken over all jobs."""


ENGINES: dict[str, Engine] = {
    "model": model_engine.run_jobs,
    "amaranth": amaranth_sim.run_jobs,
    "icarus": icarus.run_jobs,
    "verilator": verilator.run_jobs,
}

TEXT_ENGINES: tuple[str, ...] = ("icarus", "verilator")
"""The engines that read the Verilog text of the folder."""


def find(name: str) -> Engine:
    """Return the engine of that name.

    Raises
    ------
    EngineError
        If there is none; the message lists those that exist.
    """
    if name not in ENGINES:
        raise EngineError(f"engine must be one of {', '.join((AUTO, *ENGINES))}, got {name!r}")
    return ENGINES[name]


def run(
    engine: str,
    target: Target,
    samples: Any,
    *,
    gaps: Pattern = 0.0,
    stalls: Pattern = 0.0,
    seed: int = 1,
    resets: Sequence[int] = (),
    reset_clocks: int = 1,
    power_up: bool = False,
    progress: Callable[[int], None] | None = None,
    limit_s: float | None = None,
) -> Trace:
    """Run samples through a core in one engine.

    Parameters
    ----------
    engine : str
        A key of `ENGINES`, or "auto": what simulates the text soonest. The trace names it.
    target : Target
    samples : array_like of int, shape (n_in, time) or (time,)
    gaps, stalls : float or sequence of bool, optional
        Probability per edge, or a pattern that repeats: no new sample offered, sink not ready.
    seed : int, optional
        Of the random patterns.
    resets : sequence of int, optional
        Edges at which a reset in mid-stream begins; edge 0 is the first after the first reset.
    reset_clocks : int, optional
        Edges that each reset lasts.
    power_up : bool, optional
        Start without a reset.
    progress : callable, optional
        Called with the number of input samples taken so far.
    limit_s : float, optional
        Wall-clock limit of an outside simulator.

    Returns
    -------
    Trace

    Raises
    ------
    EngineError
        If the engine is unknown, or cannot do what is asked.
    FilterError
        If the samples do not fit the filter.
    ToolError
        If a tool is missing or fails.
    """
    given = user(target.node, samples)
    if engine == AUTO:
        engine = text_engine(given.shape[1] * target.interval)
    found = find(engine)
    job = Job(
        samples=given,
        gaps=gaps,
        stalls=stalls,
        seed=seed,
        resets=tuple(resets),
        reset_clocks=reset_clocks,
        power_up=power_up,
    )
    return found(target, [job], progress=progress, limit_s=limit_s)[0]
