"""Coefficient words of a cascade as short as a certified error allows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fxfir.arith import Block, pole_radius
from fxfir.arith.difference import difference_gain
from fxfir.errors import SectionError, StabilityError
from fxfir.quantize.sections import ExactSection
from fxfir.quantize.words import SectionWords, round_words

__all__ = ["coefficient_error", "shortest_words"]

Floats = NDArray[np.float64]

_START = 16
_UNSTABLE_STEP = 2
_FEWEST = 64
_DECAY = 30.0
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
    (Bq A - B Aq) / (A Aq) times the other sections: a response whose L1 norm says how many bits the
    part needs, and the sum of all of them, what the parts do together. Then each part that can be a
    bit shorter is. Float64 is enough to choose; what is chosen is measured exactly.
    """
    parts = [
        _Part(sections, k, name, float(size)) for k in range(len(sections)) for name in ("b", "a")
    ]
    inexact = [part for part in parts if part.error(_START) != 0]
    share = float(budget) / max(1, len(inexact))
    for part in parts:
        part.settle(share)
    for part in sorted(inexact, key=lambda part: -part.width):
        part.width -= 1
        if part.error(part.width) == np.inf or _joint(inexact) > float(budget):
            part.width += 1
    while coefficient_error(sections, words := _words(sections, parts), size) > budget:
        for part in inexact:
            part.width += 1
    return words


class _Part:
    """A numerator or a denominator, and what its rounding does to the output."""

    def __init__(self, sections: Sequence[ExactSection], k: int, name: str, size: float) -> None:
        self.section = sections[k]
        self.name = name
        self.size = size
        self.width = _START
        self.others = [
            [*map(float, s.b), 1.0, *map(float, s.a)] for j, s in enumerate(sections) if j != k
        ]
        slowest = max(pole_radius(*s.a) for s in sections)
        self.n_samples = min(_MOST_TERMS, _FEWEST + int(_DECAY / max(1 - slowest, 1e-9)))
        self._known: dict[int, Floats | None] = {}

    def settle(self, share: float) -> None:
        """Take the least width at which the error is within the share."""
        while (found := self.error(self.width)) > share:
            self.width += _UNSTABLE_STEP if found == np.inf else _missing(found / share)
        while self.width > 2 and self.error(self.width - 1) <= share:
            self.width -= 1

    def error(self, width: int) -> float:
        """Return the output's largest error; infinity where the part has no words so short."""
        found = self.response(width)
        return np.inf if found is None else float(np.sum(np.abs(found)))

    def response(self, width: int) -> Floats | None:
        """Return the error's impulse response, times the size of the input."""
        if width not in self._known:
            self._known[width] = self._respond(width)
        return self._known[width]

    def _respond(self, width: int) -> Floats | None:
        from scipy import signal

        section = self.section
        try:
            b, a = _round(section, width, width).values()
        except (StabilityError, SectionError):
            return None
        b, a = (b, section.a) if self.name == "b" else (section.b, a)
        one = Fraction(1)
        made, wanted = _product(b, (one, *section.a)), _product(section.b, (one, *a))
        # Exact before it becomes a float, so nothing cancels later.
        off = np.zeros(self.n_samples)
        off[: len(made)] = [float(u - v) for u, v in zip(made, wanted, strict=True)]
        if not np.any(off):
            return off
        poles = [[1.0, 0.0, 0.0, 1.0, *map(float, pair)] for pair in (section.a, a)]
        return np.asarray(signal.sosfilt([*poles, *self.others], off)) * self.size


def _joint(parts: Sequence[_Part]) -> float:
    total = np.zeros(parts[0].n_samples)
    for part in parts:
        found = part.response(part.width)
        if found is not None:
            total += found
    return float(np.sum(np.abs(total)))


def _words(sections: Sequence[ExactSection], parts: Sequence[_Part]) -> tuple[SectionWords, ...]:
    return tuple(
        _round(section, b.width, a.width)
        for section, b, a in zip(sections, parts[::2], parts[1::2], strict=True)
    )


def _round(section: ExactSection, b_width: int, a_width: int) -> SectionWords:
    words = round_words(replace(section, a=(Fraction(0), Fraction(0))), b_width, None)
    poles = round_words(replace(section, b=(Fraction(1), Fraction(0), Fraction(0))), a_width, None)
    return replace(words, a=poles.a, a_coeff=poles.a_coeff)


def _missing(ratio: float) -> int:
    return max(1, math.ceil(math.log2(ratio)))


def _product(left: Sequence[Fraction], right: Sequence[Fraction]) -> list[Fraction]:
    found = [Fraction(0)] * (len(left) + len(right) - 1)
    for i, u in enumerate(left):
        for j, v in enumerate(right):
            found[i + j] += u * v
    return found
