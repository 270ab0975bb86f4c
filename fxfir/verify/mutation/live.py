"""Which bits of a text's names can reach an output at all.

A wrapping output takes the low bits of a sum; what happens above them is nobody's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fxfir.verify.mutation.bdd import Bdd
from fxfir.verify.mutation.expression import Evaluator, Expr, Shape, UnreadError

__all__ = ["Live"]


class Live:
    """Bits that decide an output, a condition or an address, or another such bit.

    Parameters
    ----------
    shapes : dict of str to Shape
        Of every name of a module.

    Notes
    -----
    The set is closed: a bit in it is computed from bits in it alone. So if two circuits agree on
    the next value of every bit of the set, as functions of all bits, their outputs never differ:
    states that agree on the set keep agreeing on it.

    A bit of a sum, a difference or a product depends on no higher bit of an operand; of
    comparisons and reductions every bit counts.
    """

    def __init__(self, shapes: dict[str, Shape]) -> None:
        self._shapes = shapes
        self._sizes = Evaluator(Bdd(), shapes, lambda name: None)
        self._bits: dict[str, set[int]] = {}
        self._values: dict[str, list[Expr]] = {}
        self._todo: list[tuple[str, int]] = []

    def assign(self, name: str, value: Expr) -> None:
        """Say that a name can take the value of an expression."""
        self._values.setdefault(name, []).append(value)

    def whole(self, names: Iterable[str]) -> None:
        """Say that every bit of these names is seen."""
        for name in names:
            self._add(name, range(self._shapes[name].width))

    def decides(self, e: Expr) -> None:
        """Say that every bit of an expression is seen: a condition, an address."""
        self._alone(e, range(self._sizes.size(e)[0]))

    def close(self) -> dict[str, frozenset[int]]:
        """Return the live bits of every name that has any."""
        while self._todo:
            name, bit = self._todo.pop()
            for e in self._values.get(name, ()):
                width, signed = self._sizes.size(e)
                width = max(width, self._shapes[name].width)
                self._need(e, {bit}, width, signed)
        return {name: frozenset(bits) for name, bits in self._bits.items()}

    def _add(self, name: str, bits: Iterable[int]) -> None:
        shape = self._shapes.get(name)
        if shape is None:
            raise UnreadError(name)
        known = self._bits.setdefault(name, set())
        for bit in bits:
            if 0 <= bit < shape.width and bit not in known:
                known.add(bit)
                self._todo.append((name, bit))

    def _alone(self, e: Expr, bits: Iterable[int]) -> None:
        width, signed = self._sizes.size(e)
        self._need(e, set(bits), width, signed)

    def _need(self, e: Expr, bits: set[int], width: int, signed: bool) -> None:
        """Note what `bits` of an expression need, in a context of `width` bits."""
        if not bits:
            return
        args = e.args
        match e.op:
            case "number":
                return
            case "name" | "index" | "range" | "concat" | "repeat" | "$signed" | "$unsigned":
                own = self._sizes.size(e)[0]
                # Bits beyond the operand are copies of its sign, or zeros.
                inside = {min(b, own - 1) if signed else b for b in bits}
                self._leaf(e, {b for b in inside if b < own})
            case "unary ~" | "&" | "|" | "^":
                for a in args:
                    self._need(a, bits, width, signed)
            case "unary -" | "+" | "-" | "*":
                below = set(range(max(bits) + 1))
                for a in args:
                    self._need(a, below, width, signed)
            case "?":
                self.decides(args[0])
                for a in args[1:]:
                    self._need(a, bits, width, signed)
            case _:
                for a in args:
                    self._operand(a, args)

    def _operand(self, e: Expr, args: Sequence[Expr]) -> None:
        """All bits, at the width that a comparison gives its operands."""
        width = max(self._sizes.size(a)[0] for a in args)
        signed = all(self._sizes.size(a)[1] for a in args)
        self._need(e, set(range(width)), width, signed)

    def _leaf(self, e: Expr, bits: set[int]) -> None:
        match e.op:
            case "name":
                self._add(e.name, bits)
            case "$signed" | "$unsigned":
                self._alone(e.args[0], bits)
            case "concat":
                start = 0
                for a in reversed(e.args):
                    size = self._sizes.size(a)[0]
                    self._alone(a, {b - start for b in bits if start <= b < start + size})
                    start += size
            case "repeat":
                size = self._sizes.size(e.args[1])[0]
                self._alone(e.args[1], {b % size for b in bits})
            case "index" if self._shapes[e.name].memory:
                self.decides(e.args[0])
                self._add(e.name, bits)
            case "index" | "range":
                if any(a.op != "number" for a in e.args):
                    raise UnreadError(e.name)
                last = e.args[-1].value
                self._add(e.name, (b + last for b in bits))
