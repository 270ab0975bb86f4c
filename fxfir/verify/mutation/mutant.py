"""A mutant: a core's text with one thing wrong."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Edit", "Mutant", "apply_edits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Replace text[start:end] by `new`."""

    start: int
    end: int
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One defect.

    Parameters
    ----------
    kind : str
        What was broken, such as "coefficient bit" or "register added".
    where : str
        A sentence that tells the place.
    text : str
        The whole Verilog text with the defect.
    register : str or None
        For a wrong power-up value, the register.
    filter : mapping or None
        For a changed contract, the filter that the text was built for, as JSON data.
    """

    kind: str
    where: str
    text: str
    register: str | None = None
    filter: Mapping[str, Any] | None = None

    def diff(self, original: str, *, context: int = 2) -> str:
        """Return the defect as a unified diff of the texts."""
        lines = difflib.unified_diff(
            original.splitlines(),
            self.text.splitlines(),
            fromfile="emitted",
            tofile=self.kind,
            lineterm="",
            n=context,
        )
        return "\n".join(lines)

    def to_json(self, original: str) -> dict[str, Any]:
        """Return kind, place and diff as plain JSON data."""
        return {"kind": self.kind, "where": self.where, "diff": self.diff(original)}


def apply_edits(text: str, *edits: Edit) -> str:
    """Apply edits that do not overlap."""
    for edit in sorted(edits, key=lambda e: -e.start):
        text = text[: edit.start] + edit.new + text[edit.end :]
    return text
