"""Build and run one simulation with cocotb's runner: `python -m sim.simulate WORK`.

The runner changes its process's environment and may end the process; in one of its own neither
hurts, and a simulation that hangs can be stopped from outside. WORK holds `task.json`; the
simulator's answers are files beside it, and `sim/run.py` judges them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

__all__ = ["main"]


def main(work: Path) -> None:
    """Compile the Verilog of the task and run the bench on it."""
    from cocotb_tools.runner import get_runner

    task = json.loads((work / "task.json").read_text(encoding="utf-8"))
    runner = get_runner("icarus")
    runner.build(
        sources=[Path(task["verilog"])],
        hdl_toplevel=task["top"],
        build_dir=work / "build",
        always=True,
        build_args=["-g2001"],
        timescale=("1ns", "1ps"),
        log_file=work / "build.log",
    )
    runner.test(
        test_module="sim.bench",
        hdl_toplevel=task["top"],
        hdl_toplevel_lang="verilog",
        build_dir=work / "build",
        test_dir=work,
        results_xml=str(work / "results.xml"),
        extra_env={
            **task["environment"],
            # The bench says in words what it found; rewritten asserts only cost time at the start.
            "COCOTB_REWRITE_ASSERTION_FILES": "",
        },
        log_file=work / "run.log",
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
