"""Arrays that a runner uses again for every chunk.

A fresh array of a chunk's size costs more in page faults than the arithmetic on it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fxfir.model.lanes import Array

__all__ = ["Scratch"]


class Scratch:
    """Arrays by name; what they hold is undefined after each `get`."""

    __slots__ = ("_arrays",)

    def __init__(self) -> None:
        self._arrays: dict[str, Array] = {}

    def get(self, name: str, shape: tuple[int, ...], dtype: npt.DTypeLike) -> Array:
        """Return the array of this name, a new one if shape or dtype changed."""
        found = self._arrays.get(name)
        if found is None or found.shape != shape or found.dtype != dtype:
            found = self._arrays[name] = np.empty(shape, dtype=dtype)
        return found
