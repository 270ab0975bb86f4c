"""The contract as JSON: a round trip, a canonical text and its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from enum import Enum
from typing import Any

from fxfir.errors import FilterError
from fxfir.filters.compose import Bank, Parallel, Requantise, Series
from fxfir.filters.fir import FixedFir
from fxfir.filters.interleave import Interleave
from fxfir.filters.matrix import FirMatrix
from fxfir.filters.sos import Direct, FixedSos
from fxfir.filters.stages import Clip, Select, Sum, Table
from fxfir.filters.state_space import StateSpace
from fxfir.filters.switched import SwitchedFir
from fxfir.fixed import Cast, Format, Overflow, Rounding

__all__ = ["canonical", "digest", "from_json", "to_json"]

TYPES: dict[str, type[Any]] = {
    "FixedFir": FixedFir,
    "FixedSos": FixedSos,
    "SwitchedFir": SwitchedFir,
    "FirMatrix": FirMatrix,
    "Direct": Direct,
    "StateSpace": StateSpace,
    "Series": Series,
    "Bank": Bank,
    "Parallel": Parallel,
    "Interleave": Interleave,
    "Requantise": Requantise,
    "Clip": Clip,
    "Sum": Sum,
    "Select": Select,
    "Table": Table,
}

_READERS: dict[str, Callable[[Any], Any]] = {
    "coeff": lambda v: Format.parse(v),
    "b_coeff": lambda v: Format.parse(v),
    "a_coeff": lambda v: Format.parse(v),
    "c_coeff": lambda v: Format.parse(v),
    "d_coeff": lambda v: Format.parse(v),
    "input": lambda v: Format.parse(v),
    "output": lambda v: cast_from_json(v),
    "out": lambda v: cast_from_json(v),
    "cast": lambda v: cast_from_json(v),
    "state": lambda v: None if v is None else cast_from_json(v),
    "taps": tuple,
    "a": tuple,
    "b": tuple,
    "c": tuple,
    "d": lambda v: v,
    "form": lambda v: v,
    "feedback": lambda v: None if v is None else tuple(v),
    "sections": lambda v: tuple(from_json(s) for s in v),
    "stages": lambda v: tuple(from_json(s) for s in v),
    "filters": lambda v: tuple(from_json(s) for s in v),
    "channels": lambda v: v,
    "lo": lambda v: v,
    "count": lambda v: v,
    "index": lambda v: Format.parse(v),
    "offset": lambda v: v,
    "offsets": tuple,
    "hi": lambda v: v,
    "to": lambda v: Format.parse(v),
    "words": tuple,
    "inputs": lambda v: tuple(Format.parse(f) for f in v),
}


def to_json(value: Any) -> Any:
    """Turn a contract object into plain JSON data.

    Parameters
    ----------
    value : Node, Direct, Cast or Format

    Returns
    -------
    dict or str
        Nodes and casts become dicts, formats their text.

    Examples
    --------
    >>> from fxfir.fixed import SQ
    >>> to_json(Cast(to=SQ(1, 15)))
    {'to': 'sfix16_En15', 'rounding': 'half_even', 'overflow': 'saturate'}
    """
    if isinstance(value, Format):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Cast):
        return {f.name: to_json(getattr(value, f.name)) for f in fields(value)}
    if type(value).__name__ in TYPES:
        return {
            "type": type(value).__name__,
            **{f.name: to_json(getattr(value, f.name)) for f in fields(value)},
        }
    if isinstance(value, tuple):
        return [to_json(v) for v in value]
    return value


def from_json(data: Mapping[str, Any]) -> Any:
    """Build the contract object that `to_json` wrote.

    Raises
    ------
    FilterError
        If the type is unknown, or a field is missing, unknown or unreadable.
    """
    kind = data.get("type") if isinstance(data, Mapping) else None
    if not isinstance(kind, str) or kind not in TYPES:
        raise FilterError(f"type must be one of {', '.join(TYPES)}, got {kind!r}")
    cls = TYPES[kind]
    known = {f.name for f in fields(cls)}
    given = {k: v for k, v in data.items() if k != "type"}
    for name in given:
        if name not in known:
            raise FilterError(f"a {kind} has the fields {', '.join(sorted(known))}, got {name!r}")
    optional = {"feedback", "state", "offset", "offsets"}
    if kind == "StateSpace":
        optional = set()
    for name in sorted(known - optional - set(given)):
        raise FilterError(f"a {kind} needs the field {name!r}, got {sorted(given)}")
    values = {name: _read(kind, name, value) for name, value in given.items()}
    if kind == "Direct":
        values.setdefault("state", None)
    return cls(**values)


def _read(kind: str, name: str, value: Any) -> Any:
    try:
        return _READERS[name](value)
    except TypeError:
        raise FilterError(f"{name} of a {kind} must be readable, got {value!r}") from None


def cast_from_json(data: Any) -> Cast:
    """Build a `Cast` from its JSON form; rounding and overflow may be left out.

    Raises
    ------
    FilterError
        If a name is unknown.
    """
    if not isinstance(data, Mapping) or "to" not in data:
        raise FilterError(f"a cast must be an object with the key 'to', got {data!r}")
    for name in data:
        if name not in ("to", "rounding", "overflow"):
            raise FilterError(f"a cast has the keys to, rounding, overflow, got {name!r}")
    return Cast(
        to=Format.parse(data["to"]),
        rounding=_member(Rounding, data.get("rounding", "half_even"), "rounding"),
        overflow=_member(Overflow, data.get("overflow", "saturate"), "overflow"),
    )


def _member(kind: type[Any], name: Any, what: str) -> Any:
    try:
        return kind(name)
    except ValueError:
        known = ", ".join(m.value for m in kind)
        raise FilterError(f"{what} must be one of {known}, got {name!r}") from None


def canonical(data: Any) -> str:
    """Return JSON data as the one text that is hashed: sorted keys, no spaces, ASCII."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def digest(data: Any) -> str:
    """Return the SHA-256 of the canonical JSON of `data`, in hexadecimal."""
    return hashlib.sha256(canonical(data).encode("ascii")).hexdigest()
