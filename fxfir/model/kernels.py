"""Compiled loops (numba). Imported by `fxfir.model.compiled` only, when they are wanted.

Every loop runs on int64 or on float64 words; the callers prove that the type is exact. In
float64 the sums count output LSBs. The allowed "fast" flags are the ones that cannot change an
exact result: fused multiply-adds, no NaN, sign of zero.

All of it stays in one file, since numba's cache notices changes of this file only.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import overload, register_jitable

__all__ = ["KERNELS", "fir", "linear", "loop"]

_FLAGS = {"contract", "nnan", "nsz"}
_INLINE = {"forceinline": True, "fastmath": _FLAGS}


def _jit(function: Callable[..., Any], *, fastmath: Any = False) -> Any:
    try:
        return njit(cache=True, fastmath=fastmath)(function)
    except RuntimeError:
        # No folder to cache in can be written: compile anew in each process.
        return njit(fastmath=fastmath)(function)


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


def _round(v: Any, c: Any) -> Any:
    raise NotImplementedError  # compiled code only


def _clamp(q: Any, c: Any) -> Any:
    raise NotImplementedError


def _residue(v: Any, q: Any, c: Any) -> Any:
    raise NotImplementedError


# A cast's row c: float64 (mode, half, 0, 0, lo, hi, span, 1 / span),
# int64 (shift, add, even, negative, lo, hi, wraps, mask).


def _round_for(v: Any, c: Any) -> Any:
    if isinstance(v, types.Float):

        def in_float(v: Any, c: Any) -> Any:
            if c[0] == 0:
                return np.rint(v)
            if c[0] == 1:
                return np.floor(v + c[1])
            if c[0] == 2:
                return np.ceil(v + c[1])
            if c[0] == 3:
                return np.trunc(v)
            return np.trunc(v + math.copysign(c[1], v))

        return in_float

    def in_int(v: Any, c: Any) -> Any:
        return (v + c[1] + ((v >> c[0]) & c[2]) + ((v >> 63) & c[3])) >> c[0]

    return in_int


def _clamp_for(q: Any, c: Any) -> Any:
    if isinstance(q, types.Float):

        def in_float(q: Any, c: Any) -> Any:
            if c[6] == 0:
                return c[4] if q < c[4] else (c[5] if q > c[5] else q)
            return q - c[6] * np.floor((q - c[4]) * c[7])

        return in_float

    def in_int(q: Any, c: Any) -> Any:
        if c[6] == 0:
            return c[4] if q < c[4] else (c[5] if q > c[5] else q)
        return ((q - c[4]) & c[7]) + c[4]

    return in_int


def _residue_for(v: Any, q: Any, c: Any) -> Any:
    if isinstance(v, types.Float):

        def in_float(v: Any, q: Any, c: Any) -> Any:
            return v - q

        return in_float

    def in_int(v: Any, q: Any, c: Any) -> Any:
        return v - (q << c[0])

    return in_int


overload(_round, jit_options=_INLINE)(_round_for)
overload(_clamp, jit_options=_INLINE)(_clamp_for)
overload(_residue, jit_options=_INLINE)(_residue_for)

# One sample through one section: x, coefficients, the casts Y and S, S again for the sums that
# no old state enters, six states -> y, states. The terms are those of fxfir.model.plan; within a
# sum the one on the recursion's path comes last.


def _df1(x: Any, c: Any, out: Any, state: Any, rest: Any, s: Any) -> Any:
    v = c[1] * s[0] + c[2] * s[1] + c[4] * s[3] + c[0] * x + c[3] * s[2]
    y = _clamp(_round(v, out), out)
    return y, (x, s[0], y, s[2], s[4], s[5])


def _df1e(x: Any, c: Any, out: Any, state: Any, rest: Any, s: Any) -> Any:
    v = c[1] * s[0] + c[2] * s[1] + c[4] * s[3] + c[6] * s[5] + c[0] * x
    v += c[5] * s[4] + c[3] * s[2]
    q = _round(v, out)
    y = _clamp(q, out)
    return y, (x, s[0], y, s[2], _residue(v, q, out), s[4])


def _df2(x: Any, c: Any, out: Any, state: Any, rest: Any, s: Any) -> Any:
    w = _clamp(_round(c[2] * s[1] + c[0] * x + c[1] * s[0], state), state)
    y = _clamp(_round(c[4] * s[0] + c[5] * s[1] + c[3] * w, out), out)
    return y, (w, s[0], s[2], s[3], s[4], s[5])


def _df2t(x: Any, c: Any, out: Any, state: Any, rest: Any, s: Any) -> Any:
    y = _clamp(_round(c[0] * x + c[1] * s[0], out), out)
    s1 = _clamp(_round(c[4] * s[1] + c[2] * x + c[3] * y, state), state)
    s2 = _clamp(_round(c[5] * x + c[6] * y, rest), rest)
    return y, (s1, s2, s[2], s[3], s[4], s[5])


def _df1t(x: Any, c: Any, out: Any, state: Any, rest: Any, s: Any) -> Any:
    w = _clamp(_round(c[0] * x + c[1] * s[0], state), state)
    r1 = _clamp(_round(c[3] * s[1] + c[2] * w, state), state)
    r2 = _clamp(_round(c[4] * w, rest), rest)
    y = _clamp(_round(c[6] * s[2] + c[5] * w, out), out)
    t1 = _clamp(_round(c[8] * s[3] + c[7] * w, state), state)
    t2 = _clamp(_round(c[9] * w, rest), rest)
    return y, (r1, r2, t1, t2, s[4], s[5])


@register_jitable(**_INLINE)  # type: ignore[untyped-decorator]
def _ten(row: Any) -> Any:
    return (
        row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], row[9]
    )  # fmt: skip


@register_jitable(**_INLINE)  # type: ignore[untyped-decorator]
def _six(row: Any) -> Any:
    return row[0], row[1], row[2], row[3], row[4], row[5]


@register_jitable(**_INLINE)  # type: ignore[untyped-decorator]
def _cast(row: Any) -> Any:
    return row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7]


@register_jitable(**_INLINE)  # type: ignore[untyped-decorator]
def _plain_cast(row: Any) -> Any:
    # Half-even and saturating as constants: the compiler drops the other modes.
    return 0.0, 0.0, 0.0, 0.0, row[4], row[5], 0.0, 0.0


@register_jitable(**_INLINE)  # type: ignore[untyped-decorator]
def _bounded_cast(row: Any) -> Any:
    # Half-even, and nothing to clamp: comparisons with infinity fold away.
    return 0.0, 0.0, 0.0, 0.0, -math.inf, math.inf, 0.0, 0.0


@register_jitable(**_INLINE)  # type: ignore[untyped-decorator]
def _put(row: Any, s: Any) -> None:
    row[0], row[1], row[2], row[3], row[4], row[5] = s


def _loops(step: Any, cast: Any, rest: Any) -> dict[int, Any]:
    """Build the loops over one, two and four neighbouring sections of one form.

    The states live in registers, and the recursions of the sections overlap in time.
    """

    def one(x: Any, c: Any, out: Any, state: Any, held: Any, y: Any) -> None:
        c0, s0 = _ten(c[0]), _six(held[0])
        u0, q0, r0 = cast(out[0]), cast(state[0]), rest(state[0])
        for n in range(x.size):
            y[n], s0 = step(x[n], c0, u0, q0, r0, s0)
        _put(held[0], s0)

    def two(x: Any, c: Any, out: Any, state: Any, held: Any, y: Any) -> None:
        c0, s0 = _ten(c[0]), _six(held[0])
        u0, q0, r0 = cast(out[0]), cast(state[0]), rest(state[0])
        c1, s1 = _ten(c[1]), _six(held[1])
        u1, q1, r1 = cast(out[1]), cast(state[1]), rest(state[1])
        for n in range(x.size):
            v, s0 = step(x[n], c0, u0, q0, r0, s0)
            y[n], s1 = step(v, c1, u1, q1, r1, s1)
        _put(held[0], s0)
        _put(held[1], s1)

    def four(x: Any, c: Any, out: Any, state: Any, held: Any, y: Any) -> None:
        c0, s0 = _ten(c[0]), _six(held[0])
        u0, q0, r0 = cast(out[0]), cast(state[0]), rest(state[0])
        c1, s1 = _ten(c[1]), _six(held[1])
        u1, q1, r1 = cast(out[1]), cast(state[1]), rest(state[1])
        c2, s2 = _ten(c[2]), _six(held[2])
        u2, q2, r2 = cast(out[2]), cast(state[2]), rest(state[2])
        c3, s3 = _ten(c[3]), _six(held[3])
        u3, q3, r3 = cast(out[3]), cast(state[3]), rest(state[3])
        for n in range(x.size):
            v, s0 = step(x[n], c0, u0, q0, r0, s0)
            v, s1 = step(v, c1, u1, q1, r1, s1)
            v, s2 = step(v, c2, u2, q2, r2, s2)
            y[n], s3 = step(v, c3, u3, q3, r3, s3)
        _put(held[0], s0)
        _put(held[1], s1)
        _put(held[2], s2)
        _put(held[3], s3)

    return {count: _jit(f, fastmath=_FLAGS) for count, f in ((1, one), (2, two), (4, four))}


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

_STEPS = {
    name: register_jitable(**_INLINE)(step)
    for name, step in (
        ("df1", _df1), ("df1e", _df1e), ("df2", _df2), ("df2t", _df2t), ("df1t", _df1t)
    )
}  # fmt: skip
_CASTS = {
    "general": (_cast, _cast),
    "plain": (_plain_cast, _plain_cast),
    "bounded": (_plain_cast, _bounded_cast),
}
_LOOPS = {
    (name, casts): _loops(step, *pair)
    for name, step in _STEPS.items()
    for casts, pair in _CASTS.items()
}

KERNELS: dict[str, list[Any]] = {
    "fir": [fir],
    "sos": [kernel for loops in _LOOPS.values() for kernel in loops.values()],
    "linear": [linear],
}


def loop(name: str, count: int, casts: str) -> Any:
    """Return the loop of `count` sections (1, 2 or 4) of one form.

    Parameters
    ----------
    name : str
        "df1", "df1e" (error feedback), "df2", "df2t" or "df1t".
    count : int
    casts : str
        "general"; in float64 also "plain", all casts half-even and saturating, or "bounded", plain
        where sums that no old state enters cannot leave the state's range.

    Returns
    -------
    callable
        (x, coeffs, out, state, held, y): x, y [time], may be the same array; the rest are tables
        with one row per section.
    """
    return _LOOPS[name, casts][count]
