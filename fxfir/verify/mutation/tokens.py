"""Tokens of the emitted Verilog and where each one stands.

The emitted text uses a small part of Verilog-2001; this reads that part, not the language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

__all__ = ["Kind", "Literal", "Region", "Statement", "Token", "literal", "read", "statements"]

_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<comment>//[^\n]*|/\*.*?\*/)"
    r"|(?P<attribute>\(\*[^)]*\*\))"
    r"|(?P<directive>`\w+)"
    r"|(?P<number>\d+'s?[bdhoBDHO][0-9a-fA-FxzXZ_?]+|\d+)"
    r"|(?P<name>[A-Za-z_$][\w$]*|\\\S+)"
    r"|(?P<string>\"[^\"\n]*\")"
    r"|(?P<operator><=|>=|==|!=|<<<|>>>|<<|>>|&&|\|\||.)",
    re.DOTALL,
)
_LITERAL = re.compile(r"(\d+)'(s?)([bdhoBDHO])([0-9a-fA-F_]+)")
_BASES = {"b": 2, "o": 8, "d": 10, "h": 16}


class Kind(Enum):
    """What a token is."""

    NUMBER = "number"
    NAME = "name"
    OPERATOR = "operator"


class Region(Enum):
    """Where a statement stands."""

    HEADER = "header"
    """The module's name and ports."""
    DECLARATION = "declaration"
    """A net, register or memory without a value."""
    INITIAL = "initial"
    """Values at power-up."""
    WIRE = "wire"
    """A continuous assignment, with or without a declaration before it."""
    CLOCKED = "clocked"
    """Inside an always block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A piece of text; comments, attributes and space are none."""

    kind: Kind
    text: str
    start: int

    @property
    def end(self) -> int:
        """Offset behind the last character."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Tokens up to a semicolon, or the head of a block such as `if (...) begin`.

    Parameters
    ----------
    region : Region
    tokens : tuple of Token
    module : int
        Number of the module in the text, 0 first.
    """

    region: Region
    tokens: tuple[Token, ...]
    module: int

    @property
    def head(self) -> str:
        """Text of the first token."""
        return self.tokens[0].text

    def find(self, text: str) -> int | None:
        """Index of the first token of that text, None if there is none."""
        return next((k for k, t in enumerate(self.tokens) if t.text == text), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A sized number: `width'[s]base digits`."""

    width: int
    signed: bool
    base: str
    value: int

    def __str__(self) -> str:
        digits = {"b": "b", "o": "o", "d": "d", "h": "x"}[self.base]
        return f"{self.width}'{'s' if self.signed else ''}{self.base}{self.value:{digits}}"

    def flipped(self, bit: int) -> Literal:
        """The same literal with one bit changed."""
        return Literal(
            width=self.width, signed=self.signed, base=self.base, value=self.value ^ (1 << bit)
        )


def literal(text: str) -> Literal | None:
    """Read a sized number; None for a plain one or one with unknown bits.

    Examples
    --------
    >>> str(literal("8'sd3").flipped(2))
    "8'sd7"
    """
    found = _LITERAL.fullmatch(text)
    if found is None:
        return None
    width, sign, base, digits = found.groups()
    base = base.lower()
    return Literal(
        width=int(width),
        signed=bool(sign),
        base=base,
        value=int(digits.replace("_", ""), _BASES[base]),
    )


def read(text: str) -> list[Token]:
    """Cut Verilog text into tokens; what stands under an ``ifdef`` has none.

    A simulator reads the expression under ``else``. The vendor's cells before it, which only
    synthesis reads, are compared with that expression as netlists, in tests/synth.
    """
    tokens = []
    branches: list[bool] = []
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup
        match found.group():
            case "`ifdef":
                branches.append(False)
            case "`else":
                branches[-1] = not branches[-1]
            case "`endif":
                branches.pop()
            case word if kind in ("number", "name", "operator") and all(branches):
                tokens.append(Token(kind=Kind(kind), text=word, start=found.start()))
    return tokens


def statements(text: str) -> list[Statement]:
    """Cut Verilog text into statements with their regions.

    Parameters
    ----------
    text : str
        Text as `fxfir.emit` writes it.

    Returns
    -------
    list of Statement
        In the order of the text; `begin`, `end`, `else` and the like belong to the statement that
        follows them, and heads of blocks end at their closing parenthesis.
    """
    found: list[Statement] = []
    current: list[Token] = []
    module = -1
    block: Region | None = None
    depth = 0
    parens = 0

    def close(region: Region) -> None:
        if current:
            found.append(Statement(region=region, tokens=tuple(current), module=max(module, 0)))
            current.clear()

    for token in read(text):
        word = token.text
        if not parens and word in ("begin", "end", "else", "endmodule"):
            close(block or Region.WIRE)
            if word == "else" and block is None:
                # A block of one statement without begin ended at its semicolon.
                block = Region.CLOCKED
            depth += {"begin": 1, "end": -1}.get(word, 0)
            if block is not None and depth == 0 and word == "end":
                block = None
            continue
        if not current and word in ("initial", "always"):
            block = Region.INITIAL if word == "initial" else Region.CLOCKED
            depth = 0
        module += word == "module"
        current.append(token)
        parens += {"(": 1, ")": -1, "{": 1, "}": -1, "[": 1, "]": -1}.get(word, 0)
        if word == ";" and not parens:
            close(_region(current, block))
            if block is not None and depth == 0:
                block = None
        elif word == ")" and not parens and current[0].text in ("if", "for", "always"):
            close(block or Region.WIRE)
    close(Region.WIRE)
    return found


def _region(tokens: list[Token], block: Region | None) -> Region:
    words = {t.text for t in tokens}
    if block is not None:
        return block
    if "module" in words:
        return Region.HEADER
    if tokens[0].text in ("reg", "wire", "integer", "input", "output") and "=" not in words:
        return Region.DECLARATION
    return Region.WIRE
