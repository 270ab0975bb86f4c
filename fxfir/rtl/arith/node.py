"""Numbers in gates, each with the exact range of its value and so with the exact width.

Nothing here can overflow and nothing drops a bit: that is left to `fxfir.rtl.arith.requantise`.
"""

from __future__ import annotations

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal, Value, signed, unsigned

from fxfir.fixed import Format

__all__ = [
    "Exact",
    "add",
    "constant",
    "extend",
    "mul",
    "mul_const",
    "neg",
    "odd_part",
    "register",
    "select",
    "shape_of",
    "shift_left",
    "sized",
    "sub",
    "wire",
    "word",
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Exact:
    """An expression whose integer value always lies in [lo, hi].

    Parameters
    ----------
    value : Value
        Of exactly the shape `shape_of(lo, hi)`.
    lo, hi : int
        Both attainable, unless the maker of the value says otherwise.

    Raises
    ------
    ValueError
        If the shape of `value` is not the one that the range asks for.
    """

    value: Value
    lo: int
    hi: int

    def __post_init__(self) -> None:
        if self.lo > self.hi:
            raise ValueError(f"lo must not exceed hi, got [{self.lo}, {self.hi}]")
        if self.value.shape() != self.shape:
            raise ValueError(
                f"a value in [{self.lo}, {self.hi}] must have the shape {self.shape}, "
                f"got {self.value.shape()}"
            )

    @property
    def shape(self) -> Shape:
        """Narrowest shape that holds the range."""
        return shape_of(self.lo, self.hi)

    @property
    def width(self) -> int:
        """Bits of the value."""
        return int(self.shape.width)

    @property
    def signed(self) -> bool:
        """Whether the value can be negative."""
        return self.lo < 0

    @property
    def negative(self) -> Value:
        """One bit: the value is below zero."""
        return self.value[-1] if self.signed else Const(0, 1)


def shape_of(lo: int, hi: int) -> Shape:
    """Return the narrowest shape that holds lo, hi and 0; at least one bit."""
    fmt = Format.holding(lo, hi, frac=0)
    return signed(fmt.width) if fmt.signed else unsigned(fmt.width)


def sized(value: Value, lo: int, hi: int) -> Exact:
    """Take an expression whose value is known to lie in [lo, hi], and cut it to that width.

    The caller answers for the range: an accumulator, say, of which only the total is bounded.
    """
    shape = shape_of(lo, hi)
    if value.shape() != shape:
        bits = _resize(value, shape.width)
        value = bits.as_signed() if shape.signed else bits
    return Exact(value=value, lo=lo, hi=hi)


def _resize(value: Value, width: int) -> Value:
    """Low `width` bits of `value`, extended by its own sign where it is narrower; unsigned."""
    missing = width - len(value)
    if missing <= 0:
        return value[:width]
    fill = value[-1].replicate(missing) if value.shape().signed else Const(0, missing)
    return Cat(value, fill)


def extend(x: Exact, width: int) -> Value:
    """Return the bits of `x` sign- or zero-extended to `width` bits, as an unsigned value.

    Raises
    ------
    ValueError
        If `x` is wider than `width`.
    """
    if x.width > width:
        raise ValueError(f"an extension of {x.width} bits must not shrink it, got {width}")
    return _resize(x.value, width)


def word(value: Value, fmt: Format) -> Exact:
    """Read a value of `fmt` as a number with that format's range."""
    return sized(value, fmt.lo, fmt.hi)


def constant(number: int) -> Exact:
    """Return a constant."""
    return Exact(value=Const(number, shape_of(number, number)), lo=number, hi=number)


def wire(m: Module, x: Exact, name: str) -> Exact:
    """Give an expression a name: a combinational signal."""
    signal = Signal(x.shape, name=name)
    m.d.comb += signal.eq(x.value)
    return Exact(value=signal, lo=x.lo, hi=x.hi)


def register(
    m: Module,
    x: Exact,
    name: str,
    *,
    en: Value | None = None,
    reset_less: bool = True,
    init: int = 0,
) -> Exact:
    """Hold an expression in a register of the domain "sync".

    Parameters
    ----------
    m : Module
    x : Exact
    name : str
        Name of the register in the emitted text.
    en : Value, optional
        One bit; the register loads on every edge if left out.
    reset_less : bool, optional
        True for feed-forward data.
    init : int, optional
        Initial value, and that of a reset.

    Returns
    -------
    Exact
        Same range, extended to `init` if the range does not hold it.
    """
    lo, hi = min(x.lo, init), max(x.hi, init)
    signal = Signal(shape_of(lo, hi), name=name, reset_less=reset_less, init=init)
    if en is None:
        m.d.sync += signal.eq(x.value)
    else:
        with m.If(en):
            m.d.sync += signal.eq(x.value)
    return Exact(value=signal, lo=lo, hi=hi)


def add(a: Exact, b: Exact) -> Exact:
    """Return a + b; exact when the two vary independently, else wide enough."""
    return sized(a.value + b.value, a.lo + b.lo, a.hi + b.hi)


def sub(a: Exact, b: Exact) -> Exact:
    """Return a - b; exact when the two vary independently, else wide enough."""
    return sized(a.value - b.value, a.lo - b.hi, a.hi - b.lo)


def neg(a: Exact) -> Exact:
    """Return -a."""
    return sized(-a.value, -a.hi, -a.lo)


def shift_left(a: Exact, bits: int) -> Exact:
    """Return a * 2**bits: wiring.

    Raises
    ------
    ValueError
        If `bits` is negative.
    """
    if bits < 0:
        raise ValueError(f"a shift to the left must not drop bits, got {bits}")
    if bits == 0:
        return a
    return sized(Cat(Const(0, bits), a.value), a.lo << bits, a.hi << bits)


def odd_part(number: int) -> tuple[int, int]:
    """Split a nonzero integer into (odd, shift) with number == odd * 2**shift.

    >>> odd_part(-40)
    (-5, 3)
    """
    if number == 0:
        raise ValueError("zero has no odd part, got 0")
    shift = (number & -number).bit_length() - 1
    return number >> shift, shift


def mul_const(a: Exact, factor: int) -> Exact:
    """Return a * factor; only the odd part of `factor` costs gates, and +-1 costs no multiplier."""
    if factor == 0:
        return constant(0)
    odd, shift = odd_part(factor)
    if odd == 1:
        product = a
    elif odd == -1:
        product = neg(a)
    else:
        ends = (a.lo * odd, a.hi * odd)
        product = sized(a.value * Const(odd, shape_of(odd, odd)), min(ends), max(ends))
    return shift_left(product, shift)


def mul(a: Exact, b: Exact) -> Exact:
    """Return a * b; exact when the two vary independently, else wide enough."""
    ends = [x * y for x in (a.lo, a.hi) for y in (b.lo, b.hi)]
    return sized(a.value * b.value, min(ends), max(ends))


def select(condition: Value, a: Exact, b: Exact) -> Exact:
    """Return `a` where the one-bit `condition` is 1, else `b`."""
    return sized(Mux(condition, a.value, b.value), min(a.lo, b.lo), max(a.hi, b.hi))
