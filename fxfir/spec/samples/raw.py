"""Raw samples: little-endian integers of whole bytes, interleaved by lane, and nothing else.

A sample takes as many bytes as its format needs, as a lane of the AXI4-Stream port does; signed
ones are sign-extended, unsigned ones zero-extended.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from fxfir.errors import ReadError
from fxfir.fixed import Format
from fxfir.spec.samples.block import BLOCK, OpenFile, as_block, check_range
from fxfir.spec.samples.part import PartFile, open_for_reading
from fxfir.spec.samples.pcm import decode, encode

__all__ = ["RawReader", "RawWriter"]


class RawReader(OpenFile):
    """A raw file, open for reading.

    Parameters
    ----------
    path : str or Path
    lanes : int
    fmt : Format

    Raises
    ------
    ReadError
        If the file cannot be read or does not hold whole frames.
    """

    def __init__(self, path: str | Path, *, lanes: int, fmt: Format) -> None:
        self._source = str(path)
        self._fmt = fmt
        self._n_bytes = -(-fmt.width // 8)
        self.lanes = lanes
        self.fs_hz: float | None = None
        self._file = open_for_reading(path)
        size = self._file.seek(0, 2)
        frame = self._n_bytes * lanes
        if size % frame:
            self._file.close()
            raise ReadError(
                f"a raw file of {lanes} lanes of {fmt} must hold whole frames of {frame} bytes, "
                f"got {size} bytes in {path}"
            )
        self.n_samples: int | None = size // frame

    def blocks(self, size: int = BLOCK) -> Iterator[np.ndarray[Any, Any]]:
        """Yield integers of shape (lanes, n), n at most `size`.

        Raises
        ------
        ReadError
            If a sample does not fit the format.
        """
        frame = self._n_bytes * self.lanes
        self._file.seek(0)
        done = 0
        while data := self._file.read(size * frame):
            block = decode(data, self._n_bytes, self.lanes, signed=self._fmt.signed)
            check_range(block, self._fmt, done, self._source)
            done += block.shape[1]
            yield block


class RawWriter:
    """A raw file, open for writing; it appears under its name only when all went well.

    Parameters
    ----------
    path : str or Path
    lanes : int
    fmt : Format

    Raises
    ------
    OutputError
        If the file cannot be written.
    """

    def __init__(self, path: str | Path, *, lanes: int, fmt: Format) -> None:
        self._lanes = lanes
        self._fmt = fmt
        self._n_bytes = -(-fmt.width // 8)
        self._done = 0
        self._part = PartFile(path)

    def write(self, block: np.ndarray[Any, Any]) -> None:
        """Append integers of shape (lanes, n), or (n,) for one lane."""
        array = as_block(block, self._lanes)
        check_range(array, self._fmt, self._done, str(self._part.path))
        with self._part.guard():
            self._part.file.write(encode(array, self._n_bytes, signed=self._fmt.signed))
        self._done += array.shape[1]

    def __enter__(self) -> RawWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._part.discard() if error is not None else self._part.keep()
