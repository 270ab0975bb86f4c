"""Seeded words of any format, the same on every machine and under every NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fxfir.fixed import Format

__all__ = ["array", "fits", "noise", "noise_array", "uniform"]


def uniform(count: int, *, seed: int, stream: int = 0) -> Any:
    """Draw raw 64-bit words.

    Parameters
    ----------
    count : int
        Number of words.
    seed : int
        Any non-negative integer.
    stream : int, optional
        Independent sequences of one seed.

    Returns
    -------
    ndarray of uint64, shape (count,)

    Notes
    -----
    PCG64's raw words are part of NumPy's promise of stability; the methods of `Generator` are not
    (NEP 19), and vectors that stand in a repository must not change with a NumPy release.
    """
    return np.random.PCG64(np.random.SeedSequence([seed, stream])).random_raw(count)


def noise(fmt: Format, count: int, *, seed: int, stream: int = 0) -> list[int]:
    """Draw words of `fmt`, every word equally likely.

    Parameters
    ----------
    fmt : Format
        Its 2**width words are the outcomes, so there is no modulo bias.
    count : int
    seed, stream : int
        See `uniform`.

    Returns
    -------
    list of int, length count

    Examples
    --------
    >>> noise(Format(signed=True, width=4, frac=0), 6, seed=1)
    [0, 7, -6, 7, -4, -2]
    """
    chunks, lo = -(-fmt.width // 64), fmt.lo
    if chunks == 1:
        raw = _narrow(fmt, count, seed=seed, stream=stream).tolist()
        return [code + lo for code in raw]
    rows = uniform(count * chunks, seed=seed, stream=stream).reshape(count, chunks).tolist()
    drop = 64 * chunks - fmt.width
    codes = [sum(w << (64 * k) for k, w in enumerate(row)) >> drop for row in rows]
    return [code + lo for code in codes]


def noise_array(formats: Sequence[Format], count: int, *, seed: int, stream: int = 0) -> Any:
    """Draw lanes of words: those of `noise`, from `stream` on, as `array` would stack them.

    Returns
    -------
    ndarray of int64 or object, shape (lanes, count)

    Notes
    -----
    Words that fit int64 never become Python integers, so millions of them need little memory.

    Examples
    --------
    >>> noise_array([Format(signed=True, width=4, frac=0)], 6, seed=1)
    array([[ 0,  7, -6,  7, -4, -2]])
    """
    if not fits(formats):
        rows = [noise(f, count, seed=seed, stream=stream + k) for k, f in enumerate(formats)]
        return array(rows, formats)
    out = np.empty((len(formats), count), dtype=np.int64)
    for k, f in enumerate(formats):
        raw = _narrow(f, count, seed=seed, stream=stream + k)
        # Modulo 2**64, so that the view is the signed word.
        out[k] = (raw + np.uint64(f.lo % (1 << 64))).view(np.int64)
    return out


def _narrow(fmt: Format, count: int, *, seed: int, stream: int) -> Any:
    return uniform(count, seed=seed, stream=stream) >> np.uint64(64 - fmt.width)


def fits(formats: Sequence[Format]) -> bool:
    """Return whether the words of all formats fit int64."""
    return all(f.width <= (64 if f.signed else 63) for f in formats)


def array(rows: Sequence[Sequence[int]], formats: Sequence[Format]) -> Any:
    """Stack lanes into one array: int64, or object dtype where a lane does not fit int64.

    Parameters
    ----------
    rows : sequence of sequence of int, shape (lanes, time)
    formats : sequence of Format, length lanes

    Returns
    -------
    ndarray of int64 or object, shape (lanes, time)
    """
    if fits(formats):
        return np.array([list(r) for r in rows], dtype=np.int64).reshape(len(rows), -1)
    out = np.empty((len(rows), len(rows[0]) if rows else 0), dtype=object)
    for lane, row in enumerate(rows):
        out[lane, :] = list(row)
    return out
