"""Numbers in text: one number, a list as on the command line, and the rows of a csv or txt file."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from fxfir.errors import ReadError, TapsError
from fxfir.spec.readers.source import Line, lines

__all__ = ["Row", "column", "number", "parse_list", "rows"]

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_COMPLEX = re.compile(r"\(?[+-]?[0-9.eE]*(?:[+-][0-9.eE+-]*)?[0-9.]*[ij]\)?")
# A % right after a number is a percent sign, whose number must not lose it.
_COMMENT = re.compile(r"#|(?:^|(?<=[\s,;]))%|//")
_WORD = re.compile(r"\"?[A-Za-z_][^,;]*")


def number(text: str, what: str) -> float:
    """Return the double that `text` stands for.

    Raises
    ------
    TapsError
        If it is empty, NaN, infinite, complex or no number; the message says `what` it was.
    """
    if _NUMBER.fullmatch(text):
        value = float(text)
        if math.isfinite(value):
            return value
        raise TapsError(f"taps must be finite, got {what} = {text}")
    if not text:
        raise TapsError(f"taps must be numbers, got nothing at {what}")
    if _NOT_FINITE.fullmatch(text):
        raise TapsError(f"taps must be finite, got {what} = {text}")
    if _COMPLEX.fullmatch(text) and any(c.isdigit() for c in text):
        raise TapsError(f"taps must be real, got {what} = {text}")
    raise TapsError(f"taps must be numbers, got {what} = {text!r}")


def parse_list(text: str) -> tuple[float, ...]:
    """Return the numbers of a list such as `0.1,0.5,0.1`, `0.1 0.5 0.1` or `[0.1, 0.5]`.

    Raises
    ------
    TapsError
        If the list is empty or an entry is no finite real number; the message names its position.

    Examples
    --------
    >>> parse_list("1, 2 3")
    (1.0, 2.0, 3.0)
    """
    inner = text.strip()
    if inner.startswith("[") and inner.endswith("]"):
        inner = inner[1:-1].strip()
    if not inner:
        raise TapsError(f"a FIR filter needs at least one tap, got {text!r}")
    tokens = re.split(r"\s*,\s*|\s+", inner)
    return tuple(number(token, f"taps[{k}]") for k, token in enumerate(tokens))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The fields of one line; `continued` if the line ends with a comma."""

    line: Line
    fields: tuple[str, ...]
    continued: bool


def rows(text: str, source: str) -> Iterator[Row]:
    """Yield the rows of a text of numbers, without comments, blank lines and a header.

    Fields are separated by commas, semicolons, tabs or spaces; `#`, `//` and a `%` that
    follows no number start comments.

    Raises
    ------
    ReadError
        If a line mixes separators (a decimal comma, or a comma that was forgotten).
    """
    first = True
    for line in lines(text, source):
        content = _COMMENT.split(line.text, maxsplit=1)[0].strip()
        if not content:
            continue
        fields, continued = _fields(content, line)
        header = first and all(_WORD.fullmatch(f) and not _NOT_FINITE.fullmatch(f) for f in fields)
        first = False
        # A line of several words is a header; a lone word only if no digit of it
        # could be a number that was mistyped.
        if header and (len(fields) > 1 or re.fullmatch(r"\"?[A-Za-z_]+\"?", fields[0])):
            continue
        yield Row(line=line, fields=fields, continued=continued)


def _fields(content: str, line: Line) -> tuple[tuple[str, ...], bool]:
    if ";" in content.rstrip(";") and "," in content:
        raise line.error("numbers must be separated in one way, got both , and ;")
    separator = ";" if ";" in content else "," if "," in content else None
    if separator is None:
        return tuple(content.split()), False
    continued = content.endswith(separator)
    inner = content[:-1] if continued else content
    fields = tuple(f.strip().strip('"') for f in inner.split(separator))
    if separator == ";" and len(fields) == 1 and "," in fields[0]:
        fields = tuple(f.strip() for f in fields[0].split(","))
    for field in fields:
        if len(field.split()) > 1:
            raise line.error(f"numbers must be separated by {separator}, got {field!r}")
    return fields, continued


def column(text: str, source: str) -> tuple[float, ...]:
    """Return the numbers that stand in one row, in one column, or in lines that end with a comma.

    Raises
    ------
    ReadError
        If there are none, an entry is no finite real number, or several lines hold several
        numbers without saying by a comma that the list goes on: that is a table.
    """
    found = list(rows(text, source))
    if not found:
        raise ReadError(f"a FIR filter needs at least one tap, got none in {source}")
    values: list[float] = []
    for index, row in enumerate(found):
        last = index == len(found) - 1
        if len(found) > 1 and len(row.fields) > 1 and not (row.continued or last):
            raise row.line.error("taps must stand in one row or one column, got a table")
        if last and len(row.fields) > 1 and index and not found[index - 1].continued:
            raise row.line.error("taps must stand in one row or one column, got a table")
        for token in row.fields:
            try:
                values.append(number(token, f"taps[{len(values)}]"))
            except TapsError as error:
                raise row.line.error(str(error)) from None
    return tuple(values)
