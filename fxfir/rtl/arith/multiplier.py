"""Multipliers between registers: what every target offers, and the one that any tool infers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from amaranth.hdl import Module, Value

from fxfir.rtl.arith.node import Exact, mul, mul_const, register

__all__ = ["Bounds", "Inferred", "Multiplier", "is_constant", "product"]

Bounds = tuple[int, int]
"""Lowest and highest value of an operand."""


class Multiplier(ABC):
    """How one target multiplies: declared in registers first, built afterwards.

    Attributes
    ----------
    cascades : bool
        Whether a block adds its product to the sum of its neighbour; see `Cascade`.
    slow_entry : bool
        Whether the way into the block takes so long that an adder in front of it, at full rate,
        should have a register of its own.
    slow_exit : bool
        Whether the way out of the block takes so long that an adder behind it, at full rate,
        should have half the length.
    """

    cascades = False
    slow_entry = False
    slow_exit = False

    @abstractmethod
    def stages(self, a: Bounds, b: Bounds, *, held: bool = False) -> int:
        """Return the registers on the way from the operands to the product, its own included.

        Parameters
        ----------
        a, b : tuple of int
            Range of each operand.
        held : bool, optional
            Whether the operands come from registers, so that a register in front of the
            multiplier is only built where it lies inside of it.

        Returns
        -------
        int
            At least 1.
        """

    @abstractmethod
    def multiply(
        self,
        m: Module,
        a: Exact,
        b: Exact,
        name: str,
        *,
        en: Value,
        platform: Any,
        held: bool = False,
        entry: str = "",
    ) -> Exact:
        """Build a * b.

        Parameters
        ----------
        m : Module
        a, b : Exact
            Either may be a constant.
        name : str
            Of the product's register; those before it are called `<name>_a`, ...
        en : Value
            One bit: all registers move at the next edge. None of them is reset.
        platform : object
            What `elaborate` was given.
        held : bool, optional
            As in `stages`.
        entry : str, optional
            Name of the register of `a`, where it has one of its own.

        Returns
        -------
        Exact
            From a register, `stages` edges after the operands.
        """


class Inferred(Multiplier):
    """Plain operators between registers, for any tool to map as it knows how.

    The operands have their exact widths: a wider expression is not recognised as one block.
    """

    def stages(self, a: Bounds, b: Bounds, *, held: bool = False) -> int:
        """Return 1 if the operands are held, else 2."""
        return 1 if held else 2

    def multiply(
        self,
        m: Module,
        a: Exact,
        b: Exact,
        name: str,
        *,
        en: Value,
        platform: Any,
        held: bool = False,
        entry: str = "",
    ) -> Exact:
        """Build a register for each operand that needs one, and one for the product."""
        if not held:
            a, b = (
                x if is_constant(x) else register(m, x, label, en=en)
                for x, label in ((a, entry or f"{name}_a"), (b, f"{name}_b"))
            )
        return register(m, product(a, b), name, en=en)


def is_constant(x: Exact) -> bool:
    """Tell whether a number can have one value only."""
    return x.lo == x.hi


def product(a: Exact, b: Exact) -> Exact:
    """Return a * b as an expression; a constant stands for itself."""
    if is_constant(b):
        return mul_const(a, b.lo)
    if is_constant(a):
        return mul_const(b, a.lo)
    return mul(a, b)
