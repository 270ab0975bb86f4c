"""Products of one number by constants: multipliers, or a graph of additions and shifts."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import lru_cache

from amaranth.hdl import Const, Module, Value

from fxfir.arith.graph import AdderGraph
from fxfir.rtl.arith import node
from fxfir.rtl.arith.graph import GraphGates
from fxfir.rtl.arith.node import Exact
from fxfir.rtl.sos.terms import Term

__all__ = ["Multiples", "levels"]

_SHORT = 17
"""Bits of a positive factor that one multiplier block takes."""


class Multiples:
    """Products of one number by constants, each odd factor built once.

    Coefficients that differ by a sign or a power of two share a multiplier; factors of plus or
    minus a power of two need none.

    Parameters
    ----------
    m : Module
    x : Term
    name : str
        Products are named `<name><odd factor>`.
    adders : collection of int, optional
        Factors that need no multiplier either: their odd parts come from one graph of additions,
        as flat as the largest of them allows.
    split : bool, optional
        Give the product by a long factor near to a power of two as two terms: of that power, and
        of the distance to it.
    """

    def __init__(
        self,
        m: Module,
        x: Term,
        name: str,
        *,
        adders: Collection[int] = (),
        split: bool = False,
    ) -> None:
        self._m = m
        self._x = x
        self._split = split
        self._name = name
        self._added = tuple(sorted({abs(node.odd_part(f)[0]) for f in adders if f} - {1}))
        self._wires: dict[int, Exact] = {}
        self._held: dict[int, Exact] = {}
        # Sums that came out with the other sign, which whoever adds them turns.
        self._negated: set[int] = set()

    def times(self, factor: int, frac: int) -> list[Term]:
        """Return x * factor * 2**-frac as a list of one term, of none if it is 0."""
        return self._terms(factor, frac, self._wire)

    def held(self, factor: int, frac: int, *, en: Value) -> list[Term]:
        """Return the same from a register that is not reset."""

        def product(odd: int) -> Exact:
            if odd not in self._held:
                self._held[odd] = node.register(
                    self._m, self._wire(odd), f"{self._name}{odd}_q", en=en
                )
            return self._held[odd]

        return self._terms(factor, frac, product)

    def _wire(self, odd: int) -> Exact:
        if odd == 1:
            return self._x.value
        if odd not in self._wires:
            if odd in self._added:
                self._add()
            else:
                product = node.mul_const(self._x.value, odd)
                self._wires[odd] = node.wire(self._m, product, f"{self._name}{odd}")
        return self._wires[odd]

    def _add(self) -> None:
        """Build the products that are sums."""
        x = self._x.value
        graph = _graph(self._added, (min(x.lo, 0), max(x.hi, 0)))
        gates = GraphGates(graph, ranges=[(x.lo, x.hi)], levels_per_stage=None)
        names = [f"{self._name}{abs(form[0])}" for form in graph.forms]
        made = gates.build(self._m, [x], names, en=Const(0, 1), registered=False)
        for odd, product, output in zip(self._added, made, graph.outputs, strict=True):
            if output is not None and output.negative:
                self._negated.add(odd)
            ends = sorted((odd * x.lo, odd * x.hi))
            lo, hi = (-ends[1], -ends[0]) if odd in self._negated else ends
            # The graph's ranges hold 0, which this number's may not.
            inside = node.sized(product.value, lo, hi)
            self._wires[odd] = node.wire(self._m, inside, f"{self._name}{odd}")

    def _terms(self, factor: int, frac: int, product: Callable[[int], Exact]) -> list[Term]:
        found = []
        for part in self._parts(factor):
            odd, shift = node.odd_part(part)
            value = product(abs(odd))
            minus = (odd < 0) != (abs(odd) in self._negated)
            # Zeros below the last bit that can be 1 are no part of a number.
            frac_here = self._x.frac + frac - shift
            found.append(Term(value=value, frac=frac_here, minus=minus != self._x.minus))
        return found

    def _parts(self, factor: int) -> tuple[int, ...]:
        if factor == 0:
            return ()
        odd = abs(node.odd_part(factor)[0])
        if not self._split or odd in self._added or odd.bit_length() <= _SHORT:
            return (factor,)
        above = 1 << abs(factor).bit_length()
        near = min(above, above >> 1, key=lambda power: abs(abs(factor) - power))
        power = near if factor > 0 else -near
        rest = factor - power
        short = abs(node.odd_part(rest)[0]).bit_length() <= _SHORT
        return (power, rest) if short else (factor,)


def levels(factor: int) -> int:
    """Return how many additions in a row a product by a constant takes at least."""
    from fxfir.arith.mcm import least_depth

    return least_depth([factor]) if factor else 0


@lru_cache(maxsize=256)
def _graph(odds: tuple[int, ...], bounds: tuple[int, int]) -> AdderGraph:
    from fxfir.arith.mcm import least_depth, solve

    return solve(odds, objective="bits", max_depth=least_depth(odds), input_range=bounds).graph
