"""What a rounding dropped, as a number: the error that error feedback puts back."""

from __future__ import annotations

from typing import assert_never

from amaranth.hdl import Cat, Module

from fxfir.fixed import UQ, Cast, Overflow, Rounding
from fxfir.rtl.arith.node import Exact, extend, shape_of, wire
from fxfir.rtl.arith.requantise import Requantiser

__all__ = ["residue", "residue_range"]


def residue_range(rounding: Rounding, shift: int) -> tuple[int, int]:
    """Return the ends of v - 2**shift * round(v * 2**-shift) over all integers v.

    Parameters
    ----------
    rounding : Rounding
    shift : int
        Bits dropped; with none or less there is no error.

    Returns
    -------
    tuple of int
        Lowest and highest error, in units of the LSB of v.

    Examples
    --------
    >>> residue_range(Rounding.HALF_EVEN, 4)
    (-8, 8)
    """
    if shift <= 0:
        return (0, 0)
    most, half = (1 << shift) - 1, 1 << (shift - 1)
    match rounding:
        case Rounding.FLOOR:
            return (0, most)
        case Rounding.CEIL:
            return (-most, 0)
        case Rounding.TO_ZERO:
            return (-most, most)
        case Rounding.HALF_UP:
            return (-half, half - 1)
        case Rounding.HALF_DOWN:
            return (1 - half, half)
        case Rounding.HALF_AWAY | Rounding.HALF_EVEN:
            return (-half, half)
        case _:
            assert_never(rounding)


def residue(m: Module, x: Exact, name: str, *, rounding: Rounding, shift: int) -> Exact:
    """Return x - 2**shift * round(x * 2**-shift).

    Parameters
    ----------
    m : Module
    x : Exact
    name : str
    rounding : Rounding
    shift : int
        Bits dropped, at least 1.

    Returns
    -------
    Exact
        In `residue_range(rounding, shift)`.

    Notes
    -----
    The error takes shift + 1 bits in two's complement. The low ones are those of x; the sign is
    the last bit of floor(x) less that of round(x), and modulo 2 that needs no subtraction.
    """
    parity = Cast(to=UQ(1, 0), rounding=rounding, overflow=Overflow.WRAP)
    gates = Requantiser(parity, lo=x.lo, hi=x.hi, frac=shift)
    last = gates.combinational(m, x, f"{name}_parity").value[0]
    bits = extend(x, max(x.width, shift + 1))
    lo, hi = residue_range(rounding, shift)
    shape = shape_of(lo, hi)
    value = Cat(bits[:shift], bits[shift] ^ last)[: shape.width]
    return wire(m, Exact(value=value.as_signed() if shape.signed else value, lo=lo, hi=hi), name)
