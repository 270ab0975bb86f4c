"""Runs of sections for the compiled kernels: which number type, how many at once, their tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from fxfir.errors import GuardError
from fxfir.filters import Form
from fxfir.fixed import Cast, Overflow, Rounding
from fxfir.model import compiled
from fxfir.model.lanes import Array
from fxfir.model.plan import N_COEFFS, SectionPlan, Step
from fxfir.model.scratch import Scratch
from fxfir.model.wordcast import int_round

__all__ = ["sections_kernel"]

# Sections that one loop interleaves, so that the wait for one recursion is filled with the others.
# Measured: more than two sections of DF2 or DF1T spill registers; the others gain up to four.
_TOGETHER = {Form.DF1: (4, 2, 1), Form.DF2: (2, 1), Form.DF2T: (4, 2, 1), Form.DF1T: (2, 1)}

_FLOAT_MODES = {
    # rounding: (code, sign of the half LSB added first); codes as in kernels._round
    Rounding.HALF_EVEN: (0, 0.0),
    Rounding.FLOOR: (1, 0.0),
    Rounding.HALF_UP: (1, 0.5),
    Rounding.CEIL: (2, 0.0),
    Rounding.HALF_DOWN: (2, -0.5),
    Rounding.TO_ZERO: (3, 0.0),
    Rounding.HALF_AWAY: (4, 0.5),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Neighbouring sections of one form and number type, with the tables of their kernel."""

    first: int
    count: int
    loop: Callable[[Array, Array, Array, Array, Array, Array], None]
    coeffs: Array
    out: Array
    state: Array
    scale: tuple[int, ...]

    def load(self, held: Sequence[Sequence[int]]) -> Array:
        """Turn the integer states into the kernel's numbers."""
        table = np.array(held[self.first : self.first + self.count], dtype=self.coeffs.dtype)
        if self.scale:
            # Errors count fractions of an output LSB here, whole units in the integer state.
            table[:, 4:] *= [[2.0**-shift] for shift in self.scale]
        return table

    def store(self, table: Array, held: list[list[int]]) -> None:
        """Write the kernel's numbers back as integers."""
        if self.scale:
            table[:, 4:] *= [[2.0**shift] for shift in self.scale]
        for k, row in enumerate(table.tolist()):
            held[self.first + k][:] = map(int, row)


def sections_kernel(plans: list[SectionPlan]) -> Callable[[Array, list[list[int]]], Array]:
    """Return the compiled kernel of a cascade: (x [time], state) -> words [time].

    The words are int64, or float64 where the last sections run in it; the next call may overwrite
    them.

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
    groups = _grouped(plans)

    scratch = Scratch()

    def kernel(x: Array, held: list[list[int]]) -> Array:
        words = x
        for group in groups:
            dtype = group.coeffs.dtype
            if words is x or words.dtype != dtype:
                other = scratch.get(dtype.name, x.shape, dtype)
                np.copyto(other, words, casting="unsafe")
                words = other
            table = group.load(held)
            group.loop(words, group.coeffs, group.out, group.state, table, words)
            group.store(table, held)
        return words

    return kernel


def _grouped(plans: list[SectionPlan]) -> list[_Group]:
    groups: list[_Group] = []
    first = 0
    while first < len(plans):
        kind = _kind(plans[first])
        run = 1
        while first + run < len(plans) and _kind(plans[first + run]) == kind:
            run += 1
        while run:
            count = next(n for n in _TOGETHER[kind[0]] if n <= run)
            groups.append(_group(plans[first : first + count], first, kind))
            first += count
            run -= count
    return groups


def _kind(plan: SectionPlan) -> tuple[Form, bool, bool, bool]:
    """(form, error feedback, float64, all casts half-even and saturating in float64)."""
    plain = plan.fits_float64 and all(
        step.cast.rounding is Rounding.HALF_EVEN and step.cast.overflow is Overflow.SATURATE
        for step in (plan.out, plan.state)
    )
    return plan.form, plan.fed_back, plan.fits_float64, plain


def _group(plans: list[SectionPlan], first: int, kind: tuple[Form, bool, bool, bool]) -> _Group:
    form, fed_back, in_float, plain = kind
    bounded = all(plan.bounded for plan in plans)
    casts = "general" if not plain else "bounded" if bounded else "plain"
    dtype = np.float64 if in_float else np.int64
    coeffs: Array = np.zeros((len(plans), N_COEFFS), dtype=dtype)
    for row, plan in zip(coeffs, plans, strict=True):
        if in_float:
            shifts = (plan.out.shift, plan.state.shift)
            # Sums count output LSBs, so that rounding is to integers.
            row[: len(plan.coeffs)] = [
                float(c) * 2.0 ** -shifts[t] for c, t in zip(plan.coeffs, plan.targets, strict=True)
            ]
            if fed_back:
                # Errors count LSBs already.
                row[5:7] *= 2.0**plan.out.shift
        else:
            row[: len(plan.coeffs)] = plan.coeffs
    table = _float_row if in_float else _int_row
    name = "df1e" if fed_back else form.value
    return _Group(
        first=first,
        count=len(plans),
        loop=compiled.kernels().loop(name, len(plans), casts),
        coeffs=coeffs,
        out=np.array([table(plan.out) for plan in plans], dtype=dtype),
        state=np.array([table(plan.state) for plan in plans], dtype=dtype),
        scale=tuple(plan.out.shift for plan in plans) if fed_back and in_float else (),
    )


def _float_row(step: Step) -> list[float]:
    code, add = _FLOAT_MODES[step.cast.rounding] if step.shift else (0, 0.0)
    span = float(1 << step.cast.to.width) if _wraps(step.cast) else 0.0
    lo, hi = float(step.cast.to.lo), float(step.cast.to.hi)
    return [float(code), add, 0.0, 0.0, lo, hi, span, 1.0 / span if span else 0.0]


def _int_row(step: Step) -> list[int]:
    to = step.cast.to
    wraps = _wraps(step.cast) and to.width < 64
    mask = (1 << to.width) - 1 if wraps else 0
    return [step.shift, *int_round(step.cast.rounding, step.shift), to.lo, to.hi, int(wraps), mask]


def _wraps(cast: Cast) -> bool:
    return cast.overflow is Overflow.WRAP
