"""Coefficient words of a cascade as short as a certified error allows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from fxfir.arith import Block, cascade_peak_gains
from fxfir.arith.difference import difference_gain
from fxfir.errors import SectionError, StabilityError
from fxfir.quantize.sections import ExactSection
from fxfir.quantize.words import SectionWords, round_words

__all__ = ["coefficient_error", "shortest_words"]

_START = 16
_UNSTABLE_STEP = 2
_PART_PRECISION = Fraction(1, 1 << 5)
_JOINT_PRECISION = Fraction(1, 1 << 8)
_MOST_TERMS = 1 << 17


def coefficient_error(
    sections: Sequence[ExactSection], words: Sequence[SectionWords], size: Fraction
) -> Fraction:
    """Bound the distance of the outputs that exact coefficients and words give.

    Parameters
    ----------
    sections : sequence of ExactSection
    words : sequence of SectionWords
    size : Fraction
        Largest magnitude of the input, in the unit wanted.
    """
    wanted = [Block(b=s.b, a=s.a) for s in sections]
    made = [Block(b=b, a=a) for b, a in (w.values() for w in words)]
    tiny = Fraction(1, 1 << 12) / size if size else Fraction(1)
    gain = difference_gain(
        made, wanted, relative=_JOINT_PRECISION, absolute=tiny, max_terms=_MOST_TERMS
    )
    return gain.upper * size


def shortest_words(
    sections: Sequence[ExactSection], size: Fraction, budget: Fraction
) -> tuple[SectionWords, ...]:
    """Round every numerator and denominator to as few bits as keep the output within a budget.

    Parameters
    ----------
    sections : sequence of ExactSection
    size : Fraction
        Largest magnitude of the input, in units of the budget.
    budget : Fraction
        Above 0.

    Returns
    -------
    tuple of SectionWords
        Their `coefficient_error` is at most the budget.

    Notes
    -----
    Every part that is not exact in a few bits gets an equal share. What rounding one part does is
    (Bq A - B Aq) / (A Aq) times the other sections, a norm of one cascade; the parts together are
    measured as they are and make up for what they do to each other. Then each part that can be a
    bit shorter is.
    """
    parts = [(k, part) for k in range(len(sections)) for part in ("b", "a")]
    errors = {p: _part_error(sections, *p, size) for p in parts}
    inexact = [p for p in parts if errors[p](_START) != 0]
    share = budget / max(1, len(inexact))
    widths = {p: _least_width(errors[p], share) for p in parts}
    while coefficient_error(sections, _words(sections, widths), size) > budget:
        widths = {p: w + (p in inexact) for p, w in widths.items()}
    for p in sorted(inexact, key=lambda p: -widths[p]):
        shorter = {**widths, p: widths[p] - 1}
        try:
            words = _words(sections, shorter)
        except (StabilityError, SectionError):
            continue
        if coefficient_error(sections, words, size) <= budget:
            widths = shorter
    return _words(sections, widths)


def _words(
    sections: Sequence[ExactSection], widths: dict[tuple[int, str], int]
) -> tuple[SectionWords, ...]:
    return tuple(_round(s, widths[k, "b"], widths[k, "a"]) for k, s in enumerate(sections))


def _round(section: ExactSection, b_width: int, a_width: int) -> SectionWords:
    words = round_words(replace(section, a=(Fraction(0), Fraction(0))), b_width, None)
    poles = round_words(replace(section, b=(Fraction(1), Fraction(0), Fraction(0))), a_width, None)
    return replace(words, a=poles.a, a_coeff=poles.a_coeff)


def _part_error(
    sections: Sequence[ExactSection], k: int, part: str, size: Fraction
) -> Callable[[int], Fraction | None]:
    """Return the error that one rounded part makes at a width; None where no width that short is
    stable.
    """
    section = sections[k]
    others = [Block(b=s.b, a=s.a) for j, s in enumerate(sections) if j != k]
    known: dict[int, Fraction | None] = {}

    def measure(width: int) -> Fraction | None:
        try:
            b, a = _round(section, width, width).values()
        except (StabilityError, SectionError):
            return None
        b, a = (b, section.a) if part == "b" else (section.b, a)
        one = Fraction(1)
        made, wanted = _product(b, (one, *section.a)), _product(section.b, (one, *a))
        off = tuple(u - v for u, v in zip(made, wanted, strict=True))
        if not any(off):
            return Fraction(0)
        blocks = [Block(b=off, a=section.a), *others, Block(b=(1,), a=a)]
        gains = cascade_peak_gains(blocks, relative=_PART_PRECISION, max_terms=_MOST_TERMS)
        return gains[-1][0].upper * size

    def error(width: int) -> Fraction | None:
        if width not in known:
            known[width] = measure(width)
        return known[width]

    return error


def _least_width(error: Callable[[int], Fraction | None], share: Fraction) -> int:
    width = _START
    while (found := error(width)) is None or found > share:
        if found is None:
            width += _UNSTABLE_STEP
        else:
            width += max(1, math.ceil(math.log2(found / share)))
    while width > 2 and (found := error(width - 1)) is not None and found <= share:
        width -= 1
    return width


def _product(left: Sequence[Fraction], right: Sequence[Fraction]) -> list[Fraction]:
    found = [Fraction(0)] * (len(left) + len(right) - 1)
    for i, u in enumerate(left):
        for j, v in enumerate(right):
            found[i + j] += u * v
    return found
