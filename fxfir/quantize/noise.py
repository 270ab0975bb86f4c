"""Fraction bits inside a cascade: as many as keep its own round-off below the output's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from fxfir.filters import Form
from fxfir.fixed import Rounding
from fxfir.quantize.arrange import Grid
from fxfir.quantize.layout import Layout
from fxfir.quantize.words import SectionWords

__all__ = ["NOISE_SHARE", "fraction_bits", "guard", "noise_power"]

Complexes = NDArray[np.complex128]

NOISE_SHARE = 0.25
"""The noise that all inner roundings together may add, over that of the output's own rounding."""


def fraction_bits(
    words: Sequence[SectionWords], layout: Layout, grid: Grid
) -> list[tuple[int, int]]:
    """Return the fraction bits of `out` and `state` of each section that the noise asks for."""
    if layout.fracs is not None:
        return list(layout.fracs)
    base = layout.output.to.frac
    if layout.guard_bits is not None:
        return [(base + layout.guard_bits, base + layout.guard_bits)] * len(words)
    sources = 1 if layout.form is Form.DF1 else 2
    budget = NOISE_SHARE / (sources * len(words))
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
        rounding, n_casts = layout.output.rounding, sources * len(words)
        out, state = (
            base + guard(noise_power(group, rounding, grid, n_casts), budget) for group in noises
        )
        fracs.insert(0, (out, state))
        after = through
    return fracs


def noise_power(
    transfers: Sequence[Complexes], rounding: Rounding, grid: Grid, n_casts: int
) -> float:
    """Return what like roundings add to the output's error power, over 4**-frac / 12.

    Roundings to nearest are as good as white and independent. The others err by half an LSB in
    the mean, always downwards or always towards zero: such errors add up in amplitude, within a
    cast, over all casts and with the output's own, and are held to an eighth of the latter.
    """
    white = sum(grid.mean(np.abs(t) ** 2) for t in transfers)
    match rounding:
        case Rounding.FLOOR | Rounding.CEIL:
            # A constant error: what counts is the response at 0 Hz.
            steady = sum(float(np.abs(t[0])) for t in transfers)
        case Rounding.TO_ZERO:
            # The error has the sign of the signal, which is strongest where the response is.
            steady = sum(float(np.max(np.abs(t))) for t in transfers)
        case _:
            return white
    # Half an LSB squared is three times the variance.
    return white + 3 * steady**2 * n_casts * (64 * NOISE_SHARE)


def guard(noise: float, budget: float) -> int:
    """Return the bits below the output's LSB that bring noise down to a budget."""
    return max(0, math.ceil(0.5 * math.log2(noise / budget) - 1e-9)) if noise else 0
