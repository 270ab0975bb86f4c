"""The candidates of `--arch auto` as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fxfir.flow import Choice, Option

__all__ = ["choice_rows"]

_HEAD = ("candidate", "LUT", "FF", "DSP", "RAM", "MHz", "latency", "")


def choice_rows(choice: Choice) -> list[tuple[str, str]]:
    """Return labels and texts: the candidates with their predicted costs, and why one won."""
    lines = [_HEAD, *(_cells(option) for option in choice.options)]
    widths = [max(len(line[k]) for line in lines) for k in range(len(_HEAD))]
    texts = []
    for line in lines:
        name, *numbers, note = line
        parts = [f"{name:<{widths[0]}}"]
        parts += [f"{text:>{width}}" for text, width in zip(numbers, widths[1:-1], strict=True)]
        texts.append("  ".join([*parts, note]).rstrip())
    rows = [("choice", choice.reason)]
    rows.append(("", texts[0]))
    rows += [("", text) for text in texts[1:]]
    return rows


def _cells(option: Option) -> tuple[str, ...]:
    cost, timing = option.cost, option.timing
    if cost is None or timing is None:
        return (option.label, f">= {option.least_luts}", "", "", "", "", "", "not worked out")
    fmax = "" if cost.fmax_mhz is None else f"{cost.fmax_mhz:.0f}"
    note = f"misses: {', '.join(option.misses)}" if option.misses else ""
    numbers = (cost.luts, cost.ffs, cost.dsps, cost.rams)
    return (option.label, *(str(n) for n in numbers), fmax, str(timing.latency), note)
