"""Cascades for the compiled loops: which number type, which lanes, and their tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from fxfir.errors import GuardError
from fxfir.fixed import Overflow, Rounding
from fxfir.model import compiled
from fxfir.model.bounds import INT64_MAX
from fxfir.model.lanes import Array
from fxfir.model.plan import N_COEFFS, N_STATES, SectionPlan, Step
from fxfir.model.scratch import Scratch
from fxfir.model.wordcast import int_round

__all__ = ["sections_kernel"]

State = list[list[int]]

_DEEPEST = 8  # sections of one signal in one loop
_FEWEST, _MOST = 4, 16  # lanes of a loop

_BIAS = {
    # rounding: (halves of an LSB, halves of a sum's LSB) to add before rounding half to even
    Rounding.HALF_EVEN: (0, 0),
    Rounding.FLOOR: (-1, 1),
    Rounding.CEIL: (1, -1),
    Rounding.HALF_UP: (0, 1),
    Rounding.HALF_DOWN: (0, -1),
    Rounding.HALF_AWAY: (0, 1),  # away from zero
    Rounding.TO_ZERO: (-1, 1),  # away from zero
}
_SIGNED = (Rounding.HALF_AWAY, Rounding.TO_ZERO)
_NEAR = 1 << 31  # words below it are clamped as 32-bit integers


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Neighbouring sections in one loop over `chains` signals, with the loop's tables.

    `places` [chains, count, N_STATES] are the states' indices in a table, `error` [count, 1] the
    units of an error in the integer state per output LSB, which is its unit in a float64 table.
    """

    first: int
    count: int
    lag: int
    loop: Callable[..., None]
    tables: tuple[Array, ...]
    places: Array
    error: Array | None

    def run(self, x: Array, states: Sequence[State], y: Array) -> None:
        """Filter words x [signals, time] into y [chains, time], which may hold x."""
        end = self.first + self.count
        mine = self.places[: len(states)]
        table: Array = np.array([state[self.first : end] for state in states], self.tables[0].dtype)
        if self.error is not None:
            table[..., 4:] /= self.error
        held = np.zeros(N_STATES * self.tables[-1].size, dtype=table.dtype)
        work = np.zeros_like(held)
        held[mine] = table
        self.loop(x, *self.tables, held, work, self._events(x.shape[1]), y)
        table = held[mine]
        if self.error is not None:
            table[..., 4:] *= self.error
        for state, rows in zip(states, table.astype(np.int64).tolist(), strict=True):
            state[self.first : end] = rows

    def _events(self, n: int) -> Array:
        """Return (time, lane, enters) of each section's first sample and end, in order of time."""
        late = [k * self.lag for k in range(self.count)]
        enter = [(t, self.count - 1 - k, 1) for k, t in enumerate(late)]
        leave = [(t + n, self.count - 1 - k, 0) for k, t in enumerate(late)]
        return np.array(sorted(enter + leave), dtype=np.int64)


def sections_kernel(plans: list[SectionPlan]) -> Callable[[Array, list[State]], Array]:
    """Return the compiled kernel of a cascade: (x [rows, time], state per row) -> words, as x.

    The words are int64; the next call overwrites them.

    Raises
    ------
    GuardError
        If a section's sums could leave int64.
    ToolError
        If numba is not installed.
    """
    for k, plan in enumerate(plans):
        if not (plan.fits_float64 or plan.fits_int64):
            raise GuardError(
                f"the sums must stay in int64 for method numba, got sections[{k}] with sums up to "
                f"{max(plan.out.bound, plan.state.bound)} cast to {plan.out.cast.to}"
            )
    compiled.sections()
    most = _MOST // _power(max(len(run) for run in _runs(plans)))
    scratch = Scratch()
    built: dict[int, list[_Group]] = {}

    def kernel(x: Array, states: list[State]) -> Array:
        rows, n = x.shape
        if x.strides[-1] != x.itemsize:
            x = np.ascontiguousarray(x)
        chains = min(_power(rows), most)
        if chains not in built:
            built[chains] = _grouped(plans, chains)
        # Whole registers: lanes without a signal need a place to write to.
        out = scratch.get("out", (-(-rows // chains) * chains, n), np.int64)
        for top in range(0, rows, chains):
            mine, y = states[top : top + chains], out[top : top + chains]
            words = x[top : top + chains]
            for group in built[chains]:
                group.run(words, mine, y)
                words = y[: len(mine)]
        return out[:rows]

    return kernel


def _power(count: int) -> int:
    """Return the smallest power of two that is not below `count`."""
    return 1 << max(count - 1, 0).bit_length()


def _runs(plans: list[SectionPlan]) -> list[list[SectionPlan]]:
    """Cut a cascade into what one loop can do."""
    runs = []
    for _, same in groupby(plans, key=_kind):
        run = list(same)
        runs += [run[k : k + _DEEPEST] for k in range(0, len(run), _DEEPEST)]
    return runs


def _kind(plan: SectionPlan) -> tuple[str, str]:
    """Return form and casts, as `sections.loop` names them."""
    direct = "eq" if plan.form is None else plan.form.value
    form = "df1e" if plan.fed_back else direct
    steps = (plan.out, plan.state)
    if not plan.fits_float64:
        return form, "whole"
    if any(s.cast.overflow is Overflow.WRAP or s.cast.rounding in _SIGNED for s in steps):
        return form, "any"
    return form, "near" if all(s.reach < _NEAR for s in steps) else "far"


def _grouped(plans: list[SectionPlan], chains: int) -> list[_Group]:
    groups: list[_Group] = []
    for run in _runs(plans):
        first = sum(group.count for group in groups)
        groups.append(_group(run, first, chains))
    return groups


def _group(plans: list[SectionPlan], first: int, chains: int) -> _Group:
    form, casts = _kind(plans[0])
    depth = max(_power(len(plans)), _FEWEST // chains)
    module = compiled.sections()
    coeffs: list[Any]
    rows: list[Any]
    if casts == "whole":
        coeffs = [list(plan.coeffs) for plan in plans]
        rows = [(_whole_row(plan.out), _whole_row(plan.state)) for plan in plans]
    else:
        coeffs = [_scaled(plan) for plan in plans]
        magic = module.MAGIC if casts == "near" else 0.0
        rows = [(_real_row(plan.out, magic), _real_row(plan.state, magic)) for plan in plans]

    def lanes(values: list[Any], height: int) -> Array:
        """Return the table [height * chains * depth] of one row per section."""
        table = np.zeros((height, chains, depth), np.int64 if casts == "whole" else np.float64)
        for lane, row in enumerate(reversed(values)):
            table[: len(row), :, lane] = np.array(row, dtype=table.dtype)[:, None]
        return table.reshape(-1)

    entry = [[int(k == 0)] for k in range(len(plans))]
    state, signal, section = np.ogrid[:N_STATES, :chains, : len(plans)]
    # Of a signal's lanes the lowest is the last section.
    places = (state * chains + signal) * depth + len(plans) - 1 - section
    scaled = form == "df1e" and casts != "whole"
    return _Group(
        first=first,
        count=len(plans),
        lag=module.LAG,
        loop=module.loop(form, casts, chains, depth),
        tables=(
            lanes(coeffs, N_COEFFS),
            lanes([out for out, _ in rows], module.N_CAST),
            lanes([state for _, state in rows], module.N_CAST),
            lanes(entry, 1),
        ),
        places=places.transpose(1, 2, 0),
        error=np.array([[2.0**plan.out.shift] for plan in plans]) if scaled else None,
    )


def _scaled(plan: SectionPlan) -> list[float]:
    """Return the coefficients of sums that count LSBs of their cast's target."""
    shifts = (plan.out.shift, plan.state.shift)
    pairs = zip(plan.coeffs, plan.targets, strict=True)
    scaled = [float(c) * 2.0 ** -shifts[t] for c, t in pairs]
    # Errors count LSBs already.
    return scaled[:5] + [float(c) for c in plan.coeffs[5:]] if plan.fed_back else scaled


def _real_row(step: Step, magic: float) -> list[float]:
    to = step.cast.to
    halves, least = _BIAS[step.cast.rounding] if step.shift else (0, 0)
    bias = halves / 2 + least * 2.0 ** -(step.shift + 1)
    signed = step.cast.rounding in _SIGNED
    lo, hi = float(max(to.lo, -step.reach)), float(min(to.hi, step.reach))
    span = float(1 << to.width)
    wrap = [0.0, 0.0, 0.0]
    if step.cast.overflow is Overflow.WRAP:
        wrap = [-span, 1 / span, -(to.lo + to.hi) / 2 / span]
        lo, hi = -math.inf, math.inf
    away = [abs(bias), math.copysign(1.0, bias)] if signed else [0.0, 0.0]
    return [0.0 if signed else bias, magic + lo, magic + hi, *wrap, *away]


def _whole_row(step: Step) -> list[int]:
    to = step.cast.to
    wraps = step.cast.overflow is Overflow.WRAP and to.width < 64
    ends = [-INT64_MAX - 1, INT64_MAX] if wraps else [to.lo, to.hi]
    wrap = [to.lo, (1 << to.width) - 1] if wraps else [0, -1]
    return [0, step.shift, *int_round(step.cast.rounding, step.shift), *ends, *wrap]
