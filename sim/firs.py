"""FIR filters: of one set of taps, of several, and between several lanes.

As slow and as plain as the rest of `expected.py`, and from the same text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.words import Format, ManifestError, parse_cast, parse_format, parts, words

__all__ = ["Fir", "Matrix", "SwitchedFir"]


class Fir:
    """y[n] = output(sum of taps[k] * x[n-k])."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        coeff = parse_format(data["coeff"])
        self.taps = words(data, "taps", coeff)
        self.inputs = [parse_format(data["input"])]
        self.output = parse_cast(data["output"])
        self.outputs = [self.output.to]
        self._frac = self.inputs[0].frac + coeff.frac
        self._history = [0] * len(self.taps)

    def push(self, x: Sequence[int]) -> list[int]:
        self._history = [x[0], *self._history[:-1]]
        total = sum(tap * old for tap, old in zip(self.taps, self._history, strict=True))
        return [self.output(total, self._frac)]


class SwitchedFir:
    """y[n] = output(sum of taps[s[n]][k] * x[n-k]); the lane above x is s, cut to the last set."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        coeff, rows = parse_format(data["coeff"]), parts(data, "taps")
        if not 2 <= len(rows) <= 256:
            raise ManifestError(f"sets of taps must be from 2 to 256, got {len(rows)}")
        self.sets = [words({"taps": row}, "taps", coeff, len(rows[0])) for row in rows]
        reads = parse_format(data["input"])
        number = Format(signed=False, width=(len(rows) - 1).bit_length(), frac=0)
        self.inputs = [reads, number]
        self.output = parse_cast(data["output"])
        self.outputs = [self.output.to]
        self._frac = reads.frac + coeff.frac
        self._history = [0] * len(rows[0])

    def push(self, x: Sequence[int]) -> list[int]:
        self._history = [x[0], *self._history[:-1]]
        taps = self.sets[min(x[1], len(self.sets) - 1)]
        total = sum(tap * old for tap, old in zip(taps, self._history, strict=True))
        return [self.output(total, self._frac)]


class Matrix:
    """y_o[n] = output(offset + sum over lanes i and k of taps[o][i][k] * x_i[n-k])."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        coeff, reads = parse_format(data["coeff"]), parse_format(data["input"])
        rows = parts(data, "taps")
        lanes, length = len(parts({"taps": rows[0]}, "taps")), len(rows[0][0])
        for row in rows:
            if not isinstance(row, list) or len(row) != lanes:
                raise ManifestError(f"taps must be for {lanes} lanes in every row, got {row!r}")
            for part in row:
                words({"taps": part}, "taps", coeff, length)
        self.taps, self.offsets = rows, data.get("offsets") or [0] * len(rows)
        if len(self.offsets) != len(rows) or any(type(v) is not int for v in self.offsets):
            raise ManifestError(f"offsets must be {len(rows)} integers, got {self.offsets!r}")
        self.inputs, self.output = [reads] * lanes, parse_cast(data["output"])
        self.outputs = [self.output.to] * len(rows)
        self._frac = reads.frac + coeff.frac
        self._past = [[0] * length for _ in range(lanes)]

    def push(self, x: Sequence[int]) -> list[int]:
        self._past = [[new, *past[:-1]] for new, past in zip(x, self._past, strict=True)]
        y = []
        for row, total in zip(self.taps, self.offsets, strict=True):
            for part, past in zip(row, self._past, strict=True):
                total += sum(tap * old for tap, old in zip(part, past, strict=True))
            y.append(self.output(total, self._frac))
        return y
