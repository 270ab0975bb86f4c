"""Stages without memory, over integers."""

from __future__ import annotations

from typing import Any

import numpy as np

from fxfir.filters import Clip, Requantise, Select, Sum, Table
from fxfir.fixed import Format, apply
from fxfir.model.lanes import Array, word_dtype

__all__ = ["ClipRunner", "RequantiseRunner", "SelectRunner", "SumRunner", "TableRunner"]


class _Stage:
    """What has no history."""

    reach = 0

    def reset(self, batch: int) -> None:
        """Do nothing."""


class RequantiseRunner(_Stage):
    """A bare cast."""

    def __init__(self, node: Requantise) -> None:
        self._cast, self._frac = node.cast, node.input.frac

    def advance(self, lanes: list[Array], ahead: int) -> list[Array]:
        """Cast the next samples."""
        return [apply(self._cast, lanes[0], self._frac)]


class ClipRunner(_Stage):
    """min(max(x, lo), hi)."""

    def __init__(self, node: Clip) -> None:
        self._lo, self._hi = node.lo, node.hi

    def advance(self, lanes: list[Array], ahead: int) -> list[Array]:
        """Clip the next samples."""
        return [np.minimum(np.maximum(lanes[0], self._lo), self._hi)]


class SumRunner(_Stage):
    """Lanes added at one binary point, then cast."""

    def __init__(self, node: Sum) -> None:
        acc = node.acc
        self._offset = node.offset
        self._cast, self._frac, self._dtype = node.output, acc.frac, _dtype(node)
        self._shifts = [acc.frac - fmt.frac for fmt in node.inputs]

    def advance(self, lanes: list[Array], ahead: int) -> list[Array]:
        """Add the next samples."""
        total = (lanes[0].astype(self._dtype) << self._shifts[0]) + self._offset
        for lane, shift in zip(lanes[1:], self._shifts[1:], strict=True):
            total = total + (lane.astype(self._dtype) << shift)
        return [apply(self._cast, total, self._frac)]


def _dtype(node: Sum) -> Any:
    """Return what holds every partial sum: the lanes', the offset, and both."""
    lo, hi = node.acc_range
    ends = (lo, hi, node.offset, lo - node.offset, hi - node.offset)
    return word_dtype(Format.holding(min(ends), max(ends), frac=0))


class SelectRunner(_Stage):
    """lanes[index]."""

    def __init__(self, node: Select) -> None:
        self._most = node.count - 1

    def advance(self, lanes: list[Array], ahead: int) -> list[Array]:
        """Choose the next samples."""
        index = np.clip(lanes[-1].astype(np.int64), 0, self._most)
        chosen: Array = np.take_along_axis(np.stack(lanes[:-1]), index[None], axis=0)[0]
        return [chosen]


class TableRunner(_Stage):
    """words[x - lo]."""

    def __init__(self, node: Table) -> None:
        self._words = np.array(node.words, dtype=word_dtype(node.to))
        self._lo = node.input.lo

    def advance(self, lanes: list[Array], ahead: int) -> list[Array]:
        """Look up the next samples."""
        return [self._words[lanes[0].astype(np.int64) - self._lo]]
