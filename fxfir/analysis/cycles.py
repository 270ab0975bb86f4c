"""Every periodic state of a map on pairs of integers, by exhaustive search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Cycle", "Region", "find_cycles"]

Ints = NDArray[np.int64]
Step = Callable[[Ints, Ints], tuple[Ints, Ints]]
Member = Callable[[Ints, Ints], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Pairs (p, q) with q in [q_lo, q_hi], p in [p_lo, p_hi] and p + slope q in [d_lo, d_hi].

    Parameters
    ----------
    p_lo, p_hi, q_lo, q_hi, d_lo, d_hi, slope : int
    """

    p_lo: int
    p_hi: int
    q_lo: int
    q_hi: int
    d_lo: int
    d_hi: int
    slope: int = 0

    @classmethod
    def box(cls, lo: int, hi: int) -> Region:
        """Return all pairs with both numbers in [lo, hi]."""
        return cls(p_lo=lo, p_hi=hi, q_lo=lo, q_hi=hi, d_lo=lo, d_hi=hi)

    @property
    def size(self) -> int:
        """Number of places that a search keeps, pairs outside [p_lo, p_hi] among them."""
        return max(0, self.q_hi - self.q_lo + 1) * max(0, self.d_hi - self.d_lo + 1)

    def pairs(self) -> tuple[Ints, Ints]:
        """Return p and q of every place, each of shape (size,)."""
        width = self.d_hi - self.d_lo + 1
        place = np.arange(self.size, dtype=np.int64)
        q = place // width + self.q_lo
        return place % width + self.d_lo - self.slope * q, q

    def places(self, p: Ints, q: Ints) -> Ints:
        """Return the place of each pair; `size` for pairs outside."""
        d = p + self.slope * q
        inside = (self.q_lo <= q) & (q <= self.q_hi) & (self.d_lo <= d) & (d <= self.d_hi)
        inside &= (self.p_lo <= p) & (p <= self.p_hi)
        place = (q - self.q_lo) * (self.d_hi - self.d_lo + 1) + (d - self.d_lo)
        return np.where(inside, place, self.size)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cycle:
    """Pairs that follow each other for ever.

    Parameters
    ----------
    p, q : ndarray of int64, shape (period,)
    """

    p: Ints
    q: Ints

    @property
    def period(self) -> int:
        """Number of steps until the first pair returns."""
        return len(self.p)


def find_cycles(step: Step, region: Region, *, member: Member | None = None) -> tuple[Cycle, ...]:
    """Find all cycles of a map that stay inside a region.

    Parameters
    ----------
    step : callable
        Takes arrays p, q and returns the next p and q, elementwise.
    region : Region
        Cycles that leave it are not found.
    member : callable, optional
        Takes arrays p, q and returns which of the pairs count, elementwise; cycles without such a
        pair are left out.

    Returns
    -------
    tuple of Cycle
        Fixed points among them.

    Notes
    -----
    What a map F reaches from all states of the region after 1, 3, 7, ... steps is a falling
    sequence of sets, F**n being squared every time. Where the set stops falling, F is one to one on
    it, so all its members, and no other state, are periodic. States that leave the region are
    dropped on the way. This visits every state: it is no sampling.

    Examples
    --------
    >>> found = find_cycles(lambda p, q: (-q, p), Region.box(-1, 1))
    >>> sorted(cycle.period for cycle in found)
    [1, 4, 4]
    """
    p, q = region.pairs()
    inside = (region.p_lo <= p) & (p <= region.p_hi)
    outside = region.size
    following = np.full(outside + 1, outside, dtype=np.int64)
    places = np.flatnonzero(inside)
    following[places] = region.places(*step(p[places], q[places]))
    power = following
    while True:
        # `power` has a last entry for what has left, which stays there.
        reached = np.zeros(len(power), dtype=np.bool_)
        reached[power[:-1]] = True
        alive = np.flatnonzero(reached[:-1])
        if len(alive) == len(power) - 1:
            break
        moved = np.full(len(power), len(alive), dtype=np.int64)
        moved[alive] = np.arange(len(alive))
        keep = np.append(alive, len(power) - 1)
        following, power = moved[following[keep]], moved[power[keep]]
        p, q = p[alive], q[alive]
        power = power[power]
    following = following[:-1]
    if member is not None:
        counts, power = member(p, q), following
        for _ in range(len(p).bit_length()):
            # Whether one of the next 1, 2, 4, ... pairs counts; a cycle is no longer than all.
            counts, power = counts | counts[power], power[power]
        keep = np.flatnonzero(counts)
        moved = np.zeros(len(p), dtype=np.int64)
        moved[keep] = np.arange(len(keep))
        following, p, q = moved[following[keep]], p[keep], q[keep]
    return tuple(_walk(following.tolist(), p, q))


def _walk(following: list[int], p: Ints, q: Ints) -> Any:
    """Yield the cycles of a permutation."""
    seen = [False] * len(following)
    for start in range(len(following)):
        if seen[start]:
            continue
        members = []
        place = start
        while not seen[place]:
            seen[place] = True
            members.append(place)
            place = following[place]
        yield Cycle(p=p[members], q=q[members])
