"""Products of operands that are wider than a multiplier: partial products in a tree of adders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from amaranth.hdl import Module, Value

from fxfir.rtl.arith.multiplier import Bounds, is_constant
from fxfir.rtl.arith.node import Exact, constant, mul, register, shape_of, sized
from fxfir.rtl.arith.tree import Term, sum_terms, tree_stage

__all__ = ["Port", "cut_stages", "multiply_cut"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """An operand of a multiplier.

    Parameters
    ----------
    width : int
        Bits.
    signed : bool
        Whether it can only be signed, so that an unsigned number has a bit less.
    """

    width: int
    signed: bool = False

    @property
    def step(self) -> int:
        """Bits of a piece below the topmost."""
        return self.width - self.signed

    def count(self, bounds: Bounds) -> int:
        """Return the number of pieces of a number in a range."""
        shape = shape_of(*bounds)
        magnitude = shape.width - 1 if self.signed and shape.signed else shape.width
        return max(1, -(-magnitude // self.step))

    def cut(self, x: Exact) -> list[tuple[int, Exact]]:
        """Return the pieces of a number and their places; only the topmost can be negative."""
        top = (self.count((x.lo, x.hi)) - 1) * self.step
        pieces: list[tuple[int, Exact]] = []
        for place in range(0, top + 1, self.step):
            if is_constant(x):
                rest = x.lo >> place
                pieces.append((place, constant(rest if place == top else rest % (1 << self.step))))
            elif place == top:
                bits = x.value[place:]
                high = bits.as_signed() if x.signed else bits
                pieces.append((place, sized(high, x.lo >> place, x.hi >> place)))
            else:
                low = x.value[place : place + self.step]
                pieces.append((place, sized(low, 0, (1 << self.step) - 1)))
        return pieces


def cut_stages(count: int, stages: int) -> int:
    """Return the registers on the way to the sum of that many partial products."""
    return tree_stage([stages] * count)


def multiply_cut(
    m: Module,
    a: list[tuple[int, Exact]],
    b: list[tuple[int, Exact]],
    whole: tuple[Exact, Exact],
    name: str,
    *,
    en: Value,
    stages: int,
    block: Callable[[Exact, Exact, str], Exact],
) -> Exact:
    """Multiply two numbers piece by piece.

    Parameters
    ----------
    m : Module
    a, b : list of (int, Exact)
        From `Port.cut`, more than one product between them.
    whole : (Exact, Exact)
        The two numbers.
    name : str
        Of the product's register.
    en : Value
        One bit: all registers move.
    stages : int
        Of a block.
    block : callable
        Builds a product of two pieces with a name.

    Returns
    -------
    Exact
        In a register, `cut_stages` edges behind the operands.
    """
    terms = []
    for k, (x, y, shift) in enumerate((x, y, i + j) for i, x in a for j, y in b):
        part = f"{name}_p{k}"
        terms.append(Term(x=block(x, y, part), name=part, shift=shift))
    root = sum_terms(m, {stages: terms}, en=en, root=name, prefix=f"{name}_s")
    full = mul(*whole)
    return register(m, sized(root.x.value, full.lo, full.hi), name, en=en)
