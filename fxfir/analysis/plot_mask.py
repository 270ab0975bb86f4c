"""What a mask adds to a picture of a response: forbidden ground, and the range to look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fxfir.spec.mask import Band, Mask

__all__ = ["LOWEST_DB", "close_range", "draw_band", "floor_db"]

_LIMIT = "#b23a48"
LOWEST_DB = -160.0
"""Where a magnitude axis ends at the latest."""


def draw_band(axes: Any, band: Band, *, narrow: bool) -> None:
    """Shade what the mask forbids; limits of a band too narrow to see get a dash of fixed size."""
    ends = [band.low_hz, band.high_hz]
    if band.hi < float("inf"):
        high = 20 * np.log10(band.hi)
        axes.fill_between(ends, high, high + 400, color=_LIMIT, alpha=0.09, linewidth=0, zorder=0)
        axes.plot(ends, [high, high], color=_LIMIT, linewidth=1.0, zorder=1)
        if narrow:
            axes.plot(sum(ends) / 2, high, "_", color=_LIMIT, markersize=14, zorder=4)
    if band.lo > 0:
        low = 20 * np.log10(band.lo)
        axes.fill_between(ends, low - 400, low, color=_LIMIT, alpha=0.09, linewidth=0, zorder=0)
        axes.plot(ends, [low, low], color=_LIMIT, linewidth=1.0, zorder=1)


def floor_db(levels: Sequence[Any], mask: Mask | None) -> float:
    """Return a lower end that shows the stop bands and not the depths of single zeros."""
    typical = min(float(np.percentile(level, 5)) for level in levels) - 12
    if mask is not None:
        stops = [20 * np.log10(b.hi) for b in mask.bands if b.is_stop and b.is_limited]
        typical = min([typical, *(float(stop) - 20 for stop in stops)])
    return max(min(typical, -20.0), LOWEST_DB)


def close_range(
    freqs: Any, levels: Sequence[Any], mask: Mask | None, top: float
) -> tuple[float, float]:
    """Return the range of the closer look: the pass bands' own, with room around it."""
    if mask is not None:
        inside = [
            (b, (freqs >= b.low_hz) & (freqs <= b.high_hz)) for b in mask.bands if not b.is_stop
        ]
        lows = [float(np.min(level[m])) for _, m in inside if m.any() for level in levels]
        highs = [float(np.max(level[m])) for _, m in inside if m.any() for level in levels]
        lows += [20 * float(np.log10(b.lo)) for b, _ in inside if b.lo > 0]
        highs += [20 * float(np.log10(b.hi)) for b, _ in inside if b.hi < float("inf")]
        if lows and max(highs) - min(lows) < 60:
            room = max(0.3 * (max(highs) - min(lows)), 0.01)
            return min(lows) - room, max(highs) + room
    return top - 6.0, top + 1.0
