"""Better solutions from a good one: forget some of the values between, search again, keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from fxfir.arith.adder import Range
from fxfir.arith.mcm.choice import choose
from fxfir.arith.mcm.reach import ANY_DEPTH
from fxfir.arith.mcm.recipes import Recipe, closure, prune, recipes
from fxfir.arith.mcm.search import search

__all__ = ["Candidate", "Cost", "improve"]

_MOST_FORGOTTEN = 3
_FAST_LIMIT = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Values enough for the targets.

    Parameters
    ----------
    chosen : dict of int to Recipe
        How each value is made.
    bits : int
        One-bit adders.
    depths : dict of int to int
        Least depth of each value.
    """

    chosen: dict[int, Recipe]
    bits: int
    depths: dict[int, int]

    @property
    def n_adders(self) -> int:
        """Number of adders."""
        return len(self.chosen)


Cost = Callable[[Candidate], tuple[int, int]]


def improve(
    targets: Sequence[int],
    cost: Cost,
    *,
    enough: int,
    max_depth: int | None,
    input_range: Range,
    seed: int,
    restarts: int,
) -> Candidate:
    """Search once, then again from parts of the best so far.

    Parameters
    ----------
    targets : sequence of int
        Odd, distinct, without 1.
    cost : callable
        What is made small.
    enough : int
        Number of adders at which to stop.
    max_depth : int or None
    input_range : (lo, hi)
    seed : int
    restarts : int
        Fewer are made where values have more than 17 bits.
    """
    deepest = ANY_DEPTH if max_depth is None else max_depth
    limit = (2 << max(targets, default=1).bit_length()) - 1
    random = Random(seed)
    # A restart takes time in proportion to the numbers below the limit.
    restarts = min(restarts, restarts * _FAST_LIMIT // limit)

    def find(kept: Mapping[int, int], salt: int) -> Candidate:
        wanted = dict.fromkeys(targets, deepest) | dict(kept)
        values = search(wanted, limit=limit, max_depth=deepest, salt=salt)
        found = recipes(values)
        between = [v for v in values if v not in targets]
        if between:
            needed = prune(found, targets, _shuffled(between, random), max_depth=max_depth)
            if len(needed) < len(found):
                found = recipes(needed)
        chosen, bits = choose(found, input_range=input_range, max_depth=max_depth)
        return Candidate(chosen=chosen, bits=bits, depths=closure(found, max_depth=max_depth))

    best = current = find({}, 0)
    for restart in range(restarts):
        between = [v for v in current.chosen if v not in targets]
        if not between or best.n_adders <= enough:
            break
        forgotten = int((_MOST_FORGOTTEN + 1) * random.random()) or len(between)
        kept = _shuffled(between, random)[forgotten:]
        found = find({v: current.depths[v] for v in kept}, 1 + restart + seed * restarts)
        if cost(found) <= cost(current):
            current = found
        if cost(found) < cost(best):
            best = found
    return best


def _shuffled(values: Sequence[int], random: Random) -> list[int]:
    # Random.shuffle may change between versions of Python; random() may not.
    return sorted(values, key=lambda _: random.random())
