"""The door to the numba kernels: opened only when asked for, since numba takes a while to load."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Sequence
from functools import cache
from types import ModuleType

import numpy as np

from fxfir.errors import ToolError
from fxfir.fixed import Cast, Format, Overflow
from fxfir.model.bounds import peak
from fxfir.model.lanes import Array
from fxfir.model.scratch import Scratch
from fxfir.model.wordcast import int_round

__all__ = ["available", "fir_kernel", "kernels", "warm"]

_INT32_MAX = (1 << 31) - 1
_UNROLLED = 8  # taps that the compiled loop takes per pass over a block
_BLOCK = 1024  # outputs per block: the block and its sums stay in the first cache


@cache
def available() -> bool:
    """Tell whether numba is installed, without importing it."""
    return importlib.util.find_spec("numba") is not None


def warm(kind: str) -> bool:
    """Tell whether a kernel of this kind ("fir", "sos") is compiled already in this process."""
    module = sys.modules.get("fxfir.model.kernels")
    return module is not None and any(k.signatures for k in module.KERNELS[kind])


def kernels() -> ModuleType:
    """Import the numba kernels.

    Raises
    ------
    ToolError
        If numba is not installed.
    """
    if not available():
        raise ToolError("method numba needs the numba package (the extra fxfir[fast]), got none")
    from fxfir.model import kernels as module

    return module


def fir_kernel(
    taps: Sequence[int], fmt: Format, cast: Cast, shift: int, bound: int
) -> Callable[[Array, Array], Array]:
    """Return the compiled FIR kernel: (history, x) -> words, both `[batch, time]`.

    Parameters
    ----------
    taps : sequence of int
        In the order of the filter.
    fmt : Format
        Format of x.
    cast : Cast
    shift : int
        Bits to drop, 0 to 62.
    bound : int
        No sum exceeds it in magnitude, whatever the order; it fits int64 with the rounding
        constant.
    """
    module = kernels()
    acc = np.dtype(np.int32 if bound <= _INT32_MAX else np.int64)
    largest = peak(fmt)
    word = next(
        d for d, top in ((np.int16, 1 << 15), (np.int32, 1 << 31), (np.int64, 1 << 63))
        if largest < top or (largest == top and fmt.signed)
    )  # fmt: skip
    # Zero taps in front of the oldest fill the unrolled loop; they read zeros.
    padded = np.zeros(-(-len(taps) // _UNROLLED) * _UNROLLED, dtype=acc)
    padded[len(padded) - len(taps) :] = taps[::-1]
    add, even, negative = int_round(cast.rounding, shift)
    # An int64 word is inside a 64-bit format as it is.
    wraps = cast.overflow is Overflow.WRAP and cast.to.width < 64
    span = (1 << cast.to.width) - 1 if wraps else 0

    scratch = Scratch()

    def kernel(history: Array, x: Array) -> Array:
        out = scratch.get("words", x.shape, np.int64)
        seen = np.zeros(_BLOCK + len(padded), dtype=word)
        sums = np.zeros(_BLOCK, dtype=acc)
        for row in range(x.shape[0]):
            seen[: len(padded) - 1] = 0
            seen[len(padded) - len(taps) : len(padded) - 1] = history[row]
            module.fir(
                x[row], seen, sums, padded, shift, add, even, negative,
                cast.to.lo, cast.to.hi, span, out[row],
            )  # fmt: skip
        return out

    return kernel
