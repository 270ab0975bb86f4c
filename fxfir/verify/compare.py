"""The first place where two output streams differ, told so that a person can act on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fxfir.fixed import Format

__all__ = ["Mismatch", "compare"]

_CONTEXT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """The first difference between the expected and the given samples.

    Parameters
    ----------
    index : int
        Sample index, 0 first.
    lane : int
        Output lane; 0 where a whole sample is missing or too much.
    expected, got : int or None
        Integers of `format`; None where there is no such sample.
    format : Format
        Format of the lane.
    n_expected, n_got : int
        Numbers of samples.
    n_different : int
        How many lane values differ, over the samples that both have.
    context : tuple of str
        Lines around the first difference, one per sample.
    """

    index: int
    lane: int
    expected: int | None
    got: int | None
    format: Format
    n_expected: int
    n_got: int
    n_different: int
    context: tuple[str, ...]

    @property
    def text(self) -> str:
        """One paragraph: where, both values as integer, hex and real, and how much differs."""
        place = f"sample {self.index}, lane {self.lane}"
        if self.got is None:
            head = f"{place} is missing: expected {_value(self.expected, self.format)}"
        elif self.expected is None:
            head = f"{place} is one too many: got {_value(self.got, self.format)}"
        else:
            head = (
                f"{place}: expected {_value(self.expected, self.format)}, "
                f"got {_value(self.got, self.format)}"
            )
        return (
            f"{head}; {self.n_different} values differ, {self.n_got} samples of {self.n_expected}"
        )

    def __str__(self) -> str:
        return "\n".join((self.text, *self.context))

    def to_json(self) -> dict[str, Any]:
        """Return the mismatch as plain JSON data."""
        return {
            "index": self.index,
            "lane": self.lane,
            "expected": self.expected,
            "got": self.got,
            "format": str(self.format),
            "n_expected": self.n_expected,
            "n_got": self.n_got,
            "n_different": self.n_different,
            "text": self.text,
            "context": list(self.context),
        }


def compare(
    expected: Any,
    got: Any,
    formats: Sequence[Format],
    *,
    prefix: bool = False,
    inputs: Any = None,
    edges: Any = None,
) -> Mismatch | None:
    """Find the first difference between two streams.

    Parameters
    ----------
    expected, got : array_like of int, shape (lanes, time)
        The two numbers of samples may differ.
    formats : sequence of Format, length lanes
    prefix : bool, optional
        Allow `got` to end early, as after a reset that drops what is in flight.
    inputs : array_like of int, shape (lanes, time), optional
        Input samples, for the context.
    edges : array_like of int, shape (time,), optional
        Edge of each given sample, for the context.

    Returns
    -------
    Mismatch or None
        None if the streams are equal.

    Examples
    --------
    >>> q = Format(signed=True, width=8, frac=7)
    >>> found = compare([[1, 2, 3]], [[1, -2, 3]], [q])
    >>> found.text
    'sample 1, lane 0: expected 2 (0x02, 0.015625), got -2 (0xfe, -0.015625); 1 values differ, \
3 samples of 3'
    """
    want, have = _lanes(expected), _lanes(got)
    if len(want) != len(have):
        raise ValueError(f"both streams must have the same lanes, got {len(want)} and {len(have)}")
    n_want, n_have = want.shape[1], have.shape[1]
    common = min(n_want, n_have)
    wrong = want[:, :common] != have[:, :common]
    columns = np.flatnonzero(wrong.any(axis=0))
    n_different = int(wrong.sum())
    if len(columns):
        index = int(columns[0])
        lane = int(np.flatnonzero(wrong[:, index])[0])
    elif n_have > n_want or (n_have < n_want and not prefix):
        index, lane = common, 0
    else:
        return None
    return Mismatch(
        index=index,
        lane=lane,
        expected=int(want[lane, index]) if index < n_want else None,
        got=int(have[lane, index]) if index < n_have else None,
        format=formats[lane],
        n_expected=n_want,
        n_got=n_have,
        n_different=n_different,
        context=_context(want, have, index, inputs, edges),
    )


def _lanes(values: Any) -> Any:
    array = np.asarray(values)
    return array[None, :] if array.ndim == 1 else array


def _value(code: int | None, fmt: Format) -> str:
    if code is None:
        return "nothing"
    digits = -(-fmt.width // 4)
    word = code & ((1 << fmt.width) - 1)
    return f"{code} (0x{word:0{digits}x}, {float(code * fmt.step)!r})"


def _context(want: Any, have: Any, index: int, inputs: Any, edges: Any) -> tuple[str, ...]:
    """Lines of the samples around `index`; the differing one is marked with `>`."""
    given = None if inputs is None else _lanes(inputs)
    last = max(want.shape[1], have.shape[1])
    lines = []
    for n in range(max(0, index - _CONTEXT), min(last, index + _CONTEXT + 1)):
        row = [f"{'>' if n == index else ' '} sample {n:>6}"]
        if edges is not None and n < len(edges):
            row.append(f"edge {int(edges[n])}")
        if given is not None and n < given.shape[1]:
            row.append(f"input {_column(given, n)}")
        row.append(f"expected {_column(want, n)}")
        row.append(f"got {_column(have, n)}")
        lines.append("  ".join(row))
    return tuple(lines)


def _column(values: Any, n: int) -> str:
    if n >= values.shape[1]:
        return "-"
    return " ".join(str(int(v)) for v in values[:, n])
