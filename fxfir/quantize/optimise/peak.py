"""The largest weighted error of FIR words at every frequency of an aim, not on points alone."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from fxfir.analysis.waves import Waves, greatest
from fxfir.quantize.optimise.aim import Aim, Stretch
from fxfir.quantize.optimise.layout import Layout

__all__ = ["GAP", "largest_error"]

GAP = 1e-6
"""How much an error given here may be above the true one, as a part of it."""


def largest_error(
    aim: Aim, layout: Layout, step: float, words: tuple[int, ...], *, known: float = 0.0
) -> float:
    """Return the largest weighted error of words: a bound that holds, a millionth above it at most.

    Parameters
    ----------
    aim : Aim
    layout : Layout
    step : float
        What a word's unit stands for, a power of two.
    words : tuple of int, shape (n_free,)
    known : float, optional
        An error that the words are known to have somewhere; it saves time.

    Returns
    -------
    float

    Notes
    -----
    Near the edge of a band a peak is far narrower than the n-th part of the spectrum, and a grid
    of 32 points for each of 63 words misses half a percent of one. So the error, a sum of waves
    with exact coefficients, is enclosed over intervals: see `fxfir.analysis.waves`.
    """
    unit = Fraction(step)
    taps = [word * unit for word in layout.words(words, round(-math.log2(step)))]
    worst = known
    for stretch in aim.stretches:
        waves = _error(stretch, layout, taps)
        most = greatest(
            waves, stretch.low, stretch.high, known=worst / stretch.weight / (1 + GAP), gap=GAP
        )
        worst = max(worst, most * stretch.weight)
    return worst


def _error(stretch: Stretch, layout: Layout, taps: list[Fraction]) -> Waves:
    """Return the error before weighting, equal waves added up."""
    sums: dict[Fraction, Fraction] = {}
    centre = Fraction(layout.centre)
    for k, tap in enumerate(taps):
        value = tap - stretch.taps[k] if stretch.taps else tap
        offset = k - centre
        if layout.symmetry and offset < 0:
            offset, value = -offset, value * layout.symmetry
        sums[offset] = sums.get(offset, Fraction(0)) + value
    offsets = sorted(sums)
    return Waves(
        values=np.array([float(sums[offset]) for offset in offsets]),
        offsets=np.array([float(offset) for offset in offsets]),
        kind=layout.symmetry,
        level=stretch.level,
    )
