"""Coefficient files of AMD tools (.coe).

    ; a comment
    radix = 16;
    coefficient_width = 12;
    coefdata = 000, ff9, 155;

Statements end with a semicolon and what follows on that line is a comment; entries are separated
by commas. Both are required: a comma that was forgotten would otherwise join or lose taps without
a word. Radix 10 holds integers, or real values as soon as one entry has a point or an exponent.

References
----------
.. [1] AMD, "FIR Compiler Product Guide", PG149, "Filter Coefficient Data".
.. [2] AMD, "Vivado Design Suite User Guide: Designing with IP", UG896, "COE File Syntax".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from fxfir.errors import ReadError, TapsError
from fxfir.spec.readers.numbers import number
from fxfir.spec.readers.patterns import RADICES, pattern
from fxfir.spec.readers.source import Line, lines
from fxfir.spec.taps import Codes, Taps, Values

__all__ = ["read_coe"]

_KEY = re.compile(r"\s*([A-Za-z_]\w*)\s*=")
_RADIX_KEYS = ("radix", "memory_initialization_radix")
_DATA_KEYS = ("coefdata", "memory_initialization_vector")
_WIDTH_KEY = "coefficient_width"


@dataclass(slots=True)
class _Statement:
    key: str
    start: Line
    parts: list[tuple[Line, str]]

    @property
    def text(self) -> str:
        return " ".join(part for _, part in self.parts).strip()


def read_coe(text: str, source: str) -> Taps:
    """Return the taps of a .coe file.

    Parameters
    ----------
    text : str
        Content of the file.
    source : str
        Its name, for messages.

    Returns
    -------
    Values or Codes
        Codes unless radix is 10 and an entry is written as a real number.

    Raises
    ------
    ReadError
        If a comma or semicolon is missing, a key is unknown or given twice, the radix is missing
        or none of 2, 10, 16, or an entry is no word of it; the message names line and text.
    """
    radix: int | None = None
    width: int | None = None
    data: _Statement | None = None
    seen: set[str] = set()
    for statement in _statements(text, source):
        if statement.key in seen:
            raise statement.start.error(f"a key must stand once, got {statement.key} again")
        seen.add(statement.key)
        if statement.key in _RADIX_KEYS:
            radix = _integer(statement)
            if radix not in RADICES:
                raise statement.start.error(f"radix must be 2, 10 or 16, got {radix}")
        elif statement.key == _WIDTH_KEY:
            width = _integer(statement)
            if width < 1:
                raise statement.start.error(f"{_WIDTH_KEY} must be at least 1, got {width}")
        elif statement.key in _DATA_KEYS:
            if data is not None:
                raise statement.start.error(f"data must stand once, got {statement.key} too")
            data = statement
        else:
            known = ", ".join((*_RADIX_KEYS, _WIDTH_KEY, *_DATA_KEYS))
            raise statement.start.error(f"a key must be one of {known}, got {statement.key}")
    if radix is None:
        raise ReadError(f"a .coe file must give its radix, got none in {source}")
    if data is None:
        raise ReadError(f"a .coe file must hold coefdata, got none in {source}")
    return _taps(_entries(data), radix, width, source)


def _statements(text: str, source: str) -> list[_Statement]:
    found: list[_Statement] = []
    current: _Statement | None = None
    for line in lines(text, source):
        rest = line.text
        comment = False
        while rest.strip() and not comment:
            if current is None:
                if rest.lstrip().startswith(";"):
                    break
                key = _KEY.match(rest)
                if key is None:
                    raise line.error(f"a statement must read key = value;, got {rest.strip()!r}")
                current = _Statement(key=key.group(1).lower(), start=line, parts=[])
                rest = rest[key.end() :]
            part, end, rest = rest.partition(";")
            if "=" in part:
                raise line.error(f"{current.key} must end with a semicolon, got none before")
            if part.strip():
                current.parts.append((line, part))
            if end:
                found.append(current)
                current = None
                # Several statements may share a line; any other text there is a comment.
                comment = _KEY.match(rest) is None
    if current is not None:
        last = current.parts[-1][0] if current.parts else current.start
        raise last.error(f"{current.key} must end with a semicolon, got the end of the file")
    return found


def _entries(data: _Statement) -> list[tuple[Line, str]]:
    # Memory files may separate by white space alone; coefficient files may not.
    spaced = data.key == "memory_initialization_vector" and "," not in data.text
    entries: list[tuple[Line, str]] = []
    pending = False  # an entry was read and no comma after it yet
    after_comma = False
    for line, part in data.parts:
        for token in re.findall(r",|[^\s,]+", part):
            if token == ",":
                if not pending:
                    raise line.error("a number must stand before each comma, got none")
                pending, after_comma = False, True
            else:
                if pending and not spaced:
                    raise line.error(
                        f"entries must be separated by a comma, got none before {token!r}"
                    )
                entries.append((line, token))
                pending, after_comma = True, False
    if not entries:
        raise data.start.error(f"{data.key} must hold at least one number, got none")
    if after_comma:
        raise data.parts[-1][0].error("a number must follow each comma, got the semicolon")
    return entries


def _taps(entries: list[tuple[Line, str]], radix: int, width: int | None, source: str) -> Taps:
    if radix == 10 and any(re.search(r"[.eEnNiIjJ]", token) for _, token in entries):
        values = []
        for k, (line, token) in enumerate(entries):
            try:
                values.append(number(token, f"taps[{k}]"))
            except TapsError as error:
                raise line.error(str(error)) from None
        return Values(values=tuple(values), source=source)
    words: list[int] = []
    digits: list[int | None] = []
    for k, (line, token) in enumerate(entries):
        word = pattern(token, radix)
        if word is None:
            raise line.error(f"an entry must be {RADICES[radix]}, got taps[{k}] = {token!r}")
        if width is not None and word[0].bit_length() > max(width, word[1] or 0):
            raise line.error(f"an entry must have {width} bits, got taps[{k}] = {token!r}")
        words.append(word[0])
        digits.append(word[1])
    return Codes(words=tuple(words), digits=tuple(digits), width=width, source=source)


def _integer(statement: _Statement) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", statement.text):
        raise statement.start.error(f"{statement.key} must be an integer, got {statement.text!r}")
    return int(statement.text)
