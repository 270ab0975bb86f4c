"""Reader for the RTLIL text that Amaranth prints.

RTLIL is the documented interchange text of Yosys. Only what ``amaranth.back.rtlil`` writes is
read: modules of wires, cells, memories, connections, and processes that are nested switches.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from fxfir.errors import NetlistError

__all__ = ["RawAssign", "RawCell", "RawModule", "RawSwitch", "RawWire", "read"]

_ESCAPE = re.compile(r"\\(.)")
_LETTERS = {"n": "\n", "t": "\t", "r": "\r"}


@dataclass(slots=True, kw_only=True)
class RawWire:
    """A wire: `port` is None or one of input, output, inout."""

    width: int
    signed: bool
    port: str | None
    attributes: dict[str, str]


@dataclass(slots=True, kw_only=True)
class RawCell:
    """A cell; parameter values and connections are still text."""

    kind: str
    name: str
    attributes: dict[str, str]
    parameters: dict[str, str] = field(default_factory=dict)
    connections: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class RawAssign:
    """``assign lhs rhs`` inside a process."""

    lhs: str
    rhs: str


@dataclass(slots=True)
class RawSwitch:
    """``switch sel``; a case without patterns is the default."""

    sel: str
    cases: list[tuple[tuple[str, ...], list[RawAssign | RawSwitch]]]


@dataclass(slots=True, kw_only=True)
class RawModule:
    """One module as it stands in the text."""

    name: str
    wires: dict[str, RawWire] = field(default_factory=dict)
    cells: list[RawCell] = field(default_factory=list)
    memories: dict[str, tuple[int, int, dict[str, str]]] = field(default_factory=dict)
    processes: list[list[RawAssign | RawSwitch]] = field(default_factory=list)
    connects: list[tuple[str, str]] = field(default_factory=list)


def read(text: str) -> dict[str, RawModule]:
    """Read RTLIL text.

    Parameters
    ----------
    text : str
        What ``amaranth.back.rtlil.convert`` returned.

    Returns
    -------
    dict of str to RawModule
        In the order of the text; Amaranth writes the top module first.

    Raises
    ------
    NetlistError
        If a line is not understood.
    """
    lines = iter([line for raw in text.splitlines() if (line := raw.strip())])
    modules: dict[str, RawModule] = {}
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "module":
            modules[rest] = _module(rest, lines)
        elif word != "attribute":
            raise NetlistError(f"a module was expected in the RTLIL text, got {line!r}")
    return modules


def string(text: str) -> str:
    """Return the contents of a quoted RTLIL string."""
    return _ESCAPE.sub(lambda m: _LETTERS.get(m[1], m[1]), text[1:-1])


def _module(name: str, lines: Iterator[str]) -> RawModule:
    module = RawModule(name=name)
    attributes: dict[str, str] = {}
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "wire":
            fields = rest.split()
            # width W [input|output|inout ID] [signed] NAME
            module.wires[fields[-1]] = RawWire(
                width=int(fields[1]),
                signed="signed" in fields[2:-1],
                port=next((f for f in fields[2:-1] if f in ("input", "output", "inout")), None),
                attributes=attributes,
            )
            attributes = {}
        elif word == "cell":
            kind, _, label = rest.partition(" ")
            module.cells.append(_cell(kind, label, attributes, lines))
            attributes = {}
        elif word == "process":
            body, _ = _body(lines)
            module.processes.append(body)
            attributes = {}
        elif word == "attribute":
            key, _, value = rest.partition(" ")
            attributes[key] = value
        elif word == "connect":
            module.connects.append(_pair(rest))
        elif word == "memory":
            fields = rest.split()
            # width W size DEPTH NAME
            module.memories[fields[-1]] = (int(fields[1]), int(fields[3]), attributes)
            attributes = {}
        elif word == "end":
            return module
        else:
            raise NetlistError(f"an RTLIL module cannot hold the line {line!r}")
    raise NetlistError(f"module {name} must be closed by 'end'")


def _cell(kind: str, name: str, attributes: dict[str, str], lines: Iterator[str]) -> RawCell:
    cell = RawCell(kind=kind, name=name, attributes=attributes)
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "connect":
            port, _, spec = rest.partition(" ")
            cell.connections[port[1:]] = spec
        elif word == "parameter":
            if rest.startswith(("signed ", "real ")):
                mark, _, rest = rest.partition(" ")
                key, _, value = rest.partition(" ")
                cell.parameters[key[1:]] = f"{mark} {value}"
            else:
                key, _, value = rest.partition(" ")
                cell.parameters[key[1:]] = value
        elif word == "end":
            return cell
        else:
            raise NetlistError(f"an RTLIL cell cannot hold the line {line!r}")
    raise NetlistError(f"cell {name} must be closed by 'end'")


def _body(lines: Iterator[str]) -> tuple[list[RawAssign | RawSwitch], str]:
    """Read statements up to the ``case`` or ``end`` that closes them; return that line too."""
    body: list[RawAssign | RawSwitch] = []
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "assign":
            body.append(RawAssign(*_pair(rest)))
        elif word == "switch":
            body.append(_switch(rest, lines))
        elif word in ("case", "end"):
            return body, line
        elif word != "attribute":
            raise NetlistError(f"an RTLIL process cannot hold the line {line!r}")
    raise NetlistError("a process must be closed by 'end'")


def _switch(sel: str, lines: Iterator[str]) -> RawSwitch:
    switch = RawSwitch(sel, [])
    line = next(lines, "end")
    while line != "end":
        # case 2'-1, 2'1-
        patterns = tuple(p.strip().partition("'")[2] for p in line[4:].split(",") if p.strip())
        body, line = _body(lines)
        switch.cases.append((patterns, body))
    return switch


def _pair(text: str) -> tuple[str, str]:
    """Split two signal specifications; either may be a concatenation in braces."""
    if text.startswith("{"):
        end = text.index("}") + 1
        return text[:end], text[end + 1 :]
    name, _, rest = text.partition(" ")
    if rest.startswith("["):
        index, _, rest = rest.partition(" ")
        return f"{name} {index}", rest
    return name, rest
