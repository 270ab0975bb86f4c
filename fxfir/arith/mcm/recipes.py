"""Every way to make each value of a set from two others, and the choice among them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np

from fxfir.arith.mcm.universe import odd_part

__all__ = ["Recipe", "Recipes", "closure", "prune", "recipes"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """2**shift * value = left * 2**left_shift +- right * 2**right_shift, values odd.

    `left` is never subtracted; the result may come out negative, as 3 * 1 - 1 * 8.
    """

    left: int
    left_shift: int
    right: int
    right_shift: int
    subtract: bool


Recipes = dict[int, list[Recipe]]


def recipes(values: Collection[int]) -> Recipes:
    """Return all recipes of each value but 1 from values of the set and 1.

    Parameters
    ----------
    values : collection of int
        Odd, positive.

    Returns
    -------
    dict of int to list of Recipe
        In a fixed order, whatever the order of `values`.
    """
    bits = max({1, *values}).bit_length()
    # A value shifted past the largest one by two bits, and as many bits again, must fit.
    known = np.array(sorted({1, *values}), np.int64 if 2 * bits + 2 < 63 else object)
    found: Recipes = {int(v): [] for v in known[1:]}
    first, second = (g.ravel() for g in np.meshgrid(known, known, indexing="ij"))
    ordered = first <= second
    cases = [
        (first[ordered], 0, second[ordered], 0, False),
        (second[ordered], 0, first[ordered], 0, True),
    ]
    for shift in range(1, bits + 2):
        cases.append((first, 0, second, shift, False))
        cases.append((first, 0, second, shift, True))
    for left, left_shift, right, right_shift, subtract in cases:
        moved = right << right_shift
        results = left - moved if subtract else left + moved
        sizes = odd_part(np.where(results == 0, 1, np.abs(results)))
        places = np.searchsorted(known, sizes)
        hits = np.flatnonzero((places < len(known)) & (places > 0))
        hits = hits[known[places[hits]] == sizes[hits]]
        for k in hits:
            value = int(sizes[k])
            u, v = int(left[k]), int(right[k])
            if value not in (u, v):
                found[value].append(Recipe(u, left_shift, v, right_shift, subtract))
    return found


def closure(
    found: Recipes, *, without: Collection[int] = (), max_depth: int | None = None
) -> dict[int, int]:
    """Return what can be made at all, each value with its least depth, shallow ones first.

    Parameters
    ----------
    found : Recipes
    without : collection of int, optional
        Values left out.
    max_depth : int, optional
        Deeper values are left out too.
    """
    made = {1: 0}
    waiting = [v for v in found if v not in without]
    depth = 0
    while waiting and (max_depth is None or depth < max_depth):
        depth += 1
        new = [v for v in waiting if any(w.left in made and w.right in made for w in found[v])]
        if not new:
            break
        made.update(dict.fromkeys(new, depth))
        waiting = [v for v in waiting if v not in made]
    del made[1]
    return made


def prune(
    found: Recipes, targets: Collection[int], order: Iterable[int], *, max_depth: int | None
) -> set[int]:
    """Return values enough to make the targets: in this order, what can be left out is."""
    dropped: set[int] = set()
    for value in order:
        if value not in targets:
            made = closure(found, without=dropped | {value}, max_depth=max_depth)
            if all(t in made for t in targets):
                dropped.add(value)
    return set(found) - dropped
