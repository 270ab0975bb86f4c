"""Arrays in .npy and .json files."""

from __future__ import annotations

import io
import json
import tokenize
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from fxfir.errors import ReadError
from fxfir.spec.readers.source import Line, read_bytes

__all__ = ["NPY_ERRORS", "read_json", "read_npy"]

NPY_ERRORS = (
    ValueError,
    TypeError,
    EOFError,
    OSError,
    SyntaxError,
    MemoryError,
    OverflowError,
    RecursionError,
    tokenize.TokenError,
)
"""What NumPy raises on a damaged .npy file, whose header it reads as a Python literal."""


def read_npy(path: str | Path) -> np.ndarray[Any, Any]:
    """Return the array of a .npy file.

    Raises
    ------
    ReadError
        If the file cannot be read, is no .npy file, is cut short, or holds Python objects.
    """
    data = read_bytes(path)
    if not data.startswith(b"\x93NUMPY"):
        raise ReadError(f"a .npy file must start with its magic, got {data[:6]!r} in {path}")
    try:
        array = np.load(io.BytesIO(data), allow_pickle=False)
    except NPY_ERRORS as error:
        raise ReadError(f"a .npy file must be whole, got {str(error)[:80]!r} in {path}") from None
    return np.asarray(array)


def read_json(text: str, source: str, key: str) -> Any:
    """Return the array of a JSON text: the text itself, or the entry `key` of an object.

    Raises
    ------
    ReadError
        If the text is no JSON, holds NaN or Infinity, or is an object without `key`.
    """
    try:
        data = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        found = text.splitlines()
        at = found[error.lineno - 1] if error.lineno <= len(found) else ""
        line = Line(source=source, number=error.lineno, text=at)
        raise line.error(
            f"JSON must parse, got {error.msg.lower()} at column {error.colno}"
        ) from None
    except _NotFiniteError as error:
        raise ReadError(f"numbers must be finite, got {error} in {source}") from None
    except (RecursionError, ValueError) as error:
        raise ReadError(f"JSON must parse, got {error} in {source}") from None
    if isinstance(data, dict):
        if key not in data:
            names = ", ".join(map(repr, list(data)[:8])) or "an empty object"
            raise ReadError(f"a JSON object must hold {key!r}, got {names} in {source}")
        data = data[key]
    if not isinstance(data, list):
        raise ReadError(f"JSON must hold a list of numbers, got {data!r:.60} in {source}")
    return data


class _NotFiniteError(Exception):
    """Python's json accepts NaN and Infinity, which JSON does not have."""


def _refuse(name: str) -> NoReturn:
    raise _NotFiniteError(name)
