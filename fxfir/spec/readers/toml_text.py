"""TOML text to tables, with errors that name the line."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from fxfir.errors import ReadError
from fxfir.spec.readers.source import Line

__all__ = ["load_toml"]


def load_toml(text: str, source: str) -> dict[str, Any]:
    """Return the tables of a TOML text.

    Raises
    ------
    ReadError
        If it does not parse; the message names file, line and text.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        found = re.search(r"^(.*) \(at line (\d+), column (\d+)\)$", message)
        all_lines = text.splitlines()
        if found is None:
            last = Line(
                source=source, number=len(all_lines), text=all_lines[-1] if all_lines else ""
            )
            raise last.error(f"TOML must parse, got {message[:1].lower()}{message[1:]}") from None
        reason, number, column = found.group(1), int(found.group(2)), found.group(3)
        at = all_lines[number - 1] if number <= len(all_lines) else ""
        line = Line(source=source, number=number, text=at)
        raise line.error(
            f"TOML must parse, got {reason[:1].lower()}{reason[1:]} at column {column}"
        ) from None
    except RecursionError:
        raise ReadError(f"TOML must parse, got too deep a nesting in {source}") from None
    except ValueError:
        # Python refuses to read integers of thousands of digits.
        raise ReadError(f"TOML must parse, got a number with too many digits in {source}") from None
