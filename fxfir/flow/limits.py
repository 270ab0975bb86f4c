"""What coefficients may be before and after they become words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fxfir.errors import FormatError, TapsError
from fxfir.filters import StateSpace
from fxfir.fixed import Format

__all__ = ["check_magnitude", "check_sections"]

_LARGEST = 2.0**100


def check_magnitude(values: Iterable[float]) -> None:
    """Refuse coefficients whose words would lie far off the binary point.

    Responses are computed in doubles, where a product of larger or smaller numbers is lost.

    Parameters
    ----------
    values : iterable of float
        Taps, or the numerators or denominators of all sections; zeros only are no matter of size.

    Raises
    ------
    TapsError
        If the largest magnitude lies outside 2**-100 to 2**100.
    """
    largest = float(max(values, key=abs))
    if largest and not 1 / _LARGEST <= abs(largest) <= _LARGEST:
        raise TapsError(
            f"the largest coefficient must lie from {1 / _LARGEST:.3g} to {_LARGEST:.3g} in "
            f"magnitude, got {largest:.9g}"
        )


def check_sections(sections: Iterable[Any], coeff: Format) -> None:
    """Refuse quantised sections that do not fit the format a user asked for.

    Parameters
    ----------
    sections : iterable of Direct
        Their own formats have at most the fraction bits of `coeff`.
    coeff : Format

    Raises
    ------
    FormatError
        If a coefficient lies outside `coeff`; the message names it and its section.
    """
    lo, hi = coeff.lo * coeff.step, coeff.hi * coeff.step
    for k, section in enumerate(sections):
        if isinstance(section, StateSpace):
            values = {name: word * fmt.step for name, word, fmt in section.words()}
        else:
            values = {f"b{i}": word * section.b_coeff.step for i, word in enumerate(section.b)}
            values |= {f"a{i}": word * section.a_coeff.step for i, word in enumerate(section.a, 1)}
        for name, value in values.items():
            if not lo <= value <= hi:
                raise FormatError(
                    f"section coefficients must fit {coeff} [{float(lo):.9g}, {float(hi):.9g}], "
                    f"got {name} = {float(value):.9g} in section {k}"
                )
