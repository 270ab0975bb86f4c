"""Check core folders: `python sim/run.py hdl/cores/lp [more folders] [--seed N] [--samples N]`.

Prints a line for each core. Exit status 0: all passed; 1: a core failed; 2: bad input or a missing
tool, nothing was run; 130: interrupted.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

_ROOT = Path(__file__).resolve().parents[1]
if __package__ in (None, ""):
    # Started as a script: what is imported below is the package of the same files.
    sys.path[0] = str(_ROOT)

from sim.core import Core, difference, load  # noqa: E402
from sim.words import ManifestError  # noqa: E402

__all__ = ["TESTS", "Verdict", "check", "main", "read_results"]

TESTS = (
    "power_up",
    "back_to_back",
    "given_vectors",
    "input_gaps",
    "output_stalls",
    "gaps_and_stalls",
    "resets",
    "late_start",
    "between_edges",
)
"""What must have run: a simulator that loads no test at all is content, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found about one core.

    Parameters
    ----------
    name : str
    faults : tuple of str
        Empty if the core passed.
    edges, compared : int
        Clock edges simulated and output samples compared.
    """

    name: str
    faults: tuple[str, ...]
    edges: int = 0
    compared: int = 0

    @property
    def passed(self) -> bool:
        return not self.faults


def check(folder: Path, *, seed: int = 1, samples: int = 200, limit_s: float = 600.0) -> Verdict:
    """Compute, simulate and compare one core.

    Parameters
    ----------
    folder : Path
    seed : int, optional
        Decides every random sample, pause and phase.
    samples : int, optional
        Random samples per test.
    limit_s : float, optional
        Seconds after which the simulation is stopped and the core has failed.

    Raises
    ------
    ManifestError
        If the folder's manifest is missing, unreadable or breaks the contract.
    """
    folder = folder.resolve()
    core = load(folder)
    fault = difference(core)
    faults = [] if fault is None else [fault]
    with tempfile.TemporaryDirectory(prefix="sim-") as name:
        work = Path(name)
        task = {
            "verilog": str(core.verilog),
            "top": core.top,
            "environment": {
                "SIM_FOLDER": str(folder),
                "SIM_SEED": str(seed),
                "SIM_SAMPLES": str(samples),
                "SIM_COUNTS": str(work / "counts.jsonl"),
            },
        }
        (work / "task.json").write_text(json.dumps(task), encoding="utf-8")
        ended = _simulate(work, limit_s)
        if not ended:
            faults.append(f"the simulation must end within {limit_s:g} s, got no end")
        faults += read_results(work)
        counts = _counts(work)
    return Verdict(
        name=core.name,
        faults=tuple(faults),
        edges=sum(c["edges"] for c in counts),
        compared=sum(c["compared"] for c in counts),
    )


def _simulate(work: Path, limit_s: float) -> bool:
    """Run the simulation in a process group of its own; False if it had to be stopped."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("COCOTB", "PYTEST", "SIM_"))}
    env["PYTHONPATH"] = os.pathsep.join([str(_ROOT), *(p for p in sys.path if p)])
    with (work / "child.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "sim.simulate", str(work)],
            cwd=work,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            process.wait(timeout=limit_s)
        except subprocess.TimeoutExpired:
            return False
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    return True


def read_results(work: Path) -> list[str]:
    """Return what results.xml says is wrong, a missing test and a missing file included."""
    path = work / "results.xml"
    if not path.is_file():
        return [f"the bench must run to its end, got {_last_words(work)}"]
    faults: list[str] = []
    ran: list[str] = []
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        ran.append(case.get("name", ""))
        for kind in ("failure", "error", "skipped"):
            found = case.find(kind)
            if found is not None:
                text = found.get("message") or found.text or kind
                faults.append(f"{ran[-1]}: {text.strip()}")
    faults += [f"{name}: must run, did not" for name in TESTS if name not in ran]
    faults += [
        f"{name}: must run once, got it again"
        for k, name in enumerate(ran)
        if name not in TESTS or name in ran[:k]
    ]
    return faults


def _last_words(work: Path) -> str:
    """The line of the logs that tells most."""
    lines = []
    for name in ("build.log", "run.log", "child.log"):
        if (work / name).is_file():
            lines += (work / name).read_text(encoding="utf-8", errors="replace").splitlines()
    lines = [line.strip() for line in lines if line.strip()]
    telling = [line for line in lines if "error" in line.lower()] or lines[-1:]
    return telling[0] if telling else "no message"


def _counts(work: Path) -> list[dict[str, int]]:
    path = work / "counts.jsonl"
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]


def _missing_tool() -> str | None:
    for program in ("iverilog", "vvp"):
        if shutil.which(program) is None:
            return f"the bench needs Icarus Verilog, got no {program} on PATH"
    if importlib.util.find_spec("cocotb_tools") is None:
        return "the bench needs cocotb 2, got none (pip install cocotb)"
    return None


def _line(core: Core, verdict: Verdict, seed: int) -> str:
    if verdict.passed:
        return (
            f"{verdict.name}: ok, {len(TESTS)} tests, {verdict.compared} samples, "
            f"{verdict.edges} edges; latency {core.latency}, interval {core.interval}, "
            f"startup {core.startup} (seed {seed})"
        )
    return "\n".join(
        [f"{verdict.name}: FAILED (seed {seed})", *(f"    {fault}" for fault in verdict.faults)]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    parser = argparse.ArgumentParser(prog="sim/run.py", description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, help="core folders")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--samples", type=int, default=200, help="random samples per test")
    parser.add_argument("--limit", type=float, default=600.0, help="seconds for each core")
    options = parser.parse_args(arguments)
    try:
        if options.samples < 1:
            raise ManifestError(f"samples must be at least 1, got {options.samples}")
        missing = _missing_tool()
        if missing is not None:
            raise ManifestError(missing)
        cores = [load(folder.resolve()) for folder in options.folders]
    except ManifestError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    passed = True
    try:
        for folder, core in zip(options.folders, cores, strict=True):
            verdict = check(
                folder, seed=options.seed, samples=options.samples, limit_s=options.limit
            )
            print(_line(core, verdict, options.seed), flush=True)
            passed = passed and verdict.passed
    except KeyboardInterrupt:
        return 130
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
