"""Filters in real numbers: with the casts of the contract (twins), and without any (linear)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import assert_never

import numpy as np

from fxfir.arith.flow import transfer
from fxfir.errors import GuardError
from fxfir.filters import (
    Direct,
    FixedFir,
    FixedSos,
    Form,
    Requantise,
    Section,
    StateSpace,
)
from fxfir.fixed import Cast, Format, Rounding
from fxfir.model import compiled
from fxfir.model.floatcast import FloatCast, float_cast
from fxfir.model.lanes import Array
from fxfir.model.plan import plan_sections
from fxfir.model.wordcast import clamp_word

__all__ = ["LinearFir", "LinearSos", "TwinFir", "TwinRequantise", "TwinSos"]

RealMap = Callable[[float], float]

_NUMBA_STEPS = 3_000_000  # sections * samples; below, Python is done before numba has loaded


class LinearFir:
    """FIR sums over real values, without the output cast."""

    def __init__(self, fir: FixedFir) -> None:
        self._taps = np.ldexp(np.array(fir.taps, dtype=np.float64), -fir.coeff.frac)
        self.reach = fir.n_taps - 1
        self.reset(1)

    def reset(self, batch: int) -> None:
        """Make the history zero, for `batch` independent signals."""
        self._history = np.zeros((batch, self.reach))

    def advance(self, lanes: list[Array], ahead: int) -> list[Array]:
        """Filter the next samples, `[batch, time]`."""
        joined = np.concatenate([self._history, lanes[0]], axis=1)
        self._history = joined[:, joined.shape[1] - self.reach :].copy()
        out = np.empty(lanes[0].shape)
        if lanes[0].shape[1]:
            for row, signal in enumerate(joined):
                out[row] = np.convolve(signal, self._taps, "valid")
        return [out]


class TwinFir:
    """FIR sums over real values, exact, then the output cast.

    Raises
    ------
    GuardError
        If a sum or the cast may leave what float64 holds exactly.
    """

    def __init__(self, fir: FixedFir) -> None:
        if sum(abs(c) for c in fir.taps) * max(-fir.input.lo, fir.input.hi) > 1 << 53:
            raise GuardError(
                f"sums must stay within 2**53 for the float64 twin, got taps with {fir.acc}"
            )
        self._cast = _proven(fir.output, fir.acc.frac, *fir.acc_range)
        self._frac, self._out = fir.acc.frac, fir.output.to.frac
        self._sums = LinearFir(fir)
        self.reach = fir.n_taps - 1

    def reset(self, batch: int) -> None:
        """Make the history zero, for `batch` independent signals."""
        self._sums.reset(batch)

    def advance(self, lanes: list[Array], ahead: int) -> list[Array]:
        """Filter the next samples, `[batch, time]`."""
        (exact,) = self._sums.advance(lanes, ahead)
        return [_cast_real(self._cast, exact, self._frac, self._out)]


class TwinRequantise:
    """A bare cast of real values.

    Raises
    ------
    GuardError
        If the cast may leave what float64 holds exactly.
    """

    reach = 0

    def __init__(self, node: Requantise) -> None:
        self._cast = _proven(node.cast, node.input.frac, node.input.lo, node.input.hi)
        self._frac, self._out = node.input.frac, node.cast.to.frac

    def reset(self, batch: int) -> None:
        """Do nothing: a cast has no history."""

    def advance(self, lanes: list[Array], ahead: int) -> list[Array]:
        """Cast the next samples, `[batch, time]`."""
        return [_cast_real(self._cast, lanes[0], self._frac, self._out)]


class TwinSos:
    """Sections over real values, written from the equations of the forms, with their casts.

    Raises
    ------
    GuardError
        If a sum or a cast may leave what float64 holds exactly.
    """

    reach = 0

    def __init__(self, sos: FixedSos) -> None:
        for k, plan in enumerate(plan_sections(sos)):
            if not plan.fits_float64:
                raise GuardError(
                    "sums must stay within 2**53 for the float64 twin, got sums up to "
                    f"{max(plan.out.bound, plan.state.bound)} in sections[{k}]"
                )
        self._sections = sos.sections
        last = sos.sections[-1].out.to
        self._output = TwinRequantise(Requantise(input=last, cast=sos.output))
        self.reset(1)

    def reset(self, batch: int) -> None:
        """Make all states zero, for `batch` independent signals."""
        self._states = [[[0.0] * 6 for _ in self._sections] for _ in range(batch)]

    def advance(self, lanes: list[Array], ahead: int) -> list[Array]:
        """Filter the next samples, `[batch, time]`."""
        out = np.empty(lanes[0].shape)
        for row, held in enumerate(self._states):
            signal = lanes[0][row].tolist()
            for section, state in zip(self._sections, held, strict=True):
                signal = _section(section, signal, state)
            out[row] = signal
        return self._output.advance([out], ahead)


class LinearSos:
    """Sections over real values without casts, as transposed direct form II."""

    reach = 0

    def __init__(self, sos: FixedSos) -> None:
        self._rows = [[float(v) for part in transfer(s) for v in part] for s in sos.sections]
        self.reset(1)

    def reset(self, batch: int) -> None:
        """Make all states zero, for `batch` independent signals."""
        self._states = np.zeros((batch, len(self._rows), 2))

    def advance(self, lanes: list[Array], ahead: int) -> list[Array]:
        """Filter the next samples, `[batch, time]`."""
        much = compiled.warm("linear") or ahead * len(self._rows) >= _NUMBA_STEPS
        loop = _linear_numba if compiled.available() and much else _linear_python
        out = np.empty(lanes[0].shape)
        for row, held in enumerate(self._states):
            out[row] = loop(self._rows, lanes[0][row], held)
        return [out]


def _linear_python(rows: list[list[float]], x: Array, held: Array) -> Array:
    signal: list[float] = x.tolist()
    for k, (b0, b1, b2, a1, a2) in enumerate(rows):
        s1, s2 = held[k].tolist()
        out = []
        for v in signal:
            u = b0 * v + s1
            s1 = b1 * v - a1 * u + s2
            s2 = b2 * v - a2 * u
            out.append(u)
        held[k] = s1, s2
        signal = out
    return np.array(signal, dtype=np.float64)


def _linear_numba(rows: list[list[float]], x: Array, held: Array) -> Array:
    out = np.empty(x.shape)
    compiled.kernels().linear(np.ascontiguousarray(x), np.array(rows), held, out)
    return out


def _section(section: Section, x: list[float], held: list[float]) -> list[float]:
    """Run one section; a feeding-back y is always after Y."""
    if isinstance(section, StateSpace):
        return _equations(section, x, held)
    return _direct(section, x, held)


def _equations(section: StateSpace, x: list[float], held: list[float]) -> list[float]:
    a11, a12, a21, a22, b1, b2, c1, c2, d = (
        math.ldexp(word, -fmt.frac) for _, word, fmt in section.words()
    )
    y_cast, s_cast = _real_cast(section.out), _real_cast(section.state)
    s1, s2 = held[:2]
    out = []
    for x0 in x:
        out.append(y_cast(c1 * s1 + c2 * s2 + d * x0))
        s1, s2 = s_cast(a11 * s1 + a12 * s2 + b1 * x0), s_cast(a21 * s1 + a22 * s2 + b2 * x0)
    held[:2] = s1, s2
    return out


def _direct(section: Direct, x: list[float], held: list[float]) -> list[float]:
    b0, b1, b2 = (math.ldexp(c, -section.b_coeff.frac) for c in section.b)
    a1, a2 = (math.ldexp(c, -section.a_coeff.frac) for c in section.a)
    y_cast = _real_cast(section.out)
    s_cast = y_cast if section.state is None else _real_cast(section.state)
    out = []
    match section.form:
        case Form.DF1:
            e1, e2 = section.feedback or (0, 0)
            rounded = _real_round(section.out)
            x1, x2, y1, y2, err1, err2 = held
            for x0 in x:
                v = b0 * x0 + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2 - e1 * err1 - e2 * err2
                y = y_cast(v)
                x1, x2, y1, y2, err1, err2 = x0, x1, y, y1, v - rounded(v), err1
                out.append(y)
            held[:] = x1, x2, y1, y2, err1, err2
        case Form.DF2:
            w1, w2 = held[:2]
            for x0 in x:
                w = s_cast(x0 - a1 * w1 - a2 * w2)
                out.append(y_cast(b0 * w + b1 * w1 + b2 * w2))
                w1, w2 = w, w1
            held[:2] = w1, w2
        case Form.DF2T:
            s1, s2 = held[:2]
            for x0 in x:
                y = y_cast(b0 * x0 + s1)
                s1, s2 = s_cast(b1 * x0 - a1 * y + s2), s_cast(b2 * x0 - a2 * y)
                out.append(y)
            held[:2] = s1, s2
        case Form.DF1T:
            r1, r2, t1, t2 = held[:4]
            for x0 in x:
                w = s_cast(x0 + r1)
                out.append(y_cast(b0 * w + t1))
                r1, r2 = s_cast(-a1 * w + r2), s_cast(-a2 * w)
                t1, t2 = s_cast(b1 * w + t2), s_cast(b2 * w)
            held[:4] = r1, r2, t1, t2
        case _:
            assert_never(section.form)
    return out


_ROUND: dict[Rounding, Callable[[float], int]] = {
    Rounding.FLOOR: math.floor,
    Rounding.CEIL: math.ceil,
    Rounding.TO_ZERO: math.trunc,
    Rounding.HALF_UP: lambda v: math.floor(v + 0.5),
    Rounding.HALF_DOWN: lambda v: math.ceil(v - 0.5),
    Rounding.HALF_AWAY: lambda v: math.trunc(v + math.copysign(0.5, v)),
    Rounding.HALF_EVEN: round,
}


def _real_round(cast: Cast) -> RealMap:
    nearest, up, down = _ROUND[cast.rounding], 2.0**cast.to.frac, 2.0**-cast.to.frac
    return lambda v: nearest(v * up) * down


def _real_cast(cast: Cast) -> RealMap:
    nearest, clamp = _ROUND[cast.rounding], clamp_word(cast)
    up, down = 2.0**cast.to.frac, 2.0**-cast.to.frac
    return lambda v: clamp(nearest(v * up)) * down


def _cast_real(cast: FloatCast, x: Array, frac: int, to_frac: int) -> Array:
    """Cast real values that are whole multiples of 2**-frac to ones of 2**-to_frac."""
    words = cast(np.ldexp(x, frac), np.empty(x.shape, dtype=np.int64))
    return np.ldexp(words.astype(np.float64), -to_frac)


def _proven(cast: Cast, frac: int, lo: int, hi: int) -> FloatCast:
    found = float_cast(cast, frac, lo, hi)
    if found is None:
        source = Format.holding(lo, hi, frac)
        raise GuardError(
            f"casts must stay exact in float64 for the twin, got {source} cast to {cast.to} "
            f"by {cast.rounding.value}, {cast.overflow.value}"
        )
    return found
