"""What commands print: aligned lines, JSON, and progress bars on a terminal only."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from fxfir.cli.streams import say

__all__ = ["emit_json", "note", "progress", "table"]


def emit_json(data: Any) -> None:
    """Print `data` as one JSON object on stdout, keys in the order given."""
    say(json.dumps(_finite(data), indent=2, allow_nan=False))


def table(rows: Sequence[tuple[str, str]], indent: int = 0) -> None:
    """Print label and text in two aligned columns on stdout."""
    width = max((len(label) for label, _ in rows), default=0)
    for label, text in rows:
        say(" " * indent + f"{label:<{width}}  {text}".rstrip())


def note(text: str) -> None:
    """Print a warning on stderr: something to know, not a failure."""
    click.echo(f"note: {text}", err=True)


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on a terminal once the work has taken a second; silent elsewhere.

    Yields
    ------
    callable
        `report(done, total)`, to be called as often as one likes.
    """
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from threading import Timer

    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task(label, total=None)
    # Work that never reports still shows that it lives.
    timer = Timer(1.0, bar.start)
    timer.daemon = True
    timer.start()
    try:
        yield lambda done, total: bar.update(task, completed=done, total=total or None)
    finally:
        timer.cancel()
        timer.join()
        bar.stop()


def _finite(value: Any) -> Any:
    """JSON has no infinities: they become null."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
