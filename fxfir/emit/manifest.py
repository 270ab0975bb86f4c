"""`manifest.json`: what a core is, for every program that does not know fxfir."""

from __future__ import annotations

import json
from typing import Any

from fxfir.emit.source import CoreSource
from fxfir.filters import (
    Bank,
    Clip,
    FirMatrix,
    FixedFir,
    FixedSos,
    Interleave,
    Node,
    Parallel,
    Requantise,
    Select,
    Series,
    Sum,
    SwitchedFir,
    Table,
    to_json,
)
from fxfir.filters import digest as sha256_of
from fxfir.rtl import top
from fxfir.version import __version__

__all__ = ["KINDS", "filter_hash", "manifest", "manifest_text"]

SCHEMA = 1

KINDS: dict[type[Any], str] = {
    FixedFir: "fir",
    SwitchedFir: "switched",
    FirMatrix: "matrix",
    FixedSos: "sos",
    Bank: "bank",
    Series: "series",
    Parallel: "parallel",
    Requantise: "requantise",
    Clip: "clip",
    Sum: "sum",
    Select: "select",
    Table: "table",
    Interleave: "interleave",
}
"""The manifest's word for each kind of filter."""


def manifest(source: CoreSource) -> dict[str, Any]:
    """Return the manifest as plain JSON data.

    Parameters
    ----------
    source : CoreSource

    Returns
    -------
    dict
        Schema 1. `hash` covers filter, architecture, interface and target: what decides the
        Verilog, together with the name. The version of fxfir stands here and nowhere else.
    """
    core, timing = source.core, source.core.timing
    return {
        "schema": SCHEMA,
        "fxfir": __version__,
        "name": source.name,
        "top": source.name,
        "verilog": f"{source.name}.v",
        "kind": KINDS[type(source.node)],
        "interface": source.interface,
        "backpressure": source.backpressure,
        "ports": [
            {"name": p.name, "dir": p.dir, "width": p.width}
            for p in top.ports(core, source.interface, source.backpressure)
        ],
        "filter": to_json(source.node),
        "architecture": core.architecture,
        "target": source.target,
        "timing": {
            "latency": timing.latency,
            "interval": timing.interval,
            "startup": timing.startup,
        },
        "hash": filter_hash(source.node, core.architecture, source.interface, source.target),
        "bounds": dict(source.bounds),
        **source.extra,
    }


def manifest_text(data: dict[str, Any]) -> str:
    """Return the file's text: lists of numbers stay on one line."""
    return _pretty(data, "") + "\n"


def filter_hash(node: Node, architecture: Any, interface: str, target: str) -> str:
    """Return the SHA-256 of the canonical JSON of what decides a core's gates."""
    return sha256_of(
        {
            "filter": to_json(node),
            "architecture": architecture,
            "interface": interface,
            "target": target,
        }
    )


def _pretty(value: Any, indent: str) -> str:
    inner = indent + "  "
    if isinstance(value, dict) and value and not _flat(value):
        items = [f"{inner}{json.dumps(k)}: {_pretty(v, inner)}" for k, v in value.items()]
        return "{\n" + ",\n".join(items) + f"\n{indent}}}"
    if isinstance(value, list) and value and not _flat(value):
        return "[\n" + ",\n".join(inner + _pretty(v, inner) for v in value) + f"\n{indent}]"
    return json.dumps(value)


def _flat(value: Any) -> bool:
    """Whether a container fits one line: it holds numbers, or few short words."""
    items = list(value.values() if isinstance(value, dict) else value)
    if any(isinstance(item, dict | list) for item in items):
        return False
    if isinstance(value, list) and not any(isinstance(item, str) for item in items):
        return True
    return len(json.dumps(value)) <= 88
