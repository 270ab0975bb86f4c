"""Integers as little-endian bytes, interleaved by lane: the payload of WAV and raw files."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["decode", "encode"]

_NATIVE = {1, 2, 4, 8}


def decode(data: bytes, n_bytes: int, lanes: int, *, signed: bool) -> np.ndarray[Any, Any]:
    """Return the samples in `data`.

    Parameters
    ----------
    data : bytes
        A whole number of frames of lanes * n_bytes bytes.
    n_bytes : int
        Bytes per sample.
    lanes : int
    signed : bool

    Returns
    -------
    ndarray of int64 (object past 63 bits), shape (lanes, n)

    Examples
    --------
    >>> decode(bytes([1, 0, 0, 255, 255, 255]), 3, 2, signed=True)
    array([[ 1],
           [-1]])
    """
    count = len(data) // (n_bytes * lanes)
    if n_bytes > 8 or (n_bytes == 8 and not signed):
        words = [
            int.from_bytes(data[i : i + n_bytes], "little", signed=signed)
            for i in range(0, count * lanes * n_bytes, n_bytes)
        ]
        flat = np.array(words, dtype=object)
    elif n_bytes in _NATIVE:
        flat = np.frombuffer(data, dtype=f"<{'i' if signed else 'u'}{n_bytes}").astype(np.int64)
    else:
        size = 4 if n_bytes == 3 else 8
        padded = np.zeros((count * lanes, size), dtype=np.uint8)
        # The bytes go to the top, and an arithmetic shift brings them down with their sign.
        padded[:, size - n_bytes :] = np.frombuffer(data, dtype=np.uint8).reshape(-1, n_bytes)
        words_at_top = padded.view(f"<{'i' if signed else 'u'}{size}").reshape(-1)
        flat = (words_at_top >> (8 * (size - n_bytes))).astype(np.int64)
    return np.ascontiguousarray(flat.reshape(count, lanes).T)


def encode(block: np.ndarray[Any, Any], n_bytes: int, *, signed: bool) -> bytes:
    """Return the bytes of samples of shape (lanes, n) that fit `n_bytes`.

    Examples
    --------
    >>> encode(np.array([[1], [-1]]), 3, signed=True).hex()
    '010000ffffff'
    """
    frames = block.T
    if block.dtype == object or n_bytes > 8 or (n_bytes == 8 and not signed):
        words = frames.reshape(-1).tolist()
        return b"".join(int(w).to_bytes(n_bytes, "little", signed=signed) for w in words)
    if n_bytes in _NATIVE:
        return frames.astype(f"<{'i' if signed else 'u'}{n_bytes}").tobytes()
    full = np.ascontiguousarray(frames, dtype="<i8").reshape(-1, 1)
    return full.view(np.uint8)[:, :n_bytes].tobytes()
