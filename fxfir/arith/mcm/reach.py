"""Values already realised, and what one more adder would reach from them."""

from __future__ import annotations

import numpy as np

from fxfir.arith.mcm.universe import Bytes, Flags, Ints, combine, divide, multiples, spread

__all__ = ["ANY_DEPTH", "Reached"]

ANY_DEPTH = 250
_OUT = 255


class Reached:
    """Realised values, and the least depth at which one adder gives each other value.

    Parameters
    ----------
    limit : int
        Odd; values above it are not considered.
    max_depth : int
        Values deeper than this are not considered; at most `ANY_DEPTH`.

    Attributes
    ----------
    values, depths : ndarray of int64, shape (n_realised,)
        In order of realisation; the first is 1, at depth 0.
    depth : ndarray of uint8, shape ((limit + 1) / 2,)
        Index i stands for the odd number 2 i + 1; 255 is out of reach.
    open : ndarray of bool, same shape
        True where not realised.
    """

    def __init__(self, *, limit: int, max_depth: int) -> None:
        self.limit = limit
        self.max_depth = max_depth
        self.size = (limit + 1) // 2
        self.depth: Bytes = np.full(self.size, _OUT, np.uint8)
        self.depth[0] = 0
        self.open: Flags = np.ones(self.size, np.bool_)
        self.values: Ints = np.empty(0, np.int64)
        self.depths: Ints = np.empty(0, np.int64)
        self.add(1)

    def add(self, value: int) -> None:
        """Realise a value that is one adder away, or realise it at a lesser depth."""
        index = value >> 1
        if self.open[index]:
            self.open[index] = False
            self.values = np.append(self.values, value)
            self.depths = np.append(self.depths, int(self.depth[index]))
        changed = [value]
        while changed:
            for each in changed:
                self._reach_from(each)
            now = self.depth[self.values >> 1].astype(np.int64)
            changed = self.values[now < self.depths].tolist()
            self.depths = now

    def near(self, target: int, most: int) -> Ints:
        """Return indices of values in reach that put the target one adder away.

        Parameters
        ----------
        target : int
        most : int
            Depth at which the target is needed.
        """
        shallow = self.values[self.depths < most]
        results, _ = combine(target, shallow, self.limit)
        parts = [target // c for c in multiples(self.size) if target % c == 0]
        found: Ints = np.unique(np.concatenate((results, np.array(parts, np.int64)))) >> 1
        usable: Ints = found[(self.depth[found] < most) & self.open[found]]
        return usable

    def far(self, target: int, most: int) -> Bytes:
        """Return the greatest depth at which each value puts the target two adders away.

        The four ways to make t of s with two adders are tried: t in A(s, w) with w in reach;
        t in A(c s, r) and t in c A(s, r) with r realised and c = 2**n +- 1; t = c c' s.
        0 means: by none.
        """
        out = np.zeros(self.size, np.uint8)
        if most > 1:
            source = np.where(self.depth < most, np.uint8(most - 1), np.uint8(0))
            spread(out, source, target)
        if most > 2:
            first, deep = np.zeros(self.size, np.uint8), np.zeros(self.size, np.uint8)
            results, _ = combine(target, self.values[self.depths < most], self.limit)
            first[results >> 1] = most - 2
            others = self.values[self.depths < most - 1]
            for c in multiples(self.size):
                if target % c == 0:
                    part = target // c
                    first[part >> 1] = most - 2
                    results, _ = combine(part, others, self.limit)
                    deep[results >> 1] = most - 2
            for c in multiples(self.size):
                divide(deep, first, c)
            np.maximum(out, deep, out=out)
        return out

    def farther(self, before: Bytes) -> Bytes:
        """Return what needs one adder more than `before`, a result of `far` or `farther`."""
        out = np.zeros(self.size, np.uint8)
        for value, depth in zip(self.values.tolist(), self.depths.tolist(), strict=True):
            spread(out, np.where(before > depth + 1, before - np.uint8(1), np.uint8(0)), value)
        source = before - (before > 0).astype(np.uint8)
        for c in multiples(self.size):
            divide(out, source, c)
        return out

    def _reach_from(self, value: int) -> None:
        own = int(self.depth[value >> 1])
        results, positions = combine(value, self.values, self.limit)
        depth = 1 + np.maximum(own, self.depths[positions])
        fits = depth <= self.max_depth
        np.minimum.at(self.depth, results[fits] >> 1, depth[fits].astype(np.uint8))
