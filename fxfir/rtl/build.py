"""From a filter and the name of an architecture to a core."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fxfir.errors import ArchitectureError
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
)
from fxfir.rtl import channels, fir, lanes, requantise, series, sos, stages
from fxfir.rtl.arith.targets import MULTIPLIERS, multiplier
from fxfir.rtl.core import Core

__all__ = ["TARGETS", "architecture_names", "build"]

TARGETS = tuple(MULTIPLIERS)
"""What the gates are made for."""

_KINDS: dict[type[Any], Mapping[str, Callable[..., Core]]] = {
    FixedFir: fir.ARCHITECTURES,
    SwitchedFir: fir.SETS,
    FixedSos: sos.ARCHITECTURES,
    Requantise: {"requantise": requantise.Requantise},
    Clip: {"clip": stages.Clip},
    Sum: {"sum": stages.Sum},
    Select: {"select": stages.Select},
    Table: {"table": stages.Table},
}

_COMPOSITIONS: dict[type[Any], tuple[str, str, Any]] = {
    Series: ("series", "stages", series.Series),
    Bank: ("bank", "filters", lanes.Bank),
    Parallel: ("parallel", "filters", lanes.Parallel),
}

_COMPOSITION_NAMES = frozenset(name for name, _, _ in _COMPOSITIONS.values())


def build(
    node: Node,
    architecture: str | Mapping[str, Any] | None = None,
    *,
    target: str = "generic",
    clocks: int | None = None,
) -> Core:
    """Make the core of a filter.

    Parameters
    ----------
    node : Node
    architecture : str or mapping, optional
        None or "auto": symmetric for FIR taps that are, else transposed; parallel for SOS. A
        name applies to every filter inside that it fits, the others being chosen
        automatically. A mapping is what `Core.architecture` returns: the name, its options and,
        for a composition, the architectures of its parts; that of a filter, given for a
        composition, holds for every part. A bank of FIR filters that are all to be
        "multiplierless" has one delay line and one adder graph, unless a `form` is given.
    target : str, optional
        One of `TARGETS`.
    clocks : int, optional
        Clock cycles from sample to sample. An architecture that can share multipliers takes as
        few as keep this pace, unless it is told how many; no other architecture looks at it.

    Returns
    -------
    Core

    Raises
    ------
    ArchitectureError
        If a name, an option or the target is unknown, fits nothing inside, or cannot build this
        filter.

    Examples
    --------
    >>> from fxfir.fixed import SQ, Cast
    >>> fir = FixedFir(taps=(3, 5, 3), coeff=SQ(1, 3), input=SQ(1, 7), output=Cast(to=SQ(1, 7)))
    >>> build(fir).architecture
    {'name': 'symmetric'}
    >>> build(fir, {"name": "serial", "fold": False}).timing
    Timing(latency=7, interval=3, startup=4)
    """
    multiplier(target)
    if isinstance(architecture, str) and architecture != "auto":
        known = architecture_names(node)
        if architecture not in known:
            raise ArchitectureError(
                f"architecture must be one of {', '.join(['auto', *known])} for this "
                f"{type(node).__name__}, got {architecture!r}"
            )
    return _build(node, architecture, target, clocks)


def architecture_names(node: Node) -> list[str]:
    """Return the names that fit a filter or, for a composition, any filter inside it."""
    kind = type(node)
    if isinstance(node, Interleave):
        return list(_of_channels(node))
    if isinstance(node, FirMatrix):
        return list(dict.fromkeys([*fir.MATRICES, *architecture_names(node.expanded())]))
    if kind in _KINDS:
        return list(_KINDS[kind])
    if kind not in _COMPOSITIONS:
        raise ArchitectureError(f"a core needs a filter of the contract, got a {kind.__name__}")
    name, field, _ = _COMPOSITIONS[kind]
    inside = [known for part in getattr(node, field) for known in architecture_names(part)]
    return list(dict.fromkeys([*inside, *_together(node), name]))


def _build(node: Node, architecture: Any, target: str, clocks: int | None) -> Core:
    if architecture is None or architecture == "auto":
        architecture = {}
    if isinstance(node, Series | Bank | Parallel):
        return _compose(node, architecture, target, clocks)
    if isinstance(node, FirMatrix):
        return _matrix(node, architecture, target, clocks)
    if isinstance(node, Interleave) and isinstance(node.filters[0], FixedFir):
        spread = channels.spread(node)
        return channels.Spread(node, _build(spread, architecture, target, clocks))
    names = architecture_names(node)
    if isinstance(architecture, str):
        # A name given to a whole composition: where it does not fit, the choice is free.
        architecture = {"name": architecture} if architecture in names else {}
    if not isinstance(architecture, Mapping):
        raise ArchitectureError(
            f"an architecture must be a name or a mapping, got {architecture!r}"
        )
    options = dict(architecture)
    name = options.pop("name", "auto")
    if name == "auto":
        name = _automatic(node)
    if name not in names:
        raise ArchitectureError(
            f"architecture must be one of {', '.join(['auto', *names])} for a "
            f"{type(node).__name__}, got {name!r}"
        )
    kinds = _of_channels(node) if isinstance(node, Interleave) else _KINDS[type(node)]
    return _construct(kinds[name], name, node, options, target, clocks)


def _matrix(node: FirMatrix, architecture: Any, target: str, clocks: int | None) -> Core:
    options = {"name": architecture} if isinstance(architecture, str) else dict(architecture)
    name = options.get("name")
    # The option `form` is that of a filter on its own.
    if name in fir.MATRICES and "form" not in options:
        del options["name"]
        return _construct(fir.MATRICES[name], name, node, options, target, None)
    return fir.Expanded(node, _build(node.expanded(), architecture, target, clocks))


def _of_channels(node: Interleave) -> Mapping[str, Callable[..., Core]]:
    """Return what builds channels of these filters."""
    kinds = {type(part) for part in node.filters}
    if kinds == {FixedSos}:
        return sos.CHANNELS
    if kinds == {Bank} and all(_together(part) for part in node.filters):
        return sos.SHARED
    if kinds == {FixedFir}:
        return fir.ARCHITECTURES
    found = ", ".join(sorted(kind.__name__ for kind in kinds))
    raise ArchitectureError(
        "channels of one core must be FIR filters, cascades or banks of several cascades, "
        f"got {found}"
    )


def _construct(
    cls: Callable[..., Core],
    name: str,
    node: Node,
    options: dict[str, Any],
    target: str,
    clocks: int | None,
) -> Core:
    parameters = list(inspect.signature(cls).parameters)[1:]
    known = [parameter for parameter in parameters if parameter != "target"]
    for option in options:
        if option not in known:
            raise ArchitectureError(
                f"architecture {name!r} has the options ({', '.join(known)}), got {option!r}"
            )
    # What has no gates of its own for a target leaves its operators to the tools.
    if "target" in parameters:
        options["target"] = target
    if clocks is not None and "clocks" in parameters and "multipliers" not in options:
        options.setdefault("clocks", clocks)
    core: Core = cls(node, **options)
    return core


def _compose(
    node: Series | Bank | Parallel, architecture: Any, target: str, clocks: int | None
) -> Core:
    name, field, cls = _COMPOSITIONS[type(node)]
    parts: Sequence[Node] = getattr(node, field)
    shared = _shared(node, architecture, target, clocks)
    if shared is not None:
        return shared
    inside: list[Any]
    names = [architecture_names(part) for part in parts]
    wanted = architecture.get("name") if isinstance(architecture, Mapping) else None
    if wanted not in _COMPOSITION_NAMES and any(wanted in known for known in names):
        # A filter's architecture with its options, for every filter inside that it fits.
        inside = [architecture if wanted in known else None for known in names]
    elif isinstance(architecture, Mapping):
        unknown = set(architecture) - {"name", field}
        if unknown:
            raise ArchitectureError(
                f"architecture {name!r} has the keys name and {field}, got {sorted(unknown)[0]!r}"
            )
        if architecture.get("name", name) != name:
            raise ArchitectureError(
                f"architecture must be {name!r} for a {type(node).__name__}, "
                f"got {architecture['name']!r}"
            )
        inside = list(architecture.get(field, [None] * len(parts)))
        if len(inside) != len(parts):
            raise ArchitectureError(
                f"architecture {name!r} must list {len(parts)} {field}, got {len(inside)}"
            )
    elif isinstance(architecture, str):
        inside = [architecture] * len(parts)
    else:
        raise ArchitectureError(
            f"an architecture must be a name or a mapping, got {architecture!r}"
        )
    core: Core = cls(
        node,
        [_build(part, choice, target, clocks) for part, choice in zip(parts, inside, strict=True)],
    )
    return core


def _shared(node: Node, architecture: Any, target: str, clocks: int | None) -> Core | None:
    """Return the core of a composition whose architecture builds all its filters as one."""
    options = {"name": architecture} if isinstance(architecture, str) else architecture
    if not isinstance(options, Mapping):
        return None
    name = str(options.get("name"))
    rest = {key: value for key, value in options.items() if key != "name"}
    if name in _together(node):
        return _construct(_together(node)[name], name, node, rest, target, clocks)
    # The option `form` is that of a filter on its own.
    if not isinstance(node, Bank) or name not in fir.BANKS or "form" in options:
        return None
    if len(node.filters) == 1 or not all(isinstance(part, FixedFir) for part in node.filters):
        return None
    return _construct(fir.BANKS[name], name, node, rest, target, None)


def _together(node: Node) -> Mapping[str, Callable[..., Core]]:
    """Return what builds cascades beside each other as one; nothing where there are others."""
    if isinstance(node, Bank | Parallel) and len(node.filters) > 1:
        parts = [
            inner
            for part in node.filters
            for inner in (part.filters if isinstance(part, Bank) else (part,))
        ]
        if all(isinstance(part, FixedSos) for part in parts):
            return sos.SHARED
    return {}


def _automatic(node: Node) -> str:
    """Choose by structure alone, until costs can be compared."""
    if isinstance(node, FixedFir):
        return "symmetric" if fir.mirror(node.taps) else "transposed"
    kinds = _of_channels(node) if isinstance(node, Interleave) else _KINDS[type(node)]
    return next(iter(kinds))
