"""Whole streams of payloads as chunks of 32 bits, for benches that do not run in Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fxfir.verify.target import Lane

__all__ = ["CHUNK", "n_chunks", "pack", "unpack"]

CHUNK = 32
"""Bits of a chunk."""
_FULL = (1 << CHUNK) - 1


def n_chunks(width: int) -> int:
    """Return how many chunks hold `width` bits."""
    return -(-width // CHUNK)


def pack(lanes: Sequence[Lane], samples: Any) -> Any:
    """Pack samples into payloads: `fxfir.verify.target.join_words` of every column.

    Parameters
    ----------
    lanes : sequence of Lane
    samples : ndarray of int64 or object, shape (lanes, time)

    Returns
    -------
    ndarray of uint32, shape (time, chunks)
        Lowest chunk first. The padding of every second sample, the second one first, has the
        wrong bits, which a core must ignore.

    Examples
    --------
    >>> lane = Lane(start=0, width=4, slot=8, signed=True)
    >>> [hex(v) for v in pack([lane], np.array([[-1, -1]]))[:, 0]]
    ['0xff', '0xf']
    """
    time = samples.shape[1]
    width = sum(lane.slot for lane in lanes)
    # One chunk more, since a lane's last bits are shifted into two.
    out = np.zeros((time, n_chunks(width) + 1), dtype=np.uint64)
    for lane, row in zip(lanes, samples, strict=True):
        padding = ((1 << (lane.slot - lane.width)) - 1) << lane.width
        first, shift = divmod(lane.start, CHUNK)
        for k in range(n_chunks(lane.slot)):
            down = CHUNK * k
            keep = ((1 << lane.slot) - 1) >> down & _FULL
            # int64 has no bits beyond its sign, so the shift stops there.
            chunk = row >> (down if row.dtype == object else min(down, 63))
            bits = (chunk & keep).astype(np.uint64)
            bits[1::2] ^= np.uint64(padding >> down & keep)
            bits <<= np.uint64(shift)
            out[:, first + k] |= bits & np.uint64(_FULL)
            out[:, min(first + k + 1, n_chunks(width))] |= bits >> np.uint64(CHUNK)
    return np.ascontiguousarray(out[:, :-1].astype(np.uint32))


def unpack(lanes: Sequence[Lane], payloads: Any) -> tuple[Any, Any]:
    """Cut payloads into codes: `fxfir.verify.target.split_word` of every row.

    Parameters
    ----------
    lanes : sequence of Lane
    payloads : ndarray of uint32, shape (time, chunks)

    Returns
    -------
    codes : ndarray of int64 or object, shape (lanes, time)
    padded : ndarray of bool, shape (time,)
        True where all padding is the extension that it must be.
    """
    time = len(payloads)
    wide = any(lane.width > (64 if lane.signed else 63) for lane in lanes)
    codes = np.empty((len(lanes), time), dtype=object if wide else np.int64)
    padded = np.ones(time, dtype=bool)
    for lane, row in zip(lanes, codes, strict=True):
        code = _field(payloads, lane.start, lane.width, wide=wide)
        if lane.signed and wide:
            code = code - ((code >> (lane.width - 1)) << lane.width)
        elif lane.signed:
            unused = 64 - lane.width
            code = (code << np.uint64(unused)).view(np.int64) >> unused
        row[:] = code
        for bit in range(lane.width, lane.slot):
            fill = (row < 0) if lane.signed else np.zeros(time, dtype=bool)
            padded &= _field(payloads, lane.start + bit, 1, wide=False).astype(bool) == fill
    return codes, padded


def _field(payloads: Any, start: int, width: int, *, wide: bool) -> Any:
    """Bits start ... start + width - 1 of each payload, as uint64 or as Python integers."""
    kind: Any = object if wide else np.uint64
    out = np.zeros(len(payloads), dtype=kind)
    for k in range(start // CHUNK, (start + width - 1) // CHUNK + 1):
        chunk = payloads[:, k].astype(np.uint64).astype(kind)
        move = CHUNK * k - start
        step = abs(move) if wide else np.uint64(abs(move))
        out |= chunk << step if move >= 0 else chunk >> step
    mask = (1 << width) - 1
    return out & (mask if wide else np.uint64(mask))
