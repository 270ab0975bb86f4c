"""Which names of a text decide what happens, and which only carry data."""

from __future__ import annotations

from collections.abc import Sequence

from fxfir.verify.mutation.tokens import Kind, Region, Statement

__all__ = ["steers"]


def steers(parsed: Sequence[Statement]) -> frozenset[str]:
    """Return the names whose value can decide an `if` or a memory address, directly or not."""
    memories = {
        s.tokens[k - 1].text
        for s in parsed
        if s.region is Region.DECLARATION
        for k, t in enumerate(s.tokens)
        if t.text == "["
        and s.tokens[k - 1].kind is Kind.NAME
        and s.tokens[k - 1].text != "signed"
        and s.tokens[k - 1].text not in ("reg", "wire")
    }
    deciding: set[str] = set()
    sources: dict[str, set[str]] = {}
    for s in parsed:
        if s.region in (Region.HEADER, Region.DECLARATION, Region.INITIAL):
            continue
        names = [t.text for t in s.tokens if t.kind is Kind.NAME]
        if s.head in ("if", "for"):
            deciding.update(names)
            continue
        deciding.update(_addresses(s, memories))
        at = next((k for k, t in enumerate(s.tokens) if t.text in ("=", "<=")), None)
        if at is None:
            deciding.update(names)
            continue
        left = [t.text for t in s.tokens[:at] if t.kind is Kind.NAME]
        read = {t.text for t in s.tokens[at:] if t.kind is Kind.NAME}
        for name in left:
            sources.setdefault(name, set()).update(read)
    todo = list(deciding)
    while todo:
        for name in sources.get(todo.pop(), ()):
            if name not in deciding:
                deciding.add(name)
                todo.append(name)
    return frozenset(deciding)


def _addresses(s: Statement, memories: set[str]) -> set[str]:
    """Names inside the brackets behind a memory."""
    found: set[str] = set()
    for k, t in enumerate(s.tokens[:-1]):
        if t.text in memories and s.tokens[k + 1].text == "[":
            depth = 0
            for inner in s.tokens[k + 1 :]:
                depth += {"[": 1, "]": -1}.get(inner.text, 0)
                if inner.kind is Kind.NAME:
                    found.add(inner.text)
                if depth == 0:
                    break
    return found
