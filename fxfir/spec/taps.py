"""Taps as a user brings them: real values, or integer codes that still need a format.

Taps are real values, always: `1, 2, 3` means 1.0, 2.0, 3.0. Text is read as the nearest double,
exactly as Python reads a literal, so a list on the command line and the same list in Python give
the same filter. Only .coe, .hex and fixed-point .fcf files hold codes, the integers that stand in
a register; what they are worth is said by a coefficient format, which the file does not carry.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from numbers import Complex, Real
from typing import Any

import numpy as np

from fxfir.errors import TapsError
from fxfir.fixed import Format

__all__ = ["Codes", "Taps", "Values", "real"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """Taps as real numbers.

    Parameters
    ----------
    values : sequence of real numbers, shape (n_taps,)
        Kept as doubles.
    source : str, optional
        Where they came from, for messages; not part of equality.

    Raises
    ------
    TapsError
        If there are none, or one is NaN, infinite, complex or no number; the message names its
        position.

    Examples
    --------
    >>> Values(values=[1, 2, 3]).values
    (1.0, 2.0, 3.0)
    """

    values: tuple[float, ...]
    source: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        items = self.values
        if isinstance(items, (str, bytes)) or not isinstance(items, Iterable):
            raise TapsError(f"taps must be a sequence of numbers, got {_short(items)}")
        if isinstance(items, np.ndarray) and items.ndim != 1:
            raise TapsError(f"taps must be one-dimensional, got an array of shape {items.shape}")
        numbers = tuple(real(value, f"taps[{k}]") for k, value in enumerate(items))
        if not numbers:
            raise TapsError("a FIR filter needs at least one tap, got none")
        object.__setattr__(self, "values", numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """Taps as words whose worth a coefficient format decides.

    Parameters
    ----------
    words : sequence of int, shape (n_taps,)
        Integers; a word written in hexadecimal or binary is the pattern, not yet signed.
    digits : sequence of (int or None), shape (n_taps,)
        Number of bits each pattern was written with; None for a word written with its sign.
    width : int or None, optional
        Width of the words if the file says so.
    declared : Format or None, optional
        Format of the words if the file says so; `width` follows from it.
    source : str, optional
        Where they came from, for messages; not part of equality.

    Raises
    ------
    TapsError
        If there are no words, or the two sequences differ in length.
    """

    words: tuple[int, ...]
    digits: tuple[int | None, ...]
    width: int | None = None
    declared: Format | None = None
    source: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", tuple(self.words))
        object.__setattr__(self, "digits", tuple(self.digits))
        if self.declared is not None:
            object.__setattr__(self, "width", self.declared.width)
        if not self.words:
            raise TapsError(f"a FIR filter needs at least one tap, got none{_of(self.source)}")
        if len(self.words) != len(self.digits):
            raise TapsError(
                f"digits must be as many as words, got {len(self.digits)} for {len(self.words)}"
            )

    def integers(self, coeff: Format | None) -> tuple[int, ...]:
        """Return the words as integers of the format `coeff`.

        A pattern at least as wide as the format may be sign-extended (as PG149 asks of .coe
        files) or padded with zeros; a shorter one is a number whose leading zeros were not
        written. All patterns short, equally long and one of them with its top bit set is
        refused: that is how negative words of a narrower format look.

        Parameters
        ----------
        coeff : Format or None
            Format of the words.

        Raises
        ------
        TapsError
            If `coeff` is None or not what the file declares, a word does not fit it, or the
            patterns are ambiguous.
        """
        if coeff is None:
            known = "sfixW_EnF" if self.declared is None else self.declared
            raise TapsError(
                f"integer codes need a coefficient format (--coeff {known}), "
                f"got none{_of(self.source)}"
            )
        if self.declared is not None and coeff != self.declared:
            raise TapsError(
                f"codes declared as {self.declared} must be read as such, "
                f"got {coeff}{_of(self.source)}"
            )
        if self.width is not None and self.width > coeff.width:
            raise TapsError(
                f"codes of {self.width} bits need a format as wide, got {coeff}{_of(self.source)}"
            )
        if self.width is None:
            self._refuse_short(coeff)
        return tuple(self._word(k, coeff) for k in range(len(self.words)))

    def values(self, coeff: Format | None) -> tuple[float, ...]:
        """Return what the words are worth in the format `coeff`; see `integers`."""
        words = self.integers(coeff)
        step = coeff.step if coeff is not None else Fraction(1)
        return tuple(float(word * step) for word in words)

    def _word(self, k: int, coeff: Format) -> int:
        word, bits = self.words[k], self.digits[k]
        result = word
        if bits is not None and coeff.signed:
            if self.width is not None:
                # The file says how wide its words are, so the sign bit is known.
                kept, extension = self.width, bits - self.width
            else:
                kept, extension = coeff.width, bits - coeff.width
            if extension >= 0:
                low = word & ((1 << kept) - 1)
                signed = low - ((low >> (kept - 1)) << kept)
                padded = word >> kept == 0
                extended = signed < 0 and word == signed + (1 << bits)
                if padded or extended:
                    result = signed
        if not coeff.contains(result):
            raise TapsError(
                f"a tap must fit {coeff} [{coeff.lo}, {coeff.hi}], "
                f"got taps[{k}] = {result}{_of(self.source)}"
            )
        return result

    def _refuse_short(self, coeff: Format) -> None:
        sizes = set(self.digits)
        if not coeff.signed or len(sizes) != 1 or None in sizes:
            return
        bits = next(iter(self.digits)) or 0
        tops = [k for k, word in enumerate(self.words) if word >> (bits - 1)]
        if bits < coeff.width and tops and len(self.words) > 1:
            raise TapsError(
                f"patterns of {bits} bits are ambiguous as {coeff}, write the leading digits: "
                f"got taps[{tops[0]}] = {self.words[tops[0]]:#x}{_of(self.source)}"
            )


Taps = Values | Codes


def real(value: Any, what: str) -> float:
    """Return `value` as a finite double.

    Raises
    ------
    TapsError
        If it is complex, NaN, infinite, too large for a double or no number at all.
    """
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Complex):
        raise TapsError(f"taps must be numbers, got {what} = {_short(value)}")
    if not isinstance(value, Real):
        raise TapsError(f"taps must be real, got {what} = {_short(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise TapsError(f"taps must be finite, got {what} = {value}")
    return number


def _short(value: Any) -> str:
    text = str(value) if isinstance(value, (Complex, np.generic)) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _of(source: str) -> str:
    return f" in {source}" if source else ""
