"""What decides the formats inside a cascade, and the signals that need one."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never

from fxfir.filters import Form
from fxfir.fixed import Cast, Format
from fxfir.quantize.scaling import Scaling
from fxfir.quantize.words import SectionWords

__all__ = ["Casts", "Layout", "input_size", "signals"]


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
    fracs : tuple of (int, int), or None
        Fraction bits of `out` and `state` of each section, where something else decided them.
    """

    form: Form
    input: Format
    output: Cast
    scaling: Scaling
    guard_bits: int | None
    section_width: int | None
    feedback: tuple[tuple[int, int], ...] | None
    fracs: tuple[tuple[int, int], ...] | None = None


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


def signals(form: Form, words: SectionWords) -> list[tuple[Fraction, ...]]:
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


def input_size(input: Format) -> Fraction:
    """Return the largest magnitude of an input sample, as a value."""
    return max(-input.lo, input.hi) * input.step
