"""Find the smallest number of taps whose design meets its mask."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from fxfir.design.excess import fir_excess
from fxfir.errors import DesignError
from fxfir.spec.mask import Band, Mask

__all__ = ["estimate", "shortfall", "smallest"]

# Room for what the refined grid still misses, so that a finer judge agrees.
_SLACK = 1 - 1e-8

_Taps = np.ndarray[Any, Any]


def estimate(mask: Mask) -> int:
    """Return about how many taps an equiripple filter needs for `mask` (Kaiser's formula).

    References
    ----------
    .. [1] J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh window function",
       Proc. IEEE ISCAS, 1974: n = (-20 log10 sqrt(d1 d2) - 13) / (14.6 df) + 1.
    """
    return max([1, *(math.ceil(n) for n, _, _ in _transitions(mask))])


def shortfall(mask: Mask, n_taps: int) -> str:
    """Return which bands an equiripple filter of `n_taps` misses most, and by about how many dB.

    Empty if the formula of `estimate` finds none.
    """
    n, left, right = max(_transitions(mask), key=lambda found: found[0], default=(0.0, None, None))
    if left is None or right is None or n <= n_taps:
        return ""
    gap = (right.low_hz - left.high_hz) / mask.fs_hz
    # Both deviations grow by one factor, so their product by its square.
    short_db = 14.6 * gap * (n - n_taps)
    return (
        f"{n_taps} taps miss the bands at {left.low_hz:g}-{left.high_hz:g} Hz and "
        f"{right.low_hz:g}-{right.high_hz:g} Hz by about {short_db:.2g} dB"
    )


def _transitions(mask: Mask) -> list[tuple[float, Band, Band]]:
    """Return the taps that each transition takes, and the bands beside it."""
    found = []
    for left, right in zip(mask.bands, mask.bands[1:], strict=False):
        gap = (right.low_hz - left.high_hz) / mask.fs_hz
        step = max(abs(left.centre - right.centre), 1e-9)
        product = max(left.deviation * right.deviation / step**2, 1e-30)
        if gap > 0:
            found.append(((-10 * math.log10(product) - 13) / (14.6 * gap) + 1, left, right))
    return found


def smallest(
    build: Callable[[int], _Taps],
    mask: Mask,
    *,
    start: int,
    classes: tuple[tuple[int, int], ...],
    most: int,
    what: str,
) -> _Taps:
    """Return the taps of the shortest design that meets `mask`.

    Parameters
    ----------
    build : callable
        Designs a given number of taps; may raise DesignError, which counts as a miss.
    mask : Mask
        All of whose bands have limits.
    start : int
        Guess of the number of taps.
    classes : sequence of (int, int)
        First number of taps and step of each class inside which longer means better, such as
        odd and even numbers.
    most : int
        Longest design tried.
    what : str
        Name of the method, for the message.

    Raises
    ------
    DesignError
        If no design up to `most` taps meets the mask; the message says what to relax.
    """
    best: _Taps | None = None
    # A guess so far beyond what is tried is not worth the minutes of trying.
    for first, step in classes if start <= 2 * most else ():
        limit = most if best is None else best.size - 1
        found = _smallest_of_class(build, mask, start, first, step, limit)
        if found is not None:
            best = found
    if best is None:
        raise DesignError(
            f"{what} must meet the mask with at most {most} taps, got about {start} needed; "
            f"{said + '; ' if (said := shortfall(mask, most)) else ''}{_advice(mask)}"
        )
    return best


def _smallest_of_class(
    build: Callable[[int], _Taps], mask: Mask, start: int, first: int, step: int, limit: int
) -> _Taps | None:
    """Gallop from the guess to a pair (misses, meets), then bisect it."""
    top = (limit - first) // step
    if top < 0:
        return None
    cache: dict[int, _Taps | None] = {}

    def meets(k: int) -> _Taps | None:
        if k not in cache:
            cache[k] = _meeting(build, mask, first + k * step)
        return cache[k]

    at = min(max((start - first) // step, 0), top)
    stride = 1
    if meets(at) is None:
        low = at
        while True:
            if low == top:
                return None
            high = min(low + stride, top)
            if meets(high) is not None:
                break
            low, stride = high, 2 * stride
    else:
        high = at
        while True:
            if high == 0:
                return meets(0)
            low = max(high - stride, 0)
            if meets(low) is None:
                break
            high, stride = low, 2 * stride
    while high - low > 1:
        middle = (low + high) // 2
        if meets(middle) is None:
            low = middle
        else:
            high = middle
    return meets(high)


def _meeting(build: Callable[[int], _Taps], mask: Mask, n_taps: int) -> _Taps | None:
    try:
        taps = build(n_taps)
    except DesignError:
        return None
    return taps if fir_excess(taps, mask) <= _SLACK else None


def _advice(mask: Mask) -> str:
    tight = min((band for band in mask.bands), key=lambda band: band.deviation)
    name = "attenuation_db" if tight.is_stop else "ripple_db"
    value = tight.attenuation_db if tight.is_stop else tight.ripple_db
    gap = (
        f"widen the narrowest transition, {mask.transition_hz:g} Hz, or "
        if (math.isfinite(mask.transition_hz))
        else ""
    )
    return f"{gap}relax {name} = {value:g} of the band at {tight.low_hz:g} Hz"
