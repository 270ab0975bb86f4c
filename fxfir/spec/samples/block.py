"""What readers and writers of samples share: their shape, and the check of a block."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np

from fxfir.errors import ReadError
from fxfir.fixed import Format

__all__ = ["BLOCK", "OpenFile", "Reader", "Writer", "as_block", "check_range", "dtype_of"]

BLOCK = 1 << 16
"""Samples per lane of a block: large enough for speed, small enough for any memory."""


class Reader(Protocol):
    """A file of samples, open for reading."""

    lanes: int
    """Number of channels."""
    n_samples: int | None
    """Samples per lane; None where only reading on can tell."""
    fs_hz: float | None
    """Sampling rate in Hz, if the file knows one."""

    def blocks(self, size: int = BLOCK) -> Iterator[np.ndarray[Any, Any]]:
        """Yield integers of shape (lanes, n), n at most `size`, int64 or object dtype."""

    def close(self) -> None:
        """Close the file."""

    def __enter__(self) -> Reader: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class Writer(Protocol):
    """A file of samples, open for writing; it appears under its name only when all went well."""

    def write(self, block: np.ndarray[Any, Any]) -> None:
        """Append integers of shape (lanes, n), or (n,) for one lane."""

    def __enter__(self) -> Writer: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class OpenFile:
    """What every reader does with its file: close it, at the latest at the end of a `with`."""

    _file: Any

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def as_block(block: Any, lanes: int) -> np.ndarray[Any, Any]:
    """Return `block` as an array of shape (lanes, n).

    Raises
    ------
    ReadError
        If it has another number of lanes.
    """
    array = np.atleast_2d(np.asarray(block))
    if array.ndim != 2 or array.shape[0] != lanes:
        raise ReadError(f"samples must come in {lanes} lanes, got an array of shape {array.shape}")
    return array


def check_range(block: np.ndarray[Any, Any], fmt: Format, start: int, source: str) -> None:
    """Refuse samples that are no words of `fmt`.

    Parameters
    ----------
    block : ndarray, shape (lanes, n)
    fmt : Format
    start : int
        Index of the first sample of the block.
    source : str
        Name of the file, for the message.

    Raises
    ------
    ReadError
        If one lies outside; the message names it.
    """
    if block.size == 0 or (fmt.contains(int(block.min())) and fmt.contains(int(block.max()))):
        return
    for lane, row in enumerate(block):
        for k, value in enumerate(row.tolist()):
            if not fmt.contains(value):
                raise ReadError(
                    f"a sample must fit {fmt} [{fmt.lo}, {fmt.hi}], got {value} at sample "
                    f"{start + k} of lane {lane} in {source}"
                )


def dtype_of(fmt: Format) -> Any:
    """Return the dtype that holds words of `fmt`: int64, or object past 63 bits."""
    return np.int64 if fmt.width <= (64 if fmt.signed else 63) else object
