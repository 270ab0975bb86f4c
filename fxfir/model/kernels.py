"""Compiled loops (numba). Imported by `fxfir.model.compiled` only, when they are wanted.

All of it stays in one file, since numba's cache notices changes of this file only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit

__all__ = ["KERNELS", "fir", "linear"]


def _jit(function: Callable[..., Any]) -> Any:
    try:
        return njit(cache=True)(function)
    except RuntimeError:
        # No folder to cache in can be written: compile anew in each process.
        return njit(function)


def _fir(
    x: Any, seen: Any, sums: Any, totals: Any, taps: Any, ends: Any, shift: Any, add: Any,
    even: Any, negative: Any, lo: Any, hi: Any, span: Any, out: Any,
) -> None:  # fmt: skip
    # taps: oldest first, cut at `ends` (multiples of 8) into runs whose sums fit the dtype of
    # `sums`; seen: history in front, then one block; sums, totals: one block.
    # The inner loop runs over outputs: unit stride, no dependence, so it becomes vector code.
    past = taps.size - 1
    block = sums.size
    for start in range(0, x.size, block):
        m = min(block, x.size - start)
        xs = x[start : start + m]
        ys = out[start : start + m]
        fresh = seen[past : past + m]
        for j in range(m):
            fresh[j] = xs[j]
        acc = sums[:m]
        total = totals[:m]
        total[:] = 0
        first = 0
        for end in ends:
            acc[:] = 0
            for k in range(first, end, 8):
                c0, c1, c2, c3 = taps[k], taps[k + 1], taps[k + 2], taps[k + 3]
                c4, c5, c6, c7 = taps[k + 4], taps[k + 5], taps[k + 6], taps[k + 7]
                w0, w1 = seen[k : k + m], seen[k + 1 : k + 1 + m]
                w2, w3 = seen[k + 2 : k + 2 + m], seen[k + 3 : k + 3 + m]
                w4, w5 = seen[k + 4 : k + 4 + m], seen[k + 5 : k + 5 + m]
                w6, w7 = seen[k + 6 : k + 6 + m], seen[k + 7 : k + 7 + m]
                for j in range(m):
                    acc[j] += (
                        c0 * w0[j] + c1 * w1[j] + c2 * w2[j] + c3 * w3[j]
                        + c4 * w4[j] + c5 * w5[j] + c6 * w6[j] + c7 * w7[j]
                    )  # fmt: skip
            for j in range(m):
                total[j] += acc[j]
            first = end
        for j in range(m):
            v = total[j]
            ys[j] = (v + add + ((v >> shift) & even) + ((v >> 63) & negative)) >> shift
        if span == 0:
            for j in range(m):
                ys[j] = min(max(ys[j], lo), hi)
        else:
            for j in range(m):
                ys[j] = ((ys[j] - lo) & span) + lo
        seen[:past] = seen[m : m + past].copy()


def _linear(x: Any, c: Any, held: Any, y: Any) -> None:
    # Float samples, no casts: rows b0, b1, b2, a1, a2; the order of operations is the Python
    # loop's and nothing is fused, so that both give the same floats.
    for k in range(c.shape[0]):
        s1, s2 = held[k, 0], held[k, 1]
        for n in range(x.size):
            v = x[n]
            u = c[k, 0] * v + s1
            s1 = c[k, 1] * v - c[k, 3] * u + s2
            s2 = c[k, 2] * v - c[k, 4] * u
            y[n] = u
        held[k, 0], held[k, 1] = s1, s2
        x = y


fir = _jit(_fir)
linear = _jit(_linear)

KERNELS: dict[str, list[Any]] = {"fir": [fir], "linear": [linear]}
