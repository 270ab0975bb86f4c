"""Build and run one simulation with cocotb's runner, in a process of its own.

The runner ends the process on failure and changes its environment; here that hurts nobody, and a
simulation that hangs can be stopped from outside. Usage: `python -m fxfir.verify.icarus_child DIR`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

__all__ = ["main"]


def main(work: Path) -> int:
    """Run the task in `work`; its answers are files there.

    Returns
    -------
    int
        0 if at least one test ran and none failed, else 1.
    """
    from cocotb_tools.check_results import get_results
    from cocotb_tools.runner import get_runner

    task = json.loads((work / "task.json").read_text(encoding="utf-8"))
    runner = get_runner("icarus")
    runner.build(
        sources=[Path(s) for s in task["sources"]],
        hdl_toplevel=task["top"],
        build_dir=work / "build",
        always=True,
        build_args=["-g2001"],
        timescale=("1ns", "1ps"),
        log_file=work / "build.log",
    )
    results = runner.test(
        test_module="fxfir.verify.cocotb_bench",
        hdl_toplevel=task["top"],
        hdl_toplevel_lang="verilog",
        build_dir=work / "build",
        test_dir=work,
        results_xml=str(work / "results.xml"),
        extra_env={"FXFIR_WORK": str(work)},
        log_file=work / "run.log",
    )
    # A simulator that cannot load cocotb runs no test and still exits 0.
    n_tests, n_failed = get_results(results)
    return 0 if n_tests >= 1 and n_failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
