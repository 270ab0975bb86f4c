"""WAV files of 16, 24 or 32-bit PCM, streamed.

Writing uses the standard library's `wave`. Reading does not: before Python 3.12 it refuses
WAVE_FORMAT_EXTENSIBLE, which is what most tools write for 24 bits, and it takes a file that was
cut short without a word.
"""

from __future__ import annotations

import struct
import wave
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import numpy as np

from fxfir.errors import OutputError, ReadError
from fxfir.fixed import Format
from fxfir.spec.samples.block import BLOCK, OpenFile, as_block, check_range
from fxfir.spec.samples.part import PartFile, open_for_reading
from fxfir.spec.samples.pcm import decode, encode

__all__ = ["WavInfo", "WavReader", "WavWriter", "read_wav_info"]

_PCM = 1
_EXTENSIBLE = 0xFFFE
_KNOWN_TAGS = {2: "ADPCM", 3: "floating point", 6: "A-law", 7: "mu-law", 85: "MP3"}
_PCM_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")
_UNKNOWN_FROM = 0x7FFF0000
_WIDTHS = (16, 24, 32)
_LONGEST = 0xFFFFFFFF - 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class WavInfo:
    """What the header of a WAV file says.

    Parameters
    ----------
    channels : int
    width : int
        Bits per sample.
    fs_hz : int
        Sampling rate in Hz.
    n_samples : int or None
        Samples per channel; None where a pipe wrote the file and did not know.
    start : int
        Offset of the first sample in bytes.
    """

    channels: int
    width: int
    fs_hz: int
    n_samples: int | None
    start: int


def read_wav_info(path: str | Path) -> WavInfo:
    """Return what the header of a WAV file says.

    Raises
    ------
    ReadError
        If the file cannot be read, is no WAV file or cut short, or holds anything but 16, 24 or
        32-bit PCM.
    """
    with open_for_reading(path) as file:
        return _header(file, str(path))


class WavReader(OpenFile):
    """A WAV file, open for reading.

    Parameters
    ----------
    path : str or Path
    lanes : int or None, optional
        Number of channels it must have.
    fmt : Format or None, optional
        Format its samples are taken as: signed, and as wide as the file's samples.

    Raises
    ------
    ReadError
        As `read_wav_info`, and if channels or width are others.
    """

    def __init__(
        self, path: str | Path, *, lanes: int | None = None, fmt: Format | None = None
    ) -> None:
        self._source = str(path)
        self._file = open_for_reading(path)
        try:
            self.info = _header(self._file, self._source)
            if lanes is not None and self.info.channels != lanes:
                raise ReadError(
                    f"a WAV file for this filter must have {lanes} channels, "
                    f"got {self.info.channels} in {path}"
                )
            if fmt is not None and (self.info.width != fmt.width or not fmt.signed):
                raise ReadError(
                    f"a WAV file for input {fmt} must have signed samples of {fmt.width} bits, "
                    f"got {self.info.width} bits in {path}"
                )
        except ReadError:
            self._file.close()
            raise
        self.lanes = self.info.channels
        self.n_samples = self.info.n_samples
        self.fs_hz: float | None = float(self.info.fs_hz)

    def blocks(self, size: int = BLOCK) -> Iterator[np.ndarray[Any, Any]]:
        """Yield integers of shape (channels, n), n at most `size`, int64.

        Raises
        ------
        ReadError
            If the file ends before its header says.
        """
        n_bytes = self.info.width // 8
        frame = n_bytes * self.lanes
        left = self.n_samples
        self._file.seek(self.info.start)
        done = 0
        while left is None or left > 0:
            count = size if left is None else min(size, left)
            data = self._file.read(count * frame)
            if left is None:
                data = data[: len(data) // frame * frame]
                if not data:
                    return
            elif len(data) < count * frame:
                raise ReadError(
                    f"a WAV file must hold the {self.n_samples} samples its header says, "
                    f"got {done + len(data) // frame} in {self._source}"
                )
            block = decode(data, n_bytes, self.lanes, signed=True)
            done += block.shape[1]
            left = None if left is None else left - block.shape[1]
            yield block


class WavWriter:
    """A WAV file, open for writing; it appears under its name only when all went well.

    Parameters
    ----------
    path : str or Path
    lanes : int
        Number of channels.
    fmt : Format
        Format of the samples: signed, 16, 24 or 32 bits.
    fs_hz : float
        Sampling rate in Hz, rounded to whole Hz as the file demands.

    Raises
    ------
    OutputError
        If the format is none a WAV file can hold, or the file cannot be written.
    """

    def __init__(self, path: str | Path, *, lanes: int, fmt: Format, fs_hz: float) -> None:
        if not fmt.signed or fmt.width not in _WIDTHS:
            raise OutputError(
                f"a WAV file holds signed samples of 16, 24 or 32 bits, got {fmt} for {path}"
            )
        if not 1 <= lanes <= 0xFFFF:
            raise OutputError(f"a WAV file has 1 to 65535 channels, got {lanes} for {path}")
        if not 1 <= round(fs_hz) <= 0xFFFFFFFF:
            raise OutputError(f"a WAV file has a rate of 1 Hz to 2**32 - 1 Hz, got {fs_hz:g}")
        self._lanes = lanes
        self._fmt = fmt
        self._bytes = 0
        self._done = 0
        self._part = PartFile(path)
        self._wave = wave.Wave_write(self._part.file)  # open() would only add a context
        self._wave.setnchannels(lanes)
        self._wave.setsampwidth(fmt.width // 8)
        self._wave.setframerate(round(fs_hz))

    def write(self, block: np.ndarray[Any, Any]) -> None:
        """Append integers of shape (channels, n), or (n,) for one channel.

        Raises
        ------
        ReadError
            If the block has another number of channels or a sample does not fit.
        OutputError
            If the file would pass 4 GiB, which no WAV file can, or cannot be written.
        """
        array = as_block(block, self._lanes)
        check_range(array, self._fmt, self._done, str(self._part.path))
        data = encode(array, self._fmt.width // 8, signed=True)
        self._bytes += len(data)
        if self._bytes > _LONGEST:
            raise OutputError(f"a WAV file must stay below 4 GiB, got more for {self._part.path}")
        with self._part.guard():
            self._wave.writeframesraw(data)
        self._done += array.shape[1]

    def __enter__(self) -> WavWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            # Without this the object would write its header when it is collected; a full disk
            # has closed the file already.
            with suppress(OSError, ValueError, wave.Error):
                self._wave.close()
            self._part.discard()
            return
        with self._part.guard():
            self._wave.close()
        self._part.keep()


def _header(file: BinaryIO, source: str) -> WavInfo:
    head = file.read(12)
    if head[:4] in (b"RF64", b"RIFX") or (head[:4] == b"RIFF" and head[8:12] != b"WAVE"):
        raise ReadError(f"a WAV file must be RIFF WAVE, got {head!r} in {source}")
    if len(head) < 12 or head[:4] != b"RIFF":
        raise ReadError(f"a WAV file must start with RIFF, got {head[:4]!r} in {source}")
    layout: tuple[int, int, int] | None = None
    while True:
        chunk = file.read(8)
        if len(chunk) < 8:
            raise ReadError(f"a WAV file must hold fmt and data, got the end of {source}")
        name, size = chunk[:4], struct.unpack("<I", chunk[4:])[0]
        if name == b"fmt ":
            layout = _layout(file.read(size + size % 2)[:size], source)
        elif name == b"data":
            break
        else:
            file.seek(size + size % 2, 1)
    if layout is None:
        raise ReadError(f"a WAV file must hold fmt before data, got none in {source}")
    channels, fs_hz, width = layout
    frame = channels * width // 8
    start = file.tell()
    held = file.seek(0, 2) - start
    if size > held and size < _UNKNOWN_FROM:
        raise ReadError(
            f"a WAV file must hold the {size // frame} samples its header says, "
            f"got {held // frame} in {source}"
        )
    if size <= held and size % frame:
        raise ReadError(
            f"a WAV file must hold whole frames of {frame} bytes, got {size} bytes in {source}"
        )
    # Programs that write to a pipe cannot know the length and put the largest number there.
    n_samples = None if size > held else size // frame
    return WavInfo(channels=channels, width=width, fs_hz=fs_hz, n_samples=n_samples, start=start)


def _layout(body: bytes, source: str) -> tuple[int, int, int]:
    if len(body) < 16:
        raise ReadError(f"the fmt of a WAV file must have 16 bytes, got {len(body)} in {source}")
    tag, channels, fs_hz, _, align, width = struct.unpack("<HHIIHH", body[:16])
    if tag == _EXTENSIBLE and len(body) >= 40 and body[26:40] == _PCM_GUID_TAIL:
        tag = struct.unpack("<H", body[24:26])[0]
    if tag != _PCM:
        name = _KNOWN_TAGS.get(tag, f"format {tag}")
        raise ReadError(f"a WAV file must hold integer PCM, got {name} in {source}")
    if width not in _WIDTHS:
        raise ReadError(f"a WAV file must have 16, 24 or 32 bits, got {width} in {source}")
    if channels < 1:
        raise ReadError(f"a WAV file must have at least 1 channel, got {channels} in {source}")
    if align != channels * width // 8:
        raise ReadError(f"a frame must have {channels * width // 8} bytes, got {align} in {source}")
    return channels, fs_hz, width
