"""Poles of second-order sections: radius, frequency and Q."""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from fxfir.arith import pole_radius
from fxfir.arith.flow import transfer
from fxfir.filters import Section

__all__ = ["PolePair", "pole_pair", "quadratic_roots", "section_poles"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolePair:
    """Both poles of a section.

    Parameters
    ----------
    poles : tuple of complex, shape (2,)
        Largest magnitude first.
    radius : float
        Largest magnitude.
    """

    poles: tuple[complex, complex]
    radius: float

    def freq_hz(self, fs_hz: float) -> float:
        """Return the frequency in Hz at the first pole's angle."""
        return abs(cmath.phase(self.poles[0])) / (2 * math.pi) * fs_hz

    @property
    def q(self) -> float:
        """Quality factor of the analog poles s = ln(z) * fs; 0.5 and below for two real poles."""
        first, second = self.poles
        if first == 0 or second == 0:
            return 0.0
        left, right = cmath.log(first), cmath.log(second)
        total = abs((left + right).real)
        return math.sqrt(abs(left * right)) / total if total else math.inf


def quadratic_roots(c1: Fraction | float, c2: Fraction | float) -> tuple[complex, complex]:
    """Return the roots of z**2 + c1 z + c2, largest magnitude first, without cancellation.

    The discriminant is exact for fractions, so a double root and two close ones stay apart.

    Examples
    --------
    >>> quadratic_roots(-1.5, 0.5)
    ((1+0j), (0.5+0j))
    """
    first, second = Fraction(c1), Fraction(c2)
    discriminant = first * first / 4 - second
    half = -float(first) / 2
    if discriminant < 0:
        imaginary = math.sqrt(-discriminant)
        return complex(half, imaginary), complex(half, -imaginary)
    reach = math.sqrt(discriminant)
    large = half + math.copysign(reach, half)
    return complex(large), complex(float(second) / large if large else 0.0)


def pole_pair(a1: Fraction | float, a2: Fraction | float) -> PolePair:
    """Return the poles of a section with denominator 1 + a1 z**-1 + a2 z**-2."""
    return PolePair(poles=quadratic_roots(a1, a2), radius=pole_radius(Fraction(a1), Fraction(a2)))


def section_poles(sections: Sequence[Section]) -> tuple[PolePair, ...]:
    """Return the poles that the words of each section make."""
    return tuple(pole_pair(*transfer(s)[1]) for s in sections)
