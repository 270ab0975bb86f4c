"""From the values of pipeline stages to adders."""

from __future__ import annotations

from fxfir.arith.adder import Range
from fxfir.arith.builder import GraphBuilder
from fxfir.arith.mcm.choice import make, recipe_bits
from fxfir.arith.mcm.layers import Layers
from fxfir.arith.mcm.recipes import recipes

__all__ = ["build_stages"]


def build_stages(stages: Layers, *, input_range: Range) -> GraphBuilder:
    """Return a builder that holds the values of all stages.

    A value that no stage between needs is not kept through it: it is made again.

    Parameters
    ----------
    stages : Layers
    input_range : (lo, hi)
        Of the ways to make a value, that of fewest one-bit adders is taken.
    """
    builder = GraphBuilder(1)
    before: tuple[int, ...] = (1,)
    for stage in stages:
        new = [v for v in stage if v not in before]
        found = recipes({*before, *new})
        for value in new:
            ways = (
                (recipe_bits(value, way, input_range), k, way)
                for k, way in enumerate(found[value])
                if way.left in before and way.right in before
            )
            make(builder, min(ways, key=lambda ranked: ranked[:2])[2], again=True)
        before = stage
    return builder
