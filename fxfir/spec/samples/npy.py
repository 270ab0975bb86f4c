"""Samples as NumPy arrays of integers, shape (time,) or (lanes, time)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from fxfir.errors import OutputError, ReadError
from fxfir.fixed import Format
from fxfir.spec.readers.arrays import NPY_ERRORS
from fxfir.spec.samples.block import BLOCK, OpenFile, as_block, check_range, dtype_of
from fxfir.spec.samples.part import PartFile, open_for_reading

__all__ = ["NpyReader", "NpyWriter"]


class NpyReader(OpenFile):
    """A .npy file of integers, mapped into memory and read in blocks.

    Parameters
    ----------
    path : str or Path
    lanes : int
    fmt : Format

    Raises
    ------
    ReadError
        If the file cannot be read, or holds no integers or another number of lanes.
    """

    def __init__(self, path: str | Path, *, lanes: int, fmt: Format) -> None:
        self._source = str(path)
        self._fmt = fmt
        open_for_reading(path).close()
        try:
            array = np.load(path, mmap_mode="r", allow_pickle=False)
        except NPY_ERRORS as error:
            reason = str(error)[:80]
            raise ReadError(f"a .npy file must be whole, got {reason!r} in {path}") from None
        if not isinstance(array, np.ndarray):
            raise ReadError(f"a .npy file must hold one array, got an archive in {path}")
        if array.dtype.kind not in "iu":
            raise ReadError(f"samples must be integers, got dtype {array.dtype} in {path}")
        if array.ndim == 1:
            array = array[None, :]
        if array.ndim != 2 or array.shape[0] != lanes:
            raise ReadError(
                f"samples must be of shape ({lanes}, time), got {array.shape} in {path}"
            )
        self._array = array
        self.lanes = lanes
        self.n_samples: int | None = int(array.shape[1])
        self.fs_hz: float | None = None

    def blocks(self, size: int = BLOCK) -> Iterator[np.ndarray[Any, Any]]:
        """Yield integers of shape (lanes, n), n at most `size`.

        Raises
        ------
        ReadError
            If a sample does not fit the format.
        """
        for start in range(0, self._array.shape[1], size):
            block = np.array(self._array[:, start : start + size])
            check_range(block, self._fmt, start, self._source)
            yield block.astype(dtype_of(self._fmt))

    def close(self) -> None:
        """Let go of the file, which is mapped and not open."""
        del self._array


class NpyWriter:
    """A .npy file of int64, open for writing; it appears under its name when all went well.

    One lane is written as shape (time,), several as (lanes, time) in Fortran order, since that is
    the order in which they arrive.

    Parameters
    ----------
    path : str or Path
    lanes : int
    fmt : Format

    Raises
    ------
    OutputError
        If the format is wider than 64 bits, or the file cannot be written.
    """

    def __init__(self, path: str | Path, *, lanes: int, fmt: Format) -> None:
        if dtype_of(fmt) is object:
            raise OutputError(f"a .npy file holds words of at most 64 bits, got {fmt} for {path}")
        self._lanes = lanes
        self._fmt = fmt
        self._done = 0
        self._part = PartFile(path)
        with self._part.guard():
            self._length = self._header()

    def write(self, block: np.ndarray[Any, Any]) -> None:
        """Append integers of shape (lanes, n), or (n,) for one lane."""
        array = as_block(block, self._lanes)
        check_range(array, self._fmt, self._done, str(self._part.path))
        with self._part.guard():
            self._part.file.write(array.T.astype("<i8").tobytes())
        self._done += array.shape[1]

    def _header(self) -> int:
        """Write the header at the start; NumPy pads it so that a longer array needs no more."""
        shape = (self._done,) if self._lanes == 1 else (self._lanes, self._done)
        self._part.file.seek(0)
        np.lib.format.write_array_header_1_0(
            self._part.file, {"descr": "<i8", "fortran_order": self._lanes > 1, "shape": shape}
        )
        return self._part.file.tell()

    def __enter__(self) -> NpyWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._part.discard()
            return
        with self._part.guard():
            length = self._header()
        if length != self._length:
            self._part.discard()
            raise OutputError(f"a .npy header must keep its length, got {length} bytes")
        self._part.keep()
