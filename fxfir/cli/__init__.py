"""The command `fxfir`: one file per command, loaded when it is called."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any

import click

from fxfir.cli.streams import forget_stdout, open_missing_streams, say
from fxfir.errors import FxfirError
from fxfir.version import __version__

__all__ = ["main"]

COMMANDS = {
    "design": "fxfir.cli.design",
    "generate": "fxfir.cli.generate",
    "verify": "fxfir.cli.verify",
    "simulate": "fxfir.cli.simulate",
    "analyze": "fxfir.cli.analyze",
    "synth": "fxfir.cli.synth",
    "train": "fxfir.cli.train",
}

BAD_INPUT = 2
INTERRUPTED = 130


class LazyGroup(click.Group):
    """A group whose commands are imported when they are looked up."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in reading order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of one command and return its `command`."""
        if cmd_name not in COMMANDS:
            return None
        from importlib import import_module

        found: click.Command = import_module(COMMANDS[cmd_name]).command
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or name the ones there are."""
        if args and args[0] not in COMMANDS:
            raise click.UsageError(
                f"the command must be one of {', '.join(COMMANDS)}, got {args[0]!r}"
            )
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit status: 0 ok, 1 mismatch, 2 bad input or missing tool, 3 mask missed with "
    "--strict, 130 interrupted.",
)
@click.version_option(__version__, prog_name="fxfir", message="%(prog)s %(version)s")
def fxfir() -> None:
    """Compile filters to verified fixed-point Verilog.

    In goes a frequency mask, a list of taps or a biquad cascade; out comes a core folder:
    Verilog, the integers behind it, benches, and the certified error.
    """


def main(args: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit status.

    Every error that a user can cause is one sentence on stderr and status 2.

    Parameters
    ----------
    args : sequence of str, optional
        Command line without the program's name; `sys.argv` otherwise.

    Raises
    ------
    SystemExit
        Always, with the status.
    """
    open_missing_streams()
    _unwind_on_sigterm()
    # Products here are small: threads for them wait for one another, and on a busy machine a search
    # then takes five times as long. Read when a command first loads NumPy.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        status = fxfir.main(args=args, prog_name="fxfir", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        say(error.format_message())
        status = BAD_INPUT
    except click.ClickException as error:
        status = _refuse(_sentence(error))
    except FxfirError as error:
        status = _refuse(str(error))
    except SystemExit:
        # Without standalone mode click leaves in one case only, when the reader of what it prints
        # is gone, and then with 1, which is a mismatch here.
        status = forget_stdout()
    except BrokenPipeError:
        status = forget_stdout()
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        status = _refuse(f"the system refused{where}: {error.strerror or error}")
    except (click.Abort, KeyboardInterrupt):
        click.echo("fxfir: interrupted", err=True)
        status = INTERRUPTED
    raise SystemExit(status if isinstance(status, int) else 0)


def _refuse(sentence: str) -> int:
    click.echo("fxfir: " + " ".join(sentence.split()), err=True)
    return BAD_INPUT


def _sentence(error: click.ClickException) -> str:
    message = error.format_message().rstrip(".")
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"{error.ctx.command_path.removeprefix('fxfir').strip() or 'fxfir'}: {message}"
    return message


def _unwind_on_sigterm() -> None:
    # A terminated run must clean up like an interrupted one.
    def stop(_signal: int, _frame: FrameType | None) -> Any:
        raise KeyboardInterrupt

    try:
        signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not in the main thread: whoever runs us there handles signals
        return
