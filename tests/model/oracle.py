"""The contract read once more, sample by sample, in exact fractions: slow and plain.

Nothing of fxfir computes here; the formulas of the casts are those of tests/fixed.
"""

from fractions import Fraction

import numpy as np

from fxfir.filters import (
    Bank,
    Clip,
    FixedFir,
    FixedSos,
    Form,
    Interleave,
    Parallel,
    Requantise,
    Select,
    Series,
    Sum,
    Table,
)
from fxfir.fixed import Cast, Format
from tests.fixed.formulas import ROUND, limit


def real(word: int, fmt: Format) -> Fraction:
    return Fraction(word) / Fraction(2) ** fmt.frac


def cast_word(v: Fraction, cast: Cast) -> int:
    return limit(ROUND[cast.rounding](v * Fraction(2) ** cast.to.frac), cast.to, cast.overflow)


def cast_real(v: Fraction, cast: Cast) -> Fraction:
    return real(cast_word(v, cast), cast.to)


def fir(f: FixedFir, x: list[int]) -> list[int]:
    out = []
    for n in range(len(x)):
        total = Fraction(0)
        for k, tap in enumerate(f.taps):
            if k <= n:
                total += real(tap, f.coeff) * real(x[n - k], f.input)
        out.append(cast_word(total, f.output))
    return out


def section(s, x: list[Fraction]) -> list[Fraction]:
    b0, b1, b2 = (real(c, s.b_coeff) for c in s.b)
    a1, a2 = (real(c, s.a_coeff) for c in s.a)

    def Y(v):
        return cast_real(v, s.out)

    def S(v):
        return cast_real(v, s.state)

    zero = Fraction(0)
    out = []
    if s.form is Form.DF1:
        e1, e2 = s.feedback or (0, 0)
        x1 = x2 = y1 = y2 = err1 = err2 = zero
        for v in x:
            total = b0 * v + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2 - e1 * err1 - e2 * err2
            step = Fraction(2) ** s.out.to.frac
            err2, err1 = err1, total - ROUND[s.out.rounding](total * step) / step
            y = Y(total)
            x2, x1, y2, y1 = x1, v, y1, y
            out.append(y)
    elif s.form is Form.DF2:
        w1 = w2 = zero
        for v in x:
            w = S(v - a1 * w1 - a2 * w2)
            out.append(Y(b0 * w + b1 * w1 + b2 * w2))
            w2, w1 = w1, w
    elif s.form is Form.DF2T:
        s1 = s2 = zero
        for v in x:
            y = Y(b0 * v + s1)
            s1, s2 = S(b1 * v - a1 * y + s2), S(b2 * v - a2 * y)
            out.append(y)
    else:
        r1 = r2 = t1 = t2 = zero
        for v in x:
            w = S(v + r1)
            out.append(Y(b0 * w + t1))
            r1, r2 = S(-a1 * w + r2), S(-a2 * w)
            t1, t2 = S(b1 * w + t2), S(b2 * w)
    return out


def sos(f: FixedSos, x: list[int]) -> list[int]:
    values = [real(v, f.input) for v in x]
    for s in f.sections:
        values = section(s, values)
    return [cast_word(v, f.output) for v in values]


def lanes(node, x: list[list[int]]) -> list[list[int]]:
    match node:
        case FixedFir():
            return [fir(node, x[0])]
        case FixedSos():
            return [sos(node, x[0])]
        case Requantise():
            return [[cast_word(real(v, node.input), node.cast) for v in x[0]]]
        case Clip():
            return [[min(max(v, node.lo), node.hi) for v in x[0]]]
        case Table():
            return [[node.words[v - node.input.lo] for v in x[0]]]
        case Select():
            return [[f[min(max(f[-1], 0), node.count - 1)] for f in zip(*x, strict=True)]]
        case Sum():
            values = [[real(v, f) for v in lane] for lane, f in zip(x, node.inputs, strict=True)]
            step = min(Fraction(2) ** -f.frac for f in node.inputs)
            return [
                [
                    cast_word(sum(vs) + node.offset * step, node.output)
                    for vs in zip(*values, strict=True)
                ]
            ]
        case Series():
            for stage in node.stages:
                x = lanes(stage, x)
            return x
        case Bank():
            return [lane for f in node.filters for lane in lanes(f, x)]
        case Parallel():
            out, first = [], 0
            for f in node.filters:
                out += lanes(f, x[first : first + f.n_in])
                first += f.n_in
            return out
        case Interleave():
            mixed = [[0] * len(x[0]) for _ in range(node.n_out)]
            for k, f in enumerate(node.of_channels):
                own = lanes(f, [x[0][k :: node.channels]])
                for row, y in zip(mixed, own, strict=True):
                    row[k :: node.channels] = y
            return mixed
    raise AssertionError(node)


def run(node, x) -> np.ndarray:
    """[time] or [lanes, time] -> object array of the same convention."""
    words = np.asarray(x, dtype=object)
    out = lanes(node, [words.tolist()] if node.n_in == 1 else words.tolist())
    return np.array(out[0] if node.n_out == 1 else out, dtype=object)
