"""Proven amplitudes: L1 norms of every signal of a cascade, and what rounding adds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never

from fxfir.arith import Block, cascade_peak_gains
from fxfir.filters import Form
from fxfir.fixed import Rounding
from fxfir.quantize.layout import Casts, Layout, signals
from fxfir.quantize.scaling import MAX_TERMS, Scaling
from fxfir.quantize.words import SectionWords

__all__ = ["NEAREST", "Norms", "OutputRange", "output_range", "prove_norms", "rounding_errors"]

NEAREST = (Rounding.HALF_UP, Rounding.HALF_DOWN, Rounding.HALF_AWAY, Rounding.HALF_EVEN)

_L1_PRECISION = Fraction(1, 1 << 24)
_RANGE_PRECISION = Fraction(1, 1 << 12)
_ERROR_PRECISION = Fraction(1, 1 << 6)


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
        states = signals(layout.form, section)[1:] if everything else ()
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
    error = rounding_errors(words, casts, layout, norms)[-1][0]
    return OutputRange(
        low=rising * lo - falling * hi - error, high=rising * hi - falling * lo + error
    )


def rounding_errors(
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
