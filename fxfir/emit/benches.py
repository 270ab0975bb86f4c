"""The cocotb bench of a core folder, and the Makefile that runs its benches."""

from __future__ import annotations

from fxfir.emit.template import filled

__all__ = ["cocotb_bench", "makefile"]


def cocotb_bench(name: str) -> str:
    """Return test_<name>.py: it reads manifest.json and vectors.json and needs no fxfir."""
    return filled("bench.py.tmpl", {"name": name})


def makefile(name: str) -> str:
    """Return the Makefile: `make` runs the cocotb bench, `make tb` the plain Verilog one."""
    return filled("Makefile.tmpl", {"name": name})
