"""Constant folding of one operation."""

from __future__ import annotations

from fxfir.emit.netlist import Bits, Op

__all__ = ["extended", "fold", "signed_value"]

_COMPARE = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
}


def extended(bits: Bits, width: int, signed: bool) -> Bits:
    """Sign- or zero-extend, or truncate, to `width` bits."""
    if len(bits) >= width:
        return bits[:width]
    return bits + ((bits[-1] if signed else 0),) * (width - len(bits))


def signed_value(bits: Bits, signed: bool) -> int:
    """Value of constant bits."""
    value = sum(bit << k for k, bit in enumerate(bits))
    return value - (bits[-1] << len(bits)) if signed else value


def fold(op: Op) -> Bits | None:
    """Return what the operation's result is wired to, or None where gates remain.

    Reductions and comparisons of one bit may become another kind of operation in place.
    """
    kind = op.kind
    width = len(op.y)
    if kind in ("and", "or", "xor"):
        return _bitwise(op)
    if kind == "mux":
        if op.s[0] < 2 or op.a == op.b:
            return op.b if op.s[0] == 1 else op.a
        return op.s if width == 1 and op.a == (0,) and op.b == (1,) else None
    if kind.startswith("reduce"):
        return _reduce(op)
    if kind in ("shl", "shr", "sshr"):
        return _shift(op) if max(op.b) < 2 else None
    if kind in _COMPARE:
        return _compare(op)
    if max(op.a) < 2 and (not op.b or max(op.b) < 2):
        return _evaluate(op)
    if kind in ("add", "sub") and not any(op.b):
        return extended(op.a, width, op.signed)
    if kind == "add" and not any(op.a):
        return extended(op.b, width, op.signed)
    if kind == "mul":
        for x, c in ((op.a, op.b), (op.b, op.a)):
            value = signed_value(c, op.signed) if max(c) < 2 else -1
            if value == 0:
                return (0,) * width
            if value > 0 and value & (value - 1) == 0:
                shift = value.bit_length() - 1
                return ((0,) * shift + extended(x, width, op.signed))[:width]
    return None


def _bitwise(op: Op) -> Bits | None:
    # Per bit: what a constant, or the other operand being the same net, decides.
    out = []
    for a, b in zip(op.a, op.b, strict=True):
        low, high = (a, b) if a <= b else (b, a)
        if op.kind == "xor":
            bit = high if low == 0 else 0 if low == high else -1
        elif low == high:
            bit = low
        elif low > 1:
            bit = -1
        else:
            bit = (low, high)[low] if op.kind == "and" else (high, 1)[low]
        if bit < 0:
            return None
        out.append(bit)
    return tuple(out)


def _reduce(op: Op) -> Bits | None:
    tail: Bits = (0,) * (len(op.y) - 1)
    if op.kind == "reduce_xor":
        return op.a + tail if len(op.a) == 1 else _evaluate(op) if max(op.a) < 2 else None
    stop = 0 if op.kind == "reduce_and" else 1
    if stop in op.a:
        return (stop, *tail)
    rest = tuple([bit for bit in op.a if bit != 1 - stop])
    if len(rest) <= 1:
        return (rest or (1 - stop,)) + tail
    op.a = rest
    return None


def _shift(op: Op) -> Bits:
    amount = signed_value(op.b, False)
    width = len(op.y)
    if op.kind == "shl":
        return ((0,) * min(amount, width) + extended(op.a, width, op.signed))[:width]
    reach = min(amount, max(len(op.a), width)) + width
    return extended(op.a, reach, op.kind == "sshr")[reach - width :]


def _compare(op: Op) -> Bits | None:
    tail: Bits = (0,) * (len(op.y) - 1)
    a_const, b_const = max(op.a) < 2, max(op.b) < 2
    if op.a == op.b:
        return (int(_COMPARE[op.kind](0, 0)), *tail)
    if a_const and b_const:
        decided = _COMPARE[op.kind](signed_value(op.a, op.signed), signed_value(op.b, op.signed))
        return (int(decided), *tail)
    if op.kind in ("eq", "ne") and len(op.a) == len(op.b) == 1 and (a_const or b_const):
        net, const = (op.b, op.a) if a_const else (op.a, op.b)
        if (const[0] == 1) == (op.kind == "eq"):
            return net + tail
        op.kind, op.a, op.b = "not", net, ()
        return None
    if a_const or b_const:
        # A constant outside the other operand's range decides, whatever the net.
        free, value = (op.b, op.a) if a_const else (op.a, op.b)
        v = signed_value(value, op.signed)
        bits = len(free)
        lo, hi = (-(1 << bits - 1), (1 << bits - 1) - 1) if op.signed else (0, (1 << bits) - 1)
        results = {
            _COMPARE[op.kind](*((v, x) if a_const else (x, v)))
            for x in {lo, hi, min(max(v, lo), hi), min(max(v - 1, lo), hi), min(max(v + 1, lo), hi)}
        }
        if len(results) == 1:
            return (int(results.pop()), *tail)
    return None


def _evaluate(op: Op) -> Bits | None:
    width = len(op.y)
    a = signed_value(op.a, op.signed)
    b = signed_value(op.b, op.signed) if op.b else 0
    match op.kind:
        case "add":
            value = a + b
        case "sub":
            value = a - b
        case "mul":
            value = a * b
        case "neg":
            value = -a
        case "not":
            value = ~signed_value(extended(op.a, width, op.signed), False)
        case "reduce_xor":
            value = sum(op.a) & 1
        case "divfloor":
            value = a // b if b else 0
        case "modfloor":
            value = a % b if b else 0
        case _:
            return None
    return tuple([value >> k & 1 for k in range(width)])
