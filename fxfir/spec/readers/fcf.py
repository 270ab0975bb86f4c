"""Filter coefficient files of MATLAB (.fcf), written by fcfwrite.

A header of `%` comments says how the numbers are written (decimal, hexadecimal or binary) and,
for fixed-point filters, in which format. Then come titled lists: `Numerator:` for a FIR filter,
`SOS Matrix:` and `Scale Values:` for second-order sections.

Decimal numbers are real values. Hexadecimal and binary ones are codes if the header says the
arithmetic is fixed, and IEEE 754 doubles (16 hexadecimal digits) otherwise.
"""

from __future__ import annotations

import math
import re
import struct
from dataclasses import dataclass

from fxfir.errors import ReadError, TapsError
from fxfir.fixed import Format
from fxfir.spec.readers.numbers import number
from fxfir.spec.readers.patterns import RADICES, pattern
from fxfir.spec.readers.source import Line, lines
from fxfir.spec.taps import Codes, Taps, Values

__all__ = ["read_fcf", "read_fcf_sos"]

_RADIX = {"decimal": 10, "hexadecimal": 16, "hex": 16, "binary": 2}
_TITLE = re.compile(r"([A-Za-z][\w ]*?)\s*:\s*$")


@dataclass(slots=True)
class _File:
    radix: int
    fixed: bool
    declared: Format | None
    lists: dict[str, list[tuple[Line, tuple[str, ...]]]]


def read_fcf(text: str, source: str) -> Taps:
    """Return the taps under `Numerator:` of a .fcf file.

    Parameters
    ----------
    text : str
        Content of the file.
    source : str
        Its name, for messages.

    Returns
    -------
    Values or Codes

    Raises
    ------
    ReadError
        If the file holds no numerator, holds a denominator or sections as well, or an entry does
        not read; the message names line and text.
    """
    parsed = _parse(text, source)
    for title in ("denominator", "sos matrix"):
        if title in parsed.lists:
            raise ReadError(f"taps must be a FIR filter, got {title} in {source}")
    if "numerator" not in parsed.lists:
        raise ReadError(f"a .fcf file of taps must hold Numerator:, got none in {source}")
    entries = [(line, token) for line, row in parsed.lists["numerator"] for token in row]
    if not entries:
        raise ReadError(f"a FIR filter needs at least one tap, got none in {source}")
    if parsed.radix == 10 or not parsed.fixed:
        values = [_value(token, f"taps[{k}]", line, parsed) for k, (line, token) in _index(entries)]
        return Values(values=tuple(values), source=source)
    words: list[int] = []
    digits: list[int | None] = []
    for k, (line, token) in _index(entries):
        word = pattern(token, parsed.radix)
        if word is None:
            raise line.error(f"an entry must be {RADICES[parsed.radix]}, got taps[{k}] = {token!r}")
        words.append(word[0])
        digits.append(word[1])
    return Codes(words=tuple(words), digits=tuple(digits), declared=parsed.declared, source=source)


def read_fcf_sos(text: str, source: str) -> list[tuple[float, ...]]:
    """Return the rows under `SOS Matrix:`, each numerator times its scale value.

    A scale value more than there are rows is the gain of the output; it goes into the last row.

    Raises
    ------
    ReadError
        If there are no sections, they are codes, or an entry does not read.
    """
    parsed = _parse(text, source)
    if "sos matrix" not in parsed.lists:
        raise ReadError(f"a .fcf file of sections must hold SOS Matrix:, got none in {source}")
    if parsed.radix != 10 and parsed.fixed:
        raise ReadError(f"sections must be real values, got fixed-point codes in {source}")
    result: list[tuple[float, ...]] = []
    for line, row in parsed.lists["sos matrix"]:
        k = len(result)
        result.append(tuple(_value(t, f"sos[{k}]", line, parsed) for t in row))
    scales = [
        _value(token, "scale values", line, parsed)
        for line, row in parsed.lists.get("scale values", [])
        for token in row
    ]
    if len(scales) > len(result) + 1:
        raise ReadError(
            f"scale values must be at most {len(result) + 1}, got {len(scales)} in {source}"
        )
    for k, scale in enumerate(scales):
        at = min(k, len(result) - 1)
        result[at] = (*(scale * b for b in result[at][:3]), *result[at][3:])
    return result


def _parse(text: str, source: str) -> _File:
    parsed = _File(radix=10, fixed=False, declared=None, lists={})
    current: list[tuple[Line, tuple[str, ...]]] | None = None
    for line in lines(text, source):
        content = line.text.strip()
        if content.startswith("%"):
            _header(content, line, parsed)
            continue
        if not content:
            continue
        title = _TITLE.fullmatch(content)
        if title is not None:
            name = title.group(1).lower()
            if name in parsed.lists:
                raise line.error(f"a list must stand once, got {title.group(1)} again")
            current = parsed.lists.setdefault(name, [])
        elif current is None:
            raise line.error("numbers must follow a title such as Numerator:, got none before")
        else:
            current.append((line, tuple(content.split())))
    return parsed


def _header(content: str, line: Line, parsed: _File) -> None:
    name, colon, value = content.lstrip("% ").partition(":")
    if not colon:
        return
    name, value = name.strip().lower(), value.strip()
    if name == "coefficient format":
        if value.lower() not in _RADIX:
            raise line.error(
                f"the coefficient format must be decimal, hexadecimal or binary, got {value!r}"
            )
        parsed.radix = _RADIX[value.lower()]
    elif name == "arithmetic":
        parsed.fixed = value.lower().startswith("fixed")
    elif name == "numerator":
        declared = re.match(r"([su])(\d+),(-?\d+)", value)
        if declared and int(declared.group(2)):
            sign, width, frac = declared.groups()
            parsed.declared = Format(signed=sign == "s", width=int(width), frac=int(frac))


def _value(token: str, what: str, line: Line, parsed: _File) -> float:
    if parsed.radix == 10:
        try:
            return number(token, what)
        except TapsError as error:
            raise line.error(str(error)) from None
    length = 16 if parsed.radix == 16 else 64
    word = pattern(token, parsed.radix) if len(token) == length else None
    if word is None:
        raise line.error(
            f"a double must have {length} {RADICES[parsed.radix]} digits, got {what} = {token!r}"
        )
    value = float(struct.unpack(">d", word[0].to_bytes(8, "big"))[0])
    if not math.isfinite(value):
        raise line.error(f"taps must be finite, got {what} = {value}")
    return value


def _index(entries: list[tuple[Line, str]]) -> list[tuple[int, tuple[Line, str]]]:
    return list(enumerate(entries))
