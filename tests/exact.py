"""The ideal cascade in long integers: the reference that certified errors are held against.

Exact fractions grow by the length of every coefficient with every sample. Here each section's sum
is rounded down once to 2**-BITS, far below any LSB, and how far that can take the output is counted
from the impulse responses: each such error, below one unit, reaches the output by at most the L1
norm of 1/A times what follows. Coefficients are doubles, so products are exact integers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy import signal

BITS = 120


@dataclass(frozen=True)
class Ideal:
    """Outputs as integers in units of 2**-BITS; each is off by at most `slack` of them."""

    values: list[int]
    slack: int

    def errors(self, hardware: Sequence[int], to) -> np.ndarray:
        """|hardware - clamped ideal| in LSB of `to` as float64, rounded up by far more than
        `slack`."""
        shift = BITS - to.frac
        lo, hi = to.lo << shift, to.hi << shift
        found = [
            abs((int(y) << shift) - min(max(v, lo), hi))
            for y, v in zip(hardware, self.values, strict=True)
        ]
        assert self.slack < 1 << (shift - 40)
        return np.array([((e >> (shift - 48)) + 512) / 2**48 for e in found])


def ideal(rows: Sequence[Sequence[Fraction]], samples: Sequence[int], source) -> Ideal:
    """The response of rows b0 b1 b2 1 a1 a2 to words of the format `source`, from zero history."""
    assert source.frac <= BITS
    values = [int(x) << (BITS - source.frac) for x in samples]
    for row in rows:
        fractions = [Fraction(v) for v in row]
        bits = max(v.denominator for v in fractions).bit_length() - 1
        assert all((1 << bits) % v.denominator == 0 for v in fractions)
        b0, b1, b2, one, a1, a2 = (int(v * (1 << bits)) for v in fractions)
        assert one == 1 << bits
        x1 = x2 = y1 = y2 = 0
        out = []
        for x in values:
            y = (b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2) >> bits
            out.append(y)
            x2, x1, y2, y1 = x1, x, y1, y
        values = out
    return Ideal(values, _slack([[float(v) for v in row] for row in rows]))


def _slack(rows: list[list[float]]) -> int:
    """Twice the sum of the float norms from each section's rounding to the output."""
    impulse = np.zeros(1 << 17)
    impulse[0] = 1
    total = 0.0
    for k, row in enumerate(rows):
        h = signal.lfilter([1.0], row[3:], impulse)
        for later in rows[k + 1 :]:
            h = signal.lfilter(later[:3], later[3:], h)
        total += float(np.sum(np.abs(h)))
    return int(2 * total) + 2


def worst_pattern(rows, length: int, lo: int, hi: int) -> np.ndarray:
    """Words of full scale with the signs of the reversed impulse response: the output's peak."""
    impulse = np.zeros(length)
    impulse[0] = 1
    h = impulse
    for row in rows:
        values = [float(v) for v in row]
        h = signal.lfilter(values[:3], values[3:], h)
    return np.where(h[::-1] > 0, hi, lo)


def stimulus(rows, source, n: int, seed: int) -> np.ndarray:
    """Impulse, step, worst-case signs, noise: n words in all, one after the other."""
    rng = np.random.default_rng(seed)
    quarter = n // 4
    impulse = np.zeros(quarter, dtype=np.int64)
    impulse[0] = source.hi
    step = np.full(quarter, source.lo)
    step[: quarter // 2] = source.hi
    signs = worst_pattern(rows, quarter, source.lo, source.hi)
    noise = rng.integers(source.lo, source.hi + 1, n - 3 * quarter)
    return np.concatenate([impulse, step, signs, noise])
