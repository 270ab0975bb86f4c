"""The model engine: the integers alone, without a clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from fxfir.errors import EngineError
from fxfir.verify.expected import expected
from fxfir.verify.job import Job
from fxfir.verify.target import Target
from fxfir.verify.trace import Trace

__all__ = ["run_jobs"]


def run_jobs(
    target: Target,
    jobs: Sequence[Job],
    *,
    progress: Callable[[int], None] | None = None,
    limit_s: float | None = None,
) -> list[Trace]:
    """Compute the expected integers; gaps and stalls change no sample, so they are not looked at.

    Raises
    ------
    EngineError
        If a job has resets: without a clock nobody can say which samples they drop.
    """
    del limit_s
    traces = []
    taken = 0
    for job in jobs:
        if job.resets:
            raise EngineError(f"the model engine has no clock, got resets {list(job.resets)}")
        samples = expected(target.node, job.samples)
        none = np.full(samples.shape[1], -1, dtype=np.int64)
        traces.append(
            Trace(
                engine="model",
                samples=samples,
                accepted_at=none,
                emitted_at=none,
                startup=None,
                edges=0,
            )
        )
        taken += samples.shape[1]
        if progress is not None:
            progress(taken)
    return traces
