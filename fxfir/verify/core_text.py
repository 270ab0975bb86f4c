"""The Verilog text that a manifest describes, made once more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fxfir.verify.target import Target

__all__ = ["emitter", "regenerate"]


def regenerate(target: Target) -> str:
    """Return the Verilog text that the manifest's filter and architecture give.

    Parameters
    ----------
    target : Target

    Returns
    -------
    str
        What the folder's Verilog must be, byte for byte.

    Raises
    ------
    ArchitectureError
        If the manifest's architecture cannot build its filter.
    """
    from fxfir import emit, rtl

    manifest = target.manifest
    kind = str(manifest.get("target", "generic"))
    core = rtl.build(target.node, manifest.get("architecture"), target=kind)
    return emit.verilog_text(
        target.node,
        core,
        name=target.name,
        interface=str(manifest["interface"]),
        backpressure=target.pins.o_ready is not None,
        hash=emit.filter_hash(target.node, core.architecture, str(manifest["interface"]), kind),
    )


def emitter(target: Target) -> Callable[[Mapping[str, Any]], str]:
    """Return a function from a filter's JSON data to Verilog text of the target's kind.

    Parameters
    ----------
    target : Target
        Gives name, architecture, interface and target of the text.

    Returns
    -------
    callable
        Without the header comment.
    """
    from fxfir import rtl
    from fxfir.emit.verilog import convert
    from fxfir.filters import from_json

    manifest = target.manifest

    def emit(data: Mapping[str, Any]) -> str:
        core = rtl.build(
            from_json(data),
            manifest.get("architecture"),
            target=manifest.get("target", "generic"),
        )
        top = rtl.wrap(
            core,
            interface=manifest["interface"],
            backpressure=target.pins.o_ready is not None,
        )
        return convert(top, name=str(manifest["top"]))

    return emit
