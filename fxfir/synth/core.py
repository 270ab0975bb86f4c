"""A core folder as the synthesis tools see it: its text and its pins, no filter."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fxfir.errors import ReadError

__all__ = ["CoreText", "read_core"]

_KEYS = ("schema", "name", "top", "verilog", "interface", "target", "hash")
_CLOCKS = {"axis": "aclk", "stream": "clk"}
_RESETS = {"axis": ("aresetn", 0), "stream": ("rst", 1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreText:
    """What synthesis needs of a core.

    Parameters
    ----------
    name, top : str
        The core, and its module.
    verilog, bench : Path
        The core's text, and its plain Verilog bench.
    target : str
        What the core was generated for.
    hash : str
        The manifest's hash of the filter and the hardware.
    clock, reset : str
        Ports.
    reset_active : int
        The level that resets.
    """

    name: str
    top: str
    verilog: Path
    bench: Path
    target: str
    hash: str
    clock: str
    reset: str
    reset_active: int


def read_core(folder: str | Path) -> CoreText:
    """Read a core folder.

    Raises
    ------
    ReadError
        If the manifest or the Verilog text is missing, or the manifest is not one.
    """
    folder = Path(folder)
    path = folder / "manifest.json"
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReadError(
            f"a core folder must hold manifest.json, got {folder} ({error.strerror})"
        ) from None
    except ValueError as error:
        raise ReadError(f"manifest.json must be JSON, got {path}: {error}") from None
    if not isinstance(data, dict):
        raise ReadError(f"manifest.json must hold an object, got {type(data).__name__} in {path}")
    for key in _KEYS:
        if key not in data:
            raise ReadError(f"a manifest needs the key {key!r}, got {sorted(data)}")
    if data["schema"] != 1:
        raise ReadError(f"a manifest must have schema 1, got {data['schema']!r}")
    if data["interface"] not in _CLOCKS:
        raise ReadError(
            f"interface of a manifest must be axis or stream, got {data['interface']!r}"
        )
    name = str(data["name"])
    verilog = folder / str(data["verilog"])
    if not verilog.is_file():
        raise ReadError(f"a core folder must hold its Verilog text, got no {verilog}")
    reset, active = _RESETS[data["interface"]]
    return CoreText(
        name=name,
        top=str(data["top"]),
        verilog=verilog,
        bench=folder / f"{name}_tb.v",
        target=str(data["target"]),
        hash=str(data["hash"]),
        clock=_CLOCKS[data["interface"]],
        reset=reset,
        reset_active=active,
    )
