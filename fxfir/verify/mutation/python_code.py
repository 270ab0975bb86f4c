"""Expressions of the emitted Verilog as Python expressions on non-negative integers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fxfir.verify.mutation.bdd import Bdd
from fxfir.verify.mutation.circuit import Circuit, Guard
from fxfir.verify.mutation.expression import Evaluator, Expr, UnreadError

__all__ = ["Coder"]

_PLAIN = {"&": "&", "|": "|", "^": "^", "+": "+", "-": "-", "*": "*"}


class Coder:
    """Write expressions of one machine.

    Parameters
    ----------
    circuit : Circuit
    side : str
        Prefix of the machine's names.
    leaf : callable
        From a name to the Python name of its value.

    Attributes
    ----------
    leaf : callable
        As given.

    Notes
    -----
    Every value is an unsigned integer of its width. Signed operands are not read, except where
    their sign cannot matter: what decides moves are counters and flags.
    """

    def __init__(self, circuit: Circuit, side: str, leaf: Callable[[str], str]) -> None:
        self._circuit = circuit
        self._side = side
        self.leaf = leaf
        self._sizes = Evaluator(Bdd(), circuit.shapes, lambda name: None)

    def wire(self, name: str) -> str:
        """Value of a continuous assignment."""
        return self.assigned(self._circuit.wires[name], self._circuit.shapes[name].width)

    def assigned(self, e: Expr, width: int) -> str:
        """Value of `e` assigned to `width` bits."""
        own, signed = self._sizes.size(e)
        code = self._code(e, max(width, own), signed)
        return f"({code} & {(1 << width) - 1})"

    def alone(self, e: Expr) -> str:
        """Value of a self-determined expression."""
        width, signed = self._sizes.size(e)
        return f"({self._code(e, width, signed)} & {(1 << width) - 1})"

    def condition(self, e: Expr) -> str:
        """Non-zero if `e` holds."""
        return self.alone(e)

    def guards(self, guards: Sequence[Guard]) -> str:
        """True if all guards are as they must be."""
        parts = [
            self.condition(g.condition) if g.holds else f"not {self.condition(g.condition)}"
            for g in guards
        ]
        return " and ".join(parts) or "True"

    def _code(self, e: Expr, width: int, signed: bool) -> str:
        mask = (1 << width) - 1
        match e.op:
            case "number":
                return str(e.value & mask) if not (signed and e.signed) else str(_wide(e, width))
            case "name":
                return self._name(e, width, signed)
            case "index" | "range":
                return self._part(e)
            case "concat":
                return self._concat(e.args)
            case "repeat":
                return self._concat([e.args[1]] * e.args[0].value)
            case "unary ~":
                return f"({self._code(e.args[0], width, signed)} ^ {mask})"
            case "unary !":
                return f"int(not {self.condition(e.args[0])})"
            case "unary |":
                return f"int({self.alone(e.args[0])} != 0)"
            case "unary &":
                full = (1 << self._sizes.size(e.args[0])[0]) - 1
                return f"int({self.alone(e.args[0])} == {full})"
            case "?":
                test = self.condition(e.args[0])
                yes, no = (self._code(a, width, signed) for a in e.args[1:])
                return f"({yes} if {test} else {no})"
            case "&&" | "||":
                word = "and" if e.op == "&&" else "or"
                left, right = (self.condition(a) for a in e.args)
                return f"int(bool({left} {word} {right}))"
        if e.op in _PLAIN:
            left, right = (self._code(a, width, signed) for a in e.args)
            return f"(({left} {_PLAIN[e.op]} {right}) & {mask})"
        if e.op in ("==", "!=", "<", "<=", ">", ">="):
            return self._compare(e)
        raise UnreadError(e.op)

    def _name(self, e: Expr, width: int, signed: bool) -> str:
        shape = self._circuit.shapes[e.name]
        if shape.memory or (signed and shape.width < width):
            raise UnreadError(e.name)
        return self.leaf(e.name)

    def _part(self, e: Expr) -> str:
        if self._circuit.shapes[e.name].memory or any(a.op != "number" for a in e.args):
            raise UnreadError(e.name)
        high, low = e.args[0].value, e.args[-1].value
        if high >= self._circuit.shapes[e.name].width:
            raise UnreadError(e.name)
        return f"({self.leaf(e.name)} >> {low} & {(1 << (high - low + 1)) - 1})"

    def _concat(self, args: Sequence[Expr]) -> str:
        parts, start = [], 0
        for a in reversed(args):
            parts.append(f"{self.alone(a)} << {start}")
            start += self._sizes.size(a)[0]
        return f"({' | '.join(parts)})"

    def _compare(self, e: Expr) -> str:
        sizes = [self._sizes.size(a) for a in e.args]
        signed = all(s for _, s in sizes)
        if signed and e.op not in ("==", "!="):
            raise UnreadError("a signed comparison")
        width = max(w for w, _ in sizes)
        mask = (1 << width) - 1
        left, right = (self._code(a, width, signed) for a in e.args)
        return f"int(({left} & {mask}) {e.op} ({right} & {mask}))"


def _wide(e: Expr, width: int) -> int:
    """A signed literal extended by its sign."""
    negative = e.value >> (e.width - 1) & 1
    value = e.value - (1 << e.width) if negative else e.value
    return value & ((1 << width) - 1)
