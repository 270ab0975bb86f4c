"""The clocked bench both simulators share: what to drive after each edge, what to note at it.

Plain Python integers and lists only, so that a simulator's embedded interpreter starts quickly.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["RULES", "UNKNOWN", "Bench"]

UNKNOWN = -1
"""What an engine passes for a value with unknown bits."""
_MOST_FAULTS = 100
_MOST_EXTRA = 16

RULES: dict[str, str] = {
    "VALID_IN_RESET": "output valid must be 0 in reset",
    "READY_UNKNOWN": "input ready must be 0 or 1, got an unknown bit",
    "VALID_UNKNOWN": "output valid must be 0 or 1, got an unknown bit",
    "PAYLOAD_UNKNOWN": "output payload must be known while valid, got an unknown bit",
    "PAYLOAD_MOVES": "output payload must hold until it is taken",
    "VALID_DROPS": "output valid must stay until the sample is taken",
    "VALID_WAITS": "output valid must not wait for ready, got none in {wait} edges",
    "TOO_MANY": "every output must follow an input",
    "NO_TRANSFER": "a transfer must come within {patience} edges",
}
"""What a core must keep to; a compiled bench reports a rule by its place in this list."""


class Bench:
    """One job, edge by edge.

    Parameters
    ----------
    job : mapping
        Plain JSON data: `words` (input payloads, padding included), `gaps` and `stalls` (lists of
        0 and 1, repeated for ever: 1 at an edge offers no new sample / is not ready), `resets`
        (edges at which a reset begins), `reset_clocks`, `reset_first` (begin with a reset),
        `mask` (of the input payload), `patience` (edges without a transfer after which the run
        ends), `wait` (edges within which a sample inside must make valid rise, ready or not),
        `drain` (edges to watch after the last output).

    Notes
    -----
    The engine calls `step` at every rising edge with the values just before it, then drives
    `reset`, `valid`, `data` and `ready` of this object. Edge 0 is the first with reset inactive.
    A sample once offered stays until it is taken, through a reset too; at an edge in reset
    nothing is transferred. While nothing is offered, the payload is the complement of the last
    one: a core that takes it is found out.
    """

    __slots__ = (
        "_drain", "_gaps", "_held", "_mask", "_n_epoch", "_patience", "_quiet", "_reset_edges",
        "_resets", "_settled", "_shy", "_stalls", "_wait", "_waiting", "_words", "accepted_at",
        "data", "edge", "emitted_at", "faults", "idle", "next", "outputs", "ready", "reset",
        "startup", "valid",
    )  # fmt: skip

    def __init__(self, job: Mapping[str, Any]) -> None:
        self._words: list[int] = job["words"]
        self._gaps: list[int] = job["gaps"] or [0]
        self._stalls: list[int] = job["stalls"] or [0]
        self._resets: list[int] = sorted(job["resets"])
        clocks = int(job["reset_clocks"])
        self._reset_edges = {e + k for e in self._resets for k in range(clocks)}
        self._mask: int = job["mask"]
        self._patience: int = job["patience"]
        self._drain: int = job["drain"]
        self._wait: int = job["wait"]
        self.edge = 0
        if job["reset_first"]:
            self.edge = -clocks
            self._reset_edges |= set(range(-clocks, 0))
        self.accepted_at: list[int] = []
        self.emitted_at: list[int] = []
        self.outputs: list[int] = []
        self.faults: list[tuple[int, str]] = []
        self.startup: int | None = None
        self.idle = 0
        self.next = 0
        self._waiting = 0
        self._shy = 0
        self._quiet = 0
        self._n_epoch = 0
        self._settled = False
        self._held: int | None = None
        self.valid = 0
        self.data = self._mask
        self.reset = int(self.edge in self._reset_edges)
        self.ready = 0
        self._offer()

    def step(self, ready: int, valid: int, data: int) -> bool:
        """Note one rising edge and decide what to drive after it.

        Parameters
        ----------
        ready, valid : int
            0, 1 or `UNKNOWN`, just before the edge; `ready` is 1 for a core without that port.
        data : int
            Output payload as an unsigned number, or `UNKNOWN`; looked at only while valid is 1.

        Returns
        -------
        bool
            False once the job is over.
        """
        edge = self.edge
        moved = False
        if self.reset:
            if valid and self._settled:
                self._fault("VALID_IN_RESET")
            self._settled = True
            self._shy = 0
            self._held = None
            self._n_epoch = 0
        else:
            self._settled = False
            if ready == 1:
                if self.startup is None and edge >= 0:
                    self.startup = edge
                if self.valid:
                    self.accepted_at.append(edge)
                    self._n_epoch += 1
                    self.valid = 0
                    self.next += 1
                    moved = True
            elif ready:
                self._fault("READY_UNKNOWN")
            if valid == 1:
                if data == UNKNOWN:
                    self._fault("PAYLOAD_UNKNOWN")
                if self._held is not None and data != self._held:
                    self._fault("PAYLOAD_MOVES")
                if self.ready:
                    self.outputs.append(data)
                    self.emitted_at.append(edge)
                    self.idle += self._waiting
                    self._waiting = 0
                    self._held = None
                    self._n_epoch -= 1
                    moved = True
                else:
                    self._held = data
            else:
                if valid:
                    self._fault("VALID_UNKNOWN")
                if self._held is not None:
                    self._fault("VALID_DROPS")
                self._held = None
                if self.ready and self.outputs:
                    self._waiting += 1
            # A core that waits for ready before it raises valid would wait for ever here.
            self._shy = 0 if self.ready or valid or self._n_epoch <= 0 else self._shy + 1
            if self._shy == self._wait + 1:
                self._fault("VALID_WAITS")
        self._quiet = 0 if moved else self._quiet + 1
        self.edge = edge + 1
        self.reset = int(self.edge in self._reset_edges)
        self._offer()
        return not self._over()

    def result(self) -> dict[str, Any]:
        """Return what was seen as plain JSON data; `outputs` are payloads."""
        return {
            "outputs": self.outputs,
            "accepted_at": self.accepted_at,
            "emitted_at": self.emitted_at,
            "startup": self.startup,
            "edges": self.edge,
            "idle": self.idle,
            "faults": [list(f) for f in self.faults],
        }

    def _offer(self) -> None:
        self.ready = 1 - self._stalls[self.edge % len(self._stalls)]
        if not self.valid and self.next < len(self._words):
            if self._gaps[self.edge % len(self._gaps)]:
                self.data = self._words[self.next] ^ self._mask
            else:
                self.valid = 1
                self.data = self._words[self.next]
        elif not self.valid:
            self.data = ~self.data & self._mask

    def _over(self) -> bool:
        if len(self.faults) >= _MOST_FAULTS:
            return True
        if self._resets and self.edge <= self._resets[-1]:
            return False
        if self._n_epoch < -_MOST_EXTRA:
            self._fault("TOO_MANY")
            return True
        if self.next >= len(self._words) and self._n_epoch <= 0:
            return self._quiet >= self._drain
        if self._quiet >= self._patience:
            self._fault("NO_TRANSFER")
            return True
        return False

    def _fault(self, rule: str) -> None:
        sentence = RULES[rule].format(wait=self._wait, patience=self._patience)
        self.faults.append((self.edge, sentence))
