"""The SOS contract in plain integers, with a list of every cast that overflowed.

Fast enough for thousands of samples; tests/model has the reading in exact fractions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from fxfir.filters import Direct, FixedSos, Form
from fxfir.fixed import Cast, Format, Overflow, round_shift


@dataclass
class Watch:
    """Where a value was cut: (section, "out" or "state")."""

    overflows: list[tuple[int, str]] = field(default_factory=list)


def run(filter: FixedSos, samples: Sequence[int], watch: Watch | None = None) -> list[int]:
    values = [int(v) for v in samples]
    fmt = filter.input
    watch = Watch() if watch is None else watch
    for k, section in enumerate(filter.sections):
        values = _section(k, section, fmt, values, watch)
        fmt = section.out.to
    return [_cast(filter.output, v, fmt.frac) for v in values]


def _cast(cast: Cast, value: int, frac: int) -> int:
    code = int(round_shift(value, frac - cast.to.frac, cast.rounding))
    assert cast.overflow is Overflow.SATURATE
    return min(max(code, cast.to.lo), cast.to.hi)


def _section(k: int, section: Direct, fmt: Format, values: list[int], watch: Watch) -> list[int]:
    b0, b1, b2 = section.b
    a1, a2 = section.a
    bf, af = section.b_coeff.frac, section.a_coeff.frac
    state = section.state.to.frac if section.state is not None else 0
    out = section.out.to.frac
    # One frac that holds every product exactly.
    top = max(bf + fmt.frac, af + out, af + state, bf + state, state, fmt.frac, out)

    def at(value: int, frac: int) -> int:
        return value << (top - frac)

    def cut(cast: Cast, value: int, name: str) -> int:
        code = int(round_shift(value, top - cast.to.frac, cast.rounding))
        if not cast.to.contains(code):
            watch.overflows.append((k, name))
        return min(max(code, cast.to.lo), cast.to.hi)

    result = []
    p1 = p2 = q1 = q2 = e1 = e2 = 0
    for x in values:
        match section.form:
            case Form.DF1:
                f1, f2 = section.feedback or (0, 0)
                total = at(b0 * x + b1 * p1 + b2 * p2, bf + fmt.frac)
                total -= at(a1 * q1 + a2 * q2, af + out) + f1 * e1 + f2 * e2
                y = cut(section.out, total, "out")
                rounded = int(round_shift(total, top - out, section.out.rounding))
                p1, p2, q1, q2 = x, p1, y, q1
                e1, e2 = total - at(rounded, out), e1
            case Form.DF2:
                w = at(x, fmt.frac) - at(a1 * p1 + a2 * p2, af + state)
                w = cut(section.state, w, "state")
                y = cut(section.out, at(b0 * w + b1 * p1 + b2 * p2, bf + state), "out")
                p1, p2 = w, p1
            case Form.DF1T:
                w = cut(section.state, at(x, fmt.frac) + at(p1, state), "state")
                p1 = cut(section.state, at(p2, state) - at(a1 * w, af + state), "state")
                p2 = cut(section.state, -at(a2 * w, af + state), "state")
                y = cut(section.out, at(b0 * w, bf + state) + at(q1, state), "out")
                q1 = cut(section.state, at(b1 * w, bf + state) + at(q2, state), "state")
                q2 = cut(section.state, at(b2 * w, bf + state), "state")
            case Form.DF2T:
                y = cut(section.out, at(b0 * x, bf + fmt.frac) + at(p1, state), "out")
                fed = at(b1 * x, bf + fmt.frac) - at(a1 * y, af + out) + at(p2, state)
                p1 = cut(section.state, fed, "state")
                fed = at(b2 * x, bf + fmt.frac) - at(a2 * y, af + out)
                p2 = cut(section.state, fed, "state")
        result.append(y)
    return result
