"""Recursions over samples, one row of a batch each: real, exact, and their adjoint.

The same functions serve the processor, where one thread computes the rows in turn, and a CUDA
device, where each row has a thread (`fxfir.learn.device`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from numba import njit

__all__ = ["adjoint", "adjoint_row", "exact", "exact_row", "nearest", "real"]


def _jit(function: Callable[..., Any]) -> Any:
    try:
        return njit(cache=True)(function)
    except RuntimeError:
        # No folder to cache in can be written: compile anew in each process.
        return njit(function)


def _real(x: Any, coeffs: Any, held: Any, y: Any) -> None:
    # x [rows, time]; coeffs [channels, sections, (b0, b1, b2, a1, a2)], row r is channel
    # r % channels; held [rows, sections, 2], old states in, new ones out; y [sections, rows, time].
    # Transposed direct form II: y = b0 x + s1; s1 = b1 x - a1 y + s2; s2 = b2 x - a2 y.
    channels, sections = coeffs.shape[:2]
    for r in range(x.shape[0]):
        for k in range(sections):
            b0, b1, b2, a1, a2 = coeffs[r % channels, k]
            s1, s2 = held[r, k]
            u = x[r] if k == 0 else y[k - 1, r]
            out = y[k, r]
            for n in range(u.size):
                v = u[n]
                w = b0 * v + s1
                s1 = (b1 * v + s2) - a1 * w
                s2 = b2 * v - a2 * w
                out[n] = w
            held[r, k, 0], held[r, k, 1] = s1, s2


def _adjoint_row(
    r: Any, x: Any, y: Any, inside: Any, coeffs: Any, masked: Any, grad: Any, held: Any, found: Any
) -> None:
    # The transposed system of `_real`, backwards in time. grad [rows, time]: with respect to y in,
    # to x out. held [rows, sections, 2]: with respect to the new states in, to the old ones out.
    # inside [sections, rows, time]: bits that are 0 where a word saturated, and nothing passes: 1
    # the section's output, 2 and 4 its states, 8 the input of the first, 16 the output of the last.
    # found [rows, sections, 5]: this row's share of the gradient with respect to the coefficients.
    channels, sections = coeffs.shape[:2]
    g = grad[r]
    for back in range(sections):
        k = sections - 1 - back
        c = coeffs[r % channels, k]
        b0, b1, b2, a1, a2 = c[0], c[1], c[2], c[3], c[4]
        p1, p2 = held[r, k, 0], held[r, k, 1]
        u = x[r] if k == 0 else y[k - 1, r]
        out = y[k, r]
        d0 = d1 = d2 = e1 = e2 = 0.0
        for back_n in range(u.size):
            n = u.size - 1 - back_n
            v, w = u[n], out[n]
            h = g[n]
            mask = inside[k, r, n] if masked else 31
            if mask != 31:
                if not mask & 16:
                    h = 0.0
                if not mask & 2:
                    p1 = 0.0
                if not mask & 4:
                    p2 = 0.0
            q = (h - a2 * p2) - a1 * p1
            if not mask & 1:
                q = 0.0
            d0 += q * v
            d1 += p1 * v
            d2 += p2 * v
            e1 -= p1 * w
            e2 -= p2 * w
            passed = (b1 * p1 + b2 * p2) + b0 * q
            g[n] = passed if mask & 8 else 0.0
            p2 = p1
            p1 = q
        held[r, k, 0], held[r, k, 1] = p1, p2
        f = found[r, k]
        f[0], f[1], f[2], f[3], f[4] = d0, d1, d2, e1, e2


def _exact_row(
    r: Any, x: Any, entry: Any, form: Any, fed_back: Any, coeffs: Any, casts: Any, steps: Any,
    leave: Any, left: Any, step_out: Any, held: Any, u: Any, heard: Any, real: Any, inside: Any,
    last: Any,
) -> None:  # fmt: skip
    # x [rows, time]: real values, rounded half-even to words by entry (LSBs per unit, lo, hi);
    # coeffs [channels, sections, 10] as fxfir.model.plan orders them; casts
    # [channels, sections, (out, state), (shift, add, even, negative, lo, hi, span)]; steps
    # [channels, sections]: value of an output LSB; leave [channels, 7], left, step_out: cast of
    # the last words, shifted left first, and its LSB. held [rows, sections, 6]: states; u [time]:
    # scratch.
    # Out: heard, last [rows, time], real [sections, rows, time]: what the words of the input, the
    # output and the sections stand for; inside [sections, rows, time]: bits as for `_adjoint_row`.
    channels, sections = coeffs.shape[:2]
    scale, low, high = entry[0], entry[1], entry[2]
    for n in range(u.size):
        t = nearest(x[r, n] * scale)
        m = min(max(t, low), high)
        u[n] = int(m)
        heard[r, n] = m / scale
        inside[0, r, n] = 31 if m == t else 23
    for k in range(sections):
        c = coeffs[r % channels, k]
        out, state = casts[r % channels, k, 0], casts[r % channels, k, 1]
        step = steps[r % channels, k]
        s0, s1, s2 = held[r, k, 0], held[r, k, 1], held[r, k, 2]
        s3, s4, s5 = held[r, k, 3], held[r, k, 4], held[r, k, 5]
        for n in range(u.size):
            v = u[n]
            bits = 31
            if form == 0:
                t = c[0] * v + c[1] * s0 + c[2] * s1 + c[3] * s2 + c[4] * s3
                if fed_back:
                    t += c[5] * s4 + c[6] * s5
                q = _round(t, out)
                w = _clamp(q, out)
                if fed_back:
                    s5 = s4
                    s4 = t - (q << out[0])
                s1, s0 = s0, v
                s3, s2 = s2, w
            elif form == 1:
                t = c[0] * v + c[1] * s0 + c[2] * s1
                m = _clamp(_round(t, state), state)
                q = _round(c[3] * m + c[4] * s0 + c[5] * s1, out)
                w = _clamp(q, out)
                s1, s0 = s0, m
            elif form == 2:
                q = _round(c[0] * v + c[1] * s0, out)
                w = _clamp(q, out)
                e = _round(c[2] * v + c[3] * w + c[4] * s1, state)
                f = _round(c[5] * v + c[6] * w, state)
                s0, s1 = _clamp(e, state), _clamp(f, state)
                # Only this form has the states of the adjoint.
                if s0 != e:
                    bits ^= 2
                if s1 != f:
                    bits ^= 4
            else:
                m = _clamp(_round(c[0] * v + c[1] * s0, state), state)
                s0 = _clamp(_round(c[2] * m + c[3] * s1, state), state)
                s1 = _clamp(_round(c[4] * m, state), state)
                q = _round(c[5] * m + c[6] * s2, out)
                w = _clamp(q, out)
                s2 = _clamp(_round(c[7] * m + c[8] * s3, state), state)
                s3 = _clamp(_round(c[9] * m, state), state)
            u[n] = w
            real[k, r, n] = w * step
            if q != w:
                bits ^= 1
            if k == 0:
                bits &= inside[0, r, n]
            inside[k, r, n] = bits
        held[r, k, 0], held[r, k, 1], held[r, k, 2] = s0, s1, s2
        held[r, k, 3], held[r, k, 4], held[r, k, 5] = s3, s4, s5
    goes, up = leave[r % channels], left[r % channels]
    for n in range(u.size):
        q = _round(u[n] << up, goes)
        w = _clamp(q, goes)
        last[r, n] = w * step_out
        # A word that wraps keeps its slope.
        if q != w and goes[6] == 0:
            inside[sections - 1, r, n] &= 15


def _adjoint(
    x: Any, y: Any, inside: Any, coeffs: Any, masked: Any, grad: Any, held: Any, found: Any
) -> None:
    for r in range(x.shape[0]):
        adjoint_row(r, x, y, inside, coeffs, masked, grad, held, found)


def _exact(
    x: Any, entry: Any, form: Any, fed_back: Any, coeffs: Any, casts: Any, steps: Any, leave: Any,
    left: Any, step_out: Any, held: Any, word: Any, heard: Any, real: Any, inside: Any, last: Any,
) -> None:  # fmt: skip
    # word [time]: scratch that the rows share.
    for r in range(x.shape[0]):
        exact_row(
            r, x, entry, form, fed_back, coeffs, casts, steps, leave, left, step_out, held, word,
            heard, real, inside, last,
        )  # fmt: skip


@njit(inline="always")
def nearest(v: Any) -> Any:
    """Round half-even: adding rounds where a float64 has no bits below one, and beyond is none."""
    big = math.copysign(4503599627370496.0, v)
    return (v + big) - big if abs(v) < 4503599627370496.0 else v


@njit(inline="always")
def _round(v: Any, cast: Any) -> Any:
    return (v + cast[1] + ((v >> cast[0]) & cast[2]) + ((v >> 63) & cast[3])) >> cast[0]


@njit(inline="always")
def _clamp(q: Any, cast: Any) -> Any:
    if cast[6] == 0:
        return min(max(q, cast[4]), cast[5])
    return ((q - cast[4]) & cast[6]) + cast[4]


adjoint_row, exact_row = _jit(_adjoint_row), _jit(_exact_row)
real, adjoint, exact = _jit(_real), _jit(_adjoint), _jit(_exact)
