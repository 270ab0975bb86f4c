"""Samples as text: one line per sample index, one integer per lane."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from fxfir.fixed import Format
from fxfir.spec.readers.source import Line
from fxfir.spec.samples.block import BLOCK, OpenFile, as_block, check_range, dtype_of
from fxfir.spec.samples.part import PartFile, open_for_reading

__all__ = ["CsvReader", "CsvWriter"]

_INTEGER = re.compile(r"[+-]?[0-9]{1,4000}")  # Python reads no more digits
_SEPARATOR = re.compile(r"\s*[,;\t]\s*|\s+")
_NAME = re.compile(r"(?!(?:nan|inf|infinity)$)\"?[A-Za-z_].*", re.IGNORECASE)


class CsvReader(OpenFile):
    """A csv file of integers, open for reading.

    Parameters
    ----------
    path : str or Path
    lanes : int
    fmt : Format

    Raises
    ------
    ReadError
        If the file cannot be read.
    """

    def __init__(self, path: str | Path, *, lanes: int, fmt: Format) -> None:
        self._source = str(path)
        self._fmt = fmt
        self.lanes = lanes
        self.fs_hz: float | None = None
        self.n_samples: int | None = None
        self._file = open_for_reading(path)

    def blocks(self, size: int = BLOCK) -> Iterator[np.ndarray[Any, Any]]:
        """Yield integers of shape (lanes, n), n at most `size`; a first line of names is skipped.

        Raises
        ------
        ReadError
            If a line does not hold one integer per lane that fits the format.
        """
        self._file.seek(0)
        rows: list[list[int]] = []
        done = 0
        first = True
        for number, raw in enumerate(self._file, 1):
            line = Line(source=self._source, number=number, text=_text(raw))
            content = line.text.split("#", 1)[0].strip().lstrip("\ufeff")
            if not content:
                continue
            tokens = _SEPARATOR.split(content)
            if first and all(_NAME.fullmatch(token) for token in tokens):
                first = False
                continue
            first = False
            rows.append(self._row(tokens, line))
            if len(rows) == size:
                yield self._block(rows, done)
                done += len(rows)
                rows = []
        if rows:
            yield self._block(rows, done)

    def _row(self, tokens: list[str], line: Line) -> list[int]:
        if len(tokens) != self.lanes:
            raise line.error(f"a line must hold {self.lanes} samples, got {len(tokens)}")
        for token in tokens:
            if not _INTEGER.fullmatch(token):
                raise line.error(f"a sample must be an integer, got {token!r}")
        return [int(token) for token in tokens]

    def _block(self, rows: list[list[int]], done: int) -> np.ndarray[Any, Any]:
        # Object dtype first: a word too wide for int64 must reach the check of its range.
        block = np.array(rows, dtype=object).T
        check_range(block, self._fmt, done, self._source)
        return np.ascontiguousarray(block.astype(dtype_of(self._fmt)))


class CsvWriter:
    """A csv file of integers, open for writing; it appears under its name when all went well.

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
        self._done = 0
        self._part = PartFile(path)

    def write(self, block: np.ndarray[Any, Any]) -> None:
        """Append integers of shape (lanes, n), or (n,) for one lane."""
        array = as_block(block, self._lanes)
        check_range(array, self._fmt, self._done, str(self._part.path))
        text = "".join(",".join(map(str, row)) + "\n" for row in array.T.tolist())
        with self._part.guard():
            self._part.file.write(text.encode("ascii"))
        self._done += array.shape[1]

    def __enter__(self) -> CsvWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._part.discard() if error is not None else self._part.keep()


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", errors="replace").rstrip("\r\n")
