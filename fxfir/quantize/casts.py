"""Formats inside a cascade: enough bits on top for the signals, enough below for the noise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from fxfir.arith import Block, cascade_peak_gains
from fxfir.filters import Form
from fxfir.fixed import Cast, Format, Overflow, Rounding
from fxfir.quantize.arrange import Grid
from fxfir.quantize.scaling import MAX_TERMS, SLACK, Scaling
from fxfir.quantize.words import SectionWords

__all__ = [
    "NEAREST",
    "Casts",
    "Layout",
    "Norms",
    "OutputRange",
    "lay_out",
    "output_range",
    "prove_norms",
]

Complexes = NDArray[np.complex128]

NEAREST = (Rounding.HALF_UP, Rounding.HALF_DOWN, Rounding.HALF_AWAY, Rounding.HALF_EVEN)
_L1_PRECISION = Fraction(1, 1 << 24)
_RANGE_PRECISION = Fraction(1, 1 << 12)
_ERROR_PRECISION = Fraction(1, 1 << 6)

# Extra integer bits: a switched-on sinusoid overshoots its steady state, which is all that the
# largest magnitude bounds; white noise reaches several times its root mean square.
_HEADROOM = {Scaling.LINF: 1, Scaling.L1: 0, Scaling.L2: 2, Scaling.NONE: 1}

# The noise that all inner roundings together may add, over that of the output's own rounding.
_NOISE_SHARE = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Casts:
    """The casts of one section.

    Parameters
    ----------
    state : Cast or None
        None for df1.
    out : Cast
    """

    state: Cast | None
    out: Cast


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What decides the formats inside a cascade.

    Parameters
    ----------
    form : Form
    input : Format
    output : Cast
    scaling : Scaling
    guard_bits : int or None
        Fraction bits of every inner cast beyond the output's; None: as many as keep the noise of
        all inner roundings at or below a quarter of that of the output rounding.
    section_width : int or None
        Bits of every inner cast, the fraction being what the signals leave.
    feedback : tuple of tuples of int, or None
        Error feedback e1, e2 of each section.
    """

    form: Form
    input: Format
    output: Cast
    scaling: Scaling
    guard_bits: int | None
    section_width: int | None
    feedback: tuple[tuple[int, int], ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputRange:
    """What the last section can hand to the output cast, in values, rounding errors included.

    Parameters
    ----------
    low, high : Fraction
        No input whatever leads outside.
    """

    low: Fraction
    high: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Norms:
    """Proven L1 norms of a cascade, in exact fractions.

    Parameters
    ----------
    signals : tuple of tuples of Fraction
        From the input to each section's output (entry 0) and, with L1 scaling, states.
    through : tuple of Fraction, shape (n_sections,)
        Of each section alone.
    own : tuple of Fraction, shape (n_sections,)
        From a rounding inside the recursion of each section to where it is fed back.
    """

    signals: tuple[tuple[Fraction, ...], ...]
    through: tuple[Fraction, ...]
    own: tuple[Fraction, ...]


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
    transfer function of known energy; each cast gets an equal share of the budget.

    References
    ----------
    .. [1] L. B. Jackson, "On the interaction of roundoff noise and dynamic range in digital
       filters", Bell System Technical Journal 49, 1970.
    """
    fracs = _fracs(words, layout, grid)
    tops = _tops(words, layout, grid, norms)
    while True:
        casts = tuple(_casts(k, len(words), layout, fracs[k], tops[k]) for k in range(len(words)))
        if layout.scaling is not Scaling.L1:
            return casts
        grown = _grown(words, layout, casts, tops, norms)
        if grown == tops:
            return casts
        tops = grown


def prove_norms(words: Sequence[SectionWords], layout: Layout) -> Norms:
    """Bound the L1 norms of all signals of a cascade of words from above.

    Parameters
    ----------
    words : sequence of SectionWords
    layout : Layout
        Of which form, scaling and feedback are read: states only matter to L1.
    """
    everything = layout.scaling is Scaling.L1
    blocks = []
    through, own = [], []
    for k, section in enumerate(words):
        b, a = section.values()
        states = _signals(layout.form, section)[1:] if everything else ()
        blocks.append(Block(b=b, a=a, probes=tuple(states)))
        shape = (1, *layout.feedback[k]) if layout.feedback else (1,)
        alone = Block(b=b, a=a, probes=(shape,))
        gains = cascade_peak_gains([alone], relative=_ERROR_PRECISION, max_terms=MAX_TERMS)[0]
        through.append(gains[0].upper)
        own.append(gains[1].upper)
    precision = _L1_PRECISION if everything else _RANGE_PRECISION
    found = cascade_peak_gains(blocks, relative=precision, max_terms=MAX_TERMS)
    return Norms(
        signals=tuple(tuple(gain.upper for gain in gains) for gains in found),
        through=tuple(through),
        own=tuple(own),
    )


def output_range(
    words: Sequence[SectionWords], casts: Sequence[Casts], layout: Layout, norms: Norms
) -> OutputRange:
    """Bound the last section's exact sum from both sides, for every input of the format.

    Parameters
    ----------
    words : sequence of SectionWords
    casts : sequence of Casts
    layout : Layout
    norms : Norms

    Returns
    -------
    OutputRange
    """
    total = norms.signals[-1][0]
    steady = Fraction(1)
    for section in words:
        b, a = section.values()
        steady *= sum(b, Fraction(0)) / (1 + sum(a, Fraction(0)))
    # The positive and the negative part of the impulse response.
    rising, falling = (total + steady) / 2, (total - steady) / 2
    lo, hi = layout.input.lo * layout.input.step, layout.input.hi * layout.input.step
    error = _errors(words, casts, layout, norms)[-1][0]
    return OutputRange(
        low=rising * lo - falling * hi - error, high=rising * hi - falling * lo + error
    )


def _signals(form: Form, words: SectionWords) -> list[tuple[Fraction, ...]]:
    """Return the values a section casts, as weights of w[n], w[n-1], w[n-2], w = x / A.

    The first is the output; the others are states.
    """
    (b0, b1, b2), (a1, a2) = words.values()
    y = (b0, b1, b2)
    match form:
        case Form.DF1:
            return [y]
        case Form.DF2:
            return [y, (Fraction(1),)]
        case Form.DF1T:
            return [y, (Fraction(1),), (-a1, -a2), (-a2,), (b1, b2), (b2,)]
        case Form.DF2T:
            # s1 = y - b0 x and s2 = b2 x - a2 y, with x = w + a1 w1 + a2 w2.
            s1 = (b1 - b0 * a1, b2 - b0 * a2)
            s2 = (b2 - a2 * b0, b2 * a1 - a2 * b1)
            return [y, s1, s2]
        case _:
            assert_never(form)


def _tops(
    words: Sequence[SectionWords], layout: Layout, grid: Grid, norms: Norms
) -> list[tuple[int, int]]:
    """Return the integer bits (sign included) of `out` and `state` of each section."""
    size = _size(layout.input)
    tops = []
    if layout.scaling is Scaling.L1:
        for gains in norms.signals:
            state = max(gains[1:], default=Fraction(0))
            tops.append((_int_bits(gains[0] * size), _int_bits(state * size)))
        return tops
    spare = _HEADROOM[layout.scaling]
    arriving = np.ones(len(grid.delay), dtype=np.complex128)
    for section in words:
        signals = _signals(layout.form, section)
        inner = arriving / grid.denominator(section.values()[1])
        peaks = [float(np.max(np.abs(inner * grid.numerator(s)))) / SLACK for s in signals]
        out, inside = Fraction(peaks[0]), Fraction(max(peaks[1:], default=0.0))
        tops.append((_int_bits(out * size) + spare, _int_bits(inside * size) + spare))
        arriving = inner * grid.numerator(signals[0])
    return tops


def _fracs(words: Sequence[SectionWords], layout: Layout, grid: Grid) -> list[tuple[int, int]]:
    """Return the fraction bits of `out` and `state` of each section that the noise asks for."""
    base = layout.output.to.frac
    if layout.guard_bits is not None:
        return [(base + layout.guard_bits, base + layout.guard_bits)] * len(words)
    sources = 1 if layout.form is Form.DF1 else 2
    budget = _NOISE_SHARE / (sources * len(words))
    after = np.ones(len(grid.delay), dtype=np.complex128)
    fracs: list[tuple[int, int]] = []
    noises: tuple[list[Complexes], list[Complexes]]
    for k in range(len(words) - 1, -1, -1):
        b, a = words[k].values()
        numerator, denominator = grid.numerator(b), grid.denominator(a)
        recursive, through = after / denominator, after * numerator / denominator
        match layout.form:
            case Form.DF1:
                shaped = grid.numerator((1, *layout.feedback[k])) if layout.feedback else 1.0
                noises = ([recursive * shaped], [])
            case Form.DF2:
                noises = ([after], [through])
            case Form.DF1T:
                noises = ([after], [through] * 3 + [after] * 2)
            case Form.DF2T:
                noises = ([recursive], [recursive] * 2)
            case _:
                assert_never(layout.form)
        out, state = (
            base + _guard(sum((_noise(n, layout, grid) for n in group), 0.0), budget)
            for group in noises
        )
        fracs.insert(0, (out, state))
        after = through
    return fracs


def _noise(transfer: Complexes, layout: Layout, grid: Grid) -> float:
    """Return the error power that reaches the output, over 4**-frac / 12 of the rounding."""
    white = grid.mean(np.abs(transfer) ** 2)
    match layout.output.rounding:
        case Rounding.FLOOR | Rounding.CEIL:
            # The mean error of half an LSB is three times the variance, all of it at 0 Hz.
            return white + 3 * float(np.abs(transfer[0])) ** 2
        case Rounding.TO_ZERO:
            return 4 * white
        case _:
            return white


def _guard(noise: float, budget: float) -> int:
    return max(0, math.ceil(0.5 * math.log2(noise / budget) - 1e-9)) if noise else 0


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
    size = _size(layout.input)
    grown = []
    for k, (gains, errors) in enumerate(
        zip(norms.signals, _errors(words, casts, layout, norms), strict=True)
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


def _errors(
    words: Sequence[SectionWords], casts: Sequence[Casts], layout: Layout, norms: Norms
) -> list[tuple[Fraction, Fraction]]:
    """Bound how far rounding takes each section's output and states from exact arithmetic.

    The first entry is the error of y, the second the largest of any state before its cast.
    """
    worst = Fraction(1, 2) if layout.output.rounding in NEAREST else Fraction(1)
    arriving = Fraction(0)
    result = []
    for k, (section, cast) in enumerate(zip(words, casts, strict=True)):
        b, a = section.values()
        through, own = norms.through[k], norms.own[k]
        y = worst * cast.out.to.step
        s = worst * cast.state.to.step if cast.state is not None else Fraction(0)
        b0, b1, b2 = (abs(v) for v in b)
        a1, a2 = (abs(v) for v in a)
        match layout.form:
            case Form.DF1:
                out, state = through * arriving + own * y, Fraction(0)
            case Form.DF2:
                w = own * (arriving + s)
                out, state = through * (arriving + s) + y, w
            case Form.DF1T:
                w = own * (arriving + 3 * s)
                out = through * (arriving + 3 * s) + 2 * s + y
                state = max(w, (a1 + a2) * w + 2 * s, (b1 + b2) * w + 2 * s)
            case Form.DF2T:
                out = through * arriving + own * (y + 2 * s)
                state = max(out + b0 * arriving + y, b2 * arriving + a2 * out) + s
            case _:
                assert_never(layout.form)
        result.append((out, state))
        arriving = out
    return result


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


def _size(input: Format) -> Fraction:
    """Return the largest magnitude of an input sample, as a value."""
    return max(-input.lo, input.hi) * input.step
