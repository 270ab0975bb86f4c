"""Every rounding error of a cascade carried to the output, certified."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never

from fxfir.arith.flow import SectionFlow, Weights, shape
from fxfir.arith.peak_gain import Block, cascade_peak_gains
from fxfir.fixed import Rounding

__all__ = ["Carry", "carries", "rounding_range"]

_PRECISION = Fraction(1, 1 << 16)
_MOST_TERMS = 1 << 17


@dataclass(frozen=True, slots=True, kw_only=True)
class Carry:
    """What an error at one point of a cascade is worth at its output.

    Parameters
    ----------
    gain : Fraction
        L1 norm of the impulse response from the point to the output, bounded from above.
    steady : Fraction
        Sum of that response: the gain at 0 Hz.
    """

    gain: Fraction
    steady: Fraction

    def range(self, low: Fraction, high: Fraction) -> tuple[Fraction, Fraction]:
        """Return the ends at the output of errors that stay within [low, high].

        The positive part of the response sums to (gain + steady) / 2, the negative one to
        (gain - steady) / 2.
        """
        rising, falling = (self.gain + self.steady) / 2, (self.gain - self.steady) / 2
        return rising * low - falling * high, rising * high - falling * low


def carries(flows: Sequence[SectionFlow]) -> tuple[Mapping[str, Carry], ...]:
    """Bound what the error of every cast of a cascade is worth at the output.

    Parameters
    ----------
    flows : sequence of SectionFlow, shape (n_sections,)
        Stable ones; their casts' formats do not matter.

    Returns
    -------
    tuple of mapping of str to Carry, shape (n_sections,)
        By the name of the word that is cast, as in `SectionFlow.casts`.

    Raises
    ------
    StabilityError
        If a section is unstable.
    """
    found = []
    later = [Block(b=flow.b, a=flow.a) for flow in flows]
    for k, flow in enumerate(flows):
        known: dict[Weights, Fraction] = {}
        behind = Fraction(1)
        for after in flows[k + 1 :]:
            behind *= sum(after.b, Fraction(0)) / _pole_sum(after)
        entry = {}
        for name in flow.casts:
            weights = flow.output.get(name, (Fraction(0),))
            steady = sum(weights, Fraction(0)) / _pole_sum(flow) * behind
            key = shape(weights)
            if key not in known:
                known[key] = _gain(key, flow, later[k + 1 :])
            entry[name] = Carry(gain=max(known[key], abs(steady)), steady=steady)
        found.append(entry)
    return tuple(found)


def rounding_range(rounding: Rounding, bits: int) -> tuple[Fraction, Fraction]:
    """Return the ends of round(v) - v, in units of the target LSB.

    Parameters
    ----------
    rounding : Rounding
    bits : int
        Fraction bits that are dropped; none, or fewer, make no error.

    Examples
    --------
    >>> rounding_range(Rounding.FLOOR, 2), rounding_range(Rounding.HALF_UP, 1)
    ((Fraction(-3, 4), Fraction(0, 1)), (Fraction(0, 1), Fraction(1, 2)))
    """
    zero, half = Fraction(0), Fraction(1, 2)
    if bits <= 0:
        return zero, zero
    step = Fraction(1, 1 << bits)
    match rounding:
        case Rounding.FLOOR:
            return step - 1, zero
        case Rounding.CEIL:
            return zero, 1 - step
        case Rounding.TO_ZERO:
            return step - 1, 1 - step
        case Rounding.HALF_UP:
            return step - half, half
        case Rounding.HALF_DOWN:
            return -half, half - step
        case Rounding.HALF_AWAY | Rounding.HALF_EVEN:
            return -half, half
        case _:
            assert_never(rounding)


def _gain(weights: Weights, flow: SectionFlow, later: Sequence[Block]) -> Fraction:
    if not any(weights):
        return Fraction(0)
    if weights == shape((Fraction(1), *flow.a)):
        # The recursion takes nothing of it: the error is added behind.
        first = Block(b=(1,), a=())
    else:
        first = Block(b=weights, a=flow.a)
    gains = cascade_peak_gains([first, *later], relative=_PRECISION, max_terms=_MOST_TERMS)
    return gains[-1][0].upper


def _pole_sum(flow: SectionFlow) -> Fraction:
    return 1 + sum(flow.a, Fraction(0))
