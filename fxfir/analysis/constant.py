"""Limit cycles on a constant input: whether the output comes to rest at one value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fxfir.analysis.spread import carry
from fxfir.analysis.stepper import Ints, Orbits, Stepper
from fxfir.arith.carry import rounding_range
from fxfir.arith.flow import section_flow
from fxfir.filters import Section
from fxfir.fixed import Format

__all__ = ["ConstantInput", "constant_input"]

_MOST_WORDS = 1 << 10
_STEPS = 1 << 15


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstantInput:
    """What a section's output does while its input stays at one value.

    Parameters
    ----------
    most : int
        Farthest apart that two of its values can be once the section has settled, in LSB of y: for
        any constant and any history in which no cast overflows.
    n_words : int
        Input words that were tried, each from silence; 0 where sums are too long to be run.
    whole : bool
        Whether these are all words of the input's format.
    unsettled : int
        How many of them had not repeated a state when the run ended.
    moves : int
        Farthest apart that two values of y are in any cycle met.
    word, period : int or None
        Input word of that cycle and its period; None where y is constant in all of them.
    """

    most: int
    n_words: int
    whole: bool
    unsettled: int
    moves: int
    word: int | None
    period: int | None

    @property
    def settles(self) -> bool:
        """Whether it is certain that y ends at one value, for every constant and history."""
        return self.most == 0

    def __str__(self) -> str:
        """Return the verdict in a few words."""
        if self.settles:
            return "y comes to rest at one value"
        most = f"y can move within {self.most} LSB at most"
        if not self.n_words:
            return f"{most}; sums are too long to run it"
        tried = f"all {self.n_words} words" if self.whole else f"{self.n_words} words tried"
        open_ = f", {self.unsettled} still moving" if self.unsettled else ""
        if self.word is None:
            return f"{most}; from silence it rests for {tried}{open_}"
        return (
            f"{most}; from silence within {self.moves} LSB at x = {self.word}, "
            f"period {self.period} ({tried}{open_})"
        )


def constant_input(
    section: Section, source: Format, *, max_words: int = _MOST_WORDS, steps: int = _STEPS
) -> ConstantInput:
    """Bound what a section's output does on constant inputs, and run it on many of them.

    Parameters
    ----------
    section : Direct or StateSpace
        Stable.
    source : Format
        Of its input.
    max_words : int, optional
        Input words that are tried: all of a short format, else the ends, powers of two and words
        spread over the range.
    steps : int, optional
        Samples after which a run ends that has not repeated a state.

    Returns
    -------
    ConstantInput

    Raises
    ------
    StabilityError
        If the section is unstable.

    Notes
    -----
    Once it has settled, y is what exact arithmetic comes to rest at, plus all rounding errors
    through the section. Their certified ends are as far apart as two values of y can be; integers
    less than one apart are equal. Each run is exact: it ends where a state has returned.

    Examples
    --------
    >>> from fxfir.filters import Direct
    >>> from fxfir.fixed import SQ, Cast, Rounding
    >>> section = Direct(form="df1", b=(1, 0, 0), a=(3, 0), b_coeff=SQ(2, 2), a_coeff=SQ(1, 2),
    ...                  state=None, out=Cast(to=SQ(8, 0), rounding=Rounding.HALF_UP))
    >>> print(constant_input(section, SQ(6, 0)))
    y can move within 3 LSB at most; from silence within 3 LSB at x = -32, period 2 (all 64 words)
    """
    flow = section_flow(section, source.frac)
    low = high = Fraction(0)
    for name, cast in flow.casts.items():
        unit = cast.to.step / section.out.to.step
        ends = rounding_range(cast.rounding, flow.fracs[name] - cast.to.frac)
        weights = flow.output.get(name, ())
        if any(weights) and any(ends):
            part = carry(weights, flow.a).range(ends[0] * unit, ends[1] * unit)
            low, high = low + part[0], high + part[1]
    most = math.floor(high - low)
    stepper = Stepper(section, source)
    words = _words(source, max_words)
    if not most or not stepper.fits():
        return ConstantInput(
            most=most, n_words=0, whole=False, unsettled=0, moves=0, word=None, period=None
        )
    zero = np.zeros_like(words)
    orbits = Orbits.run(stepper, (zero,) * len(stepper.names), words, steps, silent=True)
    moves = np.where(orbits.period > 0, orbits.high - orbits.low, 0)
    at = int(np.argmax(moves))
    still = not moves[at]
    return ConstantInput(
        most=most,
        n_words=len(words),
        whole=len(words) == source.hi - source.lo + 1,
        unsettled=int(np.count_nonzero(orbits.period == 0)),
        moves=int(moves[at]),
        word=None if still else int(words[at]),
        period=None if still else int(orbits.period[at]),
    )


def _words(source: Format, most: int) -> Ints:
    if source.hi - source.lo < most:
        return np.arange(source.lo, source.hi + 1, dtype=np.int64)
    powers = [sign << k for k in range(source.width) for sign in (-1, 1)]
    some = [0, source.lo, source.hi, *(p for p in powers if source.contains(p))]
    step = (source.hi - source.lo) // (most - len(some))
    return np.unique(np.array([*some, *range(source.lo, source.hi, step)][:most], dtype=np.int64))
