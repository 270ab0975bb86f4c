"""Casts with straight-through gradients: exact integers forwards, the identity backwards.

Integers are carried in float64, which holds every one up to 2**53; who calls these functions has
proven that bound from formats.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

import torch
from torch import Tensor

from fxfir.fixed import Cast, Format, Overflow, Rounding

__all__ = ["cast_sums", "powers", "replaced", "rounded", "to_values", "to_words"]


class _ToWords(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, scale: Any, lo: Any, hi: Any) -> Tensor:
        exact = x.double() * scale
        words = torch.round(exact)
        clamped = torch.clamp(words, lo, hi)
        ctx.scale, ctx.dtype = scale, x.dtype
        ctx.save_for_backward(words == clamped)
        return clamped

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        (inside,) = ctx.saved_tensors
        return (grad * inside * ctx.scale).to(ctx.dtype), None, None, None


def powers(exponents: Sequence[int], like: Tensor) -> Tensor:
    """Return powers of two as a float64 tensor where `like` is; torch's own need not be exact."""
    return torch.tensor([2.0**e for e in exponents], dtype=torch.float64, device=like.device)


def to_words(x: Tensor, fmt: Format, scale: Tensor | None = None) -> Tensor:
    """Round real values half-even to words of a format, saturating.

    Parameters
    ----------
    x : Tensor of real values
    fmt : Format
    scale : Tensor of float64, optional
        LSBs per unit instead of the format's; a tensor of powers of two that broadcasts over `x`.

    Returns
    -------
    Tensor of float64, shape as `x`
        Integers. Backwards the rounding is the identity, and a saturated value gets no gradient.
    """
    step = 2.0**fmt.frac if scale is None else scale
    return _ToWords.apply(x, step, float(fmt.lo), float(fmt.hi))


class _CastSums(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, sums: Tensor, scale: Any, cast: Cast) -> Tensor:
        words = rounded(sums * scale, cast.rounding)
        lo, hi = float(cast.to.lo), float(cast.to.hi)
        ctx.scale = scale
        if cast.overflow is Overflow.WRAP:
            span = float(1 << cast.to.width)
            ctx.save_for_backward()
            return words - span * torch.floor((words - lo) / span)
        clamped = torch.clamp(words, lo, hi)
        ctx.save_for_backward(words == clamped)
        return clamped

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        for inside in ctx.saved_tensors:
            grad = grad * inside
        return grad * ctx.scale, None, None


def cast_sums(sums: Tensor, cast: Cast, scale: float | Tensor) -> Tensor:
    """Cast exact integers.

    Parameters
    ----------
    sums : Tensor of float64
        Integers up to 2**53 in magnitude, before and after scaling.
    cast : Cast
    scale : float or Tensor of float64
        LSBs of the target per unit of the sums: a power of two, or powers that broadcast.

    Returns
    -------
    Tensor of float64
        Words of `cast.to`. Backwards the rounding is the identity; a saturated word gets no
        gradient, a wrapped one does.
    """
    return _CastSums.apply(sums, scale, cast)


class _Replace(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, near: Tensor, exact: Tensor) -> Tensor:
        return exact

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        return grad, None


def replaced(near: Tensor, exact: Tensor) -> Tensor:
    """Return `exact`, with the gradient of `near`."""
    return _Replace.apply(near, exact)


def rounded(values: Tensor, rounding: Rounding) -> Tensor:
    """Round float64 values to integers, every tie decided exactly.

    Notes
    -----
    ``value + 0.5`` may need a bit that float64 does not have; value - floor(value) never does.
    """
    match rounding:
        case Rounding.HALF_EVEN:
            return torch.round(values)
        case Rounding.FLOOR:
            return torch.floor(values)
        case Rounding.CEIL:
            return torch.ceil(values)
        case Rounding.TO_ZERO:
            return torch.trunc(values)
        case Rounding.HALF_UP:
            low = torch.floor(values)
            return low + (values - low >= 0.5)
        case Rounding.HALF_DOWN:
            low = torch.floor(values)
            return low + (values - low > 0.5)
        case Rounding.HALF_AWAY:
            size = torch.abs(values)
            low = torch.floor(size)
            return torch.copysign(low + (size - low >= 0.5), values)
        case _:
            assert_never(rounding)


def to_values(words: Tensor, fmt: Format, dtype: torch.dtype) -> Tensor:
    """Return what words stand for, in the caller's dtype, which holds them exactly."""
    return (words * 2.0**-fmt.frac).to(dtype)
