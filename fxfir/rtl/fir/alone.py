"""A single tap: delay and one multiplier, without a sum."""

from __future__ import annotations

from amaranth.hdl import Module

from fxfir.filters import FixedFir
from fxfir.rtl.arith.multiplier import Multiplier
from fxfir.rtl.arith.node import Exact, constant, neg, odd_part
from fxfir.rtl.fir.parallel import delay_line
from fxfir.rtl.pipeline import Pipeline

__all__ = ["SingleTap"]


class SingleTap:
    """What every full-rate architecture becomes for a filter with one tap that is not zero.

    Parameters
    ----------
    filter : FixedFir
    multiplier : Multiplier

    Attributes
    ----------
    stage : int
        Stage that the scaled sample enters, or whose registers hold it.
    held : bool
        Whether it is held: a product is, a power of two is not.
    age : int
        Of the sample that meets the tap.
    requantiser : None
        The usual one.
    """

    requantiser = None

    def __init__(self, filter: FixedFir, multiplier: Multiplier) -> None:
        ((self.age, tap),) = ((k, tap) for k, tap in enumerate(filter.taps) if tap)
        self._multiplier = multiplier
        self._odd = odd_part(tap)[0]
        self.held = abs(self._odd) != 1
        self.stage = 1
        if self.held:
            bounds = (filter.input.lo, filter.input.hi)
            self.stage += multiplier.stages(bounds, (self._odd, self._odd), held=True)
        elif self._odd < 0:
            self.stage += 1

    def build(self, m: Module, pipe: Pipeline, x: Exact) -> Exact:
        """Return the sample times the odd part of the tap."""
        line = [x, *delay_line(m, pipe, x, self.age + (self._odd != 1))]
        if not self.held:
            return neg(line[-1]) if self._odd < 0 else line[-1]
        return self._multiplier.multiply(
            m,
            line[-1],
            constant(self._odd),
            "product",
            en=pipe.ce,
            platform=pipe.platform,
            held=True,
        )
