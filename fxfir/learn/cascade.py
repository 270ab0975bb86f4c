"""Cascades of second-order sections as autograd functions: forwards compiled, adjoint exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fxfir.errors import GuardError
from fxfir.filters import FixedSos, Form
from fxfir.fixed import Overflow
from fxfir.learn import kernels
from fxfir.learn.scan import scan_cascade
from fxfir.model.plan import N_COEFFS, N_STATES, SectionPlan, Step, plan_sections
from fxfir.model.wordcast import int_round

__all__ = ["ExactTables", "exact_cascade", "exact_tables", "real_cascade"]

Array = np.ndarray[Any, Any]

_FORMS = {Form.DF1: 0, Form.DF2: 1, Form.DF2T: 2, Form.DF1T: 3}


def real_cascade(x: Tensor, coeffs: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
    """Filter in real numbers.

    Parameters
    ----------
    x : Tensor of float64, shape (rows, time)
    coeffs : Tensor of float64, shape (channels, n_sections, 5)
        b0, b1, b2, a1, a2. Row r is filtered by channel r % channels.
    state : Tensor of float64, shape (rows, n_sections, 2)
        Of transposed direct form II.

    Returns
    -------
    tuple of Tensor
        Output [rows, time] and new state; both have gradients with respect to all three inputs.

    References
    ----------
    .. [1] C.-Y. Yu, G. Fazekas, "Differentiable time-varying linear prediction in the context of
       end-to-end analysis-by-synthesis", Interspeech 2024 (arXiv 2406.05128), section 3: the
       gradient of a recursion is the transposed recursion, run backwards.
    """
    if x.device.type != "cpu":
        return scan_cascade(x, coeffs, state)
    return _Real.apply(x, coeffs, state)


class _Real(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, coeffs: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        source, table = _array(x), _array(coeffs)
        held = _array(state).copy()
        y = np.empty((table.shape[1], *source.shape))
        kernels.real(source, table, held, y)
        ctx.save_for_backward(x, coeffs)
        ctx.y = y
        return torch.from_numpy(y[-1].copy()), torch.from_numpy(held)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor, grad_state: Tensor) -> Any:
        x, coeffs = ctx.saved_tensors
        return _backward(x, ctx.y, _NOTHING, coeffs, grad, grad_state)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExactTables:
    """Integer cascades of one or more channels, ready for the compiled loop.

    Parameters
    ----------
    form : int
    fed_back : bool
    coeffs : ndarray of int64, shape (channels, n_sections, 10)
    casts : ndarray of int64, shape (channels, n_sections, 2, 7)
    steps : ndarray of float64, shape (channels, n_sections)
    """

    form: int
    fed_back: bool
    coeffs: Array
    casts: Array
    steps: Array


def exact_tables(filters: Sequence[FixedSos]) -> ExactTables:
    """Return the tables of one cascade per channel, all of one form.

    Raises
    ------
    GuardError
        If a section's sums could leave int64.
    """
    plans = [plan_sections(sos) for sos in filters]
    for row in plans:
        for k, plan in enumerate(row):
            if not plan.fits_int64:
                raise GuardError(
                    f"the sums of a layer must stay in int64, got section {k} with sums up to "
                    f"{max(plan.out.bound, plan.state.bound)} cast to {plan.out.cast.to}"
                )
    first = plans[0][0]
    if first.form is None:
        raise GuardError("a layer trains direct forms, got state equations")
    return ExactTables(
        form=_FORMS[first.form],
        fed_back=first.fed_back,
        coeffs=np.array([[_padded(p) for p in row] for row in plans], dtype=np.int64),
        casts=np.array(
            [[[_cast_row(p.out), _cast_row(p.state)] for p in row] for row in plans],
            dtype=np.int64,
        ),
        steps=np.array([[2.0**-p.out.cast.to.frac for p in row] for row in plans]),
    )


def exact_cascade(
    x: Tensor, coeffs: Tensor, state: Tensor, tables: ExactTables, step: float
) -> tuple[Tensor, Tensor]:
    """Filter in integers, with the gradients of the cascade in real numbers.

    Parameters
    ----------
    x : Tensor of float64, shape (rows, time)
        What input words stand for.
    coeffs : Tensor of float64, shape (channels, n_sections, 5)
        What the coefficient words stand for; the gradient goes to them.
    state : Tensor of int64, shape (rows, n_sections, 6)
        Words held between samples, as `fxfir.model` holds them.
    tables : ExactTables
    step : float
        Value of an input LSB.

    Returns
    -------
    tuple of Tensor
        What the words of the last section stand for, float64 [rows, time], before the output cast
        of the filter; and the new state, which carries no gradient.

    Notes
    -----
    The loop runs on the processor, whatever device the samples are on: integers have no scan.

    Backwards every rounding is the identity and a saturated section output passes nothing; the
    signals that the gradient is made of are the quantised ones. Saturated inner states count as
    if they had not.
    """
    return _Exact.apply(x, coeffs, state, tables, step)


class _Exact(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, coeffs: Tensor, state: Tensor, tables: ExactTables, step: float
    ) -> tuple[Tensor, Tensor]:
        words = np.rint(_array(x) / step).astype(np.int64)
        held = state.detach().cpu().numpy().copy()
        shape = (tables.coeffs.shape[1], *words.shape)
        y, real = np.empty(shape, dtype=np.int64), np.empty(shape)
        inside = np.empty(shape, dtype=np.bool_)
        kernels.exact(
            words, tables.form, tables.fed_back, tables.coeffs, tables.casts, tables.steps, held,
            y, real, inside,
        )  # fmt: skip
        ctx.save_for_backward(x, coeffs)
        ctx.y, ctx.inside = real, inside
        after = torch.from_numpy(held).to(x.device)
        ctx.mark_non_differentiable(after)
        return torch.from_numpy(real[-1].copy()).to(x.device), after

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor, _: Tensor) -> Any:
        x, coeffs = ctx.saved_tensors
        grad_x, grad_coeffs, _ = _backward(x, ctx.y, ctx.inside, coeffs, grad, None)
        return grad_x, grad_coeffs, None, None, None


_NOTHING: Array = np.zeros((0, 0, 0), dtype=np.bool_)


def _backward(
    x: Tensor, y: Array, inside: Array, coeffs: Tensor, grad: Tensor, grad_state: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    source, table = _array(x), _array(coeffs)
    found = np.zeros_like(table)
    through = _array(grad).copy()
    if grad_state is None:
        held = np.zeros((source.shape[0], table.shape[1], 2))
    else:
        held = _array(grad_state).copy()
    kernels.adjoint(source, y, inside, table, inside.size > 0, through, held, found)
    grads = (torch.from_numpy(v).to(x.device) for v in (through, found, held))
    return next(grads), next(grads), next(grads)


def _array(values: Tensor) -> Array:
    return np.ascontiguousarray(values.detach().cpu().numpy(), dtype=np.float64)


def _padded(plan: SectionPlan) -> list[int]:
    return [*plan.coeffs, *[0] * (N_COEFFS - len(plan.coeffs))]


def _cast_row(step: Step) -> list[int]:
    to = step.cast.to
    add, even, negative = int_round(step.cast.rounding, step.shift)
    wraps = step.cast.overflow is Overflow.WRAP and to.width < 64
    return [step.shift, add, even, negative, to.lo, to.hi, (1 << to.width) - 1 if wraps else 0]


def zero_words(rows: int, n_sections: int, device: torch.device) -> Tensor:
    """Return the words of silence for `exact_cascade`."""
    return torch.zeros((rows, n_sections, N_STATES), dtype=torch.int64, device=device)
