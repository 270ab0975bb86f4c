"""Read taps or sections from whatever a user points at: a list, a file, standard input."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fxfir.errors import ReadError, SectionError, TapsError
from fxfir.spec.readers.arrays import read_json, read_npy
from fxfir.spec.readers.cmsis import read_cmsis
from fxfir.spec.readers.coe import read_coe
from fxfir.spec.readers.equaliser import Equaliser, read_channels, read_equaliser
from fxfir.spec.readers.fcf import read_fcf, read_fcf_sos
from fxfir.spec.readers.hexwords import read_hex
from fxfir.spec.readers.numbers import column, number, parse_list, rows
from fxfir.spec.readers.source import STDIN, read_text
from fxfir.spec.signs import settle_signs
from fxfir.spec.sos import sos_rows
from fxfir.spec.taps import Taps, Values

__all__ = [
    "SOS_READERS",
    "TAPS_READERS",
    "Sections",
    "read_eq",
    "read_eq_channels",
    "read_sections",
    "read_sos",
    "read_taps",
    "read_taps_file",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sections:
    """Second-order sections read from a file.

    Parameters
    ----------
    rows : tuple of tuple of float
        b0, b1, b2, 1, a1, a2; scipy's signs.
    notes : tuple of str
        How the file was understood, where that is not obvious.
    """

    rows: tuple[tuple[float, ...], ...]
    notes: tuple[str, ...] = ()


def read_taps(text: str) -> Taps:
    """Return the taps that one argument of the command line stands for.

    Parameters
    ----------
    text : str
        "-" is standard input, the name of an existing file is read, and anything else is a list
        of numbers split by commas or spaces.

    Returns
    -------
    Values or Codes
        Codes from .coe, .hex and fixed-point .fcf files, real values from all others.

    Raises
    ------
    ReadError
        If a file cannot be read; the message names line and text.
    TapsError
        If a list does not hold finite real numbers; the message names the position.

    Examples
    --------
    >>> read_taps("0.1,0.5,0.1").values
    (0.1, 0.5, 0.1)
    """
    if text == STDIN or _exists(text):
        return read_taps_file(text)
    try:
        return Values(values=parse_list(text))
    except TapsError as error:
        if _looks_like_path(text):
            raise ReadError(f"a file must exist to be read, got {text}") from None
        raise error from None


def read_taps_file(path: str | Path) -> Taps:
    """Return the taps in a file; its suffix decides how it is read, text being the default.

    Raises
    ------
    ReadError
        If it cannot be read; the message names line and text.
    """
    reader = TAPS_READERS.get(Path(path).suffix.lower(), _taps_from_text)
    return reader(path)


def read_sos(path: str | Path) -> tuple[tuple[float, ...], ...]:
    """Return the second-order sections in a file; see `read_sections`.

    Returns
    -------
    tuple of tuple of float
        Rows b0, b1, b2, 1, a1, a2; scipy's signs.
    """
    return read_sections(path).rows


def read_sections(
    path: str | Path, *, signs: str | None = None, post_shift: int | None = None
) -> Sections:
    """Return the second-order sections in a .npy, .json, .csv, .txt or .fcf file, or of CMSIS-DSP.

    Parameters
    ----------
    path : str or Path
        "-" is standard input, read as text or JSON; .h and .c are read as CMSIS-DSP's arrays.
    signs : str or None, optional
        Signs of a1 and a2 in the file, one of `fxfir.spec.signs.SIGNS`; None takes what files of
        the kind have unless only the opposite makes all sections stable, and notes it.
    post_shift : int or None, optional
        postShift of a q31 or q15 array; None looks for it in the file.

    Raises
    ------
    ReadError
        If the file cannot be read; the message names line and text.
    SectionError
        If a row has not six numbers, or a0 = 0.
    SpecError
        If `signs` is unknown.
    """
    name, suffix = _name(path), Path(path).suffix.lower()
    is_cmsis, without_a0 = suffix in _CMSIS, False
    if post_shift is not None and not is_cmsis:
        raise ReadError(f"post_shift goes with .h and .c files, got {post_shift} for {name}")
    try:
        if is_cmsis:
            rows = sos_rows(read_cmsis(read_text(path), name, post_shift=post_shift))
        else:
            rows, without_a0 = _completed(SOS_READERS.get(suffix, _sos_from_text)(path))
    except SectionError as error:
        raise SectionError(f"{error} in {name}") from None
    usual = "negated" if is_cmsis else "scipy"
    settled, notes = settle_signs(rows, name, signs=signs, usual=usual)
    if without_a0:
        notes = (f"five numbers in each row of {name} are read as b0 b1 b2 a1 a2, a0 = 1", *notes)
    return Sections(rows=settled, notes=notes)


def _completed(data: Any) -> tuple[tuple[tuple[float, ...], ...], bool]:
    """Return rows of six, and whether all of them came without an a0."""
    short = isinstance(data, list | np.ndarray) and len(data) > 0
    short = short and all(isinstance(row, list | np.ndarray) and len(row) == 5 for row in data)
    if short:
        data = [[*row[:3], 1.0, *row[3:]] for row in data]
    return sos_rows(data), short


def read_eq(path: str | Path, *, channel: str | None = None) -> Equaliser:
    """Return the bands in an equaliser file of REW, Equalizer APO or AutoEQ.

    Parameters
    ----------
    path : str or Path
        "-" is standard input.
    channel : str, optional
        Which channel's bands are wanted; needed where the file treats channels differently.

    Raises
    ------
    ReadError
        If the file or a line of it cannot be read; the message names line and text.
    """
    return read_equaliser(read_text(path), _name(path), channel=channel)


def read_eq_channels(path: str | Path) -> tuple[Equaliser, ...]:
    """Return the bands of each channel in an equaliser file; see `readers.equaliser.read_channels`.

    Parameters
    ----------
    path : str or Path
        "-" is standard input.

    Returns
    -------
    tuple of Equaliser
        One where all channels are alike.

    Raises
    ------
    ReadError
        If the file or a line of it cannot be read; the message names line and text.
    """
    return read_channels(read_text(path), _name(path))


def _taps_from_text(path: str | Path) -> Taps:
    text = read_text(path)
    if text.lstrip().startswith("["):
        return _from_json(text, path)
    return Values(values=column(text, _name(path)), source=_name(path))


def _taps_from_json(path: str | Path) -> Taps:
    return _from_json(read_text(path), path)


def _from_json(text: str, path: str | Path) -> Taps:
    return _values(read_json(text, _name(path), "taps"), path)


def _taps_from_npy(path: str | Path) -> Taps:
    array = read_npy(path)
    # A single row or column is a list of taps; anything else is left to the check of its shape.
    if array.ndim == 2 and 1 in array.shape:
        array = array.reshape(-1)
    return _values(array, path)


def _values(items: Any, path: str | Path) -> Values:
    try:
        return Values(values=items, source=_name(path))
    except TapsError as error:
        raise ReadError(f"{error} in {_name(path)}") from None


def _sos_from_text(path: str | Path) -> Any:
    text = read_text(path)
    if text.lstrip().startswith("["):
        return read_json(text, _name(path), "sos")
    result: list[list[float]] = []
    for k, row in enumerate(rows(text, _name(path))):
        values = []
        for i, token in enumerate(row.fields):
            try:
                values.append(number(token, f"sos[{k}][{i}]"))
            except TapsError as error:
                raise row.line.error(str(error).replace("taps must", "sos must", 1)) from None
        if len(values) not in (5, 6):
            raise row.line.error(
                f"a section must have six numbers, or five without a0, got {len(values)}"
            )
        if result and len(values) != len(result[0]):
            raise row.line.error(
                f"a section must have as many numbers as the first, {len(result[0])}, "
                f"got {len(values)}"
            )
        result.append(values)
    return result


def _sos_from_npy(path: str | Path) -> Any:
    array = read_npy(path)
    return array.reshape(1, -1) if array.shape in ((5,), (6,)) else array


_CMSIS = (".h", ".c")


def _name(path: str | Path) -> str:
    return "standard input" if str(path) == STDIN else str(path)


def _exists(text: str) -> bool:
    try:
        # Path("") would be the current folder.
        return bool(text) and Path(text).exists()
    except (OSError, ValueError):
        # A list of numbers may be longer than a file name can be.
        return False


def _looks_like_path(text: str) -> bool:
    fraction = re.fullmatch(r"[0-9.+-]+/[0-9.]+", text)
    return not any(c in text for c in ", \n") and (
        ("/" in text and fraction is None) or Path(text).suffix.lower() in TAPS_READERS
    )


TAPS_READERS: dict[str, Callable[[str | Path], Taps]] = {
    ".csv": _taps_from_text,
    ".txt": _taps_from_text,
    ".npy": _taps_from_npy,
    ".json": _taps_from_json,
    ".coe": lambda path: read_coe(read_text(path), _name(path)),
    ".hex": lambda path: read_hex(read_text(path), _name(path)),
    ".fcf": lambda path: read_fcf(read_text(path), _name(path)),
}
"""Readers of taps by the suffix of the file."""

SOS_READERS: dict[str, Callable[[str | Path], Any]] = {
    ".csv": _sos_from_text,
    ".txt": _sos_from_text,
    ".npy": _sos_from_npy,
    ".json": lambda path: read_json(read_text(path), _name(path), "sos"),
    ".fcf": lambda path: read_fcf_sos(read_text(path), _name(path)),
}
"""Readers of second-order sections by the suffix of the file."""
