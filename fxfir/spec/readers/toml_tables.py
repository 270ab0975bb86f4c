"""Tables of a TOML file: keys checked, values built, errors with their place in the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from fxfir.errors import FxfirError, SpecError

__all__ = ["COMMON", "Tables", "names"]

_T = TypeVar("_T")
COMMON = ("fs_hz", "mask")
"""Parameters that stand elsewhere in the file than the table of what takes them."""


class Tables:
    """Carries the file's name and folder, which every message and every file name need.

    Parameters
    ----------
    source : str
        Name used in messages.
    folder : Path
        Where files that the text names are sought.
    """

    def __init__(self, *, source: str, folder: Path) -> None:
        self.source = source
        self.folder = folder

    def path(self, name: Any) -> Path:
        """Return the path of a file that the text names."""
        if not isinstance(name, str) or not name:
            raise SpecError(f"file must be the name of a file, got {name!r}")
        return self.folder / name

    def table(self, data: Mapping[str, Any], key: str, place: str) -> dict[str, Any]:
        """Return the table under a key; an empty one if there is none."""
        value = data.get(key, {})
        if not isinstance(value, dict):
            raise self.error(place, f"{key} must be a table, got {value!r}")
        return value

    def build(self, place: str, kind: Callable[..., _T], values: Mapping[str, Any]) -> _T:
        """Call `kind` with the keys of a table, which must be its parameters."""
        own = {key: value for key, value in values.items() if key not in COMMON}
        self.check_keys(own, [n for n in names(kind) if n not in COMMON], place)
        for field in fields(kind):  # type: ignore[arg-type]
            if field.name not in values and _required(field):
                raise self.error(place, f"{field.name} is needed, got none")
        return self.at(place, lambda: kind(**values))

    def check_keys(self, table: Mapping[str, Any], known: Any, place: str) -> None:
        """Raise SpecError for a key that nobody reads, with the nearest there are."""
        keys = list(known)
        for key in table:
            if key not in keys:
                near = get_close_matches(key, keys, n=3, cutoff=0.5)
                hint = f"nearest are {', '.join(near)}" if near else f"known are {', '.join(keys)}"
                raise self.error(place, f"a key must be known there ({hint}), got {key!r}")

    def members(
        self, data: Mapping[str, Any], key: str, kinds: Sequence[str]
    ) -> list[dict[str, Any]]:
        """Return an array of tables that holds all filters, none of `kinds` beside it."""
        for other in kinds:
            if other != key and other in data:
                raise self.error(
                    "the top level", f"a {key} holds all filters, got {other} beside it"
                )
        found = data[key]
        if not isinstance(found, list) or not all(isinstance(m, dict) for m in found):
            raise self.error(f"[[{key}]]", f"{key} must be an array of tables, got {found!r}")
        return found

    def at(self, place: str, action: Callable[[], _T]) -> _T:
        """Run `action`; what it raises gets the place put before it."""
        try:
            return action()
        except FxfirError as error:
            raise type(error)(f"{self.source}: {place}: {error}") from None

    def error(self, place: str, message: str) -> SpecError:
        """Return an error that names file and place."""
        return SpecError(f"{self.source}: {place.strip()}: {message}")


def names(kind: Any) -> list[str]:
    """Return the parameters of a dataclass."""
    return [field.name for field in fields(kind)]


def _required(field: Any) -> bool:
    return field.default is MISSING and field.default_factory is MISSING
