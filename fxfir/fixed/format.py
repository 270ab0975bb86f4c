"""Fixed-point formats: signedness, width and the place of the binary point."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from fxfir.errors import FormatError

__all__ = ["SQ", "UQ", "Format"]

_TEXT = re.compile(r"([su])fix([0-9]{1,9})(?:_(En|E)([0-9]{1,9}))?")
_BARE_Q = re.compile(r"(u?)q([0-9]{1,9})(?:\.([0-9]{1,9}))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How an integer of `width` bits stands for a real number: value = integer * 2**-frac.

    Parameters
    ----------
    signed : bool
        Two's complement if true.
    width : int
        Number of bits, the sign included; at least 1.
    frac : int
        Number of fraction bits; may be negative or exceed `width`.

    Raises
    ------
    FormatError
        If `width` is not a positive integer, or `frac` is not an integer.

    Examples
    --------
    >>> q15 = Format(signed=True, width=16, frac=15)
    >>> str(q15), q15.lo, q15.hi
    ('sfix16_En15', -32768, 32767)
    >>> Format.parse("ufix8_En0") == UQ(8, 0)
    True
    """

    signed: bool
    width: int
    frac: int

    def __post_init__(self) -> None:
        if not isinstance(self.signed, bool):
            raise FormatError(f"signed must be a bool, got {self.signed!r}")
        for name in ("width", "frac"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int):
                raise FormatError(f"{name} must be an integer, got {value!r}")
        if self.width < 1:
            raise FormatError(f"width must be at least 1 bit, got {self.width}")

    @classmethod
    def parse(cls, text: str) -> Format:
        """Read the text form: `sfix16_En15`, `ufix8_En0`, `sfix8_E2` (frac = -2), `sfix16`.

        Parameters
        ----------
        text : str
            The format's text; `sfixW` without a suffix means frac = 0.

        Raises
        ------
        FormatError
            If the text does not parse, has no bits, or is a bare Q format, whose reading differs
            between tool families (both readings are named).
        """
        if not isinstance(text, str):
            raise FormatError(f"a format must be text such as sfix16_En15, got {text!r}")
        found = _TEXT.fullmatch(text.strip())
        if found is None:
            bare = _BARE_Q.fullmatch(text.strip())
            if bare is not None:
                raise FormatError(_ambiguous(text.strip(), bare))
            raise FormatError(f"a format must look like sfix16_En15 or ufix8_En0, got {text!r}")
        kind, width, sign, digits = found.groups()
        if int(width) < 1:
            raise FormatError(f"a format must have at least 1 bit, got {text!r}")
        frac = 0 if digits is None else int(digits) if sign == "En" else -int(digits)
        return cls(signed=kind == "s", width=int(width), frac=frac)

    @classmethod
    def holding(cls, lo: int, hi: int, frac: int) -> Format:
        """Return the narrowest format with `frac` fraction bits that holds lo, hi and 0."""
        lo, hi = min(int(lo), 0), max(int(hi), 0)
        if lo == 0:
            return cls(signed=False, width=max(1, hi.bit_length()), frac=frac)
        width = 1 + max((-lo - 1).bit_length(), hi.bit_length())
        return cls(signed=True, width=width, frac=frac)

    @property
    def lo(self) -> int:
        """Smallest integer of the format."""
        return -(1 << (self.width - 1)) if self.signed else 0

    @property
    def hi(self) -> int:
        """Largest integer of the format."""
        return (1 << (self.width - 1 if self.signed else self.width)) - 1

    @property
    def int_bits(self) -> int:
        """Bits left of the binary point, the sign included."""
        return self.width - self.frac

    @property
    def step(self) -> Fraction:
        """Value of one LSB, exact."""
        return Fraction(2) ** -self.frac

    def contains(self, code: int) -> bool:
        """Tell whether the integer `code` is a word of this format."""
        return self.lo <= code <= self.hi

    def __str__(self) -> str:
        point = f"En{self.frac}" if self.frac >= 0 else f"E{-self.frac}"
        return f"{'s' if self.signed else 'u'}fix{self.width}_{point}"


def SQ(int_bits: int, frac: int) -> Format:
    """Signed format with `int_bits` integer bits (sign included) and `frac` fraction bits.

    >>> str(SQ(1, 15))
    'sfix16_En15'
    """
    return Format(signed=True, width=int_bits + frac, frac=frac)


def UQ(int_bits: int, frac: int) -> Format:
    """Unsigned format with `int_bits` integer bits and `frac` fraction bits.

    >>> str(UQ(0, 16))
    'ufix16_En16'
    """
    return Format(signed=False, width=int_bits + frac, frac=frac)


def _ambiguous(text: str, found: re.Match[str]) -> str:
    unsigned, first, second = found.groups()
    if unsigned:
        return f"a bare Q format is ambiguous, write ufixW_EnF instead of {text!r}"
    if second is None:
        frac = int(first)
        return (
            f"a bare Q format is ambiguous: {text!r} may mean sfix{frac + 1}_En{frac} (sign bit "
            f"not counted) or sfix{frac}_En{frac} (all bits fraction); write the one meant"
        )
    whole, frac = int(first), int(second)
    return (
        f"a bare Q format is ambiguous: {text!r} may mean sfix{whole + frac}_En{frac} (sign bit "
        f"counted) or sfix{whole + frac + 1}_En{frac} (sign bit not counted); write the one meant"
    )
