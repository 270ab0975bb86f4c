"""Histories of a FIR filter whose exact sum lies on a chosen side of a saturation limit."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor

from fxfir.filters import FixedFir
from fxfir.fixed import Cast, round_shift

__all__ = ["beyond", "fir_sum", "last_rounding_to", "limit_sums", "step_sums", "window"]

_TRIES = 64
"""Steps beyond a limit that are tried to find a sum that is certainly beyond."""


def window(fir: FixedFir, target: int) -> list[int]:
    """Choose one history whose exact sum is `target`, or as near as a greedy search gets.

    Parameters
    ----------
    fir : FixedFir
    target : int
        Units of 2**-acc.frac, inside `acc_range`.

    Returns
    -------
    list of int, shape (n_taps,)
        Samples in the order of time; after the last one the sum is reached.

    Notes
    -----
    Going through the taps from the largest to the smallest, each sample takes the step that comes
    nearest without passing; small taps at the end repair what the large ones leave. Where that is
    not exact, a second search lets a large tap pass the target if the smaller ones can come back.
    """
    sign = -1 if target < 0 else 1
    x, left = _greedy(fir, target)
    if left:
        other, missing = _within_reach(fir, target)
        if 0 <= sign * missing < sign * left:
            x, left = other, missing
    if left:
        _repair(fir, x, left)
    return x[::-1]


def beyond(fir: FixedFir, target: int) -> list[int]:
    """Choose a history whose exact sum is `target` or the nearest found farther from zero.

    Parameters
    ----------
    fir : FixedFir
    target : int
        Units of 2**-acc.frac, inside `acc_range`.

    Returns
    -------
    list of int, shape (n_taps,)
        As `window`, which stays on the near side.
    """
    sign = -1 if target < 0 else 1
    low, high = fir.acc_range
    least = min(abs(c) for c in fir.taps if c)
    best = window(fir, target)
    for extra in (*range(0, least, max(1, least // _TRIES)), least):
        if low <= target + sign * extra <= high:
            best = window(fir, target + sign * extra)
            if sign * fir_sum(fir, best) >= sign * target:
                break
    return best


def fir_sum(fir: FixedFir, history: Sequence[int]) -> int:
    """Return the exact sum at the end of a history of n_taps samples."""
    return sum(c * v for c, v in zip(fir.taps, reversed(history), strict=True))


def limit_sums(fir: FixedFir) -> tuple[int, ...]:
    """Return the sums on both sides of the output's limits, as far as the taps can reach them.

    Returns
    -------
    tuple of int
        The last sum that rounds to hi, the first that rounds beyond it, and the same below;
        units of 2**-acc.frac.
    """
    cast, frac = fir.output, fir.acc.frac
    low, high = fir.acc_range
    found = []
    last = last_rounding_to(cast, cast.to.hi, frac)
    if last < high:
        found += [last, last + 1]
    first = last_rounding_to(cast, cast.to.lo - 1, frac) + 1
    if first > low:
        found += [first, first - 1]
    return tuple(v for v in found if low <= v <= high)


def step_sums(fir: FixedFir) -> tuple[int, ...]:
    """Return the rounding boundaries one step inside and one step outside each limit.

    Returns
    -------
    tuple of int
        The first sums that are rounded up to hi and to hi + 2, the last ones that are rounded
        down to lo and to lo - 2; none where the limit is out of reach. There a carry of the
        rounding must just not, or must not at all, pass the limit.
    """
    cast, frac = fir.output, fir.acc.frac
    low, high = fir.acc_range
    found = []
    if last_rounding_to(cast, cast.to.hi, frac) < high:
        found += [last_rounding_to(cast, cast.to.hi + d, frac) + 1 for d in (-1, 1)]
    if last_rounding_to(cast, cast.to.lo - 1, frac) + 1 > low:
        found += [last_rounding_to(cast, cast.to.lo + d, frac) for d in (0, -2)]
    return tuple(v for v in found if low <= v <= high)


def last_rounding_to(cast: Cast, value: int, frac: int) -> int:
    """Largest sum whose rounded value is at most `value`, overflow left out."""
    shift = frac - cast.to.frac
    if shift <= 0:
        return value >> -shift
    below, above = (value - 1) << shift, (value + 2) << shift
    while above - below > 1:
        middle = (below + above) // 2
        if round_shift(middle, shift, cast.rounding) <= value:
            below = middle
        else:
            above = middle
    return below


def _greedy(fir: FixedFir, target: int) -> tuple[list[int], int]:
    """Return samples by tap that never pass the target, and what is left of it."""
    lo, hi = fir.input.lo, fir.input.hi
    x = [0] * fir.n_taps
    left = target
    for k in sorted(range(fir.n_taps), key=lambda k: -abs(fir.taps[k])):
        c = fir.taps[k]
        if c:
            # Truncation towards zero never overshoots, so smaller taps keep their direction.
            step = abs(left) // abs(c) * (1 if (left < 0) == (c < 0) else -1)
            x[k] = min(max(step, lo), hi)
            left -= c * x[k]
    return x, left


def _within_reach(fir: FixedFir, target: int) -> tuple[list[int], int]:
    """Return samples by tap that leave what smaller taps can reach, and what is left at last."""
    lo, hi = fir.input.lo, fir.input.hi
    x = [0] * fir.n_taps
    left = target
    order = sorted((k for k in range(fir.n_taps) if fir.taps[k]), key=lambda k: abs(fir.taps[k]))
    rest_lo = [0]
    rest_hi = [0]
    for k in order:
        ends = sorted((fir.taps[k] * lo, fir.taps[k] * hi))
        rest_lo.append(rest_lo[-1] + ends[0])
        rest_hi.append(rest_hi[-1] + ends[1])
    for place, k in reversed(list(enumerate(order))):
        c = fir.taps[k]
        # A truncated quotient; the last one falls short of the target or hits it.
        step = abs(left) // abs(c) * (1 if (left < 0) == (c < 0) else -1)
        if not place and (left < 0) != (target < 0) and c * step != left:
            step += 1 if (left < 0) == (c < 0) else -1
        edges = sorted((Fraction(left - rest_hi[place], c), Fraction(left - rest_lo[place], c)))
        least, most = ceil(edges[0]), floor(edges[1])
        if place and least <= most:
            step = min(max(step, least), most)
        x[k] = min(max(step, lo), hi)
        left -= c * x[k]
    return x, left


def _repair(fir: FixedFir, x: list[int], left: int) -> None:
    """Spend a small remainder by one pair of small steps, if some pair fits exactly."""
    used = [k for k, c in enumerate(fir.taps) if c]
    steps = range(-4, 5)
    lo, hi = fir.input.lo, fir.input.hi
    by_change: dict[int, tuple[int, int]] = {}
    for k in used:
        for d in steps:
            if lo <= x[k] + d <= hi:
                by_change.setdefault(fir.taps[k] * d, (k, d))
    for change, (k, d) in by_change.items():
        other = by_change.get(left - change)
        if other is not None and other[0] != k:
            x[k] += d
            x[other[0]] += other[1]
            return
