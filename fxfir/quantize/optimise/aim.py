"""What a response should be: points, values there, and what an error costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxfir.quantize.optimise.layout import Layout
from fxfir.spec.mask import Mask

__all__ = ["Aim", "Stretch", "aim_at_mask", "aim_at_own"]

_Array = NDArray[Any]

_LEAST_POINTS = 8
_GAP_DEVIATION = 0.2
"""How far a response may stray between bands, over the largest gain wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """An interval of frequencies with one cost of errors.

    Parameters
    ----------
    low, high : float
        Radians per sample, 0 to pi; the ends are part of it.
    weight : float
        What an error of one costs.
    level : float, optional
        Response wanted, of the kind that the layout's columns have.
    taps : tuple of Fraction, optional
        Taps whose response is wanted instead.
    is_stop : bool, optional
    """

    low: float
    high: float
    weight: float
    level: float = 0.0
    taps: tuple[Fraction, ...] = ()
    is_stop: bool = False

    def wanted(self, layout: Layout, omega: _Array) -> _Array:
        """Return the response wanted at angles, shape (n,)."""
        if self.taps:
            return layout.response(self.taps, omega)
        return np.full(len(omega), self.level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """Stretches whose largest weighted error is to be small.

    Parameters
    ----------
    stretches : tuple of Stretch
    limit : float or None
        Weighted error at which the mask is met; None where nothing says so.
    """

    stretches: tuple[Stretch, ...]
    limit: float | None

    def points(self, count: int) -> list[_Array]:
        """Return about `count` angles, spread evenly, the ends of each stretch included."""
        total = sum(s.high - s.low for s in self.stretches)
        return [
            np.linspace(
                s.low, s.high, max(_LEAST_POINTS, math.ceil(count * (s.high - s.low) / total))
            )
            for s in self.stretches
        ]

    def rows(self, layout: Layout, step: float, points: Sequence[_Array]) -> tuple[_Array, _Array]:
        """Return matrix and target of the weighted error.

        Parameters
        ----------
        layout : Layout
        step : float
            What a word's unit stands for.
        points : sequence of ndarray
            Angles of each stretch.

        Returns
        -------
        matrix : ndarray, shape (n, n_free)
        target : ndarray, shape (n,)
            The error of words w is `matrix @ w - target`.
        """
        matrices, targets = [], []
        for stretch, omega in zip(self.stretches, points, strict=True):
            matrices.append(layout.columns(omega) * (step * stretch.weight))
            wanted = stretch.wanted(layout, omega)
            if layout.fixed:
                wanted = wanted - layout.still(omega)
            targets.append(wanted * stretch.weight)
        return np.concatenate(matrices), np.concatenate(targets)

    def times(self, gain: float) -> Aim:
        """Return the aim of a filter multiplied by `gain`; its errors count as before."""
        exact = Fraction(gain)
        return replace(
            self,
            stretches=tuple(
                replace(
                    s,
                    level=s.level * gain,
                    taps=tuple(tap * exact for tap in s.taps),
                    weight=s.weight / gain,
                )
                for s in self.stretches
            ),
        )

    def stops(self) -> Aim:
        """Return the aim of the stop bands alone; all of it if there are none."""
        kept = tuple(s for s in self.stretches if s.is_stop)
        return replace(self, stretches=kept) if kept else self

    def with_passes(self, factor: float) -> Aim:
        """Return the aim with all weights but those of stop bands multiplied by `factor`."""
        return replace(
            self,
            stretches=tuple(
                s if s.is_stop else replace(s, weight=s.weight * factor) for s in self.stretches
            ),
        )


def aim_at_own(taps: Sequence[Fraction], layout: Layout) -> Aim:
    """Aim at the response of the taps themselves, at all frequencies alike."""
    return Aim(
        stretches=(Stretch(low=0.0, high=math.pi, weight=1.0, taps=tuple(taps)),),
        limit=None,
    )


def aim_at_mask(
    mask: Mask,
    taps: Sequence[Fraction],
    layout: Layout,
    step: float,
    *,
    gaps: bool = True,
) -> Aim:
    """Aim at the bands of a mask.

    Parameters
    ----------
    mask : Mask
        A band with limits is aimed at in the middle between them, its errors divided by what they
        allow; where no band has limits, `gain` and `weight` of each say what is wanted.
    taps : sequence of Fraction
        The filter wanted. Without symmetry, its own response in the bands is aimed at: a mask
        says nothing about its phase.
    layout : Layout
    step : float
        What a word's unit stands for.
    gaps : bool, optional
        Keep the response between bands near that of `taps`, within a fifth of the largest gain.

    Returns
    -------
    Aim
    """
    own = tuple(taps)
    scale = 2 * math.pi / mask.fs_hz
    limited = [band for band in mask.bands if band.is_limited]
    widest = max((band.deviation for band in limited), default=1.0)
    stretches = []
    exact = bool(layout.symmetry) and bool(limited)
    for band in mask.bands:
        low, high = band.low_hz * scale, min(band.high_hz * scale, math.pi)
        if limited:
            level = band.centre if band.is_limited else band.gain
            weight = 1 / (band.deviation if band.is_limited else widest)
        else:
            level, weight = band.gain, band.weight
        stretch = Stretch(low=low, high=high, weight=weight, taps=own, is_stop=band.is_stop)
        if layout.symmetry:
            inside = layout.response(own, np.linspace(low, high, 65))
            sign = -1.0 if inside[np.argmax(np.abs(inside))] < 0 else 1.0
            stretch = replace(stretch, taps=(), level=sign * level)
        elif band.is_stop:
            stretch = replace(stretch, taps=())
        stretches.append(stretch)
    if gaps:
        top = max(max(band.centre, band.gain) for band in mask.bands)
        level = 1.0 if limited else _level_of_rounding(stretches, layout, taps, step)
        weight = min(min(s.weight for s in stretches), level / (_GAP_DEVIATION * top))
        ends = [0.0, *(e for s in stretches for e in (s.low, s.high)), math.pi]
        pairs = list(zip(ends[::2], ends[1::2], strict=True))
        stretches += [
            Stretch(low=low, high=high, weight=weight, taps=own)
            for low, high in pairs
            if high - low > 1e-9
        ]
    return Aim(stretches=tuple(stretches), limit=1.0 if exact else None)


def _level_of_rounding(
    stretches: Sequence[Stretch], layout: Layout, taps: Sequence[Fraction], step: float
) -> float:
    """Return about what rounded taps would reach: no search is better by orders of magnitude."""
    heaviest = max(s.weight for s in stretches)
    reached = 0.0
    for stretch in stretches:
        omega = np.linspace(stretch.low, stretch.high, 8 * (layout.n_free + 1))
        error = layout.response(taps, omega) - stretch.wanted(layout, omega)
        reached = max(reached, stretch.weight * float(np.abs(error).max()))
    return reached + heaviest * step * math.sqrt(layout.n_free) / 2
