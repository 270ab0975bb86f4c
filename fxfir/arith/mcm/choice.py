"""Which recipe makes each value: the cheapest in full adder cells, without a circle."""

from __future__ import annotations

from fxfir.arith.adder import Range, Term
from fxfir.arith.builder import GraphBuilder
from fxfir.arith.mcm.recipes import Recipe, Recipes, closure

__all__ = ["build", "choose", "make", "recipe_bits"]


def recipe_bits(value: int, recipe: Recipe, input_range: Range) -> int:
    """Return the one-bit adders that a recipe for a value takes, but for the sign of the result.

    Parameters
    ----------
    value : int
    recipe : Recipe
    input_range : (lo, hi)
        Range of the input.
    """
    lo, hi = input_range
    if not recipe.subtract and lo >= 0 and recipe.left * hi < 1 << recipe.right_shift:
        return 0
    lo, hi = value * lo, value * hi
    width = max((lo if lo >= 0 else ~lo).bit_length(), (hi if hi >= 0 else ~hi).bit_length())
    if recipe.right_shift:
        return width + (lo < 0) - recipe.right_shift
    shift = _halvings(value, recipe)
    return width + (lo < 0) + shift


def _halvings(value: int, recipe: Recipe) -> int:
    total = abs(recipe.left - recipe.right if recipe.subtract else recipe.left + recipe.right)
    return (total // value).bit_length() - 1


def choose(
    found: Recipes, *, input_range: Range, max_depth: int | None = None
) -> tuple[dict[int, Recipe], int]:
    """Return one recipe for each value, and the one-bit adders they take together.

    Parameters
    ----------
    found : Recipes
        Every value can be made, within `max_depth`.
    input_range : (lo, hi)
    max_depth : int, optional

    Returns
    -------
    chosen : dict of int to Recipe
    bits : int

    Notes
    -----
    A recipe's cost is its own, whatever the others are; all that ties them is that no value may be
    made of itself. So: least depth first, then one value after the other takes the cheapest recipe
    that closes no circle, until none changes.
    """
    depth = closure(found, max_depth=max_depth)
    ranked = {
        value: sorted(
            ((recipe_bits(value, w, input_range), k, w) for k, w in enumerate(found[value])),
            key=lambda ranking: ranking[:2],
        )
        for value in depth
    }
    depth[1] = 0
    chosen = {}
    for value, ways in ranked.items():
        chosen[value] = next(
            r for r in ways if max(depth[r[2].left], depth[r[2].right]) < depth[value]
        )
    changed = True
    while changed:
        changed = False
        for value, ways in ranked.items():
            for ranking in ways:
                if ranking[:2] >= chosen[value][:2]:
                    break
                trial = {v: r[2] for v, r in chosen.items()} | {value: ranking[2]}
                if _fits(trial, value, max_depth):
                    chosen[value] = ranking
                    changed = True
                    break
    return {v: r[2] for v, r in chosen.items()}, sum(r[0] for r in chosen.values())


def _fits(chosen: dict[int, Recipe], changed: int, max_depth: int | None) -> bool:
    """Say whether a changed recipe closes no circle and keeps to the depth."""
    recipe = chosen[changed]
    waiting = [recipe.left, recipe.right]
    seen = {1}
    while waiting:
        value = waiting.pop()
        if value == changed:
            return False
        if value not in seen:
            seen.add(value)
            waiting += (chosen[value].left, chosen[value].right)
    return max_depth is None or max(_depths(chosen).values()) <= max_depth


def _depths(chosen: dict[int, Recipe]) -> dict[int, int]:
    depths = {1: 0}

    def depth(value: int) -> int:
        if value not in depths:
            depths[value] = 1 + max(depth(chosen[value].left), depth(chosen[value].right))
        return depths[value]

    for value in chosen:
        depth(value)
    return depths


def build(chosen: dict[int, Recipe]) -> GraphBuilder:
    """Return a builder that holds the values, each made by its recipe."""
    builder = GraphBuilder(1)
    depths = _depths(chosen)
    for value in sorted(chosen, key=lambda v: (depths[v], v)):
        make(builder, chosen[value])
    return builder


def make(builder: GraphBuilder, recipe: Recipe, *, again: bool = False) -> None:
    """Add the adder of a recipe to a builder of one input that holds its operands."""
    left = Term(node=0, shift=recipe.left_shift)
    right = Term(node=0, shift=recipe.right_shift, negative=recipe.subtract)
    builder.add(
        builder.term((recipe.left,)).moved(left),
        builder.term((recipe.right,)).moved(right),
        again=again,
    )
