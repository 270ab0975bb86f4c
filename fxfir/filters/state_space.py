"""A second-order section by its state equations, for structures that are no direct form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fxfir.errors import SectionError
from fxfir.filters.node import integers
from fxfir.fixed import Cast, Format

__all__ = ["StateSpace"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StateSpace:
    """One second-order section y = Y(c1 s1 + c2 s2 + d x); s1 = S(a11 s1 + a12 s2 + b1 x);
    s2 = S(a21 s1 + a22 s2 + b2 x). Right-hand sides use old states.

    Parameters
    ----------
    a : sequence of int, shape (2, 2)
        Words a11, a12 and a21, a22.
    b, c : sequence of int, shape (2,)
    d : int
    a_coeff, b_coeff, c_coeff, d_coeff : Format
        Their formats.
    state : Cast
        S.
    out : Cast
        Y.

    Raises
    ------
    SectionError
        If a field is of wrong type or shape, or a word does not fit its format.

    Notes
    -----
    The normal (coupled) form [[s, -w], [w, s]] of a pole pair s +- jw and the state-variable
    filter are two of these.
    """

    a: tuple[tuple[int, int], tuple[int, int]]
    b: tuple[int, int]
    c: tuple[int, int]
    d: int
    a_coeff: Format
    b_coeff: Format
    c_coeff: Format
    d_coeff: Format
    state: Cast
    out: Cast

    def __post_init__(self) -> None:
        for name in ("a_coeff", "b_coeff", "c_coeff", "d_coeff"):
            if not isinstance(getattr(self, name), Format):
                raise SectionError(f"{name} must be a Format, got {getattr(self, name)!r}")
        for name in ("state", "out"):
            if not isinstance(getattr(self, name), Cast):
                raise SectionError(f"{name} must be a Cast, got {getattr(self, name)!r}")
        rows = self.a
        if isinstance(rows, (str, bytes)) or not hasattr(rows, "__iter__"):
            raise SectionError(f"a must hold 2 rows of 2 coefficients, got {rows!r}")
        a = tuple(_pair(row, f"a[{k}]") for k, row in enumerate(rows))
        if len(a) != 2:
            raise SectionError(f"a must hold 2 rows of 2 coefficients, got {len(a)} rows")
        object.__setattr__(self, "a", a)
        object.__setattr__(self, "b", _pair(self.b, "b"))
        object.__setattr__(self, "c", _pair(self.c, "c"))
        (d,) = integers((self.d,), "d")
        object.__setattr__(self, "d", d)
        for name, word, fmt in self.words():
            if not fmt.contains(word):
                raise SectionError(f"{name} must fit {fmt} [{fmt.lo}, {fmt.hi}], got {word}")

    @property
    def kind(self) -> str:
        """Name of the structure."""
        return "state_space"

    def words(self) -> tuple[tuple[str, int, Format], ...]:
        """Return every coefficient with its name and format."""
        (a11, a12), (a21, a22) = self.a
        return (
            ("a11", a11, self.a_coeff),
            ("a12", a12, self.a_coeff),
            ("a21", a21, self.a_coeff),
            ("a22", a22, self.a_coeff),
            ("b1", self.b[0], self.b_coeff),
            ("b2", self.b[1], self.b_coeff),
            ("c1", self.c[0], self.c_coeff),
            ("c2", self.c[1], self.c_coeff),
            ("d", self.d, self.d_coeff),
        )


def _pair(value: Any, name: str) -> tuple[int, int]:
    words = integers(value, name)
    if len(words) != 2:
        raise SectionError(f"{name} must hold 2 coefficients, got {len(words)}")
    return words[0], words[1]
