"""What an engine saw: the samples, when they moved, and every broken rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Epoch", "Fault", "Trace"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A broken rule of the handshake, or an unknown bit.

    Parameters
    ----------
    edge : int
        Rising edge at which it was seen.
    rule : str
        What should have held, as a sentence.
    """

    edge: int
    rule: str

    def __str__(self) -> str:
        return f"edge {self.edge}: {self.rule}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """What happened between two resets.

    Parameters
    ----------
    accepted : range
        Indices into `Trace.accepted_at`: the samples taken in this epoch.
    emitted : range
        Indices into `Trace.samples`: the samples given in this epoch.
    """

    accepted: range
    emitted: range


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One simulation. Edge 0 is the first rising clock edge with reset inactive.

    Parameters
    ----------
    engine : str
        Name of the engine.
    samples : ndarray of int64 or object, shape (lanes, time)
        Output samples in the order of their transfers.
    accepted_at : ndarray of int64, shape (n_accepted,)
        Edge at which each input sample was transferred; all -1 for an engine without a clock.
    emitted_at : ndarray of int64, shape (time,)
        Edge at which each output sample was transferred.
    startup : int or None
        Edge at which the input's ready was first 1; None if it never was.
    edges : int
        Edges simulated from edge 0 on.
    idle : int
        Edges between the first and the last output transfer at which the sink was ready and
        nothing was valid: 0 means full rate.
    resets : tuple of int
        Edges at which a reset in mid-stream began.
    faults : tuple of Fault
        Broken rules in order of time, at most a hundred.
    """

    engine: str
    samples: Any
    accepted_at: Any
    emitted_at: Any
    startup: int | None
    edges: int
    idle: int = 0
    resets: tuple[int, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def clocked(self) -> bool:
        """True if the engine has a clock, so that edges mean something."""
        return self.edges > 0

    @property
    def latencies(self) -> tuple[int, ...]:
        """Distinct latencies in clock edges, ascending; needs a trace without resets."""
        count = min(len(self.accepted_at), len(self.emitted_at))
        gaps = np.asarray(self.emitted_at[:count]) - np.asarray(self.accepted_at[:count])
        return tuple(np.unique(gaps).tolist())

    @property
    def intervals(self) -> tuple[int, ...]:
        """Distinct distances in clock edges between neighbouring accepted samples, ascending."""
        return tuple(np.unique(np.diff(np.asarray(self.accepted_at))).tolist())

    @property
    def epochs(self) -> tuple[Epoch, ...]:
        """The spans between resets, in order."""
        if not self.clocked:
            return (
                Epoch(accepted=range(len(self.accepted_at)), emitted=range(self.samples.shape[1])),
            )
        bounds = [-1, *self.resets, self.edges + 1]
        taken = [int(v) for v in np.searchsorted(self.accepted_at, bounds, side="left")]
        given = [int(v) for v in np.searchsorted(self.emitted_at, bounds, side="left")]
        return tuple(
            Epoch(
                accepted=range(taken[k], taken[k + 1]),
                emitted=range(given[k], given[k + 1]),
            )
            for k in range(len(bounds) - 1)
        )

    def to_json(self) -> dict[str, Any]:
        """Return the trace as plain JSON data."""
        return {
            "engine": self.engine,
            "samples": [[int(v) for v in lane] for lane in self.samples],
            "accepted_at": [int(v) for v in self.accepted_at],
            "emitted_at": [int(v) for v in self.emitted_at],
            "startup": self.startup,
            "edges": self.edges,
            "idle": self.idle,
            "resets": list(self.resets),
            "faults": [{"edge": f.edge, "rule": f.rule} for f in self.faults],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Trace:
        """Build the trace that `to_json` wrote."""
        rows = data["samples"]
        wide = any(not -(1 << 63) <= v < 1 << 63 for lane in rows for v in lane)
        return cls(
            engine=data["engine"],
            samples=np.array(rows, dtype=object if wide else np.int64).reshape(len(rows), -1),
            accepted_at=np.array(data["accepted_at"], dtype=np.int64),
            emitted_at=np.array(data["emitted_at"], dtype=np.int64),
            startup=data["startup"],
            edges=data["edges"],
            idle=data["idle"],
            resets=tuple(data["resets"]),
            faults=tuple(Fault(edge=f["edge"], rule=f["rule"]) for f in data["faults"]),
        )
