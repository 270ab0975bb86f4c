"""Stages without memory, over real values."""

from __future__ import annotations

import numpy as np

from fxfir.filters import Clip, Requantise, Select, Sum, Table
from fxfir.model.lanes import Array
from fxfir.model.twin_leaves import TwinRequantise

__all__ = ["RealSum", "TwinClip", "TwinSelect", "TwinSum", "TwinTable"]


class _Stage:
    """What has no history."""

    reach = 0

    def reset(self, batch: int) -> None:
        """Do nothing."""


class TwinClip(_Stage):
    """The limits as real values: the same for words and for floats."""

    def __init__(self, node: Clip) -> None:
        self._lo, self._hi = (float(word * node.input.step) for word in (node.lo, node.hi))

    def advance(self, lanes: list[Array], ahead: int) -> list[Array]:
        """Clip the next samples, `[batch, time]`."""
        return [np.clip(lanes[0], self._lo, self._hi)]


class RealSum(_Stage):
    """Lanes added, nothing cast."""

    def __init__(self, node: Sum) -> None:
        self._offset = float(node.offset * node.acc.step)

    def advance(self, lanes: list[Array], ahead: int) -> list[Array]:
        """Add the next samples, `[batch, time]`."""
        return [np.sum(lanes, axis=0) + self._offset]


class TwinSum(_Stage):
    """Lanes added, then the cast.

    Raises
    ------
    GuardError
        If a sum or the cast may leave what float64 holds exactly.
    """

    def __init__(self, node: Sum) -> None:
        self._cast = TwinRequantise(Requantise(input=node.acc, cast=node.output))
        self._sum = RealSum(node)

    def advance(self, lanes: list[Array], ahead: int) -> list[Array]:
        """Add the next samples, `[batch, time]`."""
        return self._cast.advance(self._sum.advance(lanes, ahead), ahead)


class TwinSelect(_Stage):
    """The lane of the nearest index."""

    def __init__(self, node: Select) -> None:
        self._most = node.count - 1

    def advance(self, lanes: list[Array], ahead: int) -> list[Array]:
        """Choose the next samples, `[batch, time]`."""
        index = np.clip(np.rint(lanes[-1]), 0, self._most).astype(np.int64)
        chosen: Array = np.take_along_axis(np.stack(lanes[:-1]), index[None], axis=0)[0]
        return [chosen]


class TwinTable(_Stage):
    """The word of the nearest input word; floats beyond the ends have the end's."""

    def __init__(self, node: Table) -> None:
        self._values = np.ldexp(np.array(node.words, dtype=np.float64), -node.to.frac)
        self._frac, self._lo = node.input.frac, node.input.lo

    def advance(self, lanes: list[Array], ahead: int) -> list[Array]:
        """Look up the next samples, `[batch, time]`."""
        words = np.rint(np.ldexp(lanes[0], self._frac)) - self._lo
        places = np.clip(words, 0, len(self._values) - 1)
        return [self._values[places.astype(np.int64)]]
