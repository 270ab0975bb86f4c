"""What became of the mutants."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum
from typing import Any

__all__ = ["MutationReport", "Result", "Verdict"]


class Verdict(Enum):
    """What the bench made of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    EQUIVALENT = "equivalent"
    """Survived, and an exact argument says that no bench could have seen it."""
    INVALID = "invalid"
    """Did not compile, so it says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The verdict on one mutant.

    Parameters
    ----------
    kind, where : str
        What was broken, and the place.
    verdict : Verdict
    reason : str
        What the bench said, or why the mutant is equivalent.
    diff : str
        Unified diff against the emitted text; kept for mutants that were not killed.
    """

    kind: str
    where: str
    verdict: Verdict
    reason: str
    diff: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain JSON data."""
        return {
            "kind": self.kind,
            "where": self.where,
            "verdict": self.verdict.value,
            "reason": self.reason,
            "diff": self.diff,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class MutationReport:
    """All mutants of a core.

    Parameters
    ----------
    name : str
        Name of the core.
    results : tuple of Result
    n_possible : int
        How many mutants there are; more than the results where only a sample was run.
    """

    name: str
    results: tuple[Result, ...]
    n_possible: int

    def _of(self, verdict: Verdict) -> tuple[Result, ...]:
        return tuple(r for r in self.results if r.verdict is verdict)

    @property
    def killed(self) -> tuple[Result, ...]:
        """Mutants that the bench failed."""
        return self._of(Verdict.KILLED)

    @property
    def survived(self) -> tuple[Result, ...]:
        """Mutants that passed and that no argument excuses."""
        return self._of(Verdict.SURVIVED)

    @property
    def equivalent(self) -> tuple[Result, ...]:
        """Mutants that passed and that no bench could fail, each with the argument."""
        return self._of(Verdict.EQUIVALENT)

    @property
    def score(self) -> float:
        """Killed mutants over killed and survived ones; 1 is the aim, 0 if none ran."""
        judged = len(self.killed) + len(self.survived)
        return len(self.killed) / judged if judged else 0.0

    @property
    def text(self) -> str:
        """Counts per kind, then each survivor with its diff."""
        kinds = dict.fromkeys(r.kind for r in self.results)
        counts = Counter((r.kind, r.verdict) for r in self.results)
        head = (
            f"{self.name}: {len(self.results)} of {self.n_possible} mutants, "
            f"{len(self.killed)} killed, {len(self.survived)} survived, "
            f"{len(self.equivalent)} equivalent, {len(self._of(Verdict.INVALID))} did not "
            f"compile, score {100 * self.score:.1f} %"
        )
        lines = [head]
        lines += [
            f"  {kind}: "
            + ", ".join(f"{counts[kind, v]} {v.value}" for v in Verdict if counts[kind, v])
            for kind in kinds
        ]
        for r in self.survived:
            lines += [f"survived, {r.kind}, {r.where}", r.diff]
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain JSON data; killed mutants are counted, not listed."""
        kept = [r.to_json() for r in self.results if r.verdict is not Verdict.KILLED]
        return {
            "schema": 1,
            "name": self.name,
            "n_possible": self.n_possible,
            "n_run": len(self.results),
            "n_killed": len(self.killed),
            "n_survived": len(self.survived),
            "n_equivalent": len(self.equivalent),
            "score": self.score,
            "not_killed": kept,
        }
