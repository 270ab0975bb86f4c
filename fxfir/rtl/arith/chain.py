"""The chain of accumulators of a transposed filter, from products that are shifts of few words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from amaranth.hdl import Module, Value

from fxfir.arith.sums import sum_range
from fxfir.rtl.arith.graph import add_shifted, drop_zeros
from fxfir.rtl.arith.node import Exact, odd_part, register, shape_of

__all__ = ["Chain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Link:
    """Accumulator k: word * 2**zeros is the sum from tap k on, or minus it if `negative`.

    It takes in a product, the word `odd` shifted left, or minus it if `subtract`.
    """

    odd: int
    shift: int
    subtract: bool
    zeros: int
    negative: bool
    bounds: tuple[int, int]

    @property
    def width(self) -> int:
        return int(shape_of(*self.bounds).width)


class Chain:
    """Accumulators acc[k] = acc[k + 1] + taps[k] * x, a register each.

    An accumulator leaves out low bits that are always zero. It holds minus its sum as long as
    nothing has come that is to be added.

    Parameters
    ----------
    taps : sequence of int, shape (n_taps,)
        The last one is not 0.
    bounds : (lo, hi)
        Range of x, with 0 in it.
    negated : collection of int, optional
        Odd parts of which the product is minus x times it.

    Attributes
    ----------
    negative : bool
        What `build` returns is minus the sum.
    one_bit_adders : int
        Cells that the additions take.
    register_bits : int
        Flip-flops.
    """

    def __init__(
        self, taps: Sequence[int], bounds: tuple[int, int], *, negated: Collection[int] = ()
    ) -> None:
        self._links: list[_Link] = []
        self.one_bit_adders = 0
        negative = True
        for k in reversed(range(len(taps))):
            so_far = taps[k:]
            odd, shift = odd_part(abs(taps[k])) if taps[k] else (0, 0)
            subtract = (taps[k] < 0) != (odd in negated)
            negative &= subtract or not odd
            zeros = min(odd_part(tap)[1] for tap in so_far if tap)
            lo, hi = sum_range((-tap if negative else tap for tap in so_far), *bounds)
            link = _Link(
                odd=odd,
                shift=shift,
                subtract=subtract,
                zeros=zeros,
                negative=negative,
                bounds=(lo >> zeros, hi >> zeros),
            )
            if odd and self._links:
                self.one_bit_adders += self._cells(link, self._links[-1])
            self._links.append(link)
        self.negative = negative
        self.register_bits = sum(link.width for link in self._links)

    @staticmethod
    def _cells(link: _Link, before: _Link) -> int:
        # Of a difference only the minuend's low bits pass: here the product is the minuend.
        if before.negative and not link.negative:
            passing = max(before.zeros - link.shift, 0)
        elif link.subtract and not link.negative:
            passing = max(link.shift - before.zeros, 0)
        else:
            passing = abs(link.shift - before.zeros)
        return link.width - passing

    def build(self, m: Module, products: Mapping[int, Exact], *, en: Value) -> Exact:
        """Build the chain.

        Parameters
        ----------
        m : Module
        products : mapping of int to Exact
            x times the magnitude of each tap's odd part, or minus it.
        en : Value
            One bit: a sample enters.

        Returns
        -------
        Exact
            What enters the last accumulator, without its low zeros. It is no history, so its
            register is left to the caller.
        """
        before = self._links[0]
        total = products[before.odd]
        for n, link in enumerate(self._links[1:], 1):
            acc = register(m, total, f"acc{len(self._links) - n}", en=en)
            total = self._add(acc, before, products, link) if link.odd else acc
            before = link
        return total

    @staticmethod
    def _add(acc: Exact, before: _Link, products: Mapping[int, Exact], link: _Link) -> Exact:
        terms = [
            (acc, before.zeros, before.negative),
            (products[link.odd], link.shift, link.subtract),
        ]
        # A sum that stays negative adds what it stands for; else the positive one is on the left.
        minus = terms[0][2] != terms[1][2]
        if minus and terms[0][2]:
            terms.reverse()
        (left, a, _), (right, b, _) = terms
        common = min(a, b)
        lo, hi = link.bounds
        wide = link.zeros - common
        total = add_shifted(
            left, right, a - common, b - common, minus=minus, bounds=(lo << wide, hi << wide)
        )
        return drop_zeros(total, wide)
