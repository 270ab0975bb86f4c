"""Search for the input that brings a FIR filter's error closest to its bound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, product

import numpy as np

from fxfir.filters import FixedFir
from fxfir.fixed import apply

__all__ = ["worst_inputs"]

_CANDIDATE_TAPS = 5
_STEPS = 96
_FEW_INPUTS = 1024
_INT64_BITS = 62


def worst_inputs(
    filter: FixedFir, weights: Sequence[int], denominator: int, shift: int
) -> Iterator[tuple[int, ...]]:
    """Yield inputs that are candidates for the largest error, oldest sample first.

    Parameters
    ----------
    filter : FixedFir
    weights : sequence of int, shape (n_taps,)
        Error of one input LSB through each tap, in output LSB over `denominator`.
    denominator : int
    shift : int
        Bits that the output cast drops.

    Notes
    -----
    Few inputs are all tried. Otherwise, the rounding of the taps errs most at the sign pattern of
    `weights`. From there the sum is moved (1) back inside the output range if it saturates, at the
    least loss, and (2) to the residue at which the output rounding errs most too, by small steps of
    two samples whose taps carry little error. Candidates only: the caller computes each one's error
    exactly.
    """
    lo, hi = filter.input.lo, filter.input.hi
    if (hi - lo + 1) ** filter.n_taps <= _FEW_INPUTS:
        yield from product(range(lo, hi + 1), repeat=filter.n_taps)
        return
    for sign in (1, -1):
        samples = [hi if sign * e > 0 else lo if e else 0 for e in weights]
        samples = [min(max(x, lo), hi) for x in samples]
        yield tuple(reversed(samples))
        samples = _unclamped(filter, weights, denominator, samples, shift)
        yield tuple(reversed(samples))
        yield from _nudged(filter, weights, denominator, shift, samples)


def _unclamped(
    filter: FixedFir, weights: Sequence[int], denominator: int, samples: list[int], shift: int
) -> list[int]:
    """Move samples, cheapest error per unit of the sum first, until the sum fits the output."""
    samples = list(samples)
    acc = sum(c * x for c, x in zip(filter.taps, samples, strict=True))
    off = sum(e * x for e, x in zip(weights, samples, strict=True))
    to = filter.output.to
    # The ideal output lies `off` away from the sum, and the clamp must not touch it either.
    margin = min(abs(off) // denominator + 2, (to.hi - to.lo) // 2)
    low, high = (to.lo + margin) << max(shift, 0), (to.hi - margin) << max(shift, 0)
    low, high = low >> max(-shift, 0), high >> max(-shift, 0)
    if low > high or low <= acc <= high:
        return samples
    order = sorted(
        (k for k, c in enumerate(filter.taps) if c),
        key=lambda k: abs(weights[k]) / abs(filter.taps[k]),
    )
    for k in order:
        tap = filter.taps[k]
        over = acc - high if acc > high else acc - low if acc < low else 0
        if not over:
            break
        # Whole steps that bring the sum back, rounded away from zero.
        steps = -(-abs(over) // abs(tap)) * (1 if (over > 0) == (tap > 0) else -1)
        moved = min(max(samples[k] - steps, filter.input.lo), filter.input.hi)
        acc += tap * (moved - samples[k])
        samples[k] = moved
    return samples


def _nudged(
    filter: FixedFir,
    weights: Sequence[int],
    denominator: int,
    shift: int,
    samples: list[int],
) -> Iterator[tuple[int, ...]]:
    """Yield the best small change of each pair of samples, scored in float64."""
    low, high = filter.acc_range
    span = max(abs(low), abs(high)).bit_length() + abs(shift) + 2
    if shift <= 0 or span > _INT64_BITS:
        return
    acc = sum(c * x for c, x in zip(filter.taps, samples, strict=True))
    off = sum(e * x for e, x in zip(weights, samples, strict=True)) / denominator
    usable = [k for k, c in enumerate(filter.taps) if c % (1 << shift)]
    usable.sort(key=lambda k: (abs(weights[k]), (filter.taps[k] & -filter.taps[k])))
    usable = usable[:_CANDIDATE_TAPS]
    pairs = list(combinations(usable, 2)) or [(k, k) for k in usable]
    for i, j in pairs:
        first = _reach(filter, samples[i])
        second = _reach(filter, samples[j]) if i != j else np.zeros(1, dtype=np.int64)
        sums = acc + filter.taps[i] * first[:, np.newaxis] + filter.taps[j] * second[np.newaxis, :]
        offs = (
            off
            + weights[i] / denominator * first[:, np.newaxis]
            + weights[j] / denominator * second[np.newaxis, :]
        )
        cast = filter.output
        actual = apply(cast, sums, shift + cast.to.frac)
        wanted = np.clip(sums / (1 << shift) - offs, cast.to.lo, cast.to.hi)
        best = int(np.argmax(np.abs(actual - wanted)))
        row, column = divmod(best, len(second))
        changed = list(samples)
        changed[i] += int(first[row])
        changed[j] += int(second[column])
        yield tuple(reversed(changed))


def _reach(filter: FixedFir, sample: int) -> np.ndarray:
    """Return the changes of one sample that are tried: the nearest ones inside the format."""
    start = max(filter.input.lo - sample, -_STEPS)
    stop = min(filter.input.hi - sample, _STEPS)
    return np.arange(start, stop + 1, dtype=np.int64)
