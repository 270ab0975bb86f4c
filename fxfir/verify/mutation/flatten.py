"""One module out of several: every instance replaced by what is inside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fxfir.verify.mutation.expression import UnreadError
from fxfir.verify.mutation.tokens import Kind, Token, read

__all__ = ["flat"]

_TYPES = ("input", "output", "reg", "wire", "signed", "integer", "parameter")


def flat(text: str) -> str:
    """Return a text of one module that is the same circuit.

    Parameters
    ----------
    text : str
        As `fxfir.emit` writes it; modules are instantiated in the outermost one alone.

    Returns
    -------
    str
        The text itself if it has one module; else its tokens, those of an instance with names
        `<instance>__<name>`, an input port as a continuous assignment.

    Raises
    ------
    UnreadError
        If an output port is connected to anything but a name, or instances are nested.
    """
    modules = _modules(read(text))
    if len(modules) == 1:
        return text
    used = {t.text for m in modules.values() for t in m.body if t.text in modules}
    tops = [m for name, m in modules.items() if name not in used]
    if len(tops) != 1:
        raise UnreadError("no outermost module")
    (top,) = tops
    pieces = [t.text for t in top.head]
    for line in _lines(top.body):
        inner = modules.get(line[0].text)
        pieces += [t.text for t in line] if inner is None else _inlined(inner, line, modules)
    return " ".join([*pieces, "endmodule"])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Module:
    head: list[Token]
    body: list[Token]
    ports: dict[str, list[str]] = field(default_factory=dict)
    """Direction, kind and range of each port, as text."""
    parameters: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    """All that the module declares."""


def _modules(tokens: Sequence[Token]) -> dict[str, _Module]:
    found: dict[str, _Module] = {}
    starts = [k for k, t in enumerate(tokens) if t.text == "module"]
    for start in starts:
        end = next(k for k in range(start, len(tokens)) if tokens[k].text == "endmodule")
        cut = next(k for k in range(start, end) if tokens[k].text == ";") + 1
        module = _Module(head=list(tokens[start:cut]), body=list(tokens[cut:end]))
        found[tokens[start + 1].text] = module
        _read_header(module)
        for line in _lines(module.body):
            if line[0].text in ("reg", "wire", "integer"):
                stop = next((k for k, t in enumerate(line) if t.text == "="), len(line))
                module.names.update(
                    t.text for t in line[:stop] if t.kind is Kind.NAME and t.text not in _TYPES
                )
    return found


def _read_header(module: _Module) -> None:
    """Note ports and parameters; a declaration ends at a comma or a closing parenthesis."""
    current: list[str] = []
    for t in module.head[2:]:
        if t.text in ("parameter", "input", "output"):
            current = []
        if t.text in (",", ")") and current and current[0] in _TYPES:
            if current[0] == "parameter":
                at = current.index("=")
                module.parameters[current[at - 1]] = " ".join(current[at + 1 :])
            else:
                module.ports[current[-1]] = current[:-1]
                module.names.add(current[-1])
            current = []
        elif t.text not in ("#", "(", ","):
            current.append(t.text)


def _lines(body: Sequence[Token]) -> list[list[Token]]:
    """Tokens up to each semicolon outside of parentheses, or to a bound of a block."""
    lines: list[list[Token]] = [[]]
    depth = 0
    for t in body:
        lines[-1].append(t)
        depth += {"(": 1, ")": -1}.get(t.text, 0)
        if t.text in (";", "begin", "end") and not depth:
            lines.append([])
    return [line for line in lines if line]


def _inlined(inner: _Module, line: Sequence[Token], modules: Mapping[str, object]) -> list[str]:
    """Text of one instance."""
    if any(t.text in modules for t in inner.body):
        raise UnreadError("nested instances")
    # The instance's name stands before its ports, outside of all parentheses.
    depth, at = 0, 0
    for k, t in enumerate(line[1:], start=1):
        if not depth and t.kind is Kind.NAME:
            at = k
        depth += {"(": 1, ")": -1}.get(t.text, 0)
    instance = line[at].text
    values = {**inner.parameters, **_connections(line[1:at])}
    links = _connections(line[at + 1 :])
    clocks = {
        b.text for a, b in zip(inner.body, inner.body[1:], strict=False) if a.text == "posedge"
    }
    new = {name: f"{instance}__{name}" for name in inner.names}
    new |= {name: f"( {value} )" for name, value in values.items()}
    new |= {name: links[name] for name in clocks}
    pieces = []
    for port, (direction, *shape) in inner.ports.items():
        if port in clocks:
            continue
        pieces += [*shape, new[port]]
        if direction == "input":
            pieces += ["=", links[port], ";"]
        elif len(links[port].split()) == 1:
            pieces += ["; assign", links[port], "=", new[port], ";"]
        else:
            raise UnreadError(port)
    return pieces + [new.get(t.text, t.text) if t.kind is Kind.NAME else t.text for t in inner.body]


def _connections(tokens: Sequence[Token]) -> dict[str, str]:
    """What stands in the parentheses behind each `.name`."""
    found: dict[str, list[str]] = {}
    depth, name = 0, ""
    for k, t in enumerate(tokens):
        if depth == 1 and tokens[k - 1].text == ".":
            name = t.text
            found[name] = []
            continue
        depth += {"(": 1, ")": -1}.get(t.text, 0)
        if depth >= 2 and not (depth == 2 and t.text == "("):
            found[name].append(t.text)
    return {name: " ".join(texts) for name, texts in found.items()}
