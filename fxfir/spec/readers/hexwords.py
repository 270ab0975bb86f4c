"""Words as Verilog's $readmemh reads them (.hex): white space, // and /* */ comments."""

from __future__ import annotations

import re

from fxfir.errors import ReadError
from fxfir.spec.readers.patterns import pattern
from fxfir.spec.readers.source import Line, lines
from fxfir.spec.taps import Codes

__all__ = ["read_hex"]


def read_hex(text: str, source: str) -> Codes:
    """Return the words of a .hex file.

    Parameters
    ----------
    text : str
        Content of the file.
    source : str
        Its name, for messages.

    Raises
    ------
    ReadError
        If a word is not hexadecimal, an address leaves a gap, or there are no words; the message
        names line and text.
    """
    words: list[int] = []
    digits: list[int | None] = []
    for line in lines(_without_blocks(text), source):
        content = line.text.split("//", 1)[0]
        if content.lstrip().startswith(":"):
            raise line.error("words must be plain hexadecimal, got an Intel HEX record")
        for token in content.split():
            if token.startswith("@"):
                _check_address(token, len(words), line)
                continue
            word = pattern(token.replace("_", ""), 16)
            if word is None:
                raise line.error(f"a word must be hexadecimal, got taps[{len(words)}] = {token!r}")
            words.append(word[0])
            digits.append(word[1])
    if not words:
        raise ReadError(f"a FIR filter needs at least one tap, got none in {source}")
    return Codes(words=tuple(words), digits=tuple(digits), source=source)


def _without_blocks(text: str) -> str:
    """Blank out /* */ comments, keeping line ends so that lines keep their numbers."""
    return re.sub(r"/\*.*?\*/", lambda m: " " + "\n" * m.group().count("\n"), text, flags=re.DOTALL)


def _check_address(token: str, place: int, line: Line) -> None:
    address = pattern(token[1:], 16)
    if address is None or address[0] != place:
        raise line.error(f"words must follow one another from @0, got {token} at word {place}")
