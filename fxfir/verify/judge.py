"""Decide whether a trace is right: samples by the model, moves by the declared timing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fxfir.verify.compare import Mismatch, compare
from fxfir.verify.scenario import Scenario
from fxfir.verify.target import Target
from fxfir.verify.trace import Trace

__all__ = ["Check", "judge"]

_MOST_LINES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The verdict on one scenario in one engine.

    Parameters
    ----------
    engine, scenario : str
    samples, edges : int
        Output samples that came, and clock edges simulated.
    latency, interval, startup : int or None
        As measured; None where they were not, or were not constant.
    problems : tuple of str
        What did not hold, one sentence each; empty if all did.
    mismatch : Mismatch or None
        The first wrong sample.
    """

    engine: str
    scenario: str
    samples: int = 0
    edges: int = 0
    latency: int | None = None
    interval: int | None = None
    startup: int | None = None
    problems: tuple[str, ...] = ()
    mismatch: Mismatch | None = None

    @property
    def ok(self) -> bool:
        """True if nothing was found."""
        return not self.problems

    @property
    def text(self) -> str:
        """One line if all is well, else one line per problem and the lines around the sample."""
        head = f"{self.engine} {self.scenario}"
        if self.ok:
            return f"{head}: {self.samples} samples equal" if self.samples else f"{head}: equal"
        lines = [f"{head}: {p}" for p in self.problems]
        if self.mismatch is not None:
            lines += self.mismatch.context
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as plain JSON data."""
        return {
            "engine": self.engine,
            "scenario": self.scenario,
            "ok": self.ok,
            "samples": self.samples,
            "edges": self.edges,
            "latency": self.latency,
            "interval": self.interval,
            "startup": self.startup,
            "problems": list(self.problems),
            "mismatch": None if self.mismatch is None else self.mismatch.to_json(),
        }


def judge(
    trace: Trace,
    scenario: Scenario,
    target: Target,
    *,
    expected: Callable[[Any], Any],
    wanted: Any = None,
) -> Check:
    """Judge one trace.

    Parameters
    ----------
    trace : Trace
    scenario : Scenario
    target : Target
    expected : callable
        Input samples (n_in, time) from zero history to output samples (n_out, time).
    wanted : ndarray, optional
        Output samples of the whole job where they are known already.

    Returns
    -------
    Check
    """
    problems: list[str] = []
    mismatch = _first_mismatch(trace, scenario, target, expected, wanted)
    if mismatch is not None:
        problems.append(mismatch.text)
    if trace.clocked:
        problems += _moves(trace, scenario, target)
        faults = [str(f) for f in trace.faults]
        problems += faults[:_MOST_LINES]
        if len(faults) > _MOST_LINES:
            problems.append(f"{len(faults) - _MOST_LINES} more broken rules")
    timed = trace.clocked and not trace.resets and len(trace.emitted_at) > 0
    return Check(
        engine=trace.engine,
        scenario=scenario.name,
        samples=int(trace.samples.shape[1]),
        edges=trace.edges,
        latency=_only(trace.latencies) if timed else None,
        interval=_only(trace.intervals) if timed else None,
        startup=trace.startup,
        problems=tuple(problems),
        mismatch=mismatch,
    )


def _only(values: tuple[int, ...]) -> int | None:
    return values[0] if len(values) == 1 else None


def _first_mismatch(
    trace: Trace,
    scenario: Scenario,
    target: Target,
    expected: Callable[[Any], Any],
    wanted: Any,
) -> Mismatch | None:
    """Compare epoch by epoch: each begins from zero history, and a reset drops what is inside."""
    formats = target.node.outputs
    if not trace.clocked:
        want = expected(scenario.job.samples) if wanted is None else wanted
        return compare(want, trace.samples, formats, inputs=scenario.job.samples)
    epochs = trace.epochs
    for k, epoch in enumerate(epochs):
        taken = scenario.job.samples[:, epoch.accepted.start : epoch.accepted.stop]
        got = trace.samples[:, epoch.emitted.start : epoch.emitted.stop]
        whole = wanted is not None and taken.shape[1] == wanted.shape[1]
        if taken.shape[1] == 0 and got.shape[1] == 0:
            continue
        want = wanted if whole else expected(taken) if taken.shape[1] else got[:, :0]
        found = compare(
            want,
            got,
            formats,
            prefix=k + 1 < len(epochs),
            inputs=taken,
            edges=trace.emitted_at[epoch.emitted.start : epoch.emitted.stop],
        )
        if found is not None:
            return found
    return None


def _moves(trace: Trace, scenario: Scenario, target: Target) -> list[str]:
    """Check counts and times of the transfers."""
    problems = []
    offered = scenario.job.samples.shape[1]
    if len(trace.accepted_at) != offered:
        problems.append(f"{offered} input samples must be taken, got {len(trace.accepted_at)}")
    if scenario.started and trace.startup != target.startup:
        problems.append(f"startup must be {target.startup} edges, measured {trace.startup}")
    if scenario.timed and not trace.resets:
        if trace.latencies != (target.latency,):
            problems.append(
                f"latency must be {target.latency} edges, measured {_some(trace.latencies)}"
            )
        if len(trace.accepted_at) > 1 and trace.intervals != (target.interval,):
            problems.append(
                f"interval must be {target.interval} edges, measured {_some(trace.intervals)}"
            )
    if scenario.full_rate and trace.idle:
        problems.append(f"no ready edge may pass without an output, got {trace.idle} that did")
    return problems


def _some(values: tuple[int, ...]) -> str:
    return ", ".join(map(str, values[:6])) + (", ..." if len(values) > 6 else "") or "none"
