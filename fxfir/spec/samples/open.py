"""Open a file of samples by its suffix."""

from __future__ import annotations

from pathlib import Path

from fxfir.errors import OutputError, ReadError
from fxfir.fixed import Format
from fxfir.spec.samples.block import Reader, Writer
from fxfir.spec.samples.csv import CsvReader, CsvWriter
from fxfir.spec.samples.npy import NpyReader, NpyWriter
from fxfir.spec.samples.raw import RawReader, RawWriter
from fxfir.spec.samples.wav import WavReader, WavWriter

__all__ = ["SUFFIXES", "create_samples", "open_samples"]

SUFFIXES = (".wav", ".npy", ".csv", ".txt", ".raw", ".bin", ".pcm")
"""Suffixes of sample files; the last three are raw."""

_RAW = (".raw", ".bin", ".pcm")
_TEXT = (".csv", ".txt")


def open_samples(path: str | Path, *, lanes: int, fmt: Format) -> Reader:
    """Open a file of samples for a filter's input.

    Parameters
    ----------
    path : str or Path
        Its suffix is one of `SUFFIXES`.
    lanes : int
        Input lanes of the filter.
    fmt : Format
        Format of each lane.

    Returns
    -------
    Reader
        To be used in a `with` statement.

    Raises
    ------
    ReadError
        If the suffix is unknown, the file cannot be read, or its lanes or width are others.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".wav":
        return WavReader(path, lanes=lanes, fmt=fmt)
    if suffix == ".npy":
        return NpyReader(path, lanes=lanes, fmt=fmt)
    if suffix in _TEXT:
        return CsvReader(path, lanes=lanes, fmt=fmt)
    if suffix in _RAW:
        return RawReader(path, lanes=lanes, fmt=fmt)
    raise ReadError(f"a sample file must end in {', '.join(SUFFIXES)}, got {path}")


def create_samples(
    path: str | Path, *, lanes: int, fmt: Format, fs_hz: float | None = None
) -> Writer:
    """Open a file for a filter's output; it appears under its name only when all went well.

    Parameters
    ----------
    path : str or Path
        Its suffix is one of `SUFFIXES`; an existing file is replaced.
    lanes : int
        Output lanes of the filter.
    fmt : Format
        Format of each lane.
    fs_hz : float or None, optional
        Sampling rate in Hz; a WAV file needs one.

    Returns
    -------
    Writer
        To be used in a `with` statement.

    Raises
    ------
    OutputError
        If the suffix is unknown, the format is none the file can hold, a WAV file has no rate, or
        the file cannot be written.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".wav":
        if fs_hz is None:
            raise OutputError(f"a WAV file needs a sampling rate, got none for {path}")
        return WavWriter(path, lanes=lanes, fmt=fmt, fs_hz=fs_hz)
    if suffix == ".npy":
        return NpyWriter(path, lanes=lanes, fmt=fmt)
    if suffix in _TEXT:
        return CsvWriter(path, lanes=lanes, fmt=fmt)
    if suffix in _RAW:
        return RawWriter(path, lanes=lanes, fmt=fmt)
    raise OutputError(f"a sample file must end in {', '.join(SUFFIXES)}, got {path}")
