"""Cascades in real numbers by a parallel scan: for devices that have no fast loop over samples."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["scan_cascade"]

_BLOCK = 64


def scan_cascade(x: Tensor, coeffs: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
    """Filter as `fxfir.learn.cascade.real_cascade` does, in tensor operations alone.

    Parameters
    ----------
    x : Tensor of float64, shape (rows, time)
    coeffs : Tensor of float64, shape (channels, n_sections, 5)
    state : Tensor of float64, shape (rows, n_sections, 2)

    Returns
    -------
    tuple of Tensor
        Output and new state, equal to the recursion's up to rounding.

    Notes
    -----
    A section is s' = F s + G x, y = s1 + b0 x. Blocks of 64 samples are filtered from silence by a
    band matrix, all at once; the states between blocks obey z' = F**64 z + v and are found by
    doubling: after d rounds a block knows of 2**d blocks before it.

    References
    ----------
    .. [1] W. D. Hillis, G. L. Steele, "Data parallel algorithms", Communications of the ACM 29,
       1986.
    """
    held = []
    for k in range(coeffs.shape[1]):
        x, after = _section(x, coeffs[:, k], state[:, k])
        held.append(after)
    return x, torch.stack(held, 1)


def _section(x: Tensor, c: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
    rows, time = x.shape
    if time == 0:
        return x, state
    repeat = rows // c.shape[0]
    blocks = -(-time // _BLOCK)
    padded = torch.nn.functional.pad(x, (0, blocks * _BLOCK - time))
    padded = padded.reshape(repeat, -1, blocks, _BLOCK)
    powers, step = _powers(c)
    b0, b1, b2, a1, a2 = c.unbind(-1)
    enter = torch.stack([b1 - a1 * b0, b2 - a2 * b0], -1)
    # What a sample adds to the state j steps later, [channels, block, 2].
    left = torch.einsum("cjik,ck->cji", powers, enter)
    impulse = torch.cat([b0[:, None], left[:, :-1, 0]], 1)
    band = _band(impulse)
    y = torch.einsum("rcnj,cij->rcni", padded, band)
    joins = torch.einsum("rcnj,cji->rcni", padded, left.flip(1))
    before = _scan(joins, step, state.reshape(repeat, -1, 2))
    y = y + torch.einsum("cjk,rcnk->rcnj", powers[:, :, 0], before)
    y = y.reshape(rows, -1)[:, :time]
    return y, _after(x, y, c.repeat(repeat, 1), state)


def _powers(c: Tensor) -> tuple[Tensor, Tensor]:
    """Return F**0 ... F**63, shape (channels, 64, 2, 2), and F**64."""
    one, zero = torch.ones_like(c[:, 0]), torch.zeros_like(c[:, 0])
    step = torch.stack([torch.stack([-c[:, 3], one], -1), torch.stack([-c[:, 4], zero], -1)], -2)
    found = torch.eye(2, dtype=c.dtype, device=c.device).expand(len(c), 1, 2, 2)
    while found.shape[1] < _BLOCK:
        found = torch.cat([found, found @ step[:, None]], 1)
        step = step @ step
    return found, step


def _band(impulse: Tensor) -> Tensor:
    """Return the matrix [i, j] = impulse[i - j]."""
    places = torch.arange(_BLOCK, device=impulse.device)
    delay = places[:, None] - places
    return impulse[:, delay.clamp_min(0)] * (delay >= 0)


def _scan(joins: Tensor, step: Tensor, start: Tensor) -> Tensor:
    """Return the state before each block, of z' = step z + joins and the first state."""
    first = joins[:, :, :1] + torch.einsum("cij,rcj->rci", step, start)[:, :, None]
    after = torch.cat([first, joins[:, :, 1:]], 2)
    reach = 1
    while reach < after.shape[2]:
        moved = torch.einsum("cij,rcnj->rcni", step, after[:, :, :-reach])
        after = torch.cat([after[:, :, :reach], after[:, :, reach:] + moved], 2)
        step = step @ step
        reach *= 2
    return torch.cat([start[:, :, None], after[:, :, :-1]], 2)


def _after(x: Tensor, y: Tensor, c: Tensor, state: Tensor) -> Tensor:
    _, b1, b2, a1, a2 = c.unbind(-1)
    second = b2 * x[:, -1] - a2 * y[:, -1]
    older = state[:, 1] if x.shape[1] == 1 else b2 * x[:, -2] - a2 * y[:, -2]
    return torch.stack([b1 * x[:, -1] - a1 * y[:, -1] + older, second], -1)
