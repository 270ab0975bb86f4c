"""Sets of taps on one history, over integers or real values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from fxfir.filters import FixedFir, SwitchedFir
from fxfir.model.lanes import Array

__all__ = ["SwitchedRunner"]


class SwitchedRunner:
    """The filter of every set on all samples, and of each output the one that was chosen.

    Parameters
    ----------
    node : SwitchedFir
    make : callable
        From a FixedFir to its runner.
    """

    def __init__(self, node: SwitchedFir, make: Callable[[FixedFir], Any]) -> None:
        self._sets = [make(fir) for fir in node.sets]
        self.reach = max(f.reach for f in self._sets)

    def reset(self, batch: int) -> None:
        """Forget all samples."""
        for f in self._sets:
            f.reset(batch)

    def advance(self, lanes: list[Array], ahead: int) -> list[Array]:
        """Filter the next samples, `[batch, time]` each, by the sets that the last lane names."""
        # Floats may come from anywhere; words are integers within the lane's format.
        index = np.clip(np.rint(lanes[1].astype(np.float64)), 0, len(self._sets) - 1)
        out: Array | None = None
        for k, f in enumerate(self._sets):
            # A result may be overwritten by the next call, so it is put in its place at once.
            (y,) = f.advance([lanes[0]], ahead)
            out = np.empty_like(y) if out is None else out
            np.copyto(out, y, where=index == k)
        return [] if out is None else [out]
