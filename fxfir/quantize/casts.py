"""Formats inside a cascade: enough bits on top for the signals, enough below for the noise."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from fxfir.filters import Form
from fxfir.fixed import Cast, Format, Overflow
from fxfir.quantize.arrange import Grid
from fxfir.quantize.layout import Casts, Layout, input_size, signals
from fxfir.quantize.noise import fraction_bits
from fxfir.quantize.norms import Norms, rounding_errors
from fxfir.quantize.scaling import SLACK, Scaling
from fxfir.quantize.words import SectionWords

__all__ = ["lay_out"]

# Extra integer bits: a switched-on sinusoid overshoots its steady state, which is all that the
# largest magnitude bounds; white noise reaches several times its root mean square.
_HEADROOM = {Scaling.LINF: 1, Scaling.L1: 0, Scaling.L2: 2, Scaling.NONE: 1}


def lay_out(
    words: Sequence[SectionWords], layout: Layout, grid: Grid, norms: Norms
) -> tuple[Casts, ...]:
    """Choose the formats of all states and section outputs.

    Parameters
    ----------
    words : sequence of SectionWords
    layout : Layout
    grid : Grid
    norms : Norms
        Of these words; see `prove_norms`.

    Returns
    -------
    tuple of Casts

    Notes
    -----
    Top: the amplitude of a signal is its norm times the input's largest magnitude. With L1 the
    norm is a proven bound, the rounding errors of all casts before are added, and no cast inside
    the cascade can overflow. Otherwise the norm is the largest magnitude of the response, with one
    bit of headroom.

    Bottom: a rounding to 2**-f adds noise of 4**-f / 12, which reaches the output through a
    transfer function of known energy; each cast gets an equal share of the budget. Roundings that
    are not to nearest also have a mean, which is held lower still.

    References
    ----------
    .. [1] L. B. Jackson, "On the interaction of roundoff noise and dynamic range in digital
       filters", Bell System Technical Journal 49, 1970.
    """
    fracs = fraction_bits(words, layout, grid)
    tops = _tops(words, layout, grid, norms)
    while True:
        casts = tuple(_casts(k, len(words), layout, fracs[k], tops[k]) for k in range(len(words)))
        if layout.scaling is not Scaling.L1:
            return casts
        grown = _grown(words, layout, casts, tops, norms)
        if grown == tops:
            return casts
        tops = grown


def _tops(
    words: Sequence[SectionWords], layout: Layout, grid: Grid, norms: Norms
) -> list[tuple[int, int]]:
    """Return the integer bits (sign included) of `out` and `state` of each section."""
    size = input_size(layout.input)
    tops = []
    if layout.scaling is Scaling.L1:
        for gains in norms.signals:
            state = max(gains[1:], default=Fraction(0))
            tops.append((_int_bits(gains[0] * size), _int_bits(state * size)))
        return tops
    spare = _HEADROOM[layout.scaling]
    arriving = np.ones(len(grid.delay), dtype=np.complex128)
    for section in words:
        casts = signals(layout.form, section)
        inner = arriving / grid.denominator(section.values()[1])
        peaks = [float(np.max(np.abs(inner * grid.numerator(s)))) / SLACK for s in casts]
        out, inside = Fraction(peaks[0]), Fraction(max(peaks[1:], default=0.0))
        tops.append((_int_bits(out * size) + spare, _int_bits(inside * size) + spare))
        arriving = inner * grid.numerator(casts[0])
    return tops


def _casts(k: int, n: int, layout: Layout, frac: tuple[int, int], top: tuple[int, int]) -> Casts:
    rounding = layout.output.rounding
    direct = layout.form in (Form.DF2, Form.DF1T) and k == n - 1

    def cast(top: int, frac: int) -> Cast:
        width = layout.section_width
        if width is not None:
            frac = width - top
        else:
            width = max(top + frac, 1)
        to = Format(signed=True, width=width, frac=frac)
        return Cast(to=to, rounding=rounding, overflow=Overflow.SATURATE)

    return Casts(
        state=None if layout.form is Form.DF1 else cast(top[1], frac[1]),
        # Nothing feeds this output back: rounding it twice would only add noise.
        out=layout.output if direct else cast(top[0], frac[0]),
    )


def _grown(
    words: Sequence[SectionWords],
    layout: Layout,
    casts: Sequence[Casts],
    tops: list[tuple[int, int]],
    norms: Norms,
) -> list[tuple[int, int]]:
    """Return integer bits at which no inner cast can overflow, errors included."""
    size = input_size(layout.input)
    grown = []
    for k, (gains, errors) in enumerate(
        zip(norms.signals, rounding_errors(words, casts, layout, norms), strict=True)
    ):
        out, state = tops[k]
        reach = gains[0] * size + errors[0]
        if reach > _end(casts[k].out.to) and casts[k].out != layout.output:
            out += 1
        inner = casts[k].state
        if inner is not None:
            reach = max(gains[1:]) * size + errors[1]
            if reach > _end(inner.to):
                state += 1
        grown.append((out, state))
    return grown


def _int_bits(size: Fraction) -> int:
    """Return the least bits, the sign included, left of the point that hold +-size."""
    if size <= 0:
        return 1
    bits = 1 + size.numerator.bit_length() - size.denominator.bit_length()
    while Fraction(2) ** (bits - 1) < size:
        bits += 1
    while Fraction(2) ** (bits - 2) >= size:
        bits -= 1
    return bits


def _end(to: Format) -> Fraction:
    return to.hi * to.step
