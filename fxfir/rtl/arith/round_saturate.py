"""A cast of few cells: rounded first, then saturated by the registers' own reset and set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value

from fxfir.fixed import Cast, Overflow, Rounding, round_shift
from fxfir.rtl.arith.carries import Uncarried
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

    def entering(
        self, m: Module, x: Exact | Uncarried, name: str, *, enables: Sequence[Value]
    ) -> Exact:
        """Build the cast up to what enters its last register.

        Parameters
        ----------
        m : Module
        x : Exact or Uncarried
            Its range must lie within the one declared. Carries that are missing, at places from
            `cuts`, join the carry of the rounding.
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
            If the range of `x` is wider than declared, counts of carries overlap, or `enables`
            has the wrong length.
        """
        if len(enables) != self.stages - 1:
            raise ValueError(f"enables must hold {self.stages - 1} bits, got {len(enables)}")
        whole = x if isinstance(x, Uncarried) else Uncarried(word=x, carries=())
        lo, hi = whole.bounds
        if not self._source[0] <= lo <= hi <= self._source[1]:
            raise ValueError(
                f"a cast of [{self._source[0]}, {self._source[1]}] must not be given a value in "
                f"[{lo}, {hi}]"
            )
        rounded, code = self._round(m, whole, name, en=enables[0])
        return self._saturate(m, rounded, code, name, en=enables[1])

    def cuts(self, *, piece: int, terms: int, width: int) -> list[int]:
        """Return places at which the sums of a tree may be cut: `entering` takes their carries.

        Parameters
        ----------
        piece : int
            Bits of a piece, at least.
        terms : int
            Of the tree. Every sum but the root may be cut.
        width : int
            Bits of the value.

        Returns
        -------
        list of int
            So far apart that the counts of carries do not meet each other, nor the half LSB.
        """
        room = max(terms - 2, 1).bit_length()
        half = self._shift - 1
        places: list[int] = []
        place = max(piece, room)
        while place + piece <= width:
            if place <= half < place + room:
                place = half + 1
            places.append(place)
            place += max(piece, room)
        return places

    def _round(self, m: Module, x: Uncarried, name: str, *, en: Value) -> tuple[Exact, Value]:
        """Return the value rounded half-up in a register, and its bits with ties made even."""
        shift, word = self._shift, x.word
        base = min([shift, *(place for place, _ in x.carries)])
        bits = extend(word, max(word.width, shift + 1))
        half = bits[shift - 1]
        upper = bits[base:].as_signed() if word.signed else bits[base:]
        lanes = [(place - base, count.value) for place, count in x.carries]
        if base < shift:
            total = upper + _lanes([*lanes, (shift - 1 - base, Const(1, 1))])
        elif lanes:
            # One chain: the half enters it as a carry from a bit below.
            raised = Cat(Const(1, 1), upper)
            raised = raised.as_signed() if word.signed else raised
            total = (raised + Cat(half, _lanes(lanes)))[1:]
        else:
            total = upper + half
        above = total[shift - base :].as_signed() if word.signed else total[shift - base :]
        rounded = register(m, sized(above, *self._rounded), f"{name}_round", en=en)
        code = extend(rounded, max(rounded.width, self.cast.to.width + 1))
        if self.cast.rounding is Rounding.HALF_UP:
            return rounded, code
        if base == shift:
            tie = half & ~bits[: shift - 1].any() if shift > 1 else half
            held = register(m, _flag(tie), f"{name}_tie", en=en)
            return rounded, Cat(code[0] & ~held.value, code[1:])
        # Half an LSB more than a tie has no bits below the LSB.
        rest = register(m, _flag(bits[:base].any()), f"{name}_rest", en=en)
        below = sized(total[: shift - base], 0, (1 << (shift - base)) - 1)
        below = register(m, below, f"{name}_below", en=en)
        return rounded, Cat(code[0] & (rest.value | below.value.any()), code[1:])

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


def _lanes(fields: Iterable[tuple[int, Value]]) -> Value:
    """Put numbers side by side in one word, each at its place."""
    word: Value = Const(0, 0)
    for place, field in sorted(fields, key=lambda item: item[0]):
        if place < len(word):
            raise ValueError(f"carries must leave each other room, got {len(word)} bits at {place}")
        word = Cat(word, Const(0, place - len(word)), field)
    return word


def _flag(bit: Value) -> Exact:
    return Exact(value=bit[:1], lo=0, hi=1)
