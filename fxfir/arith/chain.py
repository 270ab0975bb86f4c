"""Links in a row, with proven bounds on what rounding has done and on all that is to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from fxfir.arith.link import Link

__all__ = ["Chain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Errors:
    """How far rounding takes w and each signal of a link, at most, in units of the last place."""

    w: int
    signals: tuple[int, ...]


class Chain:
    """A cascade of links in integer arithmetic.

    Parameters
    ----------
    links : sequence of Link
        Link k reads the output of link k-1.
    throughs : sequence of Fraction
        Bound on the L1 norm of each link alone, from above.

    Attributes
    ----------
    errors : list of tuple of int
        For each link and signal the most that rounding moves one sample, in units of the last
        place.
    floors : list of list of int
        Tails of a chain that was never started: what rounding alone leaves of a bound.
    """

    def __init__(self, links: Sequence[Link], throughs: Sequence[Fraction]) -> None:
        self.links = tuple(links)
        self.throughs = tuple(throughs)
        self._errors = self._rounding_errors()
        self.errors = [e.signals for e in self._errors]
        self.reset()
        self.floors = self.tails()

    def reset(self) -> None:
        """Forget all samples."""
        for link in self.links:
            link.reset()

    def advance(self, values: list[int]) -> list[int]:
        """Take a block of inputs and return the outputs of the last link."""
        for link in self.links:
            values = link.advance(values)
        return values

    def tails(self) -> list[list[int]]:
        """Bound the L1 norm of all that each signal will still do, in units of the last place."""
        result = []
        arriving = 0
        for link, through, error in zip(self.links, self.throughs, self._errors, strict=True):
            own = link.amplified(link.forcing() + link.forcing_error(error.w))
            later = own + link.amplified(arriving)
            tails = [
                int(weight * later) + 1 + link.edge(k, error.w)
                for k, weight in enumerate(link.weights)
            ]
            passed = int(link.weights[0] * own) + 1 + link.edge(0, error.w)
            arriving = tails[0] = min(tails[0], passed + int(through * arriving) + 1)
            result.append(tails)
        return result

    def _rounding_errors(self) -> list[_Errors]:
        arriving = 0
        result = []
        for link, through in zip(self.links, self.throughs, strict=True):
            w = link.amplified(1 + arriving)
            signals = [int(weight * w) + 2 for weight in link.weights]
            arriving = signals[0] = min(signals[0], int(through * (1 + arriving)) + 2)
            result.append(_Errors(w=w, signals=tuple(signals)))
        return result
