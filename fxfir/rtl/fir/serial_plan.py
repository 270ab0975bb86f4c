"""Who multiplies what, when and from which memory: a serial filter before any gate exists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fxfir.rtl.arith.node import odd_part
from fxfir.rtl.fir.symmetric import mirror

__all__ = ["Bank", "Lane", "Plan", "fewest", "foldable", "plan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """Samples of consecutive ages in one memory with one write and one read port.

    Parameters
    ----------
    visits : tuple of int
        For each step the age that is read; the bank's youngest sample has age 0 in the step in
        which it was written or later.
    span : int
        Ages held: the visits lie in [0, span).
    feed : int or None
        The bank whose oldest sample enters when a sample is taken; None for the input itself.
    late : bool
        The feeding bank reads its oldest sample in the first step and not in the last one, so
        that it has to be kept until the next sample comes.
    """

    visits: tuple[int, ...]
    span: int
    feed: int | None = None
    late: bool = False

    @property
    def depth(self) -> int:
        """Words of the memory: a power of two, so that addresses wrap by themselves."""
        return 1 << max(1, (self.span - 1).bit_length())


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One multiplier.

    Parameters
    ----------
    taps : tuple of int
        For each step; 0 where the lane has nothing to do.
    newer : int
        The bank it reads.
    older : int or None
        The bank of the mirrored samples; None without folding.
    sign : int
        1 or -1: whether the mirrored sample is added or subtracted.
    alone : int or None
        The step in which there is no mirrored sample.
    """

    taps: tuple[int, ...]
    newer: int
    older: int | None = None
    sign: int = 1
    alone: int | None = None

    @property
    def multiplies(self) -> bool:
        """Whether there is more than one tap, or one that is no power of two."""
        return len({*self.taps}) > 1 or abs(odd_part(self.taps[0])[0]) != 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A pass over the taps.

    Parameters
    ----------
    steps : int
        Clocks of a pass, at least 2.
    lanes : tuple of Lane
    banks : tuple of Bank
        Each behind the one that feeds it.
    """

    steps: int
    lanes: tuple[Lane, ...]
    banks: tuple[Bank, ...]


def foldable(taps: Sequence[int]) -> bool:
    """Tell whether samples can be added before they are multiplied."""
    return mirror(tuple(taps)) != 0 and sum(tap != 0 for tap in taps) > 1


def fewest(taps: Sequence[int], *, fold: bool, clocks: int) -> int:
    """Return how many multipliers a pass of at most `clocks` steps takes."""
    return -(-len(_ages(taps, fold=fold)) // clocks)


def plan(
    taps: Sequence[int], *, fold: bool, multipliers: int, copies: bool, lead: bool = False
) -> Plan:
    """Share the nonzero taps, or the pairs of mirrored ones, among multipliers.

    Parameters
    ----------
    taps : sequence of int
        At least one differs from zero.
    fold : bool
        Only where `foldable`.
    multipliers : int
        At least 1; as few of them are used as keep the number of steps.
    copies : bool
        Whether every bank takes the input itself and is as deep as its oldest sample. A block
        memory has room for that; its samples are read oldest first, so that no word is read
        while it is written. Otherwise a sample moves from bank to bank as it ages, and each bank
        holds only what its multiplier reads.
    lead : bool, optional
        Whether a pass has one more step in front, in which nothing is multiplied.

    Returns
    -------
    Plan
        Of one step only where that many multipliers are asked for.

    Examples
    --------
    >>> for bank in plan((3, 5, 7, 7, 5, 3), fold=True, multipliers=1, copies=False).banks:
    ...     print(bank.visits, bank.span, bank.feed)
    (0, 1, 2) 3 None
    (2, 1, 0) 3 0
    """
    ages = _ages(taps, fold=fold)
    ends = _ends(taps)
    steps = -(-len(ages) // multipliers)
    groups = [ages[k : k + steps] for k in range(0, len(ages), steps)]
    steps += lead
    orders = [group[::-1] if copies else group for group in groups]
    # A lane with less to do waits first: its oldest sample has to come in the last step.
    walks = [[order[0]] * (steps - len(order)) + order for order in orders]
    banks: list[Bank] = []
    newer = _chain(banks, walks, copies=copies)
    older: list[int | None] = [None] * len(walks)
    if fold:
        mirrored = [[ends - k for k in walk] for walk in walks]
        older = _mirrored_chain(banks, mirrored, first=ages[-1] + 1, copies=copies)
    lanes = []
    for order, near, far in zip(orders, newer, older, strict=True):
        idle = steps - len(order)
        centre = [idle + k for k, age in enumerate(order) if fold and 2 * age == ends]
        lanes.append(
            Lane(
                taps=(0,) * idle + tuple(taps[k] for k in order),
                newer=near,
                older=far,
                sign=mirror(tuple(taps)) if fold else 1,
                alone=centre[0] if centre else None,
            )
        )
    return Plan(steps=steps, lanes=tuple(lanes), banks=tuple(banks))


def _ends(taps: Sequence[int]) -> int:
    """Return the sum of the ages of two samples that share a tap."""
    used = [k for k, tap in enumerate(taps) if tap]
    return used[0] + used[-1]


def _ages(taps: Sequence[int], *, fold: bool) -> list[int]:
    """Return the ages whose taps are multiplied with, mirrored ones once."""
    ends = _ends(taps)
    return [k for k, tap in enumerate(taps) if tap and (not fold or 2 * k <= ends)]


def _chain(banks: list[Bank], walks: list[list[int]], *, copies: bool) -> list[int]:
    """Add the banks that are read from young to old, each fed by the one before."""
    places: list[int] = []
    youngest = 0
    for walk in walks:
        if copies:
            banks.append(Bank(visits=tuple(walk), span=max(walk) + 1))
        else:
            local = tuple(age - youngest for age in walk)
            feed = places[-1] if places else None
            banks.append(Bank(visits=local, span=local[-1] + 1, feed=feed))
            youngest = walk[-1] + 1
        places.append(len(banks) - 1)
    return places


def _mirrored_chain(
    banks: list[Bank], walks: list[list[int]], *, first: int, copies: bool
) -> list[int | None]:
    """Add the banks that are read from old to young; the samples come to the last lane first."""
    places: list[int | None] = [None] * len(walks)
    feed, late, youngest = len(banks) - 1, False, first
    for k in reversed(range(len(walks))):
        walk = walks[k]
        if max(walk) < youngest:
            # Only the middle sample, which has no partner.
            continue
        if copies:
            banks.append(Bank(visits=tuple(walk), span=max(walk) + 1))
        else:
            local = tuple(max(age - youngest, 0) for age in walk)
            banks.append(Bank(visits=local, span=local[0] + 1, feed=feed, late=late))
            feed, late, youngest = len(banks) - 1, True, walk[0] + 1
        places[k] = len(banks) - 1
    return places
