"""Vectors and operations as Verilog expressions.

Verilog gives every operand the width and the signedness of its surroundings, so a text is only
safe where both are known. Here each expression is as wide as its value; what would be widened by
its surroundings is widened in the text, save for the operands of sums and products that are
right-hand sides on their own, where signed names extend as they should.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fxfir.emit.choice import Tree
from fxfir.emit.flatten import as_int
from fxfir.emit.fold import extended
from fxfir.emit.netlist import Bits, Op
from fxfir.emit.signals import Plan, Signal
from fxfir.emit.statements import Condition
from fxfir.errors import NetlistError

__all__ = ["Expression", "Texts"]

_ATOM, _UNARY, _BINARY, _TERNARY = 3, 2, 1, 0
_SYMBOL = {
    "add": "+", "sub": "-", "mul": "*", "and": "&", "or": "|", "xor": "^", "eq": "==", "ne": "!=",
    "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "shl": "<<", "shr": ">>", "sshr": ">>>",
    "divfloor": "/", "modfloor": "%",
}  # fmt: skip
_REDUCE = {"reduce_or": "|", "reduce_bool": "|", "reduce_and": "&", "reduce_xor": "^"}
_ASSOCIATIVE = ("and", "or", "xor")


@dataclass(slots=True)
class Expression:
    """Text, how tightly it binds, whether Verilog takes it as signed, and its operation."""

    text: str
    binds: int
    signed: bool
    kind: str = ""


class Texts:
    """Print vectors in terms of the signals of a plan.

    Parameters
    ----------
    plan : Plan
    declare : callable
        Called with a Signal, its text and its vector when an alias is used for the first time.
    """

    def __init__(self, plan: Plan, declare: Callable[[Signal, str], None]) -> None:
        self.plan = plan
        self.declare = declare

    def value(self, bits: Bits) -> str:
        """Text of a vector that stands as a whole right-hand side."""
        node = self.plan.inline.get(bits[0])
        if node is not None and node.y == bits and isinstance(node, Op):
            return self.operation(node, top=True).text
        return self.vector(bits).text

    def vector(self, bits: Bits) -> Expression:
        """Text of a vector that stands anywhere, exactly as wide as it is."""
        if max(bits) < 2:
            return Expression(literal(bits, False), _ATOM, False)
        signal = self.plan.whole.get(bits)
        if signal is not None:
            return Expression(signal.name, _ATOM, signal.signed)
        node = self.plan.inline.get(bits[0])
        if node is not None and node.y == bits and isinstance(node, Op):
            return self.operation(node, top=False)
        if bits in self.plan.aliases:
            alias = self._alias(bits)
            return Expression(alias.name, _ATOM, alias.signed)
        return Expression(self._join(bits), _ATOM, False)

    def signed(self, bits: Bits) -> str:
        """Text of an operand that Verilog takes as signed."""
        if max(bits) < 2:
            return literal(bits, True)
        found = self.vector(bits)
        return self._operand(found, "") if found.signed else f"$signed({found.text})"

    def unsigned(self, bits: Bits) -> str:
        """Text of an operand that Verilog takes as unsigned, whatever widens it."""
        found = self.vector(bits)
        if found.signed:
            return f"$unsigned({found.text})"
        return found.text if found.binds == _ATOM else f"{{{found.text}}}"

    def condition(self, test: Condition) -> str:
        """Text of a branch condition."""
        alternatives = [self._alternative(a) for a in test]
        if len(alternatives) == 1:
            return alternatives[0][0]
        return " || ".join(f"({text})" if loose else text for text, loose in alternatives)

    def choice(self, tree: Tree) -> str:
        """Text of a tree of conditions as a chain of ``test ? value :``."""
        if isinstance(tree, tuple):
            found = self.vector(tree)
            return f"({found.text})" if found.binds == _TERNARY else found.text
        parts = []
        for test, value in tree.branches:
            text = self.choice(value)
            parts.append(
                f"{self._test(test)} ? {text if isinstance(value, tuple) else f'({text})'}"
            )
        return " : ".join([*parts, self.choice(tree.last)])

    def operation(self, op: Op, *, top: bool) -> Expression:
        """Text of an operation; `top` if it is a right-hand side of exactly its width."""
        width = len(op.y)
        kind = op.kind
        if kind in ("add", "sub"):
            return self._sum(op, width, top)
        if kind == "mul":
            sign = self.signed if op.signed else self.unsigned
            a, b = (extended(x, width, op.signed) if max(x) < 2 else x for x in (op.a, op.b))
            return Expression(f"{sign(a)} * {sign(b)}", _BINARY, op.signed, kind)
        if kind in ("and", "or", "xor"):
            return self._plain(op.a, op.b, kind)
        if kind in ("eq", "ne", "lt", "le", "gt", "ge"):
            return self._compare(op)
        if kind in ("neg", "not"):
            found = self.vector(extended(op.a, width, op.signed))
            sign_text = "-" if kind == "neg" else "~"
            return Expression(
                sign_text + self._operand(found, "", tight=True), _UNARY, found.signed
            )
        if kind in _REDUCE:
            found = self.vector(op.a)
            return Expression(_REDUCE[kind] + self._operand(found, "", tight=True), _UNARY, False)
        if kind == "mux":
            test = self.vector(op.s)
            yes, no = self.vector(op.b), self.vector(op.a)
            texts = [f"({e.text})" if e.binds == _TERNARY else e.text for e in (yes, no)]
            text = f"{self._operand(test, '')} ? {texts[0]} : {texts[1]}"
            return Expression(text, _TERNARY, yes.signed and no.signed)
        if kind in ("shl", "shr", "sshr"):
            a = extended(op.a, width, op.signed if kind == "shl" else kind == "sshr")
            left = self.signed(a) if kind == "sshr" else self._operand(self.vector(a), "")
            text = f"{left} {_SYMBOL[kind]} {self._operand(self.vector(op.b), '')}"
            return Expression(text, _BINARY, kind == "sshr" or self.vector(a).signed)
        fits = max(len(op.a), len(op.b or (0,))) <= width and not op.signed
        if kind in ("divfloor", "modfloor") and fits:
            a, b = extended(op.a, width, False), extended(op.b, width, False)
            text = f"{self.unsigned(a)} {_SYMBOL[kind]} {self.unsigned(b)}"
            return Expression(text, _BINARY, False)
        raise NetlistError(f"a cell must have a Verilog form, got ${kind} of this shape")

    def _sum(self, op: Op, width: int, top: bool) -> Expression:
        a, b = (extended(x, width, op.signed) if max(x) < 2 else x for x in (op.a, op.b))
        if len(a) == len(b) == width:
            return self._plain(a, b, op.kind)
        if not top:
            a, b = extended(a, width, op.signed), extended(b, width, op.signed)
            return self._plain(a, b, op.kind)
        # One bit short is silent in lint, and signed names extend by themselves.
        a, b = (x if len(x) >= width - 1 else extended(x, width, op.signed) for x in (a, b))
        if len(a) == len(b) == width:
            return self._plain(a, b, op.kind)
        sign = self.signed if op.signed else self.unsigned
        return Expression(f"{sign(a)} {_SYMBOL[op.kind]} {sign(b)}", _BINARY, op.signed, op.kind)

    def _plain(self, a: Bits, b: Bits, kind: str) -> Expression:
        """Join two operands as wide as the result: their signedness does not matter."""
        left, right = self.vector(a), self.vector(b)
        text = f"{self._operand(left, kind)} {_SYMBOL[kind]} {self._operand(right, kind)}"
        return Expression(text, _BINARY, left.signed and right.signed, kind)

    def _compare(self, op: Op) -> Expression:
        width = max(len(op.a), len(op.b))
        a, b = extended(op.a, width, op.signed), extended(op.b, width, op.signed)
        if op.kind in ("eq", "ne"):
            return Expression(self._plain(a, b, op.kind).text, _BINARY, False, op.kind)
        sign = self.signed if op.signed else self.unsigned
        text = f"{sign(a)} {_SYMBOL[op.kind]} {sign(b)}"
        return Expression(text, _BINARY, False, op.kind)

    def _operand(self, found: Expression, kind: str, *, tight: bool = False) -> str:
        if found.binds == _ATOM or (found.binds == _UNARY and not tight):
            return found.text
        if kind in _ASSOCIATIVE and found.kind == kind:
            return found.text
        return f"({found.text})"

    def _test(self, test: Condition) -> str:
        text = self.condition(test)
        return f"({text})" if " " in text else text

    def _alternative(self, row: tuple[tuple[int, int], ...]) -> tuple[str, bool]:
        """Text of one row of wanted bits, and whether it needs parentheses beside others."""
        if len(row) == 1:
            ((bit, want),) = row
            found = self.vector((bit,))
            if want:
                return found.text, found.binds < _UNARY
            text = found.text if found.binds == _ATOM else f"({found.text})"
            return f"!{text}", False
        bits = tuple(bit for bit, _ in reversed(row))
        if bits in self.plan.whole or bits in self.plan.aliases or self._run(bits):
            value = tuple(want for _, want in reversed(row))
            return f"{self.unsigned(bits)} == {literal(value, False)}", True
        texts = [self._alternative((literal_,)) for literal_ in row]
        return " && ".join(f"({t})" if loose else t for t, loose in texts), True

    def _run(self, bits: Bits) -> bool:
        """Tell whether the bits lie side by side in one signal."""
        first = self.plan.at.get(bits[0])
        return first is not None and all(
            self.plan.at.get(bit) == (first[0], first[1] + k) for k, bit in enumerate(bits)
        )

    def _alias(self, bits: Bits) -> Signal:
        wire = self.plan.aliases.pop(bits)
        signal = Signal(self.plan.label(wire.path), bits, wire.signed, "wire")
        part = self.plan.parts.get(bits)
        if part is None:
            text = self._join(bits)
        else:
            port, low = part
            text = port.name if len(bits) == len(port.bits) else _part(port, low, len(bits))
            for k, bit in enumerate(bits):
                self.plan.at[bit] = (signal, k)
        self.plan.whole[bits] = signal
        self.declare(signal, text)
        return signal

    def _join(self, bits: Bits) -> str:
        """Print runs of constants, repeated bits and slices, most significant first."""
        chunks: list[str] = []
        k = len(bits)
        while k:
            bit = bits[k - 1]
            low = k - 1
            if bit < 2:
                while low and bits[low - 1] < 2:
                    low -= 1
                chunks.append(literal(bits[low:k], False))
            elif low and bits[low - 1] == bit:
                while low and bits[low - 1] == bit:
                    low -= 1
                # The last copy often starts a run: {{3{x[7]}}, x}.
                if low + 1 < k and self._continues(bits, low):
                    low += 1
                count = k - low
                text = self._slice(bit, 1)
                chunks.append(f"{{{count}{{{text}}}}}" if count > 1 else text)
            else:
                while low and self._continues(bits, low):
                    low -= 1
                chunks.append(self._slice(bits[low], k - low))
            k = low
        return chunks[0] if len(chunks) == 1 and bits else "{" + ", ".join(chunks) + "}"

    def _continues(self, bits: Bits, low: int) -> bool:
        """Tell whether bits[low - 1] is the neighbour below bits[low] in one signal."""
        if not low or bits[low] < 2:
            return False
        above, below = self.plan.at.get(bits[low]), self.plan.at.get(bits[low - 1])
        if above is None or below is None:
            return False
        return above[0] is below[0] and above[1] == below[1] + 1

    def _slice(self, bit: int, width: int) -> str:
        entry = self.plan.at.get(bit)
        if entry is None:
            node = self.plan.inline.get(bit)
            if node is not None and len(node.y) == width == 1 and isinstance(node, Op):
                return self.operation(node, top=False).text
            raise NetlistError(f"a net must have a driver, net {bit} has none")
        signal, low = entry
        if signal.kind == "part":
            signal = self._alias(signal.bits)
        return signal.name if width == len(signal.bits) else _part(signal, low, width)


def _part(signal: Signal, low: int, width: int) -> str:
    return f"{signal.name}[{low}]" if width == 1 else f"{signal.name}[{low + width - 1}:{low}]"


def literal(bits: Bits, signed: bool) -> str:
    """Constant with its width: 16'd5, -16'sd5, 1'b1.

    >>> literal((1, 0, 1), False), literal((1, 1), True), literal((0, 1), True)
    ("3'd5", "-2'sd1", "2'sh2")
    """
    width = len(bits)
    value = as_int(bits)
    if signed:
        if not bits[-1]:
            return f"{width}'sd{value}"
        negative = (1 << width) - value
        # The smallest number has no positive twin of its width.
        return f"{width}'sh{value:x}" if negative == value else f"-{width}'sd{negative}"
    if width == 1:
        return f"1'b{value}"
    return f"{width}'d{value}" if width <= 64 else f"{width}'h{value:x}"
