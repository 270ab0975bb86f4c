"""Arrays of samples as lanes: shapes, dtypes and the check that samples fit their formats.

A node with one input lane reads `[..., time]`, one with several reads `[..., lanes, time]`; the
same holds for what it gives. Axes in front are a batch: independent signals through independent
copies of the filter. Inside the model a lane is always `[batch, time]`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fxfir.errors import FormatError
from fxfir.fixed import Format

__all__ = ["Array", "as_samples", "check_range", "join", "place", "sequence", "split", "word_dtype"]

Array = npt.NDArray[Any]


def word_dtype(fmt: Format) -> npt.DTypeLike:
    """Return the dtype that holds words of `fmt`: int64, or object where int64 is too narrow."""
    return np.int64 if fmt.width <= (64 if fmt.signed else 63) else object


def as_samples(x: Any) -> Array:
    """Return samples as an array of an integer dtype, or of object dtype with Python integers.

    Parameters
    ----------
    x : array_like of int
        Any integer dtype is kept as it is, so that a long int16 recording is not copied.

    Raises
    ------
    FormatError
        If the samples are not integers (floats, bools, complex numbers, text), or there is no
        time axis.
    """
    array = x if isinstance(x, np.ndarray) else sequence(x)
    _check_time(array)
    if array.dtype != object:
        if array.dtype.kind not in "iu":
            raise FormatError(f"samples must be integers, got dtype {array.dtype}")
        return array
    words = np.empty(array.size, dtype=object)
    for k, value in enumerate(array.flat):
        if isinstance(value, (bool, np.bool_)) or not hasattr(value, "__index__"):
            raise FormatError(f"samples must be integers, got {place(array.shape, k)} = {value!r}")
        words[k] = int(value.__index__())
    return words.reshape(array.shape)


def sequence(x: Any) -> Array:
    """Return a sequence as an array of its own objects.

    NumPy would choose a dtype by the values and turn [2**63, -1] into floats.

    Raises
    ------
    FormatError
        If its rows differ in length.
    """
    try:
        return np.array(x, dtype=object)
    except ValueError:
        raise FormatError("samples must be rectangular, got rows of different lengths") from None


def split(x: Array, n_lanes: int) -> tuple[tuple[int, ...], list[Array]]:
    """Cut an array into its batch shape and its lanes.

    Parameters
    ----------
    x : ndarray, shape [..., time] for one lane, [..., lanes, time] for several
    n_lanes : int

    Returns
    -------
    batch : tuple of int
        Shape of the leading axes; () for a single signal.
    lanes : list of ndarray, each [batch, time]
        Views where possible.

    Raises
    ------
    FormatError
        If the lane axis is missing or of another length.
    """
    _check_time(x)
    if n_lanes == 1:
        batch = x.shape[:-1]
        return batch, [x.reshape(_count(batch), x.shape[-1])]
    _check_lanes(x, n_lanes)
    batch = x.shape[:-2]
    return batch, [x[..., k, :].reshape(_count(batch), x.shape[-1]) for k in range(n_lanes)]


def join(lanes: Sequence[Array], batch: tuple[int, ...]) -> Array:
    """Put lanes `[batch, time]` together: the inverse of `split`."""
    time = lanes[0].shape[-1]
    if len(lanes) == 1:
        return lanes[0].reshape(*batch, time)
    return np.stack([lane.reshape(*batch, time) for lane in lanes], axis=-2)


def check_range(x: Array, formats: Sequence[Format]) -> None:
    """Refuse samples outside their format, naming the first one.

    Parameters
    ----------
    x : ndarray of integers, as `split` reads it
    formats : sequence of Format
        One per lane.

    Raises
    ------
    FormatError
        If a sample is no word of its lane's format, or the lane axis is not as `split` wants it.
    """
    if len(formats) > 1:
        _check_lanes(x, len(formats))
    for k, fmt in enumerate(formats):
        lane = x if len(formats) == 1 else x[..., k, :]
        if lane.size == 0 or (fmt.lo <= int(lane.min()) and int(lane.max()) <= fmt.hi):
            continue
        # Python integers as bounds would overflow in narrow dtypes, so the bad ones are found here.
        first = next(n for n, v in enumerate(lane.flat) if not fmt.contains(int(v)))
        place = [int(i) for i in np.unravel_index(first, lane.shape)]
        if len(formats) > 1:
            place.insert(-1, k)
        raise FormatError(
            f"samples must fit {fmt} [{fmt.lo}, {fmt.hi}], "
            f"got x[{', '.join(map(str, place))}] = {int(lane.flat[first])}"
        )


def _check_time(x: Array) -> None:
    if x.ndim == 0:
        raise FormatError(f"samples must have a time axis, got the scalar {x[()]}")


def _check_lanes(x: Array, n_lanes: int) -> None:
    if x.ndim < 2 or x.shape[-2] != n_lanes:
        raise FormatError(
            f"samples must have the shape [..., {n_lanes}, time], got {list(x.shape)}"
        )


def _count(batch: tuple[int, ...]) -> int:
    count = 1
    for length in batch:
        count *= length
    return count


def place(shape: tuple[int, ...], flat: int) -> str:
    """Return the text of an index, `x[1, 3]`, from its position in the flattened array."""
    return f"x[{', '.join(str(int(i)) for i in np.unravel_index(flat, shape))}]"
