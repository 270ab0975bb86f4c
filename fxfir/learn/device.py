"""The recursions of `kernels` on a CUDA device: one thread per row, sequential in time.

Integers have no scan, so a row cannot be split; a batch of rows can. Tensors are passed as they lie
on the device. They are made with time first, so that neighbouring threads read neighbouring words.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fxfir.fixed import Format
from fxfir.learn.kernels import adjoint_row, exact_row
from fxfir.learn.tables import ExactTables

__all__ = ["adjoint", "exact", "serves"]

Array = np.ndarray[Any, Any]

_THREADS = 32
"""Few: rows are scarce, and a block for each multiprocessor is worth more than full blocks."""


def serves(device: torch.device) -> bool:
    """Say whether tensors on this device can be filtered in place: CUDA, and numba finds it."""
    return device.type == "cuda" and _ready()


def exact(
    x: Tensor, tables: ExactTables, leave: Array, left: Array, input: Format, step_out: float,
    state: Tensor,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
    """Filter rows in integers.

    Parameters
    ----------
    x : Tensor of float64, shape (rows, time)
    tables : ExactTables
    leave, left : ndarray of int64, shape (channels, 7) and (channels,)
        Cast of the last section's words, and how far they go left before it.
    input : Format
    step_out : float
        LSB of the output.
    state : Tensor of int64, shape (rows, n_sections, 6)

    Returns
    -------
    tuple of Tensor
        What the words of the input, the sections [n_sections, rows, time] and the output stand
        for; bits that say where words saturated [n_sections, rows, time]; the new state.
    """
    rows, time = x.shape
    n_sections, where = tables.coeffs.shape[1], x.device
    held = state.detach().clone(memory_format=torch.contiguous_format)
    source = _time_first(x)
    heard, last = _room((rows, time), where), _room((rows, time), where)
    real = _room((n_sections, rows, time), where)
    inside = _room((n_sections, rows, time), where, torch.uint8)
    word = _room((rows, time), where, torch.int64)
    entry = np.array([2.0**input.frac, input.lo, input.hi])
    constants = [
        torch.from_numpy(v).to(where)
        for v in (entry, tables.coeffs, tables.casts, tables.steps, leave, left)
    ]
    start, coeffs, casts, steps, goes, up = constants
    _launch(
        "exact", rows, source, start, tables.form, tables.fed_back, coeffs, casts, steps, goes, up,
        step_out, held, word, heard, real, inside, last,
    )  # fmt: skip
    return heard, real, last, inside, held


def adjoint(
    x: Tensor, y: Tensor, inside: Tensor, coeffs: Tensor, grad: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the gradients with respect to the input and the coefficients.

    Parameters
    ----------
    x : Tensor of float64, shape (rows, time)
    y : Tensor of float64, shape (n_sections, rows, time)
    inside : Tensor of uint8, shape (n_sections, rows, time)
        As `exact` returns them.
    coeffs : Tensor of float64, shape (channels, n_sections, 5)
    grad : Tensor of float64, shape (rows, time)
        With respect to the output.
    """
    rows, channels = x.shape[0], coeffs.shape[0]
    through = _time_first(grad)
    table = coeffs.detach().contiguous()
    held = table.new_zeros((rows, table.shape[1], 2))
    found = table.new_zeros((rows, table.shape[1], 5))
    _launch("adjoint", rows, x, y, inside, table, True, through, held, found)
    return through, found.reshape(-1, channels, *found.shape[1:]).sum(0)


def _room(
    shape: tuple[int, ...], where: torch.device, dtype: torch.dtype = torch.float64
) -> Tensor:
    # Rows last in memory, whatever the order of the axes says.
    turned = (*shape[:-2], shape[-1], shape[-2])
    return torch.empty(turned, dtype=dtype, device=where).transpose(-1, -2)


def _time_first(values: Tensor) -> Tensor:
    room = _room(tuple(values.shape), values.device)
    return room.copy_(values.detach())


@cache
def _ready() -> bool:
    try:
        from numba import cuda
    except ImportError:
        return False
    return bool(cuda.is_available())


@cache
def _kernels() -> dict[str, Any]:
    from numba import cuda

    @cuda.jit
    def exact_rows(
        x: Any, entry: Any, form: Any, fed_back: Any, coeffs: Any, casts: Any, steps: Any,
        leave: Any, left: Any, step_out: Any, held: Any, word: Any, heard: Any, real: Any,
        inside: Any, last: Any,
    ) -> None:  # fmt: skip
        r = cuda.grid(1)
        if r < x.shape[0]:
            exact_row(
                r, x, entry, form, fed_back, coeffs, casts, steps, leave, left, step_out, held,
                word[r], heard, real, inside, last,
            )  # fmt: skip

    @cuda.jit
    def adjoint_rows(
        x: Any, y: Any, inside: Any, coeffs: Any, masked: Any, grad: Any, held: Any, found: Any
    ) -> None:
        r = cuda.grid(1)
        if r < x.shape[0]:
            adjoint_row(r, x, y, inside, coeffs, masked, grad, held, found)

    return {"exact": exact_rows, "adjoint": adjoint_rows}


def _launch(name: str, rows: int, *arguments: Any) -> None:
    if rows == 0:
        return
    where = next(a.device for a in arguments if isinstance(a, Tensor))
    with _stream(where) as stream, warnings.catch_warnings():
        # Few rows leave most of the device idle, and that is all there is to do.
        warnings.filterwarnings("ignore", message=".*under-utilization")
        kernel = _kernels()[name][math.ceil(rows / _THREADS), _THREADS, stream]
        kernel(*(_shared(a) if isinstance(a, Tensor) else a for a in arguments))


@contextmanager
def _stream(where: torch.device) -> Iterator[Any]:
    from numba import cuda

    if where.type != "cuda":  # the simulator's arrays lie here
        yield 0
        return
    with torch.cuda.device(where), cuda.gpus[where.index or 0]:
        yield cuda.external_stream(torch.cuda.current_stream(where).cuda_stream)


def _shared(values: Tensor) -> Any:
    from numba import cuda

    return cuda.as_cuda_array(values) if values.device.type == "cuda" else values.numpy()
