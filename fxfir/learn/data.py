"""Signals from files, as tensors of real values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from fxfir.errors import ReadError
from fxfir.spec.read import read_taps_file
from fxfir.spec.samples.wav import WavReader, read_wav_info

__all__ = ["read_pair", "read_signal"]


def read_signal(path: str | Path, *, fs_hz: float | None = None) -> Tensor:
    """Return the samples of a file of one channel, shape (1, time), float64.

    Parameters
    ----------
    path : path
        WAV, full scale being 1; otherwise real numbers as `fxfir.spec.read.read_taps_file` reads
        them: csv, txt, npy, json.
    fs_hz : float or None, optional
        Rate that a WAV file must have, in Hz.

    Raises
    ------
    ReadError
        If the file cannot be read, is empty, has several channels or another rate, or holds a
        value that is not finite.
    """
    if Path(path).suffix.lower() == ".wav":
        samples = _read_wav(path, fs_hz)
    else:
        taps = read_taps_file(path)
        values = getattr(taps, "values", None)
        if not isinstance(values, tuple):
            raise ReadError(f"a signal must be real numbers, got codes in {path}")
        samples = np.array([float(v) for v in values])
    if not samples.size:
        raise ReadError(f"a signal needs at least one sample, got none in {path}")
    if not np.isfinite(samples).all():
        raise ReadError(
            f"a signal must be finite, got {samples[~np.isfinite(samples)][0]} in {path}"
        )
    return torch.from_numpy(samples)[None]


def read_pair(
    first: str | Path, second: str | Path, *, fs_hz: float | None = None
) -> tuple[Tensor, Tensor]:
    """Return two signals that belong together sample by sample; see `read_signal`.

    Raises
    ------
    ReadError
        Also if they differ in length or, both being WAV, in rate.
    """
    rates = [
        (path, read_wav_info(path).fs_hz)
        for path in (first, second)
        if Path(path).suffix.lower() == ".wav"
    ]
    if len(rates) == 2 and rates[0][1] != rates[1][1]:
        raise ReadError(
            f"input and output must have one rate, got {rates[0][1]} Hz in {rates[0][0]} "
            f"and {rates[1][1]} Hz in {rates[1][0]}"
        )
    x, y = read_signal(first, fs_hz=fs_hz), read_signal(second, fs_hz=fs_hz)
    if x.shape != y.shape:
        raise ReadError(
            f"input and output must be as long as each other, got {x.shape[1]} samples in {first} "
            f"and {y.shape[1]} in {second}"
        )
    return x, y


def _read_wav(path: str | Path, fs_hz: float | None) -> np.ndarray:
    with WavReader(path) as reader:
        if reader.lanes != 1:
            raise ReadError(f"a signal must have one channel, got {reader.lanes} in {path}")
        if fs_hz is not None and reader.fs_hz != fs_hz:
            raise ReadError(f"a signal must have {fs_hz:g} Hz, got {reader.fs_hz:g} Hz in {path}")
        blocks = [block[0] for block in reader.blocks()]
        samples = np.concatenate(blocks) if blocks else np.zeros(0)
        return samples * 2.0 ** (1 - reader.info.width)
