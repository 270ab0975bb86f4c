"""Values of expressions of which every name has a value."""

from __future__ import annotations

from collections.abc import Sequence

from fxfir.verify.mutation.bdd import Bdd, TooLargeError
from fxfir.verify.mutation.expression import Evaluator, Expr, Shape, UnreadError

__all__ = ["Concrete"]


class Concrete:
    """Expressions by number, evaluated once for each set of values.

    Parameters
    ----------
    shapes : dict of str to Shape
    """

    def __init__(self, shapes: dict[str, Shape]) -> None:
        self._shapes = shapes
        self._known: list[tuple[Expr, int, tuple[str, ...]]] = []
        self._memo: dict[tuple[int, tuple[int | None, ...]], int | None] = {}

    @property
    def expressions(self) -> tuple[tuple[Expr, int, tuple[str, ...]], ...]:
        """All that were registered: expression, width and names."""
        return tuple(self._known)

    def add(self, e: Expr, width: int, names: Sequence[str]) -> int:
        """Register `e` assigned to `width` bits; return its number.

        Parameters
        ----------
        e : Expr
        width : int
        names : sequence of str
            Of all that it reads, in the order in which `evaluate` gets their values.
        """
        self._known.append((e, width, tuple(names)))
        return len(self._known) - 1

    def evaluate(self, number: int, values: tuple[int | None, ...]) -> int | None:
        """Return the bits of expression `number`, None if a value is None or it is not read."""
        if None in values:
            return None
        key = (number, values)
        if key not in self._memo:
            self._memo[key] = self._compute(number, values)
        return self._memo[key]

    def _compute(self, number: int, values: tuple[int | None, ...]) -> int | None:
        e, width, names = self._known[number]
        given = dict(zip(names, values, strict=True))

        def wire(name: str) -> list[int]:
            value = given[name] or 0
            return [value >> k & 1 for k in range(self._shapes[name].width)]

        try:
            # On constants every function is a constant: no variable, no node.
            bits = Evaluator(Bdd(), self._shapes, wire).assigned(e, width)
        except (UnreadError, TooLargeError):
            return None
        # A bit beyond a number is free, and so not certain.
        return sum(b << k for k, b in enumerate(bits)) if set(bits) <= {0, 1} else None
