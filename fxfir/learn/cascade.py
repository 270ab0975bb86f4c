"""Cascades of second-order sections as autograd functions: forwards compiled, adjoint exact."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from fxfir.errors import GuardError
from fxfir.fixed import Cast, Format
from fxfir.learn import device, kernels
from fxfir.learn.scan import scan_cascade
from fxfir.learn.tables import ExactTables, cast_words
from fxfir.model.plan import N_STATES

__all__ = ["exact_cascade", "real_cascade", "zero_words"]

Array = np.ndarray[Any, Any]


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
        return _backward(_array(x), ctx.y, _NOTHING, coeffs, grad, grad_state)


def exact_cascade(
    x: Tensor, coeffs: Tensor, state: Tensor, tables: ExactTables, input: Format, output: Cast
) -> tuple[Tensor, Tensor]:
    """Filter in integers, with the gradients of the cascade in real numbers.

    Parameters
    ----------
    x : Tensor of floats, shape (rows, time)
        Rounded half-even to words of `input` first.
    coeffs : Tensor of float64, shape (channels, n_sections, 5)
        What the coefficient words stand for; the gradient goes to them.
    state : Tensor of int64, shape (rows, n_sections, 6)
        Words held between samples, as `fxfir.model` holds them.
    tables : ExactTables
    input : Format
    output : Cast
        Of the last section's words.

    Returns
    -------
    tuple of Tensor
        What the output words stand for, float64 [rows, time], and the new state, which carries no
        gradient.

    Raises
    ------
    GuardError
        If the last section's words, at the output's binary point, could leave int64.

    Notes
    -----
    The loop is sequential in time: integers have no scan. On a CUDA device that numba finds every
    row has a thread; samples on any other device visit the processor.

    Backwards every rounding is the identity, and the signals that the gradient is made of are the
    quantised ones. What saturates passes nothing: an input, a section's output, the output, and in
    df2t, which the adjoint shares its states with, a state. A state of df2 or df1t that saturates
    counts as if it had not; df1 has none. An output that wraps keeps its slope.
    """
    return _Exact.apply(x, coeffs, state, tables, input, output)


class _Exact(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        coeffs: Tensor,
        state: Tensor,
        tables: ExactTables,
        input: Format,
        output: Cast,
    ) -> tuple[Tensor, Tensor]:
        leave, left = _leaving(tables, output)
        ctx.save_for_backward(coeffs)
        ctx.dtype = x.dtype
        if device.serves(x.device):
            ctx.x, ctx.y, last, ctx.inside, held = device.exact(
                x, tables, leave, left, input, 2.0**-output.to.frac, state
            )
            ctx.mark_non_differentiable(held)
            return last, held
        source = _array(x)
        held = state.detach().cpu().numpy().copy()
        shape = (tables.coeffs.shape[1], *source.shape)
        word = np.empty(source.shape[1], dtype=np.int64)
        heard, last, real = np.empty(source.shape), np.empty(source.shape), np.empty(shape)
        inside = np.empty(shape, dtype=np.uint8)
        entry = np.array([2.0**input.frac, input.lo, input.hi])
        kernels.exact(
            source, entry, tables.form, tables.fed_back, tables.coeffs, tables.casts, tables.steps,
            leave, left, 2.0**-output.to.frac, held, word, heard, real, inside, last,
        )  # fmt: skip
        ctx.x, ctx.y, ctx.inside = heard, real, inside
        after = torch.from_numpy(held).to(x.device)
        ctx.mark_non_differentiable(after)
        return torch.from_numpy(last).to(x.device), after

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor, _: Tensor) -> Any:
        (coeffs,) = ctx.saved_tensors
        if isinstance(ctx.x, Tensor):
            grad_x, grad_coeffs = device.adjoint(ctx.x, ctx.y, ctx.inside, coeffs, grad)
            return grad_x.to(ctx.dtype), grad_coeffs, None, None, None, None
        grad_x, grad_coeffs, _ = _backward(ctx.x, ctx.y, ctx.inside, coeffs, grad, None)
        return grad_x.to(ctx.dtype), grad_coeffs, None, None, None, None


def _leaving(tables: ExactTables, output: Cast) -> tuple[Array, Array]:
    """Return for each channel the row of the output cast, and how far words go left before it."""
    rows, left = [], []
    for fmt in tables.last:
        shift = fmt.frac - output.to.frac
        left.append(max(0, -shift))
        if fmt.width + left[-1] > _INT64_BITS:
            raise GuardError(
                f"words at the output's binary point must stay within {_INT64_BITS} bits, "
                f"got {fmt} cast to {output.to}"
            )
        rows.append(cast_words(output, max(0, shift)))
    return np.array(rows, dtype=np.int64), np.array(left, dtype=np.int64)


_NOTHING: Array = np.zeros((0, 0, 0), dtype=np.uint8)
_INT64_BITS = 62


def _backward(
    source: Array, y: Array, inside: Array, coeffs: Tensor, grad: Tensor, grad_state: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    table = _array(coeffs)
    found = np.zeros((source.shape[0], *table.shape[1:]))
    through = _array(grad).copy()
    if grad_state is None:
        held = np.zeros((source.shape[0], table.shape[1], 2))
    else:
        held = _array(grad_state).copy()
    kernels.adjoint(source, y, inside, table, inside.size > 0, through, held, found)
    total = found.reshape(-1, *table.shape).sum(0)
    grads = (torch.from_numpy(v).to(coeffs.device) for v in (through, total, held))
    return next(grads), next(grads), next(grads)


def _array(values: Tensor) -> Array:
    return values.detach().to("cpu", torch.float64).contiguous().numpy()


def zero_words(rows: int, n_sections: int, device: torch.device) -> Tensor:
    """Return the words of silence for `exact_cascade`."""
    return torch.zeros((rows, n_sections, N_STATES), dtype=torch.int64, device=device)
