"""Stages without memory: a clip, a sum of lanes, a choice of one, a table."""

from __future__ import annotations

from dataclasses import dataclass

from fxfir.errors import FilterError
from fxfir.filters.node import integer, integers
from fxfir.fixed import Cast, Format

__all__ = ["MOST_TABLE_BITS", "Clip", "Select", "Sum", "Table"]

MOST_TABLE_BITS = 16
"""Bits of a table's input: a word for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """y = min(max(x, lo), hi), in the format of x.

    Parameters
    ----------
    input : Format
    lo, hi : int
        Words of that format.

    Raises
    ------
    FilterError
        If a limit does not fit, or lo exceeds hi.

    Examples
    --------
    >>> from fxfir.fixed import SQ
    >>> Clip.relu(SQ(1, 7))
    Clip(input=Format(signed=True, width=8, frac=7), lo=0, hi=127)
    """

    input: Format
    lo: int
    hi: int

    def __post_init__(self) -> None:
        _check_format(self.input, "input")
        for name in ("lo", "hi"):
            word = integer(getattr(self, name), name)
            if not self.input.contains(word):
                raise FilterError(
                    f"{name} of a clip must fit {self.input} [{self.input.lo}, {self.input.hi}], "
                    f"got {word}"
                )
            object.__setattr__(self, name, word)
        if self.lo > self.hi:
            raise FilterError(f"lo of a clip must not exceed hi, got {self.lo} and {self.hi}")

    @classmethod
    def relu(cls, fmt: Format) -> Clip:
        """Return max(x, 0)."""
        return cls(input=fmt, lo=0, hi=fmt.hi)

    @property
    def n_in(self) -> int:
        """Number of input lanes: 1."""
        return 1

    @property
    def n_out(self) -> int:
        """Number of output lanes: 1."""
        return 1

    @property
    def inputs(self) -> tuple[Format, ...]:
        """Format of the input lane."""
        return (self.input,)

    @property
    def outputs(self) -> tuple[Format, ...]:
        """Format of the output lane: the input's."""
        return (self.input,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """One lane out of several: output(sum of the lanes + offset), the sum exact.

    Parameters
    ----------
    inputs : sequence of Format, shape (n_in,)
    output : Cast
    offset : int, optional
        In units of the sum's LSB, 2**-acc.frac.

    Raises
    ------
    FilterError
        If there is no lane, or a field is of the wrong type.

    Notes
    -----
    Lanes count values, so those with fewer fraction bits are shifted to the finest point first.
    """

    inputs: tuple[Format, ...]
    output: Cast
    offset: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "inputs", tuple(self.inputs))
        if not self.inputs:
            raise FilterError("a sum needs at least one lane, got none")
        for k, fmt in enumerate(self.inputs):
            _check_format(fmt, f"inputs[{k}]")
        if not isinstance(self.output, Cast):
            raise FilterError(f"output must be a Cast, got {self.output!r}")
        object.__setattr__(self, "offset", integer(self.offset, "offset"))

    @property
    def n_in(self) -> int:
        """Number of input lanes."""
        return len(self.inputs)

    @property
    def n_out(self) -> int:
        """Number of output lanes: 1."""
        return 1

    @property
    def outputs(self) -> tuple[Format, ...]:
        """Format of the output lane."""
        return (self.output.to,)

    @property
    def acc_range(self) -> tuple[int, int]:
        """Smallest and largest sum, the offset included, in units of 2**-acc.frac."""
        frac = max(fmt.frac for fmt in self.inputs)
        lo = sum(fmt.lo << (frac - fmt.frac) for fmt in self.inputs)
        hi = sum(fmt.hi << (frac - fmt.frac) for fmt in self.inputs)
        return lo + self.offset, hi + self.offset

    @property
    def acc(self) -> Format:
        """Narrowest format that holds every sum and 0."""
        return Format.holding(*self.acc_range, frac=max(fmt.frac for fmt in self.inputs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """One lane out of several, chosen sample by sample: y = lanes[index].

    Parameters
    ----------
    input : Format
        Of the lanes 0 ... count - 1 and of the output.
    count : int
        At least 2.
    index : Format
        Of the last lane, which says which; an index above count - 1 counts as count - 1, one
        below 0 as 0.

    Raises
    ------
    FilterError
        If there are fewer than two lanes, or the index has a binary point or cannot reach all.
    """

    input: Format
    count: int
    index: Format

    def __post_init__(self) -> None:
        _check_format(self.input, "input")
        _check_format(self.index, "index")
        object.__setattr__(self, "count", integer(self.count, "count"))
        if self.count < 2:
            raise FilterError(f"a choice needs at least 2 lanes, got {self.count}")
        if self.index.frac != 0 or not self.index.contains(self.count - 1):
            raise FilterError(
                f"an index must be an integer that reaches {self.count - 1}, got {self.index}"
            )

    @property
    def n_in(self) -> int:
        """Number of input lanes, that of the index included."""
        return self.count + 1

    @property
    def n_out(self) -> int:
        """Number of output lanes: 1."""
        return 1

    @property
    def inputs(self) -> tuple[Format, ...]:
        """Format of each input lane, the index last."""
        return (self.input,) * self.count + (self.index,)

    @property
    def outputs(self) -> tuple[Format, ...]:
        """Format of the output lane."""
        return (self.input,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """y = words[x - input.lo]: any function of one word.

    Parameters
    ----------
    input : Format
        At most 16 bits.
    words : sequence of int, shape (2**input.width,)
        Output words, that of the lowest input first.
    to : Format
        Format of the output.

    Raises
    ------
    FilterError
        If the input is too wide, the number of words is wrong, or one does not fit.
    """

    input: Format
    words: tuple[int, ...]
    to: Format

    def __post_init__(self) -> None:
        _check_format(self.input, "input")
        _check_format(self.to, "to")
        if self.input.width > MOST_TABLE_BITS:
            raise FilterError(
                f"a table reads words of at most {MOST_TABLE_BITS} bits, got {self.input}"
            )
        words = integers(self.words, "words")
        if len(words) != 1 << self.input.width:
            raise FilterError(
                f"a table needs {1 << self.input.width} words for {self.input}, got {len(words)}"
            )
        for k, word in enumerate(words):
            if not self.to.contains(word):
                raise FilterError(
                    f"words must fit {self.to} [{self.to.lo}, {self.to.hi}], "
                    f"got words[{k}] = {word}"
                )
        object.__setattr__(self, "words", words)

    @property
    def n_in(self) -> int:
        """Number of input lanes: 1."""
        return 1

    @property
    def n_out(self) -> int:
        """Number of output lanes: 1."""
        return 1

    @property
    def inputs(self) -> tuple[Format, ...]:
        """Format of the input lane."""
        return (self.input,)

    @property
    def outputs(self) -> tuple[Format, ...]:
        """Format of the output lane."""
        return (self.to,)


def _check_format(value: object, what: str) -> None:
    if not isinstance(value, Format):
        raise FilterError(f"{what} must be a Format, got {value!r}")
