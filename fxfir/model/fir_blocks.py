"""Exact sums of products through float64: short convolutions, matrix products and FFT blocks.

All functions take `[rows, n_taps - 1 + time]` (the history in front) and give `[rows, time]`, the
samples that have seen every tap. What they give may be overwritten by the next call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from fxfir.errors import GuardError
from fxfir.model.bounds import FLOAT_INT, fft_error_bound
from fxfir.model.lanes import Array
from fxfir.model.scratch import Scratch

__all__ = ["Sums", "blas_limit", "blas_sums", "fft_limit", "fft_length", "fft_sums"]

Sums = Callable[[Array], Array]

_FEW_TAPS = 6  # up to here np.convolve beats a matrix product
_FEW_SAMPLES = 48  # and for blocks this short
_GROUP = 1 << 14  # numbers in a group of windows, which then stays in the cache
_LEAST_GROUP = 32  # windows; fewer make a slow matrix product
_LEAST_DIGIT = (1 << 6) - 1


def blas_limit(taps: Sequence[int]) -> int:
    """Return the largest input magnitude for which direct float64 sums are exact.

    Raises
    ------
    GuardError
        If there is none: sum |c| alone exceeds 2**53.
    """
    total = sum(abs(c) for c in taps)
    if total > FLOAT_INT:
        raise GuardError(f"sum |taps| must not exceed 2**53 for float64 sums, got {total}")
    return FLOAT_INT // total


def blas_sums(taps: Sequence[int]) -> Sums:
    """Return direct sums of products: a matrix product over blocks of samples.

    Parameters
    ----------
    taps : sequence of int

    Returns
    -------
    callable
        float64 `[rows, n_taps - 1 + time]` -> float64 `[rows, time]`.

    Notes
    -----
    `block` outputs read block + n_taps - 1 inputs through one Toeplitz matrix. The zeros in its
    corners cost block / n_taps more products, yet the matrix product runs about four times as
    fast as np.convolve from 64 taps on.
    """
    n_taps = len(taps)
    coeffs = np.array(taps, dtype=np.float64)
    block = 16 if n_taps <= 24 else 32 if n_taps <= 128 else 64
    window = block + n_taps - 1
    toeplitz = np.zeros((window, block))
    for column in range(block):
        toeplitz[column : column + n_taps, column] = coeffs[::-1]

    scratch = Scratch()

    def sums(joined: Array) -> Array:
        rows, time = joined.shape[0], joined.shape[1] - n_taps + 1
        if n_taps <= _FEW_TAPS or time < _FEW_SAMPLES:
            return _convolve(joined, coeffs, scratch.get("few", (rows, time), np.float64))
        n_blocks = -(-time // block)
        padded = _padded(joined, n_blocks * block + n_taps - 1, scratch)
        windows = sliding_window_view(padded, window, axis=1)[:, ::block]
        group = max(_LEAST_GROUP, _GROUP // window)
        copied = scratch.get("copied", (min(group, n_blocks), window), np.float64)
        product = scratch.get("product", (rows, n_blocks, block), np.float64)
        for row in range(rows):
            for first in range(0, n_blocks, group):
                some = windows[row, first : first + group]
                copied[: len(some)] = some
                np.matmul(copied[: len(some)], toeplitz, out=product[row, first : first + group])
        return product.reshape(rows, n_blocks * block)[:, :time]

    return sums


def fft_length(n_taps: int) -> int:
    """Return the transform length for `n_taps`: a power of two, 8 to 16 times the taps if small."""
    factor = 8 if n_taps <= 4096 else 4
    return max(512, 1 << (factor * n_taps - 1).bit_length())


def fft_limit(taps: Sequence[int]) -> int:
    """Return the largest input magnitude for which FFT sums round to the exact ones.

    Raises
    ------
    GuardError
        If it is below 6 bits: so many digits would take longer than any other method.
    """
    # The bound is proportional to the largest sample, so one evaluation decides.
    per_unit = fft_error_bound(taps, 1, fft_length(len(taps)))
    limit = int(min(0.499 / per_unit, blas_limit(taps)))
    if limit < _LEAST_DIGIT:
        raise GuardError(
            "FFT sums must be good to half a unit for 6-bit digits, got an error bound of "
            f"{_LEAST_DIGIT * per_unit:.3g}"
        )
    return limit


def fft_sums(taps: Sequence[int]) -> Sums:
    """Return sums of products through FFTs (overlap-save), rounded to integers.

    Parameters
    ----------
    taps : sequence of int

    Returns
    -------
    callable
        float64 `[rows, n_taps - 1 + time]` -> float64 `[rows, time]`, exact for samples of
        magnitude up to `fft_limit(taps)`.
    """
    n_taps = len(taps)
    length = fft_length(n_taps)
    hop = length - n_taps + 1
    spectrum = np.fft.rfft(np.array(taps, dtype=np.float64), length)

    scratch = Scratch()

    def sums(joined: Array) -> Array:
        rows, time = joined.shape[0], joined.shape[1] - n_taps + 1
        n_blocks = -(-time // hop)
        padded = _padded(joined, (n_blocks - 1) * hop + length, scratch)
        blocks = sliding_window_view(padded, length, axis=1)[:, ::hop]
        product = scratch.get("spectra", (rows, n_blocks, length // 2 + 1), np.complex128)
        np.fft.rfft(blocks, out=product)
        product *= spectrum
        filtered = scratch.get("filtered", (rows, n_blocks, length), np.float64)
        np.fft.irfft(product, length, out=filtered)
        # The first n_taps - 1 samples of a block are wrapped around: the block before has them.
        nearest = scratch.get("nearest", (rows, n_blocks, hop), np.float64)
        np.rint(filtered[:, :, n_taps - 1 :], out=nearest)
        return nearest.reshape(rows, n_blocks * hop)[:, :time]

    return sums


def _convolve(joined: Array, coeffs: Array, out: Array) -> Array:
    if out.shape[1]:
        for row, signal in enumerate(joined):
            out[row] = np.convolve(signal, coeffs, "valid")
    return out


def _padded(joined: Array, length: int, scratch: Scratch) -> Array:
    if joined.shape[1] >= length:
        return joined
    padded = scratch.get("padded", (joined.shape[0], length), np.float64)
    padded[:, : joined.shape[1]] = joined
    padded[:, joined.shape[1] :] = 0
    return padded
