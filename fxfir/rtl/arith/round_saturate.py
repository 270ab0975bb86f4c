"""A cast of few cells: rounded first, then saturated by the registers' own reset and set."""

from __future__ import annotations

from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value

from fxfir.fixed import Cast, Overflow, Rounding, round_shift
from fxfir.rtl.arith.node import Exact, extend, register, sized, wire

__all__ = ["RoundSaturate"]


class RoundSaturate:
    """Half-up or half-even rounding into a saturating word, in three stages.

    The first adds half an LSB: a carry into the bits that stay. A tie then has its last bit
    cleared, which makes half-up half-even. What lies below the range is reset to zeros in the
    second stage and what lies above is set to ones in the third: both by inputs that flip-flops
    have anyway, so that saturation takes no cell for each bit. `Requantiser` is a stage shorter
    and does every cast.

    Parameters
    ----------
    cast : Cast
    lo, hi : int
        Range of the value; 0 is always taken as part of it, since registers start there.
    frac : int
        Fraction bits of the value.

    Attributes
    ----------
    lo, hi : int
        Range of the result, within `cast.to`; holds 0.
    stages : int
        Registers, the last of which is the caller's.

    Raises
    ------
    ValueError
        If `fits` says so.

    Examples
    --------
    >>> from fxfir.fixed import SQ
    >>> gates = RoundSaturate(Cast(to=SQ(1, 7)), lo=-(1 << 20), hi=1 << 20, frac=15)
    >>> gates.lo, gates.hi, gates.stages
    (-128, 127, 3)
    """

    stages = 3

    def __init__(self, cast: Cast, *, lo: int, hi: int, frac: int) -> None:
        if not self.fits(cast, lo=lo, hi=hi, frac=frac):
            raise ValueError(
                f"the cast must drop bits half-up or half-even and saturate in [{lo}, {hi}], "
                f"got {cast} from {frac} fraction bits"
            )
        self.cast = cast
        self._source = (min(lo, 0), max(hi, 0))
        self._shift = frac - cast.to.frac
        self._rounded = tuple(round_shift(v, self._shift, Rounding.HALF_UP) for v in self._source)
        ends = [round_shift(v, self._shift, cast.rounding) for v in self._source]
        self.lo, self.hi = max(ends[0], cast.to.lo), min(ends[1], cast.to.hi)

    @staticmethod
    def fits(cast: Cast, *, lo: int, hi: int, frac: int) -> bool:
        """Tell whether the cast is one of these: it drops bits, and saturation can occur."""
        shift = frac - cast.to.frac
        if (
            shift < 1
            or cast.rounding not in (Rounding.HALF_UP, Rounding.HALF_EVEN)
            or cast.overflow is not Overflow.SATURATE
            # The last bit must be one of those that saturation fills.
            or cast.to.width - cast.to.signed < 1
        ):
            return False
        ends = (round_shift(v, shift, cast.rounding) for v in (min(lo, 0), max(hi, 0)))
        return not all(cast.to.contains(end) for end in ends)

    def entering(self, m: Module, x: Exact, name: str, *, enables: Sequence[Value]) -> Exact:
        """Build the cast up to what enters its last register.

        Parameters
        ----------
        m : Module
        x : Exact
            Its range must lie within the one declared.
        name : str
            Prefix of the registers and wires.
        enables : sequence of Value, shape (2,)
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
        if len(enables) != self.stages - 1:
            raise ValueError(f"enables must hold {self.stages - 1} bits, got {len(enables)}")
        if not self._source[0] <= x.lo <= x.hi <= self._source[1]:
            raise ValueError(
                f"a cast of [{self._source[0]}, {self._source[1]}] must not be given a value in "
                f"[{x.lo}, {x.hi}]"
            )
        rounded, code = self._round(m, x, name, en=enables[0])
        return self._saturate(m, rounded, code, name, en=enables[1])

    def _round(self, m: Module, x: Exact, name: str, *, en: Value) -> tuple[Exact, Value]:
        """Return the value rounded half-up in a register, and its bits with ties made even."""
        shift = self._shift
        bits = extend(x, max(x.width, shift + 1))
        floor = bits[shift:].as_signed() if x.signed else bits[shift:]
        lo, hi = self._rounded
        rounded = register(m, sized(floor + bits[shift - 1], lo, hi), f"{name}_round", en=en)
        code = extend(rounded, max(rounded.width, self.cast.to.width + 1))
        if self.cast.rounding is Rounding.HALF_UP:
            return rounded, code
        tie = bits[shift - 1] & ~bits[: shift - 1].any() if shift > 1 else bits[0]
        held = register(m, Exact(value=tie, lo=0, hi=1), f"{name}_tie", en=en)
        return rounded, Cat(code[0] & ~held.value, code[1:])

    def _saturate(self, m: Module, rounded: Exact, code: Value, name: str, *, en: Value) -> Exact:
        to = self.cast.to
        width = to.width - to.signed
        low = Signal(width, name=f"{name}_low", reset_less=True)
        top = code[width:]
        under = Const(0, 1)
        if self._rounded[0] < to.lo:
            beyond = rounded.negative & ~top.all() if to.signed else rounded.negative
            under = wire(m, Exact(value=beyond, lo=0, hi=1), f"{name}_under").value
        with m.If(en):
            m.d.sync += low.eq(code[:width])
            with m.If(under):
                m.d.sync += low.eq(0)
        full = low
        if self._rounded[1] > to.hi:
            above = Exact(value=~rounded.negative & top.any(), lo=0, hi=1)
            over = register(m, above, f"{name}_over", en=en)
            full = Mux(over.value, Const((1 << width) - 1, width), low)
        if not to.signed:
            return sized(full, self.lo, self.hi)
        sign = Exact(value=rounded.negative, lo=0, hi=1)
        held = register(m, sign, f"{name}_sign", en=en)
        return sized(Cat(full, held.value).as_signed(), self.lo, self.hi)
