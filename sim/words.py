"""Words of a core: formats, the seven roundings, wrap and saturate, in plain Python integers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Cast", "Format", "ManifestError", "parse_cast", "parse_format", "parts", "words"]

_FORMAT = re.compile(r"(s|u)fix([1-9][0-9]*)(?:_(En|E)([0-9]+))?")


class ManifestError(ValueError):
    """A manifest that says something the contract does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A word: value = integer * 2**-frac."""

    signed: bool
    width: int
    frac: int

    @property
    def lo(self) -> int:
        return -(1 << (self.width - 1)) if self.signed else 0

    @property
    def hi(self) -> int:
        return (1 << (self.width - 1 if self.signed else self.width)) - 1

    def word(self, bits: int) -> int:
        """Read the lowest `width` bits of `bits` as a word."""
        bits %= 1 << self.width
        return bits - (1 << self.width) if bits > self.hi else bits


def parse_format(text: Any) -> Format:
    """Read `sfix16_En15`, `ufix8_En0`, `sfix8_E2` (frac = -2)."""
    found = _FORMAT.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ManifestError(f"a format must look like sfix16_En15, got {text!r}")
    kind, width, sign, digits = found.groups()
    frac = int(digits or 0)
    return Format(signed=kind == "s", width=int(width), frac=frac if sign == "En" else -frac)


# Whether to go one up from the floor, where `rest` of `step` lies above it.
_ROUND_UP: dict[str, Callable[[int, int, int], bool]] = {
    "floor": lambda floor, rest, step: False,
    "ceil": lambda floor, rest, step: rest > 0,
    "to_zero": lambda floor, rest, step: rest > 0 and floor < 0,
    "half_up": lambda floor, rest, step: 2 * rest >= step,
    "half_down": lambda floor, rest, step: 2 * rest > step,
    "half_away": lambda floor, rest, step: 2 * rest > step or (2 * rest == step and floor >= 0),
    "half_even": lambda floor, rest, step: 2 * rest > step or (2 * rest == step and floor % 2 == 1),
}
_OVERFLOWS = ("wrap", "saturate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Round to the target's LSB, then wrap or saturate."""

    to: Format
    rounding: str
    overflow: str

    def rounded(self, value: int, frac: int) -> int:
        """Round only; `value` counts units of 2**-frac, the result LSBs of the target."""
        if frac <= self.to.frac:
            return value << (self.to.frac - frac)
        step = 1 << (frac - self.to.frac)
        floor, rest = divmod(value, step)
        return floor + 1 if _ROUND_UP[self.rounding](floor, rest, step) else floor

    def __call__(self, value: int, frac: int) -> int:
        value = self.rounded(value, frac)
        if self.overflow == "wrap":
            return self.to.word(value)
        return min(max(value, self.to.lo), self.to.hi)


def parse_cast(data: Any) -> Cast:
    if not isinstance(data, Mapping):
        raise ManifestError(f"a cast must be an object with the key 'to', got {data!r}")
    rounding = data.get("rounding", "half_even")
    overflow = data.get("overflow", "saturate")
    if rounding not in _ROUND_UP:
        raise ManifestError(f"rounding must be one of {', '.join(_ROUND_UP)}, got {rounding!r}")
    if overflow not in _OVERFLOWS:
        raise ManifestError(f"overflow must be one of {', '.join(_OVERFLOWS)}, got {overflow!r}")
    return Cast(to=parse_format(data.get("to")), rounding=rounding, overflow=overflow)


def words(data: Mapping[str, Any], key: str, fmt: Format, count: int = 0) -> list[int]:
    """Read a list of words of a format, `count` of them or any number."""
    found = data[key]
    if not isinstance(found, list) or not found or count not in (0, len(found)):
        raise ManifestError(f"{key} must be a list of {count or 'some'} integers, got {found!r}")
    for k, word in enumerate(found):
        if type(word) is not int or not fmt.lo <= word <= fmt.hi:
            raise ManifestError(f"{key} must fit [{fmt.lo}, {fmt.hi}], got {key}[{k}] = {word!r}")
    return found


def parts(data: Mapping[str, Any], key: str) -> list[Any]:
    """Read a list with an entry at least."""
    found = data[key]
    if not isinstance(found, list) or not found:
        raise ManifestError(f"{key} must be a list with at least one entry, got {found!r}")
    return found
