"""The FIR filter over integers, by several exact methods with one result."""

from __future__ import annotations

from collections.abc import Callable
from operator import mul
from typing import Any

import numpy as np

from fxfir.errors import GuardError
from fxfir.filters import FixedFir
from fxfir.fixed import apply
from fxfir.model import compiled
from fxfir.model.bounds import INT64_MAX, digit_bits, peak
from fxfir.model.fir_blocks import Sums, blas_limit, blas_sums, fft_limit, fft_sums
from fxfir.model.floatcast import float_cast
from fxfir.model.lanes import Array, word_dtype
from fxfir.model.scratch import Scratch

__all__ = ["FIR_METHODS", "FirRunner", "Kernel"]

Kernel = Callable[[Array, Array], Array]
"""(history [batch, n_taps - 1], samples [batch, time]) -> output words [batch, time], which the
next call may overwrite.
"""

_FFT_TAPS = 96  # below, direct sums are as fast
# Numba's start takes a third of a second once. Such a block shows that there is more to come than
# the few it takes to earn that back.
_NUMBA_SAMPLES = 1_000_000


def python_kernel(fir: FixedFir) -> Kernel:
    """Return the reference: one sum of products of Python integers per sample, then the cast."""
    taps = fir.taps[::-1]

    def kernel(history: Array, x: Array) -> Array:
        exact = np.empty(x.shape, dtype=word_dtype(fir.acc))
        for row in range(x.shape[0]):
            seen = history[row].tolist() + x[row].tolist()
            exact[row] = [sum(map(mul, taps, seen[n : n + len(taps)])) for n in range(x.shape[1])]
        return _words(fir, exact)

    return kernel


def numpy_kernel(fir: FixedFir) -> Kernel:
    """Return direct sums in float64 under the 2**53 guard.

    An input too wide for the guard is cut into digits, whose sums are put together again as
    integers; where the taps alone break the guard, Python integers do the sums.
    """
    try:
        return _digit_kernel(fir, blas_limit(fir.taps), blas_sums(fir.taps))
    except GuardError:
        return _object_kernel(fir)


def fft_kernel(fir: FixedFir) -> Kernel:
    """Return sums through FFT blocks, rounded; exact under `bounds.fft_error_bound`.

    Raises
    ------
    GuardError
        If no digit of the input is short enough for the bound.
    """
    return _digit_kernel(fir, fft_limit(fir.taps), fft_sums(fir.taps))


def numba_kernel(fir: FixedFir) -> Kernel:
    """Return the compiled kernel: integer sums in int32 or int64, the cast fused in.

    Raises
    ------
    GuardError
        If a sum, or the sum plus the rounding constant, could leave int64.
    ToolError
        If numba is not installed.
    """
    shift = fir.acc.frac - fir.output.to.frac
    # Appended bits are put into the taps, so that the kernel only ever drops bits.
    taps = [c << max(0, -shift) for c in fir.taps]
    shift = max(0, shift)
    bound = sum(abs(c) for c in taps) * peak(fir.input)
    if shift > 62 or bound + (1 << shift) > INT64_MAX or word_dtype(fir.output.to) is object:
        raise GuardError(
            f"the sums must stay in int64 for method numba, got {fir.acc} cast to {fir.output.to}"
        )
    return compiled.fir_kernel(taps, fir.input, fir.output, shift)


FIR_METHODS: dict[str, Callable[[FixedFir], Kernel]] = {
    "python": python_kernel,
    "numpy": numpy_kernel,
    "fft": fft_kernel,
    "numba": numba_kernel,
}


class FirRunner:
    """One FIR filter with its history, over `[batch, time]` lanes.

    Parameters
    ----------
    fir : FixedFir
    method : str
        A key of `FIR_METHODS`, or "auto".

    Raises
    ------
    GuardError
        If the named method cannot be proven exact for this filter.
    """

    reach: int
    """Samples of history, a hint for the block size."""

    def __init__(self, fir: FixedFir, method: str) -> None:
        self._fir = fir
        self._kernels: dict[str, Kernel | None] = {}
        self._method = method
        self.reach = fir.n_taps - 1
        if method != "auto":
            self._kernels[method] = FIR_METHODS[method](fir)
        self.reset(1)

    def reset(self, batch: int) -> None:
        """Make the history zero, for `batch` independent signals."""
        self._history = np.zeros((batch, self.reach), dtype=word_dtype(self._fir.input))

    def advance(self, lanes: list[Array], ahead: int) -> list[Array]:
        """Filter the next samples.

        Parameters
        ----------
        lanes : list of one ndarray [batch, time]
        ahead : int
            Samples of the whole call this chunk belongs to, to choose a method by.
        """
        x = lanes[0]
        out = self._choose(x, ahead)(self._history, x)
        kept = x[:, max(0, x.shape[1] - self.reach) :]
        self._history = np.concatenate([self._history[:, kept.shape[1] :], kept], axis=1)
        return [out]

    def _choose(self, x: Array, ahead: int) -> Kernel:
        if self._method != "auto":
            names: tuple[str, ...] = (self._method,)
        else:
            long = self._fir.n_taps >= _FFT_TAPS and x.shape[1] >= self._fir.n_taps
            fast = compiled.available() and (compiled.warm("fir") or ahead >= _NUMBA_SAMPLES)
            names = (*(("fft",) if long else ()), *(("numba",) if fast else ()), "numpy")
        for name in names:
            kernel = self._built(name)
            if kernel is not None:
                return kernel
        raise AssertionError("method numpy serves every filter")  # pragma: no cover

    def _built(self, name: str) -> Kernel | None:
        if name not in self._kernels:
            try:
                self._kernels[name] = FIR_METHODS[name](self._fir)
            except GuardError:
                self._kernels[name] = None
        return self._kernels[name]


def _digit_kernel(fir: FixedFir, limit: int, sums: Sums) -> Kernel:
    """Return a kernel that runs `sums` over the input, or over digits of it that obey `limit`."""
    width = fir.input.width
    fits = peak(fir.input) <= limit
    digits = [width] if fits else digit_bits(width, (limit + 1).bit_length() - 1)
    frac = fir.acc.frac
    to_words = float_cast(fir.output, frac, *fir.acc_range) if len(digits) == 1 else None

    scratch = Scratch()
    # In int64 a partial total may wrap; the last one fits, so it is right again.
    dtype = word_dtype(fir.acc)

    def kernel(history: Array, x: Array) -> Array:
        past = history.shape[1]
        joined = scratch.get("joined", (x.shape[0], past + x.shape[1]), np.float64)
        if to_words is not None:
            joined[:, :past], joined[:, past:] = history, x
            return to_words(sums(joined), scratch.get("words", x.shape, np.int64))
        exact = np.zeros(x.shape, dtype=dtype)
        below = 0
        for k, bits in enumerate(digits):
            part = None if k == len(digits) - 1 else bits
            joined[:, :past] = _digit(history, below, part)
            joined[:, past:] = _digit(x, below, part)
            exact += sums(joined).astype(np.int64).astype(dtype, copy=False) << below
            below += bits
        return _words(fir, exact)

    return kernel


def _object_kernel(fir: FixedFir) -> Kernel:
    taps = np.array(fir.taps, dtype=object)

    def kernel(history: Array, x: Array) -> Array:
        joined = np.concatenate([history, x], axis=1).astype(object)
        exact = np.empty(x.shape, dtype=object)
        for row in range(x.shape[0]):
            if x.shape[1]:
                exact[row] = np.convolve(joined[row], taps, "valid")
        return _words(fir, exact)

    return kernel


def _digit(x: Array, below: int, bits: int | None) -> Array:
    """Cut `bits` bits above the lowest `below` out of every word; None takes the rest."""
    shifted = x >> below
    return shifted if bits is None else shifted & ((1 << bits) - 1)


def _words(fir: FixedFir, exact: Any) -> Array:
    words: Array = apply(fir.output, exact, fir.acc.frac)
    return words
