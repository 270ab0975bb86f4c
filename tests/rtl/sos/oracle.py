"""The contract of a cascade in plain Python integers: the outside witness of these tests.

Everything is an exact rational; nothing of fxfir's arithmetic is used, only its data types.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from fxfir.filters import Direct, FixedSos, Form, Interleave, StateSpace
from fxfir.fixed import Cast, Format, Overflow, Rounding

HALF = Fraction(1, 2)


def rounded(v: Fraction, rounding: Rounding) -> int:
    """The seven formulas of the contract, v in units of the target LSB."""
    return {
        Rounding.FLOOR: lambda: math.floor(v),
        Rounding.CEIL: lambda: math.ceil(v),
        Rounding.TO_ZERO: lambda: math.trunc(v),
        Rounding.HALF_UP: lambda: math.floor(v + HALF),
        Rounding.HALF_DOWN: lambda: math.ceil(v - HALF),
        Rounding.HALF_AWAY: lambda: (1 if v >= 0 else -1) * math.floor(abs(v) + HALF),
        Rounding.HALF_EVEN: lambda: round(v),
    }[rounding]()


def limited(code: int, to: Format, overflow: Overflow) -> int:
    if overflow is Overflow.SATURATE:
        return max(to.lo, min(to.hi, code))
    code %= 1 << to.width
    return code - (1 << to.width) if code > to.hi else code


def cast(v: Fraction, c: Cast) -> int:
    """Real value in, word of c.to out."""
    return limited(rounded(v * Fraction(2) ** c.to.frac, c.rounding), c.to, c.overflow)


def real(code: int, fmt: Format) -> Fraction:
    return code * Fraction(2) ** -fmt.frac


@dataclass
class Section:
    """One section; every stored quantity is a real value, old values are indexed by age."""

    spec: Direct
    x: list[Fraction] = field(default_factory=lambda: [Fraction(0)] * 2)
    y: list[Fraction] = field(default_factory=lambda: [Fraction(0)] * 2)
    w: list[Fraction] = field(default_factory=lambda: [Fraction(0)] * 2)
    err: list[Fraction] = field(default_factory=lambda: [Fraction(0)] * 2)
    s: list[Fraction] = field(default_factory=lambda: [Fraction(0)] * 2)
    r: list[Fraction] = field(default_factory=lambda: [Fraction(0)] * 2)
    t: list[Fraction] = field(default_factory=lambda: [Fraction(0)] * 2)
    railed: int = 0

    def state(self, v: Fraction) -> Fraction:
        assert self.spec.state is not None
        code = cast(v, self.spec.state)
        self.railed += code in (self.spec.state.to.lo, self.spec.state.to.hi)
        return real(code, self.spec.state.to)

    def out(self, v: Fraction) -> Fraction:
        code = cast(v, self.spec.out)
        self.railed += code in (self.spec.out.to.lo, self.spec.out.to.hi)
        return real(code, self.spec.out.to)

    def step(self, x: Fraction) -> Fraction:
        spec = self.spec
        b0, b1, b2 = (real(c, spec.b_coeff) for c in spec.b)
        a1, a2 = (real(c, spec.a_coeff) for c in spec.a)
        if spec.form is Form.DF1:
            v = b0 * x + b1 * self.x[0] + b2 * self.x[1] - a1 * self.y[0] - a2 * self.y[1]
            if spec.feedback is not None:
                v -= spec.feedback[0] * self.err[0] + spec.feedback[1] * self.err[1]
            y = self.out(v)
            lsb = Fraction(2) ** -spec.out.to.frac
            err = v - rounded(v / lsb, spec.out.rounding) * lsb
            self.x, self.y = [x, self.x[0]], [y, self.y[0]]
            self.err = [err, self.err[0]]
        elif spec.form is Form.DF2:
            w = self.state(x - a1 * self.w[0] - a2 * self.w[1])
            y = self.out(b0 * w + b1 * self.w[0] + b2 * self.w[1])
            self.w = [w, self.w[0]]
        elif spec.form is Form.DF2T:
            y = self.out(b0 * x + self.s[0])
            self.s = [self.state(b1 * x - a1 * y + self.s[1]), self.state(b2 * x - a2 * y)]
        else:
            w = self.state(x + self.r[0])
            self.r = [self.state(-a1 * w + self.r[1]), self.state(-a2 * w)]
            y = self.out(b0 * w + self.t[0])
            self.t = [self.state(b1 * w + self.t[1]), self.state(b2 * w)]
        return y


@dataclass
class Equations(Section):
    """The same by state equations; `s` holds both states."""

    spec: StateSpace

    def step(self, x: Fraction) -> Fraction:
        (p, q), spec = self.s, self.spec
        a, b, c, d = spec.a_coeff, spec.b_coeff, spec.c_coeff, spec.d_coeff
        y = self.out(real(spec.c[0], c) * p + real(spec.c[1], c) * q + real(spec.d, d) * x)
        self.s = [
            self.state(real(row[0], a) * p + real(row[1], a) * q + real(word, b) * x)
            for row, word in zip(spec.a, spec.b, strict=True)
        ]
        return y


def run(sos: FixedSos | Interleave, x: Sequence[int]) -> list[int]:
    """Filter integer samples from zero history."""
    if isinstance(sos, Interleave):
        out = [0] * len(x)
        for k, one in enumerate(sos.of_channels):
            out[k :: sos.channels] = run(one, x[k :: sos.channels])
        return out
    return Cascade(sos).run(x)


class Cascade:
    """A cascade that keeps its history, so that a test can cut a stream where it likes."""

    def __init__(self, sos: FixedSos) -> None:
        self.sos = sos
        self.sections = [
            Equations(s) if isinstance(s, StateSpace) else Section(s) for s in sos.sections
        ]

    def run(self, x: Sequence[int]) -> list[int]:
        out = []
        for code in x:
            assert self.sos.input.contains(code)
            v = real(code, self.sos.input)
            for section in self.sections:
                v = section.step(v)
            out.append(cast(v, self.sos.output))
        return out

    @property
    def railed(self) -> int:
        """How often a section's word stood at an end of its format."""
        return sum(s.railed for s in self.sections)
