"""Histories of a FIR filter whose exact sum lies on a chosen side of a saturation limit."""

from __future__ import annotations

from collections.abc import Sequence

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
    All samples start where they pull hardest away from the target; going through the taps from
    the largest to the smallest, each sample takes the step that comes nearest without passing.
    Small taps at the end repair what the large ones leave.
    """
    lo, hi = fir.input.lo, fir.input.hi
    order = sorted(range(fir.n_taps), key=lambda k: -abs(fir.taps[k]))
    x = [0] * fir.n_taps
    left = target
    for k in order:
        c = fir.taps[k]
        if c:
            # Truncation towards zero never overshoots, so smaller taps keep their direction.
            step = abs(left) // abs(c) * (1 if (left < 0) == (c < 0) else -1)
            x[k] = min(max(step, lo), hi)
            left -= c * x[k]
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


def _repair(fir: FixedFir, x: list[int], left: int) -> None:
    """Spend a small remainder by one pair of small steps, if some pair fits exactly."""
    used = [k for k, c in enumerate(fir.taps) if c]
    steps = range(-4, 5)
    by_change: dict[int, tuple[int, int]] = {}
    for k in used:
        for d in steps:
            if fir.input.contains(x[k] + d):
                by_change.setdefault(fir.taps[k] * d, (k, d))
    for change, (k, d) in by_change.items():
        other = by_change.get(left - change)
        if other is not None and other[0] != k:
            x[k] += d
            x[other[0]] += other[1]
            return
