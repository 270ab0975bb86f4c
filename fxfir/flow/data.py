"""Formats for a filter's input and output, from a recording or from a level."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fxfir.errors import ReadError

if TYPE_CHECKING:
    from fxfir.analysis import Cascade, Proposal
    from fxfir.flow.analyze import Analysis

__all__ = ["Proposals", "propose_formats", "read_signal"]

_MOST_SAMPLES = 1 << 22
_L2_POINTS = 1 << 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposals:
    """Formats of the widths that a filter has, for a given signal.

    Parameters
    ----------
    input, output : Proposal
        For the signal itself, and for what the ideal filter makes of it.
    """

    input: Proposal
    output: Proposal


def read_signal(path: str | Path) -> Any:
    """Return a recording as real values: of a WAV file parts of full scale, else as they stand.

    Parameters
    ----------
    path : path
        .wav (its first channel), .npy, .csv or .txt.

    Returns
    -------
    ndarray of float64, shape (n,)

    Raises
    ------
    ReadError
        If it cannot be read or holds no samples.
    """
    path = Path(path)
    try:
        values = _READERS[path.suffix.lower()](path)
    except KeyError:
        raise ReadError(f"a recording must end in {', '.join(_READERS)}, got {path}") from None
    except (OSError, ValueError, EOFError) as error:
        raise ReadError(f"a recording must be readable, got {path}: {error}") from None
    if values.dtype.kind not in "iuf" or not values.size:
        raise ReadError(f"a recording must hold real numbers, got {values.dtype} in {path}")
    single = values.reshape(len(values), -1)[:_MOST_SAMPLES, 0] if values.ndim else values
    return np.asarray(single, dtype=np.float64)


def _from_wav(path: Path) -> Any:
    import warnings

    from scipy.io import wavfile

    with warnings.catch_warnings():
        # Chunks that scipy does not know are no concern of a level.
        warnings.simplefilter("ignore", wavfile.WavFileWarning)
        _, values = wavfile.read(path)
    if values.dtype.kind == "f":
        return values
    if values.dtype == np.uint8:
        return (values.astype(np.float64) - 128) / 128
    # 24 bits stand at the top of 32.
    return values.astype(np.float64) / float(1 << (8 * values.dtype.itemsize - 1))


def _from_text(path: Path) -> Any:
    return np.loadtxt(path, delimiter="," if "," in path.read_text()[:4096] else None, ndmin=1)


_READERS = {
    ".wav": _from_wav,
    ".npy": lambda path: np.load(path, allow_pickle=False),
    ".csv": _from_text,
    ".txt": _from_text,
}


def propose_formats(lane: Analysis, signal: Any) -> Proposals:
    """Propose formats for a recording, or for white Gaussian noise of a level.

    Parameters
    ----------
    lane : Analysis
    signal : ndarray of float64, shape (n,), or float
        Samples, or a root mean square.

    Returns
    -------
    Proposals

    Raises
    ------
    FilterError
        If the signal is silent or not finite.
    """
    from fxfir.analysis import propose_for_data, propose_for_gaussian

    fmt, to = lane.source.filter.inputs[0], lane.source.filter.outputs[0]
    if np.ndim(signal) == 0:
        level = float(signal)
        return Proposals(
            input=propose_for_gaussian(level, fmt.width),
            output=propose_for_gaussian(level * _l2(lane.ideal), to.width),
        )
    return Proposals(
        input=propose_for_data(signal, fmt.width, signed=fmt.signed),
        output=propose_for_data(_filtered(lane.ideal, signal), to.width, signed=to.signed),
    )


def _l2(cascade: Cascade) -> float:
    size = np.abs(cascade.uniform(max(_L2_POINTS, cascade.n_coefficients))) ** 2
    return float(np.sqrt((size[:-1].sum() + size[1:].sum()) / (2 * (len(size) - 1))))


def _filtered(cascade: Cascade, signal: Any) -> Any:
    from scipy.signal import lfilter

    for b, a in cascade.parts:
        signal = lfilter(b, a, signal)
    return signal
