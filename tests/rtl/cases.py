"""Filters that between them have every shape the gates treat in a way of its own."""

from hypothesis import strategies as st

from fxfir.filters import FixedFir
from fxfir.fixed import SQ, UQ, Cast, Format, Overflow, Rounding


def fir(taps, *, coeff=8, input=None, drop=4, width=10, signed=True, **cast) -> FixedFir:
    """A filter whose output drops `drop` bits of the exact sum."""
    input = input or SQ(1, 7)
    words = Format(signed=min(taps) < 0, width=coeff, frac=coeff - 1)
    out = Format(signed=signed, width=width, frac=input.frac + words.frac - drop)
    return FixedFir(taps=taps, coeff=words, input=input, output=Cast(to=out, **cast))


WRAP = {"overflow": Overflow.WRAP}

FIRS: dict[str, FixedFir] = {
    "one_tap": fir([93]),
    "one": fir([1], drop=0, width=8),
    "minus_one": fir([-1], drop=0, width=8, **WRAP),
    "late_tap": fir([0, 0, 0, 77]),
    "late_power": fir([0, 0, -4]),
    "moving_average": fir([102] * 5, width=9),
    "moving_sum": fir([1] * 6, drop=0, width=16),
    "asymmetric": fir([3, -70, 0, 101, 0, 0, 55, -128]),
    "even": fir([-5, 31, 99, 99, 31, -5]),
    "odd": fir([7, -20, 0, 127, 0, -20, 7], rounding=Rounding.TO_ZERO),
    "anti_even": fir([5, -31, 99, -99, 31, -5], rounding=Rounding.HALF_UP),
    "anti_odd": fir([0, 9, -44, 0, 44, -9], rounding=Rounding.HALF_AWAY),
    "half_band": fir([3, 0, -11, 0, 61, 100, 61, 0, -11, 0, 3]),
    "trailing_zeros": fir([0, 12, 12, 0, 0]),
    "powers": fir([1, -2, 4, 64, -128], rounding=Rounding.CEIL),
    "negative": fir([-3, -9, -27], rounding=Rounding.FLOOR, overflow=Overflow.WRAP),
    "negative_powers": fir([-1, -4, -1], width=6),
    "most_negative": fir([-128, -128, -128, -128]),
    "unsigned_input": fir([3, -5, 7], input=UQ(0, 6), signed=False, width=6),
    "unsigned_all": fir([3, 5, 7, 5, 3], input=UQ(0, 6), signed=False, rounding=Rounding.HALF_DOWN),
    "one_bit": fir([1, 0, 1], coeff=1, input=UQ(1, 0), drop=0, width=1, signed=False),
    "one_bit_signed": fir([-1, -1], coeff=1, input=SQ(1, 0), drop=0, width=1),
    "wide": fir([12345, -32768, 12345], coeff=16, input=SQ(2, 38), drop=30, width=24),
    "wide_output": fir([3, 1, -2], drop=-3, width=30),
    "common_factor": fir([24, -40, 24]),
    "nothing_left": fir([3, 5], drop=40, width=4, rounding=Rounding.CEIL),
}


@st.composite
def formats(draw, widths=(1, 2, 3, 8, 16, 40)) -> Format:
    width = draw(st.sampled_from(widths))
    return Format(signed=draw(st.booleans()), width=width, frac=draw(st.integers(-3, width + 2)))


@st.composite
def firs(draw, *, input: Format | None = None, output: Format | None = None) -> FixedFir:
    """Filters of any formats, often mirrored, with zeros and ends of the range among the taps."""
    source = input or draw(formats())
    coeff = draw(formats(widths=(1, 2, 4, 8, 18)))
    tap = st.one_of(st.integers(coeff.lo, coeff.hi), st.sampled_from([0, coeff.lo, coeff.hi]))
    taps = draw(st.lists(tap, min_size=1, max_size=9))
    mirrored = draw(st.sampled_from([None, 1, -1]))
    if mirrored:
        taps = [*taps, *(mirrored * t for t in reversed(taps))]
        taps = [min(max(t, coeff.lo), coeff.hi) for t in taps]
    if not any(taps):
        taps[0] = coeff.hi or coeff.lo
    if output is None:
        drop = draw(st.integers(-3, 20))
        output = Format(
            signed=draw(st.booleans()),
            width=draw(st.sampled_from([1, 4, 8, 24])),
            frac=source.frac + coeff.frac - drop,
        )
    cast = Cast(
        to=output,
        rounding=draw(st.sampled_from(Rounding)),
        overflow=draw(st.sampled_from(Overflow)),
    )
    return FixedFir(taps=taps, coeff=coeff, input=source, output=cast)
