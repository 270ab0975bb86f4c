"""What a verification found, as frozen data and as `evidence.json`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fxfir.verify.judge import Check

__all__ = ["Evidence"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The verdicts on one core; the same core and seed give the same evidence on any machine.

    Parameters
    ----------
    name : str
        Name of the core.
    hash : str
        The manifest's hash.
    verilog_sha256 : str
        Of the Verilog text that was simulated.
    seed : int
    engines : tuple of str
        The engines that were asked for.
    checks : tuple of Check
        In the order in which they ran.
    notes : tuple of str
        What a reader should know beside the verdicts, such as an engine that did not run.
    """

    name: str
    hash: str
    verilog_sha256: str
    seed: int
    engines: tuple[str, ...]
    checks: tuple[Check, ...]
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """True if there are checks and all passed."""
        return bool(self.checks) and all(check.ok for check in self.checks)

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that did not pass."""
        return tuple(check for check in self.checks if not check.ok)

    @property
    def text(self) -> str:
        """Notes, then one paragraph per check."""
        return "\n".join((*self.notes, *(check.text for check in self.checks)))

    def to_json(self) -> dict[str, Any]:
        """Return the evidence as plain JSON data; no dates, no paths, no versions."""
        return {
            "schema": 1,
            "name": self.name,
            "hash": self.hash,
            "verilog_sha256": self.verilog_sha256,
            "seed": self.seed,
            "engines": list(self.engines),
            "ok": self.ok,
            "notes": list(self.notes),
            "checks": [check.to_json() for check in self.checks],
        }
