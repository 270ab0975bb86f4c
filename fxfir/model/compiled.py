"""The door to the numba kernels: opened only when asked for, since numba takes a while to load."""

from __future__ import annotations

import importlib
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

__all__ = ["available", "fir_kernel", "kernels", "sections", "warm"]

_INT32_MAX = (1 << 31) - 1
_UNROLLED = 8  # taps that the compiled loop takes per pass over a block
_LEAST_RUN = 32  # taps in a run of 32-bit sums, on average
_WORDS = ((np.int16, 16), (np.int32, 32), (np.int64, 64))
_BLOCK = 1024  # outputs per block: the block and its sums stay in the first cache


_MODULES = {
    "fir": "fxfir.model.kernels",
    "linear": "fxfir.model.kernels",
    "sos": "fxfir.model.sections",
}


@cache
def available() -> bool:
    """Tell whether numba is installed, without importing it."""
    return importlib.util.find_spec("numba") is not None


def warm(kind: str) -> bool:
    """Tell whether a kernel of this kind ("fir", "sos") is compiled already in this process."""
    module = sys.modules.get(_MODULES[kind])
    return module is not None and any(k.signatures for k in module.KERNELS[kind])


def kernels() -> ModuleType:
    """Import the kernels of FIR filters and float sections.

    Raises
    ------
    ToolError
        If numba is not installed.
    """
    return _opened("fir")


def sections() -> ModuleType:
    """Import the loops over second-order sections.

    Raises
    ------
    ToolError
        If numba is not installed.
    """
    return _opened("sos")


def _opened(kind: str) -> ModuleType:
    if not available():
        raise ToolError("method numba needs the numba package (the extra fxfir[fast]), got none")
    return importlib.import_module(_MODULES[kind])


def fir_kernel(
    taps: Sequence[int], fmt: Format, cast: Cast, shift: int
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
        Bits to drop, 0 to 62; all sums with the rounding constant fit int64.

    Notes
    -----
    Where the taps allow it, sums of a few runs of taps are made in int32, which is twice as fast,
    and added up in int64.
    """
    module = kernels()
    # Zero taps in front of the oldest fill the unrolled loop; they read zeros.
    n_padded = -(-len(taps) // _UNROLLED) * _UNROLLED
    oldest_first = [0] * (n_padded - len(taps)) + list(taps[::-1])
    runs = _runs(oldest_first, peak(fmt))
    acc = np.dtype(np.int32 if runs else np.int64)
    padded = np.array(oldest_first, dtype=acc)
    ends = np.array(runs or [n_padded], dtype=np.int64)
    word = next(d for d, wide in _WORDS if fmt.width + (not fmt.signed) <= wide)
    add, even, negative = int_round(cast.rounding, shift)
    # An int64 word is inside a 64-bit format as it is.
    wraps = cast.overflow is Overflow.WRAP and cast.to.width < 64
    span = (1 << cast.to.width) - 1 if wraps else 0
    scratch = Scratch()

    def kernel(history: Array, x: Array) -> Array:
        out = scratch.get("words", x.shape, np.int64)
        seen = scratch.get("seen", (_BLOCK + n_padded,), word)
        sums = scratch.get("sums", (_BLOCK,), acc)
        totals = scratch.get("totals", (_BLOCK,), np.int64)
        for row in range(x.shape[0]):
            seen[: n_padded - 1] = 0
            seen[n_padded - len(taps) : n_padded - 1] = history[row]
            module.fir(
                x[row], seen, sums, totals, padded, ends, shift, add, even, negative,
                cast.to.lo, cast.to.hi, span, out[row],
            )  # fmt: skip
        return out

    return kernel


def _runs(taps: Sequence[int], largest: int) -> list[int]:
    """Cut taps into runs whose sums fit int32 for inputs up to `largest`; [] if not worthwhile.

    Returns
    -------
    list of int
        The end of each run, a multiple of the unrolled taps.
    """
    ends: list[int] = []
    bound = 0
    for k in range(0, len(taps), _UNROLLED):
        group = sum(abs(c) for c in taps[k : k + _UNROLLED]) * largest
        if group > _INT32_MAX:
            return []
        if bound + group > _INT32_MAX:
            ends.append(k)
            bound = 0
        bound += group
    ends.append(len(taps))
    # Many short runs spend the gain on adding up.
    return ends if len(ends) * _LEAST_RUN <= max(len(taps), _LEAST_RUN) else []
