"""The bare cast as a stage between filters."""

from __future__ import annotations

from typing import Any

from amaranth.hdl import Module

from fxfir import filters
from fxfir.errors import ArchitectureError
from fxfir.rtl.arith.node import word
from fxfir.rtl.arith.requantise import Requantiser
from fxfir.rtl.core import Core
from fxfir.rtl.pipeline import Pipeline
from fxfir.rtl.timing import Timing

__all__ = ["Requantise"]


class Requantise(Core):
    """A cast of one lane, one sample per clock.

    Parameters
    ----------
    filter : fxfir.filters.Requantise

    Raises
    ------
    ArchitectureError
        If `filter` is of another type.

    Members
    -------
    i : In(stream.Signature(shape of filter.input))
    o : Out(stream.Signature(shape of filter.cast.to))

    Notes
    -----
    Latency 1, or 2 where the cast rounds and saturates. Interval 1, no start-up.
    """

    filter: filters.Requantise

    def __init__(self, filter: filters.Requantise) -> None:
        if not isinstance(filter, filters.Requantise):
            raise ArchitectureError(
                f"architecture 'requantise' builds a Requantise, got a {type(filter).__name__}"
            )
        self._requantiser = Requantiser(
            filter.cast, lo=filter.input.lo, hi=filter.input.hi, frac=filter.input.frac
        )
        super().__init__(
            filter,
            architecture={"name": "requantise"},
            timing=Timing(latency=max(1, self._requantiser.stages)),
        )

    def elaborate(self, platform: Any) -> Module:
        """Build the cast between registers."""
        m = Module()
        cast = self._requantiser
        pipe = Pipeline(m, self, depth=self.timing.latency, flush=0)
        x = word(self.i.payload, self.filter.input)
        enables = [pipe.ce] * (self.timing.latency - 1)
        pipe.output(m, cast.entering(m, x, "y", enables=enables))
        return m
