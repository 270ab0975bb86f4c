"""Odd numbers up to a limit as one array, and what one more adder reaches, as array slices.

Every value of a multiplier block is odd up to a shift. Two odd values u, v give a third by

    A(u, v) = odd part of |2**a u +- 2**b v|,

which is a relation of three: 2**a u +- 2**b v +- 2**c w = 0, with exactly two exponents zero. So
the same slices answer "what can u and v make" and "what, with v, would make w".
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Bytes",
    "Flags",
    "Floats",
    "Ints",
    "combine",
    "divide",
    "multiples",
    "noise",
    "odd_part",
    "spread",
]

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]


def odd_part(values: Ints) -> Ints:
    """Return positive integers without their factors of two."""
    return values // (values & -values)


def combine(value: int, others: Ints, limit: int) -> tuple[Ints, Ints]:
    """Return A(value, other) for every other, up to a limit, as results and positions of others.

    Parameters
    ----------
    value : int
        Odd.
    others : ndarray of int64
        Odd.
    limit : int
        Results above it are left out.

    Returns
    -------
    results : ndarray of int64
        Odd; may hold repeats.
    positions : ndarray of int64
        results[k] is made of value and others[positions[k]].
    """
    shifts = np.arange(1, limit.bit_length() + 1)[:, None]
    even = np.stack((others + value, np.abs(others - value)))
    found = np.concatenate(
        (
            odd_part(np.where(even > 0, even, 2)),
            (others << shifts) + value,
            np.abs((others << shifts) - value),
            others + (value << shifts),
            np.abs(others - (value << shifts)),
        )
    )
    inside = np.nonzero(found <= limit)
    # The odd part of 0 stands for 1, which every graph has.
    return found[inside], inside[1]


def spread(out: Bytes, source: Bytes, value: int) -> None:
    """Raise out[u] to source[v] wherever u, v and `value` are in relation A.

    Parameters
    ----------
    out, source : ndarray of uint8, shape (size,)
        Index i stands for the odd number 2 i + 1.
    value : int
        Odd.
    """
    size = len(out)
    step = value
    while step < 2 * size:
        if step < size:
            _raise(out[step:], source[:-step])
            _raise(out[:-step], source[step:])
        low, high = max(0, step - size), min(size, step)
        _raise(out[step - high : step - low], source[low:high][::-1])
        step <<= 1
    for scaled, plain in _scaled(size, value):
        _raise(out[scaled], source[plain])
        _raise(out[plain], source[scaled])


def _scaled(size: int, value: int) -> Iterator[tuple[slice, slice]]:
    """Yield where |2**k v +- value| lies, and the v: pairs of slices of equal length."""
    power = 2
    while power < value + 2 * size:
        start = (power + value - 1) // 2
        if start < size:
            count = (size - start + power - 1) // power
            yield slice(start, None, power), slice(0, count)
        start = (power - value - 1) // 2
        first = max(0, -(start // power))
        if start + first * power < size:
            count = (size - start - first * power + power - 1) // power
            yield slice(start + first * power, None, power), slice(first, first + count)
        start = (value - power - 1) // 2
        if start >= 0:
            # From the top down: v grows while value - 2**k v falls.
            first = max(0, -((size - 1 - start) // power)) if start >= size else 0
            last = start // power
            if last >= first and first < size:
                last = min(last, size - 1)
                low = start - last * power
                high = start - first * power
                yield slice(low, high + 1, power), slice(last, first - 1 if first else None, -1)
        power <<= 1


def multiples(size: int) -> Iterator[int]:
    """Yield the factors 2**n - 1 and 2**n + 1, at least 3, that matter below 2 * size."""
    power = 2
    while power <= 2 * size:
        if power > 2:
            yield power - 1
        yield power + 1
        power <<= 1


def divide(out: Bytes, source: Bytes, factor: int) -> None:
    """Raise out[u] to source[factor * u]."""
    if factor >> 1 < len(out):
        part = source[factor >> 1 :: factor]
        _raise(out[: len(part)], part)


def noise(indices: Ints, salt: int) -> Floats:
    """Return numbers in [0, 1) that look random: a hash, so the same on every machine."""
    mixed = indices.astype(np.uint64) + np.uint64(salt & 0xFFFFFFFFFFFFFFFF)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    spread_out: Floats = (mixed >> np.uint64(40)).astype(np.float32) / np.float32(1 << 24)
    return spread_out


def _raise(out: Bytes, source: Bytes) -> None:
    np.maximum(out, source, out=out)
