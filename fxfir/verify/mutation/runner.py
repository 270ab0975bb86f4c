"""Run a core's own plain Verilog bench on a changed text."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from enum import Enum
from pathlib import Path
from typing import BinaryIO

from fxfir.errors import ToolError
from fxfir.verify.target import Target

__all__ = ["BenchRunner", "Outcome"]

_LEAST_S = 10.0
_SLOWER = 20.0


class Outcome(Enum):
    """What the bench said."""

    PASSED = "passed"
    FAILED = "failed"
    HUNG = "hung"
    INVALID = "invalid"
    """The text did not compile: no verdict on the bench."""


class BenchRunner:
    """Compile and run `<name>_tb.v` of a core folder under Icarus, each run in its own folder.

    Parameters
    ----------
    target : Target
        With a folder.
    limit_s : float, optional
        Wall-clock limit of a run; unless said otherwise 20 times what the unchanged core takes,
        and at least 10 s.

    Raises
    ------
    ToolError
        If Icarus or the bench is missing, or the bench does not pass on the unchanged core.

    Notes
    -----
    A run has passed if it ends with status 0 and prints a line that begins with PASS, and none
    that begins with FAIL; the first such line ends it. Icarus compiles with all its warnings, as
    `make tb` does: one that the unchanged core does not give fails a bench that would have passed.
    A bit index beyond a vector reads unknown bits in a simulator, and others in gates.
    """

    def __init__(self, target: Target, *, limit_s: float | None = None) -> None:
        if shutil.which("iverilog") is None or shutil.which("vvp") is None:
            raise ToolError("a mutation run needs Icarus Verilog, got no iverilog and vvp on PATH")
        assert target.folder is not None  # `verilog` raised otherwise
        self._target = target
        self._folder = target.verilog.parent.resolve()
        self._bench = f"{target.name}_tb.v"
        if not (self._folder / self._bench).is_file():
            raise ToolError(f"a mutation run needs the bench {self._bench}, got none")
        self._stop = threading.Event()
        self._limit_s = limit_s if limit_s is not None else 120.0
        self._warns: bool | None = None
        started = time.monotonic()
        outcome, said = self.run(target.verilog.read_text(encoding="utf-8"))
        if outcome is not Outcome.PASSED:
            raise ToolError(
                f"{self._bench} must pass on the unchanged core, got {outcome.value}: {said}"
            )
        if limit_s is None:
            self._limit_s = max(_LEAST_S, _SLOWER * (time.monotonic() - started))

    def stop(self) -> None:
        """End the runs in progress and refuse new ones."""
        self._stop.set()

    def run(self, text: str) -> tuple[Outcome, str]:
        """Run the bench on a text.

        Returns
        -------
        outcome : Outcome
        said : str
            The line that tells most.
        """
        with tempfile.TemporaryDirectory(prefix="fxfir-mutant-") as name:
            work = Path(name)
            for path in self._folder.iterdir():
                # Data files stay where they are; the bench finds them beside itself.
                if path.is_file() and path.name != self._target.manifest["verilog"]:
                    (work / path.name).symlink_to(path)
            source = str(self._target.manifest["verilog"])
            (work / source).write_text(text, encoding="utf-8")
            build = ["iverilog", "-g2005", "-Wall", "-o", "bench.vvp", self._bench, source]
            code, warned = self._call(build, work)
            if code != 0:
                return (Outcome.HUNG if code is None else Outcome.INVALID), _told(warned)
            if self._warns is None:
                self._warns = bool(warned)
            # Unbuffered, so that a bench which has failed need not run to its end.
            code, said = self._call(["vvp", "-n", "-i", "bench.vvp"], work, until="FAIL")
        if code is None:
            return Outcome.HUNG, f"no end within {self._limit_s:g} s"
        lines = said.splitlines()
        passed = code == 0 and any(line.startswith("PASS") for line in lines)
        failed = any(line.startswith("FAIL") for line in lines)
        if passed and not failed and warned and not self._warns:
            return Outcome.FAILED, _told(warned)
        if passed and not failed:
            return Outcome.PASSED, next(line for line in lines if line.startswith("PASS"))
        return Outcome.FAILED, _told(said)

    def _call(
        self, command: list[str], work: Path, until: str | None = None
    ) -> tuple[int | None, str]:
        """Exit status (None where it was ended) and what it printed, at most 64 KiB.

        A line that begins with `until` ends it with the status 1.
        """
        deadline = time.monotonic() + self._limit_s
        wait_s = 0.02
        with (work / "said.log").open("wb+") as log:
            process = subprocess.Popen(
                command,
                cwd=work,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            code: int | None = None
            try:
                while code is None and time.monotonic() < deadline and not self._stop.is_set():
                    try:
                        code = process.wait(timeout=wait_s)
                    except subprocess.TimeoutExpired:
                        wait_s = min(1.5 * wait_s, 0.2)
                        if until is not None and _printed(log, until):
                            code = 1
                        # A bench that prints for ever must not fill the disk.
                        if os.fstat(log.fileno()).st_size > 1 << 24:
                            break
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
            log.seek(0)
            return code, log.read(1 << 16).decode("utf-8", errors="replace")


def _printed(log: BinaryIO, mark: str) -> bool:
    """Whether a line of a log begins with a mark; the place for writing stays where it is."""
    text = os.pread(log.fileno(), 1 << 16, 0)
    return any(line.startswith(mark.encode()) for line in text.splitlines())


def _told(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    for mark in ("FAIL", "error", "warning"):
        for line in lines:
            if mark in line:
                return line
    return lines[-1] if lines else "nothing printed"
