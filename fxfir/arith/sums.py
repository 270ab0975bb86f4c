"""What a weighted sum of samples can reach, exactly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = ["l1_norm", "sum_range", "weighted_range"]


def sum_range(weights: Iterable[int], lo: int, hi: int) -> tuple[int, int]:
    """Return the smallest and largest sum of w * x with every x anywhere in [lo, hi].

    Both ends are attained. The range of x need not be symmetric: two's complement is not.

    Parameters
    ----------
    weights : iterable of int
    lo, hi : int
        Ends of the range of each x; lo <= hi.

    Examples
    --------
    >>> sum_range([1, -2, 1], -128, 127)
    (-510, 510)
    """
    low = high = 0
    for weight in weights:
        if weight >= 0:
            low += weight * lo
            high += weight * hi
        else:
            low += weight * hi
            high += weight * lo
    return low, high


def weighted_range(weights: Sequence[int], ranges: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Return the smallest and largest sum of w * x with each x in a range of its own.

    >>> weighted_range([1, -2], [(0, 3), (-1, 1)])
    (-2, 5)
    """
    low = high = 0
    for weight, (lo, hi) in zip(weights, ranges, strict=True):
        if weight > 0:
            low += weight * lo
            high += weight * hi
        elif weight < 0:
            low += weight * hi
            high += weight * lo
    return low, high


def l1_norm(weights: Iterable[int]) -> int:
    """Return the sum of magnitudes: the worst-case peak gain of a FIR filter.

    >>> l1_norm([1, -2, 1])
    4
    """
    return sum(map(abs, weights))
