"""A caller's second-order sections as exact fractions, checked."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fxfir.arith import require_stable
from fxfir.errors import SectionError
from fxfir.quantize.reals import exact_reals

__all__ = ["ExactSection", "Triple", "read_sections"]

Triple = tuple[Fraction, Fraction, Fraction]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactSection:
    """One section with a0 = 1: y = b0 x + b1 x1 + b2 x2 - a1 y1 - a2 y2.

    Parameters
    ----------
    b : tuple of Fraction, shape (3,)
    a : tuple of Fraction, shape (2,)
    origin : int
        Row of the caller's sos that the poles came from.
    """

    b: Triple
    a: tuple[Fraction, Fraction]
    origin: int


def read_sections(sos: Any) -> tuple[tuple[ExactSection, ...], bool]:
    """Check rows [b0, b1, b2, a0, a1, a2] and divide each by its a0, exactly.

    Parameters
    ----------
    sos : array_like of real numbers, shape (n_sections, 6)
        Scipy's signs.

    Returns
    -------
    sections : tuple of ExactSection
    normalised : bool
        Whether any a0 differed from 1.

    Raises
    ------
    SectionError
        If the shape is wrong, a number is NaN, infinite, complex or none, an a0 is zero, or a
        numerator is all zeros; the message names the row.
    StabilityError
        If a pole lies on or outside the unit circle, with its section and radius.
    """
    if isinstance(sos, np.ndarray):
        if sos.ndim != 2 or sos.shape[1] != 6:
            raise SectionError(
                f"sos must have rows of 6 numbers [b0, b1, b2, a0, a1, a2], got shape {sos.shape}"
            )
        sos = sos.tolist()
    if isinstance(sos, (str, bytes, dict)) or not hasattr(sos, "__iter__"):
        raise SectionError(f"sos must be a list of rows of 6 numbers, got {sos!r:.60}")
    rows = list(sos)
    if not rows:
        raise SectionError("sos must hold at least one row, got none")
    sections = []
    normalised = False
    for k, row in enumerate(rows):
        values = exact_reals(row, f"sos[{k}]", SectionError)
        if len(values) != 6:
            raise SectionError(
                "sos must have rows of 6 numbers [b0, b1, b2, a0, a1, a2], "
                f"got {len(values)} in sos[{k}]"
            )
        a0 = values[3]
        if a0 == 0:
            raise SectionError(f"a0 must differ from zero, got sos[{k}][3] = 0")
        if not any(values[:3]):
            raise SectionError(
                f"a numerator must differ from zero, got b0 = b1 = b2 = 0 in sos[{k}]"
            )
        normalised |= a0 != 1
        b0, b1, b2, _, a1, a2 = (v / a0 for v in values)
        require_stable(a1, a2, 1, f"section {k} before quantisation")
        sections.append(ExactSection(b=(b0, b1, b2), a=(a1, a2), origin=k))
    return tuple(sections), normalised
