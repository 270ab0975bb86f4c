"""Two states that feed each other: matrices whose words stay short where the corner is low."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from fxfir.quantize.coefficients import greatest_frac
from fxfir.quantize.sections import ExactSection

__all__ = ["COUPLED", "Matrix", "Shape", "limited"]

Matrix = tuple[tuple[int, int], tuple[int, int]]

_ROOT_BITS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A form by its matrix.

    Parameters
    ----------
    builds : callable
        Whether a section has this form.
    near : callable
        (section, width, most fraction bits or None) -> matrices of words near to the section, with
        their fraction bits; not all of them need be stable.
    b : tuple of int
        Where the input enters.
    """

    builds: Callable[[ExactSection], bool]
    near: Callable[[ExactSection, int, int | None], Iterator[tuple[Matrix, int]]]
    b: tuple[int, int]


def _complex(section: ExactSection) -> bool:
    return section.a[0] ** 2 < 4 * section.a[1]


def _normal(
    section: ExactSection, width: int, max_frac: int | None
) -> Iterator[tuple[Matrix, int]]:
    """Give matrices near to the poles' real and imaginary part, with their fraction bits."""
    real = -section.a[0] / 2
    imaginary = _root(section.a[1] - real**2)
    frac = limited(greatest_frac([real, imaginary, -imaginary], width), max_frac)
    near = [round(v * Fraction(2) ** frac) for v in (real, imaginary)]
    for step, turn in product((-1, 0, 1), repeat=2):
        s, w = near[0] + step, near[1] + turn
        if w > 0:
            yield ((s, -w), (w, s)), frac


def _variable(
    section: ExactSection, width: int, max_frac: int | None
) -> Iterator[tuple[Matrix, int]]:
    """Give matrices near to f and e."""
    rate, loss = _root(1 + section.a[0] + section.a[1]), 2 + section.a[0]
    frac = limited(greatest_frac([rate, -rate, loss], width), max_frac)
    near = [round(v * Fraction(2) ** frac) for v in (rate, loss)]
    if frac < 0:
        return
    one = 1 << frac
    for step, turn in product((-1, 0, 1), repeat=2):
        f, e = near[0] + step, near[1] + turn
        if f > 0:
            yield ((one, f), (-f, one - e)), frac


COUPLED: Mapping[str, Shape] = {
    "normal": Shape(builds=_complex, near=_normal, b=(1, 0)),
    "state_variable": Shape(builds=lambda section: any(section.a), near=_variable, b=(0, 1)),
}
"""Forms by state equations, by the name that `structure` has for them."""


def _root(square: Fraction) -> Fraction:
    return Fraction(math.isqrt(int(square * (1 << 2 * _ROOT_BITS))), 1 << _ROOT_BITS)


def limited(frac: int, most: int | None) -> int:
    """Return fraction bits, at most so many."""
    return frac if most is None else min(frac, most)
