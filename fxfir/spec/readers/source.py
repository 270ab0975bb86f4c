"""Bytes and text of a file a user brought, with errors that name the file, line and text."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fxfir.errors import ReadError

__all__ = ["Line", "lines", "read_bytes", "read_text"]

STDIN = "-"
_LONGEST = 60
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x19\x1b-\x1f]")
_MOST_BYTES = 1 << 26


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a file.

    Parameters
    ----------
    source : str
        Name of the file.
    number : int
        Counted from 1.
    text : str
        As it stands in the file, without its end.
    """

    source: str
    number: int
    text: str

    def error(self, message: str) -> ReadError:
        """Return the error that says `message` and where."""
        text = self.text.strip()
        if len(text) > _LONGEST:
            text = text[: _LONGEST - 3] + "..."
        return ReadError(f"{message} in {self.source} line {self.number}: {text!r}")


def lines(text: str, source: str) -> Iterator[Line]:
    """Yield the lines of `text`, numbered from 1."""
    for number, line in enumerate(text.splitlines(), 1):
        yield Line(source=source, number=number, text=line)


def read_bytes(path: str | Path) -> bytes:
    """Return the content of a file, or of standard input for "-".

    Raises
    ------
    ReadError
        If there is no such file, it is a directory, it cannot be read, or it is larger than any
        list of coefficients: a device such as /dev/zero never ends.
    """
    data = _read(path)
    if len(data) > _MOST_BYTES:
        raise ReadError(f"a file must have at most {_MOST_BYTES >> 20} MiB, got more in {path}")
    return data


def _read(path: str | Path) -> bytes:
    if str(path) == STDIN:
        return sys.stdin.buffer.read(_MOST_BYTES + 1)
    try:
        with Path(path).open("rb") as file:
            return file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        raise ReadError(f"a file must exist to be read, got {path}") from None
    except IsADirectoryError:
        raise ReadError(f"a file is needed, got the directory {path}") from None
    except PermissionError:
        raise ReadError(f"a file must be readable, got no permission for {path}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ReadError(f"a file must be readable, got {path}: {reason}") from None


def read_text(path: str | Path) -> str:
    """Return the content of a text file, or of standard input for "-".

    UTF-8 and UTF-16 with a byte-order mark are recognised; anything else without control
    characters is taken as Latin-1, since comments of old tools hold such characters.

    Raises
    ------
    ReadError
        As `read_bytes`, and if the file is binary.
    """
    data = read_bytes(path)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError:
            raise ReadError(f"a text file is needed, got broken UTF-16 in {path}") from None
    control = _CONTROL.search(data)
    if control is not None:
        raise ReadError(
            f"a text file is needed, got byte 0x{control.group()[0]:02x} "
            f"at offset {control.start()} of {path}"
        )
    # A single 0x1a at the end is how DOS marked the end of a text file.
    data = data.removesuffix(b"\x1a")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")
