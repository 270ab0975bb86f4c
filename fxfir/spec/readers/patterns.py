"""Words written in binary, decimal or hexadecimal."""

from __future__ import annotations

import re

__all__ = ["RADICES", "pattern"]

RADICES = {2: "binary", 10: "decimal", 16: "hexadecimal"}

_DIGITS = {2: "[01]", 10: "[0-9]", 16: "[0-9a-fA-F]"}
_BITS = {2: 1, 16: 4}
_MOST_DIGITS = 4000  # Python reads no more decimal digits, and no word has as many


def pattern(text: str, radix: int) -> tuple[int, int | None] | None:
    """Return the integer and the number of bits it was written with, or None if it is no word.

    Decimal words and words with a sign have no number of bits: their sign is known.

    Examples
    --------
    >>> pattern("00ff", 16), pattern("-12", 10), pattern("12", 2)
    ((255, 16), (-12, None), None)
    """
    found = re.fullmatch(rf"([+-]?)((?:{_DIGITS[radix]})+)", text)
    if found is None or len(text) > _MOST_DIGITS:
        return None
    sign, digits = found.groups()
    value = int(digits, radix)
    if sign or radix == 10:
        return (-value if sign == "-" else value), None
    return value, len(digits) * _BITS[radix]
