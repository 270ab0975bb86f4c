"""FIR sums as one matrix product over blocks, with their closed-form adjoint.

A block of outputs is a window of inputs times a band matrix of the taps. That does up to twice the
multiplications of the definition and still takes a fraction of `torch.nn.functional.conv1d`'s time,
in float64 above all; and in whatever order a matrix product adds, integers below 2**53 stay exact.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

__all__ = ["fir_sums"]

_SHORTEST, _LONGEST = 32, 256


def fir_sums(x: Tensor, taps: Tensor, groups: int) -> Tensor:
    """Return y[n, o, t], the sum of taps[o, c, k] * x[n, c, t + n_taps - 1 - k] over c and k.

    Parameters
    ----------
    x : Tensor, shape (batch, n_in, time + n_taps - 1)
        History in front; c runs over the channels of the group that o belongs to.
    taps : Tensor, shape (n_out, n_in / groups, n_taps)
        `taps[..., k]` multiplies the sample k before.
    groups : int

    Returns
    -------
    Tensor, shape (batch, n_out, time)
    """
    return _FirSums.apply(x, taps, groups)


class _FirSums(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, taps: Tensor, groups: int) -> Tensor:
        ctx.groups = groups
        ctx.save_for_backward(x, taps)
        return _forward(x, taps, groups)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> Any:
        x, taps = ctx.saved_tensors
        groups, n_taps = ctx.groups, taps.shape[-1]
        n_out, inside = taps.shape[:2]
        grad_x = grad_taps = None
        if ctx.needs_input_grad[0]:
            # The adjoint of a filter is the filter of the mirrored taps, in and out swapped.
            turned = taps.flip(-1).reshape(groups, n_out // groups, inside, n_taps)
            turned = turned.transpose(1, 2).reshape(groups * inside, n_out // groups, n_taps)
            padded = torch.nn.functional.pad(grad, (n_taps - 1, n_taps - 1))
            grad_x = _forward(padded, turned, groups)
        if ctx.needs_input_grad[1]:
            grad_taps = _correlate(x, grad, n_taps, groups)
        return grad_x, grad_taps, None


def _block(n_taps: int) -> int:
    return min(max(n_taps, _SHORTEST), _LONGEST)


def _windows(x: Tensor, size: int, n_taps: int, time: int, groups: int) -> Tensor:
    """Return windows of the input, shape (groups, batch * blocks, inside * (size + n_taps - 1))."""
    batch, n_in, _ = x.shape
    blocks = -(-time // size)
    missing = blocks * size - time
    if missing:
        x = torch.nn.functional.pad(x, (0, missing))
    rows = x.unfold(-1, size + n_taps - 1, size)
    rows = rows.reshape(batch, groups, n_in // groups, blocks, -1).permute(1, 0, 3, 2, 4)
    return rows.reshape(groups, batch * blocks, -1)


def _forward(x: Tensor, taps: Tensor, groups: int) -> Tensor:
    batch, (n_out, inside, n_taps) = x.shape[0], taps.shape
    time = x.shape[-1] - n_taps + 1
    if batch == 0 or time <= 0:
        return x.new_zeros((batch, n_out, max(time, 0)))
    size = _block(n_taps)
    band = taps.new_zeros((groups, n_out // groups, inside, size + n_taps - 1, size))
    # Column j holds the taps, oldest first, from row j on: one strided view reaches them all.
    strides = band.stride()
    diagonals = band.as_strided((*band.shape[:3], n_taps, size), (*strides[:3], size, size + 1))
    ordered = taps.flip(-1).reshape(groups, n_out // groups, inside, n_taps, 1)
    diagonals.copy_(ordered.expand(diagonals.shape))
    matrix = band.permute(0, 2, 3, 1, 4).reshape(groups, inside * (size + n_taps - 1), -1)
    product = torch.bmm(_windows(x, size, n_taps, time, groups), matrix)
    blocks = product.shape[1] // batch
    out = product.reshape(groups, batch, blocks, n_out // groups, size).permute(1, 0, 3, 2, 4)
    return out.reshape(batch, n_out, blocks * size)[..., :time].contiguous()


def _correlate(x: Tensor, grad: Tensor, n_taps: int, groups: int) -> Tensor:
    """Return the sums over time of grad[t] * x[t + n_taps - 1 - k], shape of the taps."""
    batch, n_out, time = grad.shape
    inside = x.shape[1] // groups
    if batch == 0 or time == 0:
        return grad.new_zeros((n_out, inside, n_taps))
    size = _block(n_taps)
    windows = _windows(x, size, n_taps, time, groups)
    blocks = windows.shape[1] // batch
    padded = torch.nn.functional.pad(grad, (0, blocks * size - time))
    rows = padded.reshape(batch, groups, n_out // groups, blocks, size).permute(1, 0, 3, 2, 4)
    rows = rows.reshape(groups, batch * blocks, -1)
    band = torch.bmm(windows.transpose(1, 2), rows)
    band = band.reshape(groups, inside, size + n_taps - 1, n_out // groups, size)
    band = band.permute(0, 3, 1, 2, 4).contiguous()
    strides = band.stride()
    diagonals = band.as_strided((*band.shape[:3], n_taps, size), (*strides[:3], size, size + 1))
    return diagonals.sum(-1).flip(-1).reshape(n_out, inside, n_taps)
