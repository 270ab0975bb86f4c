"""A FIR filter with several sets of taps, one of which is chosen with every sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from fxfir.errors import FilterError, TapsError
from fxfir.filters.compose import Series
from fxfir.filters.fir import FixedFir
from fxfir.filters.node import Node, integers
from fxfir.fixed import Cast, Format

__all__ = ["MOST_SETS", "SwitchedFir", "set_width"]

MOST_SETS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchedFir:
    """y[n] = output(sum over k of taps[s[n]][k] * x[n-k]), the sum exact.

    The number of the set comes with the sample that it is for. The history belongs to no set: the
    first output of a set is what it would be had that set been chosen all along.

    Parameters
    ----------
    taps : sequence of sequence of int, shape (n_sets, n_taps)
        Coefficient words. Shorter sets are filled up with zeros.
    coeff : Format
        Format of all taps.
    input : Format
        Format of x, which is lane 0.
    output : Cast
        The one place where bits are dropped.

    Raises
    ------
    TapsError
        If a set has no tap but zeros, or one does not fit `coeff`; the message names the set.
    FilterError
        If there are fewer than 2 sets or more than 256, or a field is of the wrong type.

    Notes
    -----
    Lane 1 is s, an unsigned integer with as many bits as the highest set needs; a number beyond the
    last set counts as the last set.

    Examples
    --------
    >>> from fxfir.fixed import SQ
    >>> both = SwitchedFir(taps=((1, 1), (-2,)), coeff=SQ(3, 0), input=SQ(1, 7),
    ...                    output=Cast(to=SQ(3, 7)))
    >>> both.taps, [str(fmt) for fmt in both.inputs], str(both.acc)
    (((1, 1), (-2, 0)), ['sfix8_En7', 'ufix1_En0'], 'sfix10_En7')
    """

    taps: tuple[tuple[int, ...], ...]
    coeff: Format
    input: Format
    output: Cast

    def __post_init__(self) -> None:
        rows = self.taps
        if isinstance(rows, str | bytes) or not hasattr(rows, "__iter__"):
            raise FilterError(f"taps must be a sequence of sets, got {rows!r}")
        sets = [integers(row, f"taps[{k}]") for k, row in enumerate(rows)]
        if not 2 <= len(sets) <= MOST_SETS:
            raise FilterError(f"sets of taps must be from 2 to {MOST_SETS}, got {len(sets)}")
        longest = max(map(len, sets))
        filled = tuple(row + (0,) * (longest - len(row)) for row in sets)
        object.__setattr__(self, "taps", filled)
        for k in range(len(filled)):
            try:
                self.of_set(k)
            except TapsError as error:
                raise TapsError(f"set {k}: {error}") from None

    @classmethod
    def of_filters(cls, filters: Sequence[FixedFir]) -> SwitchedFir:
        """Join filters of one input and output; taps keep their values, at the finest point.

        Raises
        ------
        FilterError
            If two differ in input or output, or there are too few or too many.
        """
        for k, (a, b) in enumerate(pairwise(filters), 1):
            if (a.input, a.output) != (b.input, b.output):
                raise FilterError(
                    "sets must read and give the same formats, got "
                    f"{a.input} and {a.output.to} in set {k - 1}, "
                    f"{b.input} and {b.output.to} in set {k}"
                )
        if not filters:
            raise FilterError(f"sets of taps must be from 2 to {MOST_SETS}, got 0")
        coeff = filters[0].coeff
        taps = tuple(f.taps for f in filters)
        if any(f.coeff != coeff for f in filters):
            frac = max(f.coeff.frac for f in filters)
            taps = tuple(tuple(c << (frac - f.coeff.frac) for c in f.taps) for f in filters)
            words = [c for row in taps for c in row]
            coeff = Format.holding(min(words), max(words), frac)
        return cls(taps=taps, coeff=coeff, input=filters[0].input, output=filters[0].output)

    def of_set(self, k: int) -> FixedFir:
        """Return the filter that a set is when it is chosen all the time."""
        return FixedFir(taps=self.taps[k], coeff=self.coeff, input=self.input, output=self.output)

    @property
    def sets(self) -> tuple[FixedFir, ...]:
        """Return the filter of each set."""
        return tuple(self.of_set(k) for k in range(self.n_sets))

    @property
    def n_sets(self) -> int:
        """Number of sets."""
        return len(self.taps)

    @property
    def n_taps(self) -> int:
        """Number of taps of each set."""
        return len(self.taps[0])

    @property
    def index(self) -> Format:
        """Format of the set's number."""
        return Format(signed=False, width=(self.n_sets - 1).bit_length(), frac=0)

    @property
    def n_in(self) -> int:
        """Number of input lanes: 2, that of the set's number included."""
        return 2

    @property
    def n_out(self) -> int:
        """Number of output lanes: 1."""
        return 1

    @property
    def inputs(self) -> tuple[Format, ...]:
        """Format of x and of the set's number."""
        return (self.input, self.index)

    @property
    def outputs(self) -> tuple[Format, ...]:
        """Format of the output lane."""
        return (self.output.to,)

    @property
    def acc_range(self) -> tuple[int, int]:
        """Smallest and largest exact sum of any set, in units of 2**-acc.frac."""
        ranges = [f.acc_range for f in self.sets]
        return min(lo for lo, _ in ranges), max(hi for _, hi in ranges)

    @property
    def acc(self) -> Format:
        """Narrowest format that holds every sum and 0, all product bits kept."""
        return Format.holding(*self.acc_range, frac=self.input.frac + self.coeff.frac)


def set_width(node: Node) -> int:
    """Return the bits of the set's number where the last input lane is one, else 0.

    Such a lane has a port of its own in hardware, beside the samples.
    """
    while isinstance(node, Series):
        node = node.stages[0]
    return node.index.width if isinstance(node, SwitchedFir) else 0
