"""FIR filters from every input lane to every output lane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fxfir.errors import FilterError, TapsError
from fxfir.filters.compose import Bank, Parallel, Requantise, Series
from fxfir.filters.fir import FixedFir
from fxfir.filters.node import Node, integers
from fxfir.filters.stages import Clip, Sum
from fxfir.fixed import Cast, Format

__all__ = ["FirMatrix"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FirMatrix:
    """y_o[n] = output(offsets[o] + sum over i and k of taps[o][i][k] * x_i[n-k]), the sum exact.

    Parameters
    ----------
    taps : nested sequences of int, shape (n_out, n_in, n_taps)
        Coefficient words. Shorter rows are filled up with zeros.
    coeff : Format
        Format of all taps.
    input : Format
        Format of every input lane.
    output : Cast
        Of every output lane; the one place where bits are dropped.
    offsets : sequence of int, shape (n_out,), optional
        In units of the sums' LSB, 2**-(input.frac + coeff.frac); zeros unless given.

    Raises
    ------
    TapsError
        If an output has no tap but zeros, or a tap does not fit `coeff`; the message names both.
    FilterError
        If the shape is no box, or a field is of the wrong type.

    Examples
    --------
    >>> from fxfir.fixed import SQ
    >>> both = FirMatrix(taps=[[[1, 1], [2]], [[3], [0, -1]]], coeff=SQ(3, 0), input=SQ(1, 7),
    ...                  output=Cast(to=SQ(4, 7)))
    >>> both.n_in, both.n_out, both.taps[1]
    (2, 2, ((3, 0), (0, -1)))
    """

    taps: Sequence[Sequence[Sequence[int]]]
    coeff: Format
    input: Format
    output: Cast
    offsets: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name, kind in (("coeff", Format), ("input", Format), ("output", Cast)):
            if not isinstance(getattr(self, name), kind):
                raise FilterError(f"{name} must be a {kind.__name__}, got {getattr(self, name)!r}")
        rows = [
            [integers(part, f"taps[{o}][{i}]") for i, part in enumerate(_items(row, f"taps[{o}]"))]
            for o, row in enumerate(_items(self.taps, "taps"))
        ]
        counts = sorted({len(row) for row in rows})
        if not rows or len(counts) != 1 or counts[0] == 0:
            raise FilterError(
                f"taps must have the shape (n_out, n_in, n_taps), got {counts or 'no'} inputs"
            )
        longest = max(len(part) for row in rows for part in row)
        filled = tuple(tuple(part + (0,) * (longest - len(part)) for part in row) for row in rows)
        object.__setattr__(self, "taps", filled)
        for o, row in enumerate(filled):
            for i, part in enumerate(row):
                for k, tap in enumerate(part):
                    if not self.coeff.contains(tap):
                        raise TapsError(
                            f"taps must fit {self.coeff} [{self.coeff.lo}, {self.coeff.hi}], "
                            f"got taps[{o}][{i}][{k}] = {tap}"
                        )
            if not any(map(any, row)):
                raise TapsError(f"every output needs a tap that is not zero, got none for {o}")
        offsets = integers(self.offsets or (0,) * len(filled), "offsets")
        if len(offsets) != len(filled):
            raise FilterError(f"offsets must be {len(filled)}, one per output, got {len(offsets)}")
        object.__setattr__(self, "offsets", offsets)

    @property
    def n_taps(self) -> int:
        """Number of taps from one lane to another."""
        return len(self.taps[0][0])

    @property
    def n_in(self) -> int:
        """Number of input lanes."""
        return len(self.taps[0])

    @property
    def n_out(self) -> int:
        """Number of output lanes."""
        return len(self.taps)

    @property
    def inputs(self) -> tuple[Format, ...]:
        """Formats of the input lanes, all the same."""
        return (self.input,) * self.n_in

    @property
    def outputs(self) -> tuple[Format, ...]:
        """Formats of the output lanes, all the same."""
        return (self.output.to,) * self.n_out

    def acc_range(self, o: int) -> tuple[int, int]:
        """Return the smallest and largest exact sum of output `o`, its offset included."""
        lo, hi = self.input.lo, self.input.hi
        taps = [c for part in self.taps[o] for c in part]
        ends = [sum(op(c * lo, c * hi) for c in taps) + self.offsets[o] for op in (min, max)]
        return ends[0], ends[1]

    def expanded(self) -> Node:
        """Return the same filter as a composition: filters that drop no bit, then a sum each."""
        rows = []
        for row, offset in zip(self.taps, self.offsets, strict=True):
            lanes = tuple(_exact(part, self.coeff, self.input) for part in row)
            first = lanes[0] if len(lanes) == 1 else Parallel(filters=lanes)
            total = Sum(inputs=first.outputs, output=self.output, offset=offset)
            rows.append(Series(stages=(first, total)))
        return rows[0] if len(rows) == 1 else Bank(filters=tuple(rows))


def _items(value: Any, what: str) -> tuple[Any, ...]:
    if isinstance(value, str | bytes) or not hasattr(value, "__iter__"):
        raise FilterError(f"{what} must be a sequence, got {value!r}")
    return tuple(value)


def _exact(taps: Sequence[int], coeff: Format, input: Format) -> Node:
    frac = input.frac + coeff.frac
    if not any(taps):
        # A lane that an output does not hear, at the binary point of the others.
        zero = Clip(input=input, lo=0, hi=0)
        to = Format(signed=input.signed, width=2, frac=frac)
        return Series(stages=(zero, Requantise(input=input, cast=Cast(to=to))))
    sums = [sum(op(c * input.lo, c * input.hi) for c in taps) for op in (min, max)]
    acc = Format.holding(sums[0], sums[1], frac)
    return FixedFir(taps=tuple(taps), coeff=coeff, input=input, output=Cast(to=acc))
