"""Run an outside simulator in a process of its own, which ends when this one does."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from fxfir.errors import ToolError

__all__ = ["reason", "run_child", "run_together"]

_POLL_S = 0.05


def run_child(
    command: Sequence[str],
    work: Path,
    *,
    log: str,
    env: Mapping[str, str] | None = None,
    progress: Callable[[int], None] | None = None,
    limit_s: float | None = None,
) -> int:
    """Run a command in a folder to its end; it is stopped, with its children, when we are.

    Parameters
    ----------
    command : sequence of str
    work : path
        Where it runs. A file `progress` there may hold the number of samples taken so far.
    log : str
        File in `work` that receives what the command prints.
    env : mapping, optional
        The whole environment; this process's own unless given.
    progress : callable, optional
        Told the number in `progress`, a few times a second.
    limit_s : float, optional
        Wall-clock seconds after which the command is stopped.

    Returns
    -------
    int
        Exit status.

    Raises
    ------
    ToolError
        If the command takes longer than `limit_s`.
    """
    started = time.monotonic()
    with _started(command, work, log=log, env=env) as process:
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.wait(timeout=_POLL_S if progress or limit_s else None)
            if progress is not None:
                progress(_taken(work))
            if limit_s is not None and time.monotonic() - started > limit_s:
                raise ToolError(f"a simulation must end within {limit_s:g} s, got no end")


def run_together(commands: Mapping[str, Sequence[str]], work: Path) -> int:
    """Run commands at the same time; they are stopped, with their children, when we are.

    Parameters
    ----------
    commands : mapping of str to sequence of str
        By the file in `work` that receives what the command prints.
    work : path

    Returns
    -------
    int
        Greatest exit status.
    """
    with contextlib.ExitStack() as stack:
        running = [
            stack.enter_context(_started(command, work, log=log, env=None))
            for log, command in commands.items()
        ]
        return max(abs(process.wait()) for process in running)


@contextlib.contextmanager
def _started(
    command: Sequence[str], work: Path, *, log: str, env: Mapping[str, str] | None
) -> Iterator[subprocess.Popen[bytes]]:
    with (work / log).open("wb") as out:
        process = subprocess.Popen(
            list(command),
            cwd=work,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def reason(work: Path, logs: Sequence[str], code: int) -> str:
    """Return the line of the logs that tells most about a failure, without the folder's path.

    Parameters
    ----------
    work : path
    logs : sequence of str
        File names in `work`, the most telling first; those that are missing are passed over.
    code : int
        Exit status, named where no line speaks of an error.
    """
    lines: list[str] = []
    for name in logs:
        path = work / name
        if path.is_file():
            lines += path.read_text(encoding="utf-8", errors="replace").splitlines()
    for mark in ("error", "Error", "ERROR"):
        for line in lines:
            if mark in line:
                return line.strip().replace(f"{work}{os.sep}", "")
    last = next((line for line in reversed(lines) if line.strip()), "no message")
    return f"exit status {code} ({last.strip()})"


def _taken(work: Path) -> int:
    try:
        return int((work / "progress").read_text(encoding="ascii") or 0)
    except (OSError, ValueError):
        return 0
