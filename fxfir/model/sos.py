"""Cascades of second-order sections over integers: the Python reference and its runner."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fxfir.errors import GuardError
from fxfir.filters import FixedSos, Form
from fxfir.fixed import apply
from fxfir.model import compiled
from fxfir.model.lanes import Array, word_dtype
from fxfir.model.plan import N_STATES, SectionPlan, plan_sections
from fxfir.model.sos_compiled import sections_kernel
from fxfir.model.wordcast import clamp_word, round_word, word_cast

__all__ = ["SOS_METHODS", "SosRunner"]

State = list[list[int]]
"""Words held between samples, [section][N_STATES]; see `_SECTIONS` for their order."""

Kernel = Callable[[Array, list[State]], Array]
"""(samples [rows, time], states of the rows, changed in place) -> words of the last section; the
next call may overwrite them.
"""

_NUMBA_STEPS = 1_500_000  # sections * samples; below, Python is done before numba has loaded


def python_kernel(plans: list[SectionPlan]) -> Kernel:
    """Return the reference: Python integers, one section after the other."""

    def kernel(x: Array, states: list[State]) -> Array:
        out = np.empty(x.shape, dtype=word_dtype(plans[-1].out.cast.to))
        for row, state in enumerate(states):
            words = x[row].tolist()
            for plan, held in zip(plans, state, strict=True):
                words = _SECTIONS[plan.form](plan, words, held)
            out[row] = words
        return out

    return kernel


def numba_kernel(plans: list[SectionPlan]) -> Kernel:
    """Return the compiled kernel: float64 or int64 per section, whichever is proven.

    Raises
    ------
    GuardError
        If a section's sums could leave int64.
    ToolError
        If numba is not installed.
    """
    return sections_kernel(plans)


SOS_METHODS: dict[str, Callable[[list[SectionPlan]], Kernel]] = {
    "python": python_kernel,
    "numba": numba_kernel,
}


def _df1(plan: SectionPlan, x: list[int], held: list[int]) -> list[int]:
    """Held: x1, x2, y1, y2, err1, err2."""
    if plan.fed_back:
        return _df1_fed_back(plan, x, held)
    b0, b1, b2, a1, a2 = plan.coeffs
    cast = word_cast(plan.out.cast, plan.out.shift)
    x1, x2, y1, y2 = held[:4]
    out = []
    for x0 in x:
        y = cast(b0 * x0 + b1 * x1 + b2 * x2 + a1 * y1 + a2 * y2)
        x2, x1, y2, y1 = x1, x0, y1, y
        out.append(y)
    held[:4] = x1, x2, y1, y2
    return out


def _df1_fed_back(plan: SectionPlan, x: list[int], held: list[int]) -> list[int]:
    """Held: x1, x2, y1, y2, err1, err2; the errors count units of 2**-plan.out.frac."""
    b0, b1, b2, a1, a2, e1, e2 = plan.coeffs
    shift = plan.out.shift
    rounded = round_word(plan.out.cast.rounding, shift)
    clamp = clamp_word(plan.out.cast)
    x1, x2, y1, y2, err1, err2 = held
    out = []
    for x0 in x:
        v = b0 * x0 + b1 * x1 + b2 * x2 + a1 * y1 + a2 * y2 + e1 * err1 + e2 * err2
        q = rounded(v)
        y = clamp(q)
        x2, x1, y2, y1 = x1, x0, y1, y
        err2, err1 = err1, v - (q << shift)
        out.append(y)
    held[:] = x1, x2, y1, y2, err1, err2
    return out


def _df2(plan: SectionPlan, x: list[int], held: list[int]) -> list[int]:
    """Held: w1, w2."""
    cx, a1, a2, b0, b1, b2 = plan.coeffs
    state = word_cast(plan.state.cast, plan.state.shift)
    cast = word_cast(plan.out.cast, plan.out.shift)
    w1, w2 = held[:2]
    out = []
    for x0 in x:
        w = state(cx * x0 + a1 * w1 + a2 * w2)
        out.append(cast(b0 * w + b1 * w1 + b2 * w2))
        w2, w1 = w1, w
    held[:2] = w1, w2
    return out


def _df2t(plan: SectionPlan, x: list[int], held: list[int]) -> list[int]:
    """Held: s1, s2."""
    b0, c1, b1, a1, c2, b2, a2 = plan.coeffs
    state = word_cast(plan.state.cast, plan.state.shift)
    cast = word_cast(plan.out.cast, plan.out.shift)
    s1, s2 = held[:2]
    out = []
    for x0 in x:
        y = cast(b0 * x0 + c1 * s1)
        s1 = state(b1 * x0 + a1 * y + c2 * s2)
        s2 = state(b2 * x0 + a2 * y)
        out.append(y)
    held[:2] = s1, s2
    return out


def _df1t(plan: SectionPlan, x: list[int], held: list[int]) -> list[int]:
    """Held: r1, r2, t1, t2."""
    cx, cr1, a1, cr2, a2, b0, ct1, b1, ct2, b2 = plan.coeffs
    state = word_cast(plan.state.cast, plan.state.shift)
    cast = word_cast(plan.out.cast, plan.out.shift)
    r1, r2, t1, t2 = held[:4]
    out = []
    for x0 in x:
        w = state(cx * x0 + cr1 * r1)
        r1 = state(a1 * w + cr2 * r2)
        r2 = state(a2 * w)
        out.append(cast(b0 * w + ct1 * t1))
        t1 = state(b1 * w + ct2 * t2)
        t2 = state(b2 * w)
    held[:4] = r1, r2, t1, t2
    return out


def _equations(plan: SectionPlan, x: list[int], held: list[int]) -> list[int]:
    """Held: s1, s2."""
    c1, c2, d, a11, a12, b1, a21, a22, b2 = plan.coeffs
    state = word_cast(plan.state.cast, plan.state.shift)
    cast = word_cast(plan.out.cast, plan.out.shift)
    s1, s2 = held[:2]
    out = []
    for x0 in x:
        out.append(cast(c1 * s1 + c2 * s2 + d * x0))
        s1, s2 = state(a11 * s1 + a12 * s2 + b1 * x0), state(a21 * s1 + a22 * s2 + b2 * x0)
    held[:2] = s1, s2
    return out


_SECTIONS: dict[Form | None, Callable[[SectionPlan, list[int], list[int]], list[int]]] = {
    Form.DF1: _df1,
    Form.DF2: _df2,
    Form.DF1T: _df1t,
    Form.DF2T: _df2t,
    None: _equations,
}


class SosRunner:
    """One cascade with its states, over `[batch, time]` lanes.

    Parameters
    ----------
    sos : FixedSos
    method : str
        A key of `SOS_METHODS`, or "auto".

    Raises
    ------
    GuardError
        If the named method cannot be proven exact for this cascade.
    """

    reach = 0

    def __init__(self, sos: FixedSos, method: str) -> None:
        self._sos = sos
        self._plans = plan_sections(sos)
        self._method = method
        self._kernels: dict[str, Kernel | None] = {}
        if method != "auto":
            self._kernels[method] = SOS_METHODS[method](self._plans)
        self.reset(1)

    def reset(self, batch: int) -> None:
        """Make all states zero, for `batch` independent signals."""
        self._states: list[State] = [[[0] * N_STATES for _ in self._plans] for _ in range(batch)]

    def advance(self, lanes: list[Array], ahead: int) -> list[Array]:
        """Filter the next samples; see `FirRunner.advance`."""
        x = lanes[0]
        kernel = self._choose(ahead)
        last = kernel(x, self._states)
        source, cast = self._plans[-1].out.cast.to, self._sos.output
        return [last if source == cast.to else apply(cast, last, source.frac)]

    def _choose(self, ahead: int) -> Kernel:
        names: tuple[str, ...] = (self._method,)
        if self._method == "auto":
            much = compiled.warm("sos") or ahead * len(self._plans) >= _NUMBA_STEPS
            names = ("numba", "python") if compiled.available() and much else ("python",)
        for name in names:
            kernel = self._built(name)
            if kernel is not None:
                return kernel
        raise AssertionError("method python serves every cascade")  # pragma: no cover

    def _built(self, name: str) -> Kernel | None:
        if name not in self._kernels:
            try:
                self._kernels[name] = SOS_METHODS[name](self._plans)
            except GuardError:
                self._kernels[name] = None
        return self._kernels[name]
