"""What a search of coefficient words came to, as lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fxfir.flow.optimise import Outcome

__all__ = ["search_rows"]


def search_rows(outcome: Outcome | None) -> list[tuple[str, str]]:
    """Return labels and texts: the error found, widths against margins, and the Pareto set."""
    if outcome is None or outcome.quantized.search is None:
        return []
    rows = [("search", str(outcome.quantized.search))]
    if outcome.widths:
        cells = [("bits", "rounded", "searched", "")]
        for width in outcome.widths:
            found = "" if width.found_db is None else _db(width.found_db)
            state = "met" if width.met else "missed"
            rounded = "unstable" if width.rounded_db is None else _db(width.rounded_db)
            cells.append((str(width.width), rounded, found, state))
        rows += _table("widths", cells)
        if outcome.rounding_width is None:
            rows.append(("", "rounding meets the mask with no width up to 32"))
    if outcome.pareto:
        counts = [("taps", "bits", "adders", "")]
        counts += [
            (str(r.n_taps), str(r.width), str(r.adders), "best of its kind" if r.best else "")
            for r in outcome.pareto
        ]
        rows += _table("lengths", counts)
    return rows


def _db(value: float) -> str:
    return f"{value:+.3f} dB"


def _table(label: str, lines: Sequence[tuple[str, ...]]) -> list[tuple[str, str]]:
    widths = [max(len(line[k]) for line in lines) for k in range(len(lines[0]) - 1)]
    texts = [
        "  ".join(
            [*(f"{cell:>{w}}" for cell, w in zip(line[:-1], widths, strict=True)), line[-1]]
        ).rstrip()
        for line in lines
    ]
    return [(label if k == 0 else "", text) for k, text in enumerate(texts)]
