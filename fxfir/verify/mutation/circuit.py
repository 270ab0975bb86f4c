"""A module of the emitted text as registers, their guarded next values, and wires."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fxfir.verify.mutation.combinational import shapes_of
from fxfir.verify.mutation.expression import Expr, Shape, UnreadError, parse
from fxfir.verify.mutation.tokens import Kind, Region, Token, literal, read, statements

__all__ = ["Circuit", "Guard", "Write", "names_in", "read_circuit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A condition on the way to an assignment, and how it must be."""

    condition: Expr
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A clocked assignment; the last one whose guards hold counts.

    Parameters
    ----------
    guards : tuple of Guard
    value : Expr
    address : Expr or None
        Of a memory's word.
    """

    guards: tuple[Guard, ...]
    value: Expr
    address: Expr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """One module.

    Parameters
    ----------
    shapes : dict of str to Shape
    depths : dict of str to int
        Words of each memory.
    wires : dict of str to Expr
        Continuous assignments.
    writes : dict of str to list of Write
        Of registers and memories.
    initial : dict of str to int
        Power-up values of registers.
    words : dict of str to dict of int to int
        Power-up values of memories.
    """

    shapes: dict[str, Shape]
    depths: dict[str, int] = field(default_factory=dict)
    wires: dict[str, Expr] = field(default_factory=dict)
    writes: dict[str, list[Write]] = field(default_factory=dict)
    initial: dict[str, int] = field(default_factory=dict)
    words: dict[str, dict[int, int]] = field(default_factory=dict)


def read_circuit(text: str) -> Circuit:
    """Read a text of one module.

    Raises
    ------
    UnreadError
        If the text has forms that are not read here, or several modules.
    """
    parsed = statements(text)
    if any(s.module for s in parsed):
        raise UnreadError("several modules")
    found = Circuit(shapes=shapes_of(parsed, 0))
    for s in parsed:
        match s.region:
            case Region.DECLARATION:
                for k, t in enumerate(s.tokens):
                    if t.text == "[" and s.tokens[k - 1].text in found.shapes:
                        found.depths[s.tokens[k - 1].text] = int(s.tokens[k + 3].text) + 1
            case Region.WIRE:
                at = s.find("=")
                if at is None:
                    raise UnreadError(s.head)
                found.wires[s.tokens[at - 1].text] = parse(s.tokens[at + 1 : -1])
    tokens = read(text)
    at = 0
    while at < len(tokens):
        if tokens[at].text == "initial":
            at = _Block(tokens, at + 1, found).initial()
        elif tokens[at].text == "always":
            # always @ ( posedge clock )
            at = _Block(tokens, at + 6, found).clocked(())
        else:
            at += 1
    return found


class _Block:
    """Walk over one block from `at` on; the methods return the place behind it."""

    def __init__(self, tokens: list[Token], at: int, circuit: Circuit) -> None:
        self.tokens = tokens
        self.at = at
        self.circuit = circuit

    def initial(self) -> int:
        if self.tokens[self.at].text != "begin":
            self._start()
            return self.at
        self.at += 1
        while self.tokens[self.at].text != "end":
            if self.tokens[self.at].text == "for":
                self._fill()
            else:
                self._start()
        return self.at + 1

    def _start(self) -> None:
        """Read the power-up value of one register or of one word of a memory."""
        line = self._line()
        name, value = line[0].text, _constant(line)
        if line[1].text == "[":
            self.circuit.words.setdefault(name, {})[int(line[2].text)] = value
        elif line[1].text == "=":
            self.circuit.initial[name] = value
        else:
            raise UnreadError(name)

    def _fill(self) -> None:
        """Read a loop that gives all words of a memory one value."""
        while self.tokens[self.at].text != "begin":
            self.at += 1
        self.at += 1
        line = self._line()
        value = _constant(line)
        name = line[0].text
        if name not in self.circuit.depths or self.tokens[self.at].text != "end":
            raise UnreadError(name)
        depth = self.circuit.depths[name]
        self.circuit.words[name] = dict.fromkeys(range(depth), value)
        self.at += 1

    def clocked(self, guards: tuple[Guard, ...]) -> int:
        text = self.tokens[self.at].text
        if text == "begin":
            self.at += 1
            while self.tokens[self.at].text != "end":
                self.clocked(guards)
            self.at += 1
        elif text == "if":
            condition = self._condition()
            self.clocked((*guards, Guard(condition=condition, holds=True)))
            if self.at < len(self.tokens) and self.tokens[self.at].text == "else":
                self.at += 1
                self.clocked((*guards, Guard(condition=condition, holds=False)))
        elif text == ";":
            self.at += 1
        else:
            self._assignment(guards)
        return self.at

    def _condition(self) -> Expr:
        start = self.at + 1
        depth, end = 0, start
        while True:
            depth += {"(": 1, ")": -1}.get(self.tokens[end].text, 0)
            end += 1
            if depth == 0:
                break
        self.at = end
        return parse(self.tokens[start:end])

    def _assignment(self, guards: tuple[Guard, ...]) -> None:
        line = self._line()
        texts = [t.text for t in line]
        if "<=" not in texts or line[0].kind is not Kind.NAME:
            raise UnreadError(texts[0])
        name, at, address = texts[0], 1, None
        if texts[1] == "[":
            at = texts.index("]") + 1
            address = parse(line[2 : at - 1])
        if texts[at] != "<=" or (address is not None) != self.circuit.shapes[name].memory:
            raise UnreadError(name)
        write = Write(guards=guards, value=parse(line[at + 1 :]), address=address)
        self.circuit.writes.setdefault(name, []).append(write)

    def _line(self) -> list[Token]:
        """Tokens up to the semicolon, which is passed."""
        start = self.at
        while self.tokens[self.at].text != ";":
            self.at += 1
        self.at += 1
        return self.tokens[start : self.at - 1]


def _constant(line: Sequence[Token]) -> int:
    """Bits of the number that a line assigns, a minus sign applied."""
    texts = [t.text for t in line]
    after = texts[texts.index("=") + 1 :] if "=" in texts else []
    value = literal(after[-1]) if after else None
    if value is None or after[:-1] not in ([], ["-"]):
        raise UnreadError(texts[0])
    return (-value.value if len(after) == 2 else value.value) & ((1 << value.width) - 1)


def names_in(e: Expr) -> set[str]:
    """Return all names that an expression reads."""
    found = {e.name} if e.name else set()
    for a in e.args:
        found |= names_in(a)
    return found
