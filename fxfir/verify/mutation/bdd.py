"""Reduced ordered binary decision diagrams: two functions of bits are equal if their nodes are.

References
----------
.. [1] R. E. Bryant, "Graph-Based Algorithms for Boolean Function Manipulation", IEEE
   Transactions on Computers C-35 (8), 1986, sections 3 and 4.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["FALSE", "TRUE", "Bdd", "TooLargeError"]

FALSE, TRUE = 0, 1
_LIMIT = 200_000


class TooLargeError(Exception):
    """More nodes than the limit: no answer, rather than a slow one."""


class Bdd:
    """A table of nodes; functions are numbers, 0 and 1 the constants.

    Parameters
    ----------
    limit : int, optional
        Number of nodes after which `TooLargeError` is raised.

    Notes
    -----
    Variables are ordered by the keys given to `variable`; for numbers the order (bit, name) keeps
    sums and comparisons linear in their width.
    """

    def __init__(self, *, limit: int = _LIMIT) -> None:
        self._limit = limit
        # Constants stand behind every variable.
        self._nodes: list[tuple[tuple[int, str], int, int]] = [
            ((1 << 30, ""), 0, 0),
            ((1 << 30, ""), 1, 1),
        ]
        self._unique: dict[tuple[tuple[int, str], int, int], int] = {}
        self._memo: dict[tuple[int, int, int], int] = {}

    def variable(self, name: str, bit: int) -> int:
        """Return the function that is bit `bit` of `name`."""
        return self._node((bit, name), FALSE, TRUE)

    def ite(self, f: int, g: int, h: int) -> int:
        """Return "if f then g else h"."""
        if f == TRUE or g == h:
            return g
        if f == FALSE:
            return h
        if g == TRUE and h == FALSE:
            return f
        key = (f, g, h)
        known = self._memo.get(key)
        if known is not None:
            return known
        top = min(self._nodes[f][0], self._nodes[g][0], self._nodes[h][0])
        low = self.ite(self._half(f, top, 1), self._half(g, top, 1), self._half(h, top, 1))
        high = self.ite(self._half(f, top, 2), self._half(g, top, 2), self._half(h, top, 2))
        found = low if low == high else self._node(top, low, high)
        self._memo[key] = found
        return found

    def invert(self, f: int) -> int:
        """Return not f."""
        return self.ite(f, FALSE, TRUE)

    def both(self, f: int, g: int) -> int:
        """Return f and g."""
        return self.ite(f, g, FALSE)

    def either(self, f: int, g: int) -> int:
        """Return f or g."""
        return self.ite(f, TRUE, g)

    def differ(self, f: int, g: int) -> int:
        """Return f exclusive-or g."""
        return self.ite(f, self.invert(g), g)

    def add(self, a: Sequence[int], b: Sequence[int], carry: int = FALSE) -> list[int]:
        """Return the sum of two numbers of equal width, lowest bit first, carry out left off."""
        total = []
        for x, y in zip(a, b, strict=True):
            half = self.differ(x, y)
            total.append(self.differ(half, carry))
            carry = self.ite(half, carry, x)
        return total

    def _half(self, f: int, top: tuple[int, str], side: int) -> int:
        node = self._nodes[f]
        if node[0] != top:
            return f
        return node[1] if side == 1 else node[2]

    def _node(self, variable: tuple[int, str], low: int, high: int) -> int:
        key = (variable, low, high)
        found = self._unique.get(key)
        if found is None:
            if len(self._nodes) >= self._limit:
                raise TooLargeError
            found = len(self._nodes)
            self._nodes.append(key)
            self._unique[key] = found
        return found
