"""Second-order sections in vector registers (numba). Imported by `fxfir.model.compiled` only.

A lane of a register is one section of one signal. Section s works on the sample that section 0 had
s * LAG samples ago, so that one instruction advances the recursions of all of them: a sample costs
the wait for one recursion, however many sections there are.

Lanes hold int64 or float64 words; the callers prove that the type is exact, so that fused and
separate operations agree. In float64 the sums count LSBs of their cast's target. All of it stays in
one file, since numba's cache notices changes of this file only.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import cache
from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic, models, overload, register_jitable, register_model

__all__ = ["KERNELS", "LAG", "MAGIC", "N_CAST", "loop"]

LAG = 3
"""Samples between neighbouring sections; with fewer, a section waits for the one before it."""

MAGIC = float(3 * 2**51 + 2**31)
"""Adding it to a float64 rounds half to even, see `bounds.FLOAT_ROUNDED`; the low half of the sum's
bits is the word + 2**31, where words of 32 bits are clamped by integer instructions, in a cycle."""

N_CAST = 9  # rows of a cast's table, see the functions that settle a sum

_INLINE = {"forceinline": True}
_INT32, _INT64, _DOUBLE = ir.IntType(32), ir.IntType(64), ir.DoubleType()


class Lanes(types.Type):  # type: ignore[misc]
    """Numba's type of `count` int64 or float64 numbers in one vector value."""

    def __init__(self, scalar: Any, count: int) -> None:
        self.scalar = scalar
        self.count = count
        self.real = isinstance(scalar, types.Float)
        super().__init__(name=f"Lanes({scalar}, {count})")


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, lanes: Lanes) -> None:
        element = _DOUBLE if lanes.real else _INT64
        super().__init__(manager, lanes, ir.VectorType(element, lanes.count))


def _generator(emit: Callable[[Any, Lanes, Any], Any]) -> Any:
    return lambda context, builder, sig, args: emit(builder, sig.return_type, args)


def _one(emit: Any) -> Any:
    return intrinsic(lambda typing, a: (a(a), _generator(emit)))


def _two(emit: Any) -> Any:
    return intrinsic(lambda typing, a, b: (a(a, b), _generator(emit)))


def _three(emit: Any) -> Any:
    return intrinsic(lambda typing, a, b, c: (a(a, b, c), _generator(emit)))


def _constant(vector: Any, value: Any) -> Any:
    return ir.Constant(vector, [value] * vector.count)


def _llvm(builder: Any, name: str, args: Any) -> Any:
    vector = args[0].type
    kind = ir.FunctionType(vector, [vector] * len(args))
    full = f"llvm.{name}.v{vector.count}f64"
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, full), args)


def _define(symbol: Any, real: str, whole: str) -> None:
    """Let lanes be operands of an operator."""

    def emit(builder: Any, lanes: Lanes, args: Any) -> Any:
        return getattr(builder, real if lanes.real else whole)(*args)

    both = _two(emit)

    def apply(a: Any, b: Any) -> Any:
        return both(a, b)

    def resolve(a: Any, b: Any) -> Any:
        return apply if isinstance(a, Lanes) and a == b else None

    overload(symbol, jit_options=_INLINE)(resolve)


_define(operator.add, "fadd", "add")
_define(operator.sub, "fsub", "sub")
_define(operator.mul, "fmul", "mul")
_define(operator.and_, "", "and_")
_define(operator.lshift, "", "shl")
_define(operator.rshift, "", "ashr")


def _emit_mac(builder: Any, lanes: Lanes, args: Any) -> Any:
    if lanes.real:
        return _llvm(builder, "fmuladd", args)
    return builder.add(builder.mul(args[0], args[1]), args[2])


def _emit_clamp(builder: Any, lanes: Lanes, args: Any) -> Any:
    value, lo, hi = args
    compare = builder.fcmp_ordered if lanes.real else builder.icmp_signed
    value = builder.select(compare(">", value, lo), value, lo)
    return builder.select(compare("<", value, hi), value, hi)


def _emit_clamp_low(builder: Any, lanes: Lanes, args: Any) -> Any:
    # The high halves of the three are the same, so clamping changes nothing there.
    halves = ir.VectorType(_INT32, 2 * lanes.count)
    value, lo, hi = (builder.bitcast(v, halves) for v in args)
    value = builder.select(builder.icmp_unsigned(">", value, lo), value, lo)
    value = builder.select(builder.icmp_unsigned("<", value, hi), value, hi)
    return builder.bitcast(value, args[0].type)


_mac = _three(_emit_mac)  # c * x + acc, the product being the last to arrive
_clamp = _three(_emit_clamp)
_clamp_low = _three(_emit_clamp_low)  # of `_nearest` values, for words of 32 bits
_nearest = _one(lambda b, lanes, args: b.fadd(args[0], _constant(args[0].type, MAGIC)))
_word = _one(lambda b, lanes, args: b.fsub(args[0], _constant(args[0].type, MAGIC)))
_with_sign = _two(lambda b, lanes, args: _llvm(b, "copysign", args))
_sign = _one(lambda b, lanes, args: b.ashr(args[0], _constant(args[0].type, 63)))


def _row(context: Any, builder: Any, sig: Any, args: Any, row: Any, vector: Any) -> Any:
    """Return the pointer to row `row` of the array that is the first argument."""
    array = context.make_array(sig.args[0])(context, builder, args[0])
    start = builder.mul(row, ir.Constant(row.type, vector.count))
    return builder.bitcast(builder.gep(array.data, [start]), vector.as_pointer())


@intrinsic(prefer_literal=True)  # type: ignore[untyped-decorator]
def _load(typing: Any, array: Any, rows: Any, count: Any) -> Any:
    """Read the rows of a contiguous array [rows * count] as a tuple."""
    lanes = Lanes(array.dtype, count.literal_value)
    result = types.UniTuple(lanes, rows.literal_value)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        vector = context.get_value_type(lanes)
        values = []
        for k in range(result.count):
            row = ir.Constant(_INT64, k)
            values.append(builder.load(_row(context, builder, sig, args, row, vector)))
            values[-1].align = 8
        return context.make_tuple(builder, result, values)

    return result(array, rows, count), generate


@intrinsic  # type: ignore[untyped-decorator]
def _store(typing: Any, array: Any, row: Any, lanes: Any) -> Any:
    """Write a row of a contiguous array [rows * lanes]."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        place = _row(context, builder, sig, args, args[1], args[2].type)
        builder.store(args[2], place).align = 8
        return context.get_dummy_value()

    return types.none(array, types.intp, lanes), generate


def _shuffle(builder: Any, vector: Any, picks: list[int]) -> Any:
    mask = ir.Constant(ir.VectorType(_INT32, len(picks)), picks)
    return builder.shuffle_vector(vector, ir.Constant(vector.type, ir.Undefined), mask)


def _sample(context: Any, builder: Any, kind: Any, array: Any, row: int, n: Any) -> Any:
    """Return the pointer to sample n of a row, of the last row if there are not so many."""
    view = context.make_array(kind)(context, builder, array)
    rows, _ = cgutils.unpack_tuple(builder, view.shape, 2)
    stride, _ = cgutils.unpack_tuple(builder, view.strides, 2)
    last = builder.sub(rows, ir.Constant(_INT64, 1))
    wanted = ir.Constant(_INT64, row)
    wanted = builder.select(builder.icmp_signed("<", wanted, last), wanted, last)
    start = cgutils.pointer_add(builder, view.data, builder.mul(wanted, stride))
    return builder.gep(start, [n])


@intrinsic(prefer_literal=True)  # type: ignore[untyped-decorator]
def _enter(typing: Any, words: Any, x: Any, n: Any, first: Any, chains: Any) -> Any:
    """Give each lane the word of the lane above it, or its signal's x[n] where `first` is not 0."""
    count, size = chains.literal_value, words.count

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        fresh = ir.Constant(ir.VectorType(_INT64, count), ir.Undefined)
        for k in range(count):
            word = builder.load(_sample(context, builder, sig.args[1], args[1], k, args[2]))
            fresh = builder.insert_element(fresh, word, ir.Constant(_INT32, k))
        if words.real:
            fresh = builder.sitofp(fresh, ir.VectorType(_DOUBLE, count))
        fresh = _shuffle(builder, fresh, [k * count // size for k in range(size)])
        above = _shuffle(builder, args[0], [min(k + 1, size - 1) for k in range(size)])
        compare = builder.fcmp_ordered if words.real else builder.icmp_signed
        return builder.select(compare("!=", args[3], _constant(args[3].type, 0)), fresh, above)

    return words(words, x, types.intp, first, chains), generate


@intrinsic(prefer_literal=True)  # type: ignore[untyped-decorator]
def _leave(typing: Any, words: Any, y: Any, n: Any, chains: Any) -> Any:
    """Write the lowest lane of each signal, where its last section is, to y[n]."""
    count, size = chains.literal_value, words.count

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        done = _shuffle(builder, args[0], [k * (size // count) for k in range(count)])
        if words.real:
            done = builder.fptosi(done, ir.VectorType(_INT64, count))
        for k in range(count):
            word = builder.extract_element(done, ir.Constant(_INT32, k))
            builder.store(word, _sample(context, builder, sig.args[1], args[1], k, args[2]))
        return context.get_dummy_value()

    return types.none(words, y, types.intp, chains), generate


# Settling a sum v: (v, table of the cast) -> (word, error v - round(v)). Row 0 is added by the sums
# themselves: it makes rounding half to even into another rounding, being a fraction of the least
# bit beyond a half; it is no part of the error.


def _near(v: Any, c: Any) -> Any:
    # Saturating, words of 32 bits before it. 1, 2: MAGIC + lo, MAGIC + hi.
    q = _nearest(v)
    return _word(_clamp_low(q, c[1], c[2])), v - c[0] - _word(q)


def _far(v: Any, c: Any) -> Any:
    # Saturating. 1, 2: lo, hi.
    q = _word(_nearest(v))
    return _clamp(q, c[1], c[2]), v - c[0] - q


def _any(v: Any, c: Any) -> Any:
    # 1, 2: lo, hi, infinite if wrapping; 3, 4, 5: -span, 1 / span, -middle / span, zeros if
    # saturating; 6 takes the sign of v, then times 7 it acts like row 0.
    q = _word(_nearest(_mac(c[7], _with_sign(c[6], v), v)))
    y = _clamp(q, c[1], c[2])
    turns = _word(_nearest(_mac(c[4], y, c[5])))
    return _mac(c[3], turns, y), v - c[0] - q


def _whole(v: Any, c: Any) -> Any:
    # int64. 1 to 4: shift and `wordcast.int_round`; 5, 6: lo, hi; 7, 8: origin and mask of a wrap.
    rest = c[2] + ((v >> c[1]) & c[3])
    q = (v + rest + (_sign(v) & c[4])) >> c[1]
    y = ((_clamp(q, c[5], c[6]) - c[7]) & c[8]) + c[7]
    return y, v - (q << c[1])


def _settle(v: Any, c: Any) -> Any:
    raise NotImplementedError  # compiled code only


_CASTS = {"near": (3, _near), "far": (4, _far), "any": (8, _any), "whole": (9, _whole)}
"""Casts: rows of the table that each reads, by which the loops know it, and its function."""

_SETTLES = {name: (rows, register_jitable(**_INLINE)(f)) for name, (rows, f) in _CASTS.items()}


@overload(_settle, jit_options=_INLINE)  # type: ignore[untyped-decorator]
def _settle_for(v: Any, c: Any) -> Any:
    return dict(_SETTLES.values())[c.count]


# One sample through one section: x, coefficients, Y, S, six states -> y, states. The terms are
# those of fxfir.model.plan; within a sum the one on the recursion's path is last. All are functions
# of the module, since numba's cache finds nothing by the bytes of a closure.


def _df1(x: Any, c: Any, out: Any, state: Any, s: Any) -> Any:
    v = _mac(c[4], s[3], _mac(c[2], s[1], _mac(c[1], s[0], out[0])))
    y = _settle(_mac(c[3], s[2], _mac(c[0], x, v)), out)[0]
    return y, (x, s[0], y, s[2], s[4], s[5])


def _df1e(x: Any, c: Any, out: Any, state: Any, s: Any) -> Any:
    v = _mac(c[4], s[3], _mac(c[2], s[1], _mac(c[1], s[0], out[0])))
    v = _mac(c[0], x, _mac(c[6], s[5], v))
    y, err = _settle(_mac(c[3], s[2], _mac(c[5], s[4], v)), out)
    return y, (x, s[0], y, s[2], err, s[4])


def _df2(x: Any, c: Any, out: Any, state: Any, s: Any) -> Any:
    w = _settle(_mac(c[1], s[0], _mac(c[0], x, _mac(c[2], s[1], state[0]))), state)[0]
    y = _settle(_mac(c[3], w, _mac(c[4], s[0], _mac(c[5], s[1], out[0]))), out)[0]
    return y, (w, s[0], s[2], s[3], s[4], s[5])


def _df2t(x: Any, c: Any, out: Any, state: Any, s: Any) -> Any:
    y = _settle(_mac(c[1], s[0], _mac(c[0], x, out[0])), out)[0]
    s1 = _settle(_mac(c[3], y, _mac(c[4], s[1], _mac(c[2], x, state[0]))), state)[0]
    s2 = _settle(_mac(c[6], y, _mac(c[5], x, state[0])), state)[0]
    return y, (s1, s2, s[2], s[3], s[4], s[5])


def _df1t(x: Any, c: Any, out: Any, state: Any, s: Any) -> Any:
    w = _settle(_mac(c[1], s[0], _mac(c[0], x, state[0])), state)[0]
    r1 = _settle(_mac(c[2], w, _mac(c[3], s[1], state[0])), state)[0]
    r2 = _settle(_mac(c[4], w, state[0]), state)[0]
    y = _settle(_mac(c[5], w, _mac(c[6], s[2], out[0])), out)[0]
    t1 = _settle(_mac(c[7], w, _mac(c[8], s[3], state[0])), state)[0]
    t2 = _settle(_mac(c[9], w, state[0]), state)[0]
    return y, (r1, r2, t1, t2, s[4], s[5])


def _eq(x: Any, c: Any, out: Any, state: Any, s: Any) -> Any:
    y = _settle(_mac(c[1], s[1], _mac(c[0], s[0], _mac(c[2], x, out[0]))), out)[0]
    s1 = _settle(_mac(c[4], s[1], _mac(c[3], s[0], _mac(c[5], x, state[0]))), state)[0]
    s2 = _settle(_mac(c[7], s[1], _mac(c[6], s[0], _mac(c[8], x, state[0]))), state)[0]
    return y, (s1, s2, s[2], s[3], s[4], s[5])


def _kernel(step: Any, height: int, chains: int, depth: int) -> Any:
    lanes = chains * depth

    def run(
        x: Any, coeffs: Any, out: Any, state: Any, first: Any, held: Any, live: Any, events: Any,
        y: Any,
    ) -> None:  # fmt: skip
        c = _load(coeffs, 10, lanes)
        u, q = _load(out, height, lanes), _load(state, height, lanes)
        entry = _load(first, 1, lanes)[0]
        s = _load(live, 6, lanes)
        v1 = v2 = v3 = s[0]
        start = 0
        newest, lag = x.shape[1] - 1, events[-1, 0] - x.shape[1]
        for e in range(events.shape[0]):
            for n in range(start, events[e, 0]):
                v = _enter(v3, x, min(n, newest), entry, chains)
                v3, v2 = v2, v1
                v1, s = step(v, c, u, q, s)
                # What is no sample yet goes to the first one's place, which comes after.
                _leave(v1, y, max(n - lag, 0), chains)
            start = events[e, 0]
            for k in range(6):
                _store(live, k, s[k])
            # A section's lanes of all signals, in all rows of the states.
            for k in range(events[e, 1], live.size, depth):
                if events[e, 2]:
                    live[k] = held[k]
                else:
                    held[k] = live[k]
            s = _load(live, 6, lanes)

    words = types.Array(types.int64, 2, "A")
    read = types.Array(types.int64, 2, "A", readonly=True)
    table = types.Array(types.float64 if height < N_CAST else types.int64, 1, "C")
    kind = types.none(read, *[table] * 6, types.Array(types.int64, 2, "C"), words)
    try:
        return njit(kind, cache=True)(run)
    except RuntimeError:
        # No folder to cache in can be written: compile anew in each process.
        return njit(kind)(run)


_STEPS = {"df1": _df1, "df1e": _df1e, "df2": _df2, "df2t": _df2t, "df1t": _df1t, "eq": _eq}
_FORMS = {name: register_jitable(**_INLINE)(step) for name, step in _STEPS.items()}

KERNELS: dict[str, list[Any]] = {"sos": []}  # the loops made so far


@cache
def loop(form: str, casts: str, chains: int, depth: int) -> Any:
    """Return the loop of up to `depth` sections of one form over `chains` signals.

    Parameters
    ----------
    form : str
        "df1", "df1e" (error feedback), "df2", "df2t", "df1t" or "eq" (state equations).
    casts : str
        "near", "far" or "any" (float64), or "whole" (int64): how the sums are settled.
    chains, depth : int
        The product is a power of two. Of a signal's lanes the lowest is its last section, the one
        above it the last but one, and so on; lanes above the first section are not used.

    Returns
    -------
    callable
        (x, coeffs, out, state, first, held, live, events, y). x, y [signals, time], int64, rows
        without gaps, may be the same; x may have fewer signals. Tables are rows of chains * depth
        lanes, flat, float64 or int64: coeffs [10], out and state [N_CAST], first [1] (1 where a
        signal enters), held [6] (states), live [6] (zeros to work in). events [:, (time, lane,
        enters)], int64, load a section's states before its first sample, save them after its last.
    """
    KERNELS["sos"].append(_kernel(_FORMS[form], _SETTLES[casts][0], chains, depth))
    return KERNELS["sos"][-1]
