"""Everything that the files of a core folder are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fxfir.filters import Node
from fxfir.rtl import Core

__all__ = ["CoreSource"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoreSource:
    """A core before it is text.

    Parameters
    ----------
    node : Node
        The filter.
    core : Core
        Its gates, built for `target`.
    name : str
        Name of module, files and folder's core.
    stimulus, expected : ndarray of int, shapes (n_in, time) and (n_out, time)
        Integers in and what the model makes of them from zero history.
    segments : sequence of mapping, optional
        Named parts of the stimulus: name, start, length.
    interface : str, optional
        "axis" or "stream".
    backpressure : bool, optional
        Whether the output has a ready.
    target : str, optional
    bounds : mapping, optional
        The manifest's bounds.
    extra : mapping, optional
        Further keys of the manifest.
    """

    node: Node
    core: Core
    name: str
    stimulus: Any
    expected: Any
    segments: tuple[Mapping[str, Any], ...] = ()
    interface: str = "axis"
    backpressure: bool = True
    target: str = "generic"
    bounds: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
