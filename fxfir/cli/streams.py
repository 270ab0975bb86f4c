"""Standard streams that are closed, or whose reader has left."""

from __future__ import annotations

import os
import sys

import click

__all__ = ["forget_stdout", "open_missing_streams", "say"]


def say(text: str, *, end: str = "\n") -> None:
    """Print `text` on stdout; a reader that has left does not change the exit status."""
    try:
        click.echo(text + end, nl=False)
    except BrokenPipeError:
        forget_stdout()


def forget_stdout() -> int:
    """Send what is still to be printed nowhere; return 0, since nothing went wrong."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 0


def open_missing_streams() -> None:
    """Open standard streams that whoever started us has closed.

    Python leaves None in their place, and the next file opened would take their number: what is
    printed would then end up in it.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR)
            if null != number:
                os.dup2(null, number)
                os.close(null)
            setattr(sys, name, open(number, mode, closefd=False))  # noqa: SIM115
