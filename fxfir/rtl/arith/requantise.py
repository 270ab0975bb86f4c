"""The only place in the gates where bits are dropped: a cast of a number of known range."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from amaranth.hdl import Const, Module, Mux, Value

from fxfir.fixed import Cast, Overflow, Rounding, round_shift
from fxfir.rtl.arith.node import Exact, extend, register, shape_of, shift_left, wire

__all__ = ["Requantiser"]


class Requantiser:
    """The gates of one cast, for a value in [lo, hi] that counts units of 2**-frac.

    The work is split in two. First the value is floored to the target LSB and, if it is outside
    the target range, replaced by the range's nearest end (`base`); beside it one bit says
    whether rounding adds one LSB (`up`), which it never does to an end of the range. Then the
    two are added. So saturation is decided before the carry chain and not behind it, and what
    the range shows to be impossible is never built.

    Parameters
    ----------
    cast : Cast
    lo, hi : int
        Range of the value; 0 is always taken as part of it, since registers start there.
    frac : int
        Fraction bits of the value.

    Attributes
    ----------
    cast : Cast
    lo, hi : int
        Range of the result, within `cast.to`; holds 0.
    stages : int
        Registers that `pipelined` places: 0 where the cast is wiring, else 1 or 2.

    Examples
    --------
    >>> from fxfir.fixed import SQ
    >>> half_even = Requantiser(Cast(to=SQ(1, 7)), lo=-(1 << 20), hi=1 << 20, frac=15)
    >>> half_even.lo, half_even.hi, half_even.stages
    (-128, 127, 2)
    >>> wiring = Requantiser(Cast(to=SQ(4, 9)), lo=-256, hi=255, frac=7)
    >>> wiring.lo, wiring.hi, wiring.stages
    (-1024, 1020, 0)
    """

    def __init__(self, cast: Cast, *, lo: int, hi: int, frac: int) -> None:
        lo, hi = min(lo, 0), max(hi, 0)
        to, rounding = cast.to, cast.rounding
        # A value below a quarter of the LSB rounds like any smaller one of its sign, so a longer
        # shift would only add copies of the sign.
        shift = min(frac - to.frac, max(lo.bit_length(), hi.bit_length()) + 2)
        # Every rounding is monotonic: the ends of the range give the ends of the result.
        self._floor = (
            round_shift(lo, shift, Rounding.FLOOR),
            round_shift(hi, shift, Rounding.FLOOR),
        )
        ends = (round_shift(lo, shift, rounding), round_shift(hi, shift, rounding))
        fits = to.contains(ends[0]) and to.contains(ends[1])
        saturates = cast.overflow is Overflow.SATURATE and not fits
        if fits:
            self.lo, self.hi = ends
        elif saturates:
            self.lo, self.hi = max(ends[0], to.lo), min(ends[1], to.hi)
        else:
            self.lo, self.hi = to.lo, to.hi
        self.cast = cast
        self._source = (lo, hi)
        self._shift = shift
        self._width = shape_of(self.lo, self.hi).width
        self._clip_hi = saturates and self._floor[1] > to.hi
        self._clip_lo = saturates and ends[0] < to.lo
        self._rounds = shift > 0 and not (
            rounding is Rounding.FLOOR
            or (rounding is Rounding.TO_ZERO and lo == 0)
            or (rounding is Rounding.HALF_DOWN and shift == 1)
        )
        self._guard_hi = saturates and self._rounds and ends[1] > to.hi
        self.stages = self._count_stages()

    def _count_stages(self) -> int:
        """A register between `base` and the adder pays where `up` or `base` is deep logic."""
        clips = self._clip_hi or self._clip_lo or self._guard_hi
        if not self._rounds:
            return 1 if clips else 0
        positive = self._source[0] == 0
        shallow = (
            self._shift <= 2
            or self.cast.rounding is Rounding.HALF_UP
            or (self.cast.rounding is Rounding.HALF_AWAY and positive)
        )
        return 1 if shallow and not clips else 2

    def combinational(self, m: Module, x: Exact, name: str) -> Exact:
        """Build the cast without registers.

        Parameters
        ----------
        m : Module
        x : Exact
            Its range must lie within the one declared.
        name : str
            Name of the result; the signals before it are called `<name>_base`, `<name>_up`, ...

        Returns
        -------
        Exact
            In [self.lo, self.hi].

        Raises
        ------
        ValueError
            If the range of `x` is wider than declared.
        """
        return wire(m, self._join(*self._split(m, x, name)), name)

    def pipelined(self, m: Module, x: Exact, name: str, *, enables: Sequence[Value]) -> Exact:
        """Build the cast with `stages` registers, none of them reset.

        Parameters
        ----------
        m : Module
        x : Exact
            Its range must lie within the one declared.
        name : str
            Name of the last register, or of the wires where there is none.
        enables : sequence of Value, shape (stages,)
            One bit for each register in turn.

        Returns
        -------
        Exact
            In [self.lo, self.hi].

        Raises
        ------
        ValueError
            If the range of `x` is wider than declared, or `enables` has the wrong length.
        """
        if len(enables) != self.stages:
            raise ValueError(f"enables must hold {self.stages} bits, got {len(enables)}")
        if self.stages == 0:
            return self.combinational(m, x, name)
        return register(m, self.entering(m, x, name, enables=enables[:-1]), name, en=enables[-1])

    def entering(self, m: Module, x: Exact, name: str, *, enables: Sequence[Value]) -> Exact:
        """Build the cast up to what enters its last register, for one that is built elsewhere.

        Parameters
        ----------
        m : Module
        x : Exact
            Its range must lie within the one declared.
        name : str
            Prefix of the registers and wires before it.
        enables : sequence of Value, shape (max(0, stages - 1),)
            One bit for each register in turn.

        Returns
        -------
        Exact
            In [self.lo, self.hi].

        Raises
        ------
        ValueError
            If the range of `x` is wider than declared, or `enables` has the wrong length.
        """
        if len(enables) != max(0, self.stages - 1):
            raise ValueError(
                f"enables must hold {max(0, self.stages - 1)} bits, got {len(enables)}"
            )
        base, up = self._split(m, x, name)
        if self.stages == 2:
            base = register(m, base, f"{name}_base_q", en=enables[0])
            up = None if up is None else register(m, up, f"{name}_up_q", en=enables[0])
        return self._join(base, up)

    def _split(self, m: Module, x: Exact, name: str) -> tuple[Exact, Exact | None]:
        """Return the clipped floor, as bits modulo 2**width, and the bit to be added to it."""
        if not self._source[0] <= x.lo <= x.hi <= self._source[1]:
            raise ValueError(
                f"a requantiser for [{self._source[0]}, {self._source[1]}] must not be given "
                f"a value in [{x.lo}, {x.hi}]"
            )
        to = self.cast.to
        floor = self._floor_bits(x)
        magnitude = floor[: to.width - to.signed]
        top = floor[to.width - to.signed :]
        mask = (1 << self._width) - 1
        base: Value = floor[: self._width]
        under = None
        if self._clip_hi:
            over = wire(m, _flag(~x.negative & top.any()), f"{name}_over")
            base = Mux(over.value, Const(to.hi & mask, self._width), base)
        if self._clip_lo:
            beyond = ~top.all() if to.signed else Const(1, 1)
            under = wire(m, _flag(x.negative & beyond), f"{name}_under")
            base = Mux(under.value, Const(to.lo & mask, self._width), base)
        clipped = wire(m, Exact(value=base[:], lo=0, hi=mask), f"{name}_base")
        if not self._rounds:
            return clipped, None
        up = self._round_up(x, odd=floor[0])
        if self._guard_hi:
            at_end = top.any() | magnitude.all() if len(magnitude) else Const(1, 1)
            up = up & (x.negative | ~at_end)
        if under is not None:
            up = up & ~under.value
        return clipped, wire(m, _flag(up), f"{name}_up")

    def _floor_bits(self, x: Exact) -> Value:
        """Floor to the target LSB, with at least one bit more than the target has."""
        scaled = shift_left(x, max(-self._shift, 0))
        drop = max(self._shift, 0)
        least = max(self._width, shape_of(*self._floor).width, self.cast.to.width + 1)
        return extend(scaled, max(scaled.width, least + drop))[drop:]

    def _round_up(self, x: Exact, *, odd: Value) -> Value:
        """One bit: the rounded value is the floor plus one."""
        dropped = extend(x, max(x.width, self._shift))[: self._shift]
        half = dropped[-1]
        rest = dropped[:-1].any() if self._shift > 1 else Const(0, 1)
        match self.cast.rounding:
            case Rounding.FLOOR:
                return Const(0, 1)
            case Rounding.CEIL:
                return dropped.any()
            case Rounding.TO_ZERO:
                return x.negative & dropped.any()
            case Rounding.HALF_UP:
                return half
            case Rounding.HALF_DOWN:
                return half & rest
            case Rounding.HALF_AWAY:
                return half & (~x.negative | rest) if x.signed else half
            case Rounding.HALF_EVEN:
                return half & (rest | odd)
            case _:
                assert_never(self.cast.rounding)

    def _join(self, base: Exact, up: Exact | None) -> Exact:
        total = base.value if up is None else base.value + up.value
        bits = total[: self._width]
        signed = shape_of(self.lo, self.hi).signed
        return Exact(value=bits.as_signed() if signed else bits, lo=self.lo, hi=self.hi)


def _flag(bit: Value) -> Exact:
    return Exact(value=bit[:1], lo=0, hi=1)
