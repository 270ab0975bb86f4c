"""The argument that a changed overflow rule never acts: no input leads a sum out of its format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fxfir.arith.reach import cascade_reach
from fxfir.filters import FixedSos, Node, from_json

__all__ = ["never_overflows"]


def never_overflows(original: Node, changed: Mapping[str, Any] | None) -> str | None:
    """Argue that two filters that differ in overflow rules of sections give the same integers.

    Parameters
    ----------
    original : Node
    changed : mapping or None
        JSON data of the other filter.

    Returns
    -------
    str or None
        The argument; None if the filters differ in anything else, or a sum may overflow.
    """
    if changed is None:
        return None
    places = list(_places(original, from_json(changed)))
    if not places or None in places:
        return None
    return (
        f"the certified range of every sum of {', '.join(str(p) for p in places)} lies inside its "
        "format, so no overflow rule ever acts"
    )


def _places(old: Any, new: Any) -> list[str | None]:
    """Sections that differ in rules that never act; None for any other difference."""
    if old == new:
        return []
    if type(old) is not type(new):
        return [None]
    if isinstance(old, FixedSos):
        if replace(new, sections=old.sections) != old or len(old.sections) != len(new.sections):
            return [None]
        found: list[str | None] = []
        reaches = cascade_reach(old)
        for k, (a, b) in enumerate(zip(old.sections, new.sections, strict=True)):
            if a == b:
                continue
            state = b.state and a.state and replace(b.state, overflow=a.state.overflow)
            same = replace(b, out=replace(b.out, overflow=a.out.overflow), state=state)
            found.append(f"section {k}" if same == a and reaches[k] is not None else None)
        return found
    parts = getattr(old, "filters", None) or getattr(old, "stages", None)
    others = getattr(new, "filters", None) or getattr(new, "stages", None)
    if not parts or not others or len(parts) != len(others):
        return [None]
    return [p for a, b in zip(parts, others, strict=True) for p in _places(a, b)]
