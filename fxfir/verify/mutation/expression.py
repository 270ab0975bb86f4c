"""Expressions of the emitted Verilog as functions of bits.

References
----------
.. [1] IEEE Std 1364-2001, sections 4.4 (expression bit lengths) and 4.5 (signed expressions).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fxfir.verify.mutation.bdd import FALSE, TRUE, Bdd
from fxfir.verify.mutation.tokens import Kind, Token, literal

__all__ = ["Evaluator", "Expr", "Shape", "UnreadError", "parse"]

_LEVELS: tuple[tuple[str, ...], ...] = (
    ("||",),
    ("&&",),
    ("|",),
    ("^",),
    ("&",),
    ("==", "!="),
    ("<", "<=", ">", ">="),
    ("<<", ">>", "<<<", ">>>"),
    ("+", "-"),
    ("*",),
)
"""Binary operators, the weakest first (table 4-4 of the standard)."""

_COMPARING = {"==", "!=", "<", "<=", ">", ">="}
_LOGICAL = {"||", "&&"}
_SHIFTS = {"<<", ">>", "<<<", ">>>"}


class UnreadError(Exception):
    """A form of expression that is not read here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Bits and sign of a net, a register or a word of a memory."""

    width: int
    signed: bool
    memory: bool = False


@dataclass(frozen=True, slots=True)
class Expr:
    """An operator with its operands; leaves have a name or a value."""

    op: str
    args: tuple[Expr, ...] = ()
    name: str = ""
    value: int = 0
    width: int = 0
    signed: bool = False


def parse(tokens: Sequence[Token]) -> Expr:
    """Read one expression that takes up all tokens.

    Raises
    ------
    UnreadError
        If it has a form that the emitted text does not use.
    """
    reader = _Reader(tokens)
    found = reader.ternary()
    if reader.at != len(tokens):
        raise UnreadError(reader.peek())
    return found


class _Reader:
    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at].text if self.at < len(self.tokens) else ""

    def take(self, wanted: str | None = None) -> str:
        text = self.peek()
        if not text or (wanted is not None and text != wanted):
            raise UnreadError(text)
        self.at += 1
        return text

    def ternary(self) -> Expr:
        condition = self.binary(0)
        if self.peek() != "?":
            return condition
        self.take()
        yes = self.ternary()
        self.take(":")
        return Expr("?", (condition, yes, self.ternary()))

    def binary(self, level: int) -> Expr:
        if level == len(_LEVELS):
            return self.unary()
        left = self.binary(level + 1)
        while self.peek() in _LEVELS[level]:
            op = self.take()
            left = Expr(op, (left, self.binary(level + 1)))
        return left

    def unary(self) -> Expr:
        if self.peek() in ("~", "-", "!", "&", "|", "^"):
            return Expr(f"unary {self.take()}", (self.unary(),))
        return self.primary()

    def primary(self) -> Expr:
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        if token is None:
            raise UnreadError("")
        if token.text == "(":
            self.take()
            inside = self.ternary()
            self.take(")")
            return inside
        if token.text == "{":
            return self.braces()
        self.take()
        if token.kind is Kind.NUMBER:
            number = literal(token.text)
            if number is None and not token.text.isdigit():
                raise UnreadError(token.text)
            if number is None:
                return Expr("number", value=int(token.text), width=32, signed=True)
            return Expr("number", value=number.value, width=number.width, signed=number.signed)
        if token.kind is not Kind.NAME:
            raise UnreadError(token.text)
        if token.text in ("$signed", "$unsigned"):
            self.take("(")
            inside = self.ternary()
            self.take(")")
            return Expr(token.text, (inside,))
        if self.peek() != "[":
            return Expr("name", name=token.text)
        self.take()
        first = self.ternary()
        if self.peek() == ":":
            self.take()
            last = self.ternary()
            self.take("]")
            return Expr("range", (first, last), name=token.text)
        self.take("]")
        return Expr("index", (first,), name=token.text)

    def braces(self) -> Expr:
        self.take("{")
        items = [self.ternary()]
        if self.peek() == "{":
            inside = self.braces()
            self.take("}")
            return Expr("repeat", (items[0], inside))
        while self.peek() == ",":
            self.take()
            items.append(self.ternary())
        self.take("}")
        return Expr("concat", tuple(items))


class Evaluator:
    """Turn expressions into bits, lowest first.

    Parameters
    ----------
    bdd : Bdd
    shapes : mapping of str to Shape
        Of every name.
    wire : callable
        From a name to the bits of its continuous assignment, or None for a free variable.
    places : mapping of str to int, optional
        Where bit 0 of a name stands in the sums that it is part of: bits that are added are next
        to each other in the order of variables, which keeps sums small.
    """

    def __init__(
        self,
        bdd: Bdd,
        shapes: dict[str, Shape],
        wire: Callable[[str], list[int] | None],
        places: Mapping[str, int] | None = None,
    ) -> None:
        self._places = places or {}
        self._bdd = bdd
        self._shapes = shapes
        self._wire = wire

    def assigned(self, e: Expr, width: int) -> list[int]:
        """Bits of `e` assigned to `width` bits."""
        own, signed = self.size(e)
        return self._bits(e, max(width, own), signed)[:width]

    def condition(self, e: Expr) -> list[int]:
        """One bit: whether `e` is not zero."""
        return [self._any(self.alone(e))]

    def alone(self, e: Expr) -> list[int]:
        """Bits of a self-determined expression."""
        width, signed = self.size(e)
        return self._bits(e, width, signed)

    def size(self, e: Expr) -> tuple[int, bool]:
        """Self-determined width and sign."""
        match e.op:
            case "number":
                return e.width, e.signed
            case "name":
                shape = self._shape(e.name)
                return shape.width, shape.signed
            case "index":
                shape = self._shape(e.name)
                return (shape.width, shape.signed) if shape.memory else (1, False)
            case "range":
                return self._constant(e.args[0]) - self._constant(e.args[1]) + 1, False
            case "concat":
                return sum(self.size(a)[0] for a in e.args), False
            case "repeat":
                return self._constant(e.args[0]) * self.size(e.args[1])[0], False
            case "$signed" | "$unsigned":
                return self.size(e.args[0])[0], e.op == "$signed"
            case "unary ~" | "unary -":
                return self.size(e.args[0])
            case "?":
                return self._joint(e.args[1:])
        if e.op.startswith("unary") or e.op in _COMPARING or e.op in _LOGICAL:
            return 1, False
        if e.op in _SHIFTS:
            return self.size(e.args[0])
        return self._joint(e.args)

    def places(self, e: Expr, start: int = 0) -> dict[str, int]:
        """Return where bit 0 of each name stands if bit 0 of `e` stands at `start`."""
        found: dict[str, int] = {}
        if e.name:
            low = e.args[-1].value if e.op == "range" and e.args[-1].op == "number" else 0
            found[e.name] = start - low
        args = reversed(e.args) if e.op == "concat" else e.args
        for a in () if e.op in ("range", "index") else args:
            for name, place in self.places(a, start).items():
                found.setdefault(name, place)
            if e.op == "concat":
                start += self.size(a)[0]
        return found

    def _joint(self, args: Sequence[Expr]) -> tuple[int, bool]:
        sizes = [self.size(a) for a in args]
        return max(w for w, _ in sizes), all(s for _, s in sizes)

    def _shape(self, name: str) -> Shape:
        if name not in self._shapes:
            raise UnreadError(name)
        return self._shapes[name]

    def _constant(self, e: Expr) -> int:
        if e.op != "number":
            raise UnreadError(e.op)
        return e.value

    def _extend(self, bits: Sequence[int], width: int, signed: bool) -> list[int]:
        fill = bits[-1] if signed else FALSE
        return [*bits, *[fill] * (width - len(bits))][:width]

    def _any(self, bits: Sequence[int]) -> int:
        found = FALSE
        for b in reversed(bits):
            found = self._bdd.either(b, found)
        return found

    def _bits(self, e: Expr, width: int, signed: bool) -> list[int]:
        """Bits in a context of `width` bits; `signed` says how operands are extended."""
        bdd = self._bdd
        if e.op in ("number", "name", "index", "range", "concat", "repeat", "$signed", "$unsigned"):
            return self._extend(self._leaf(e), width, signed)
        args = e.args
        match e.op:
            case "unary ~":
                return [bdd.invert(b) for b in self._bits(args[0], width, signed)]
            case "unary -":
                inverted = [bdd.invert(b) for b in self._bits(args[0], width, signed)]
                return bdd.add(inverted, [FALSE] * width, TRUE)
            case "?":
                test = self.condition(args[0])[0]
                yes, no = (self._bits(a, width, signed) for a in args[1:])
                return [bdd.ite(test, y, n) for y, n in zip(yes, no, strict=True)]
            case "&" | "|" | "^" | "+" | "-" | "*":
                a, b = (self._bits(x, width, signed) for x in args)
                return self._arithmetic(e.op, a, b)
        if e.op in _SHIFTS:
            return self._shift(e, width, signed)
        return self._extend([self._truth(e)], width, False)

    def _arithmetic(self, op: str, a: list[int], b: list[int]) -> list[int]:
        bdd = self._bdd
        match op:
            case "&":
                return [bdd.both(x, y) for x, y in zip(a, b, strict=True)]
            case "|":
                return [bdd.either(x, y) for x, y in zip(a, b, strict=True)]
            case "^":
                return [bdd.differ(x, y) for x, y in zip(a, b, strict=True)]
            case "+":
                return bdd.add(a, b)
            case "-":
                return bdd.add(a, [bdd.invert(y) for y in b], TRUE)
        if any(y > TRUE for y in b):
            a, b = b, a
        if any(y > TRUE for y in b):
            raise UnreadError("a product of two variables")
        total = [FALSE] * len(a)
        for k, y in enumerate(b):
            if y == TRUE:
                total = bdd.add(total, [*[FALSE] * k, *a][: len(a)])
        return total

    def _shift(self, e: Expr, width: int, signed: bool) -> list[int]:
        bits, by = self._bits(e.args[0], width, signed), self._constant(e.args[1])
        if e.op in ("<<", "<<<"):
            return [*[FALSE] * by, *bits][:width]
        fill = bits[-1] if e.op == ">>>" and signed else FALSE
        return [*bits[by:], *[fill] * width][:width]

    def _truth(self, e: Expr) -> int:
        """The one bit of a reduction, a comparison or a logical operator."""
        bdd = self._bdd
        match e.op:
            case "unary !":
                return bdd.invert(self.condition(e.args[0])[0])
            case "unary |":
                return self._any(self.alone(e.args[0]))
            case "unary &":
                return bdd.invert(self._any([bdd.invert(b) for b in self.alone(e.args[0])]))
            case "unary ^":
                parity = FALSE
                for bit in self.alone(e.args[0]):
                    parity = bdd.differ(parity, bit)
                return parity
            case "&&" | "||":
                left, right = (self.condition(a)[0] for a in e.args)
                return bdd.both(left, right) if e.op == "&&" else bdd.either(left, right)
        width, signed = self._joint(e.args)
        a, b = (self._bits(x, width, signed) for x in e.args)
        if e.op in ("==", "!="):
            unequal = self._any([bdd.differ(x, y) for x, y in zip(a, b, strict=True)])
            return unequal if e.op == "!=" else bdd.invert(unequal)
        if e.op in (">", "<="):
            a, b = b, a
        less = FALSE
        for k, (x, y) in enumerate(zip(a, b, strict=True)):
            if signed and k == width - 1:
                x, y = y, x
            less = bdd.ite(bdd.differ(x, y), y, less)
        return less if e.op in ("<", ">") else bdd.invert(less)

    def _leaf(self, e: Expr) -> list[int]:
        match e.op:
            case "number":
                return [e.value >> k & 1 for k in range(e.width)]
            case "$signed" | "$unsigned":
                return self.alone(e.args[0])
            case "concat":
                return [b for a in reversed(e.args) for b in self.alone(a)]
            case "repeat":
                return self.alone(e.args[1]) * self._constant(e.args[0])
        shape = self._shape(e.name)
        if shape.memory:
            raise UnreadError(f"{e.name} is a memory")
        bits = self._wire(e.name)
        if bits is None:
            place = self._places.get(e.name, 0)
            bits = [self._bdd.variable(e.name, place + k) for k in range(shape.width)]
        if e.op == "name":
            return bits
        first = self._constant(e.args[0])
        last = first if e.op == "index" else self._constant(e.args[1])
        if not 0 <= last <= first:
            raise UnreadError(f"{e.name}[{first}:{last}]")
        # Bits beyond a number are unknown: free, so that nothing may depend on them.
        beyond = range(len(bits), first + 1)
        bits = [*bits, *[self._bdd.variable(f"{e.name} beyond", k) for k in beyond]]
        return bits[last : first + 1]
