"""Bits dropped at the end of a recursive loop, with no carry chain after the sum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from amaranth.hdl import Cat, Const, Module, Mux, Value

from fxfir.fixed import Cast, Overflow, Rounding, round_shift
from fxfir.rtl.arith.node import Exact, extend, shape_of, wire
from fxfir.rtl.arith.requantise import Requantiser

__all__ = ["Preround"]


class Preround:
    """A cast whose rounding constant is added before the value is complete.

    Every rounding that does not look at the sign is a floor after an added constant, half-even
    with its last bit cleared on a tie. Inside a loop the constant joins a sum that is ready
    early; behind the last carry chain only the saturation is left. `Requantiser` is the better
    choice where a register may stand before its adder.

    Parameters
    ----------
    cast : Cast
    frac : int
        Fraction bits of the value.

    Attributes
    ----------
    bias : int
        What `combinational` expects to be added to the value, in units of 2**-frac; 0 where the
        rounding depends on the sign or nothing is rounded.
    early : bool
        Whether the bias does all of the rounding but for ties.
    stages : int
        Registers of `entering`, all of them the caller's.
    """

    stages = 1

    def __init__(self, cast: Cast, *, frac: int) -> None:
        self.cast = cast
        self.frac = frac
        self._shift = frac - cast.to.frac
        # In a 1-bit signed word clearing the last bit turns the lower end into the upper one.
        self.early = self._shift > 0 and cast.to.width > 1
        self.bias = 0
        if self.early:
            half = 1 << (self._shift - 1)
            match cast.rounding:
                case Rounding.FLOOR:
                    self.bias = 0
                case Rounding.CEIL:
                    self.bias = 2 * half - 1
                case Rounding.HALF_UP | Rounding.HALF_EVEN:
                    self.bias = half
                case Rounding.HALF_DOWN:
                    self.bias = half - 1
                case Rounding.TO_ZERO | Rounding.HALF_AWAY:
                    self.early = False
                case _:
                    assert_never(cast.rounding)

    def entering(self, m: Module, x: Exact, name: str, *, enables: Sequence[Value] = ()) -> Exact:
        """Build the rest of the cast up to what enters a register, as `Requantiser.entering`."""
        return self.combinational(m, x, f"{name}_cast")

    def dropped(self, x: Exact) -> Exact:
        """Return the rounding error of an `early` cast plus `bias`: the bits that it drops.

        Parameters
        ----------
        x : Exact
            The value plus `bias`.

        Returns
        -------
        Exact
            x - 2**shift * rounded: a tie that is rounded down to even leaves 2**shift.
        """
        bits = extend(x, max(x.width, self._shift + 1))
        low, most = bits[: self._shift], 1 << self._shift
        if self.cast.rounding is not Rounding.HALF_EVEN:
            return Exact(value=low, lo=0, hi=most - 1)
        return Exact(value=Cat(low, bits[self._shift] & ~low.any()), lo=0, hi=most)

    def combinational(self, m: Module, x: Exact, name: str) -> Exact:
        """Build the rest of the cast.

        Parameters
        ----------
        m : Module
        x : Exact
            The value plus `bias`.
        name : str
            Name of the result.

        Returns
        -------
        Exact
            Within `cast.to`.
        """
        if not self.early:
            gates = Requantiser(self.cast, lo=x.lo, hi=x.hi, frac=self.frac)
            return gates.combinational(m, x, name)
        to, shift = self.cast.to, self._shift
        lo, hi = (round_shift(v - self.bias, shift, self.cast.rounding) for v in (x.lo, x.hi))
        need = max(to.width + 1, shape_of(x.lo >> shift, x.hi >> shift).width)
        code = extend(x, max(x.width, need + shift))[shift:]
        last = code[0]
        if self.cast.rounding is Rounding.HALF_EVEN:
            tie = wire(m, Exact(value=~x.value[:shift].any(), lo=0, hi=1), f"{name}_tie")
            last = last & ~tie.value
        low_bits = to.width - 1 if to.signed else to.width
        top, sign = code[low_bits:], x.negative
        bits: Value = Cat(last, code[1 : to.width])
        if self.cast.overflow is Overflow.SATURATE:
            mask = (1 << to.width) - 1
            if x.hi >> shift > to.hi:
                over = wire(m, Exact(value=~sign & top.any(), lo=0, hi=1), f"{name}_over")
                bits = Mux(over.value, Const(to.hi, to.width), bits)
            if x.lo >> shift < to.lo:
                beyond = sign & ~top.all() if to.signed else sign
                under = wire(m, Exact(value=beyond, lo=0, hi=1), f"{name}_under")
                bits = Mux(under.value, Const(to.lo & mask, to.width), bits)
            lo, hi = (min(max(v, to.lo), to.hi) for v in (lo, hi))
        elif lo < to.lo or hi > to.hi:
            lo, hi = to.lo, to.hi
        shape = shape_of(lo, hi)
        bits = bits[: shape.width]
        return wire(m, Exact(value=bits.as_signed() if shape.signed else bits, lo=lo, hi=hi), name)
