"""The ideal output of a cascade in long integers: what certified errors are held against."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxfir.arith import Block, cascade_peak_gains, common_denominator
from fxfir.fixed import Format

__all__ = ["IdealOutput", "ideal_output"]

_SPARE_BITS = 64
_ROUGH = Fraction(1, 4)
_MOST_TERMS = 1 << 17


@dataclass(frozen=True, slots=True, kw_only=True)
class IdealOutput:
    """Outputs of real coefficients on integer samples.

    Parameters
    ----------
    words : tuple of int, shape (n,)
        In units of 2**-bits, before any clamp.
    bits : int
    slack : int
        Each word is off by less than this many units.
    """

    words: tuple[int, ...]
    bits: int
    slack: int

    def errors(self, output: Iterable[int], to: Format) -> NDArray[np.float64]:
        """Return |output - clamped ideal| in LSB of `to`, each rounded up by what is not known.

        Parameters
        ----------
        output : iterable of int, shape (n,)
        to : Format
            Of the output; the ideal is clamped to its range.
        """
        shift = self.bits - to.frac
        low, high = to.lo << shift, to.hi << shift
        lsb = float(1 << shift)
        return np.array(
            [
                (abs((int(y) << shift) - min(max(word, low), high)) + self.slack) / lsb
                for y, word in zip(output, self.words, strict=True)
            ]
        )


def ideal_output(
    rows: Sequence[Sequence[Fraction]], samples: Iterable[Any], input: Format, to: Format
) -> IdealOutput:
    """Run real coefficients on integer samples from zero history, with a proven error.

    Parameters
    ----------
    rows : sequence of rows of 6 Fraction
        b0 b1 b2 1 a1 a2 as given; stable.
    samples : iterable of int, shape (n,)
        Words of the format `input`.
    input : Format
    to : Format
        What the outputs will be compared with: they are known to 2**-64 of its LSB, less what the
        roundings here amount to, which `slack` says.

    Notes
    -----
    Exact fractions would grow with every sample by the length of every coefficient. Here each
    section's sum, exact for coefficients that are doubles, is rounded down once; such an error
    reaches the output through 1/A and every later section, whose L1 norm is bounded.

    Examples
    --------
    >>> from fxfir.fixed import SQ
    >>> half = [Fraction(1, 2), 0, 0, 1, Fraction(-1, 2), 0]
    >>> found = ideal_output([half], [1, 0, 0], SQ(1, 7), SQ(1, 7))
    >>> [word / 2 ** (found.bits - 7) for word in found.words]
    [0.5, 0.25, 0.125]
    """
    bits = max(input.frac, to.frac) + _SPARE_BITS
    values = [int(x) << (bits - input.frac) for x in samples]
    slack = Fraction(1)
    for k, row in enumerate(rows):
        numerators, denominator = common_denominator([Fraction(v) for v in row])
        b0, b1, b2, _, a1, a2 = numerators
        x1 = x2 = y1 = y2 = 0
        made = []
        for x in values:
            y = (b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2) // denominator
            made.append(y)
            x1, x2, y1, y2 = x, x1, y, y1
        values = made
        later = [Block(b=tuple(r[:3]), a=tuple(r[4:])) for r in rows[k + 1 :]]
        own = Block(b=(1,), a=tuple(row[4:]))
        gains = cascade_peak_gains([own, *later], relative=_ROUGH, max_terms=_MOST_TERMS)
        slack += gains[-1][0].upper
    return IdealOutput(words=tuple(values), bits=bits, slack=int(slack) + 1)
