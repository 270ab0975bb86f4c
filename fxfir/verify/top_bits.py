"""Samples for sums inside the hardware that no output's worst case drives far enough."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor
from typing import Any

import numpy as np

from fxfir.arith.sums import sum_range
from fxfir.filters import Bank, FixedFir, Node, Series
from fxfir.fixed import Format, Overflow

__all__ = ["top_bits"]

_EXACT = 1 << 62


def top_bits(
    node: Node, inner: Sequence[tuple[int, Sequence[int]]], samples: Sequence[int], *, most: int
) -> list[int]:
    """Return samples after which every inner sum has needed its top bit where an output shows it.

    Parameters
    ----------
    node : Node
        Of one input lane.
    inner : sequence of (int, sequence of int)
        For each sum the output that reads it, and its impulse response.
    samples : sequence of int
        What comes before.
    most : int
        Samples at most; what finds no room is left out.

    Notes
    -----
    The top bit of a sum is needed by values outside the range of one bit less. If such a value
    came only while the output was at its limit, a wrong one would not show: so it counts where
    the output is inside. Of all samples that keep it there, a window drives the inner sum as far
    as it can: the samples that cost the sum least for what they take from the output give way.

    Examples
    --------
    >>> from fxfir.fixed import SQ, Cast
    >>> fir = FixedFir(taps=(1, 2, 1), coeff=SQ(3, 0), input=SQ(4, 0), output=Cast(to=SQ(5, 0)))
    >>> top_bits(fir, [(0, (1, 0, 1))], [0] * 8, most=8)
    [-8, 0, -8, 7, 0, 7]
    >>> top_bits(fir, [(0, (1, 0, 1))], [7, 0, 7, -8, 0, -8], most=8)
    []
    """
    filters = _outputs(node)
    more: list[int] = []
    for lane, h in inner:
        fir = filters[lane] if lane < len(filters) else None
        if fir is None:
            continue
        taps = [*fir.taps, *[0] * (len(h) - len(fir.taps))]
        weights = [*h, *[0] * (len(taps) - len(h))]
        ends = _one_bit_less(weights, fir.input)
        limits = _limits(fir)
        missing = _missing([*samples, *more], weights, taps, ends, limits)
        windows = [_window(weights, taps, fir.input, limits, sign) for sign in missing]
        for sign, window in zip(missing, windows, strict=True):
            value = sum(w * x for w, x in zip(weights, window, strict=True))
            reached = value < ends[0] if sign < 0 else value > ends[1]
            if reached and len(more) + len(window) <= most:
                more += reversed(window)
    return more


def _outputs(node: Node) -> list[FixedFir | None]:
    """The filter of each output that reads the input, None where it is another kind."""
    match node:
        case FixedFir():
            return [node]
        case Bank(filters=filters):
            return [f if isinstance(f, FixedFir) else None for f in filters]
        case Series(stages=stages):
            return _outputs(stages[0])
        case _:
            return []


def _one_bit_less(weights: Sequence[int], fmt: Format) -> tuple[int, int]:
    """Range of the format one bit narrower than that of a sum."""
    lo, hi = sum_range(weights, min(fmt.lo, 0), max(fmt.hi, 0))
    if lo >= 0:
        return 0, (1 << hi.bit_length() >> 1) - 1
    half = 1 << max(hi.bit_length(), (-lo - 1).bit_length()) >> 1
    return -half, half - 1


def _limits(fir: FixedFir) -> tuple[int, int] | None:
    """Sums that the output holds; None if it wraps."""
    to = fir.output.to
    if fir.output.overflow is Overflow.WRAP:
        return None
    unit = Fraction(2) ** (fir.input.frac + fir.coeff.frac - to.frac)
    return ceil(to.lo * unit), floor(to.hi * unit)


def _missing(
    row: Sequence[int],
    weights: Sequence[int],
    taps: Sequence[int],
    ends: tuple[int, int],
    limits: tuple[int, int] | None,
) -> list[int]:
    """Ends that were not passed while the output was inside: -1, 1."""
    sums, out = _filtered(row, weights), _filtered(row, taps)
    if limits is not None:
        sums = sums[(out >= limits[0]) & (out <= limits[1])]
    return [s for s, met in ((-1, sums < ends[0]), (1, sums > ends[1])) if not met.any()]


def _filtered(row: Sequence[int], h: Sequence[int]) -> Any:
    largest = max(map(abs, row), default=0) * sum(map(abs, h))
    dtype = np.int64 if largest < _EXACT else object
    return np.convolve(np.array(row, dtype=dtype), np.array(h, dtype=dtype))[: len(row)]


def _window(
    weights: Sequence[int],
    taps: Sequence[int],
    fmt: Format,
    limits: tuple[int, int] | None,
    sign: int,
) -> list[int]:
    """Samples by age that drive a sum towards one end and leave the output inside its limits."""
    window = [0 if w == 0 else fmt.hi if w * sign > 0 else fmt.lo for w in weights]
    out = sum(c * x for c, x in zip(taps, window, strict=True))
    if limits is None or limits[0] <= out <= limits[1]:
        return window
    over = out > limits[1]
    used = [k for k, c in enumerate(taps) if c]
    for k in sorted(used, key=lambda k: Fraction(abs(weights[k]), abs(taps[k]))):
        excess = out - (limits[1] if over else limits[0])
        if (excess <= 0) == over:
            break
        # The least change that brings the output inside, or all that this sample can give.
        step = -(-abs(excess) // abs(taps[k])) * (-1 if (taps[k] > 0) == over else 1)
        new = min(max(window[k] + step, fmt.lo), fmt.hi)
        out += taps[k] * (new - window[k])
        window[k] = new
    return window
