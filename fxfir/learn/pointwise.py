"""Layers without memory: limits, and any smooth function as a table."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from fxfir import filters
from fxfir.errors import FilterError, SpecError
from fxfir.filters import Node, Parallel, Requantise
from fxfir.fixed import Cast, Format
from fxfir.learn.layer import Layer, State, check_dtype
from fxfir.learn.straight import replaced, to_values, to_words
from fxfir.spec.check import finite
from fxfir.spec.words import Words

__all__ = ["Clip", "Pointwise", "ReLU", "Tabulated", "Tanh"]


class Pointwise(Layer):
    """What all layers without memory share: any number of channels, each by itself.

    Parameters
    ----------
    channels : int or None, optional
        None takes whatever comes; a `Series` says how many there are.
    words : Words, optional
        Only formats count. In a `Series` the layer reads what the one before it gives.
    """

    def __init__(self, *, channels: int | None = None, words: Words | None = None) -> None:
        super().__init__(n_in=channels or 0, n_out=channels or 0, words=None)
        self.words = words

    def place(self, channels: int, source: Format | None) -> None:
        """Take over the channels and the format that a stage before gives."""
        if self.n_in not in (0, channels):
            raise FilterError(f"stages must meet in lanes, got {channels} before {self.n_in}")
        self.n_in = self.n_out = channels
        if source is not None and self.words is None:
            self.words = Words(input=source, output=self.output_for(source))

    def output_for(self, source: Format) -> Format:
        """Return the output format that goes with an input format."""
        return source

    def node(self, words: Words) -> Node:
        """Return the filter of one channel."""
        raise NotImplementedError

    def to_filter(self) -> Node:
        """Return the filter: one stage, or a Parallel of one for each channel."""
        one = self.node(self._needed_words())
        channels = self.n_in or 1
        return one if channels == 1 else Parallel(filters=(one,) * channels)

    def _zero(self, batch: int, like: Tensor) -> State:
        return like.new_zeros((batch, 0))

    def _flat(self, x: Tensor) -> Tensor:
        if self.n_in == 0 and x.dim() >= 2:
            return x.reshape(-1, *x.shape[-2:])
        return super()._flat(x)

    def _run(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        words = self._words
        if words is None:
            return self._real(x), state
        check_dtype(x.dtype, words.input)
        check_dtype(x.dtype, words.output_format)
        y = self._exact(to_words(x, words.input), words)
        return to_values(y, words.output_format, x.dtype), state

    def _real(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def _exact(self, x: Tensor, words: Words) -> Tensor:
        """Return output words of input words, both float64."""
        raise NotImplementedError


class Clip(Pointwise):
    """min(max(x, lo), hi).

    Parameters
    ----------
    lo, hi : float
        As words they are the nearest ones inside the format.
    **options
        As `Pointwise`.

    Raises
    ------
    SpecError
        If a limit is not finite, or lo is not below hi.
    """

    def __init__(self, lo: float, hi: float, **options: Any) -> None:
        self_lo, self_hi = finite(lo, "lo"), finite(hi, "hi")
        if not self_lo < self_hi:
            raise SpecError(f"lo of a clip must be below hi, got {lo!r} and {hi!r}")
        super().__init__(**options)
        self.lo, self.hi = self_lo, self_hi

    def node(self, words: Words) -> Node:
        """Return the stage of one channel."""
        lo, hi = self._ends(words.input)
        return filters.Clip(input=words.input, lo=lo, hi=hi)

    def extra_repr(self) -> str:
        """Return what `print(layer)` shows."""
        return f"{self.lo:g}, {self.hi:g}"

    def _check_words(self, words: Words) -> None:
        super()._check_words(words)
        if words.output_format != words.input:
            raise SpecError(
                f"a clip gives the format it reads, {words.input}, got {words.output_format}"
            )

    def _ends(self, fmt: Format) -> tuple[int, int]:
        lo, hi = (round(end * 2.0**fmt.frac) for end in (self.lo, self.hi))
        return min(max(lo, fmt.lo), fmt.hi), max(min(hi, fmt.hi), fmt.lo)

    def _real(self, x: Tensor) -> Tensor:
        return torch.clamp(x, self.lo, self.hi)

    def _exact(self, x: Tensor, words: Words) -> Tensor:
        return torch.clamp(x, *map(float, self._ends(words.input)))


class ReLU(Clip):
    """max(x, 0).

    Parameters
    ----------
    **options
        As `Pointwise`.
    """

    def __init__(self, **options: Any) -> None:
        Pointwise.__init__(self, **options)
        self.lo, self.hi = 0.0, math.inf

    def _ends(self, fmt: Format) -> tuple[int, int]:
        return 0, fmt.hi

    def _real(self, x: Tensor) -> Tensor:
        return torch.relu(x)


class Tabulated(Pointwise):
    """A smooth function, in hardware a memory with a word for each input.

    Parameters
    ----------
    function : callable
        Of a Tensor of real values, differentiable; words are its values in float64, rounded
        half-even and clamped.
    bits : int, optional
        Of the table's input; wider samples are rounded to it first, half-even.
    output : Format, optional
        That of the input unless given.
    **options
        As `Pointwise`.

    Raises
    ------
    SpecError
        If `bits` is not from 1 to 16.
    """

    def __init__(
        self,
        function: Callable[[Tensor], Tensor],
        *,
        bits: int = 10,
        output: Format | None = None,
        **options: Any,
    ) -> None:
        most = filters.MOST_TABLE_BITS
        if isinstance(bits, bool) or not isinstance(bits, int) or not 1 <= bits <= most:
            raise SpecError(f"bits of a table must be from 1 to {most}, got {bits!r}")
        super().__init__(**options)
        self.function, self.bits, self.output = function, bits, output

    def output_for(self, source: Format) -> Format:
        """Return the format of the table's words."""
        return source if self.output is None else self.output

    def node(self, words: Words) -> Node:
        """Return the table of one channel, behind a cast where the input is wider."""
        fmt = self._narrow(words.input)
        table = filters.Table(
            input=fmt, words=tuple(self._table(fmt, words)), to=words.output_format
        )
        if fmt == words.input:
            return table
        first = Requantise(input=words.input, cast=Cast(to=fmt))
        return filters.Series(stages=(first, table))

    def extra_repr(self) -> str:
        """Return what `print(layer)` shows."""
        return f"bits={self.bits}"

    def _narrow(self, fmt: Format) -> Format:
        lost = max(0, fmt.width - self.bits)
        return Format(signed=fmt.signed, width=fmt.width - lost, frac=fmt.frac - lost)

    def _table(self, fmt: Format, words: Words) -> list[int]:
        x = torch.arange(fmt.lo, fmt.hi + 1, dtype=torch.float64) * 2.0**-fmt.frac
        with torch.no_grad():
            y = self.function(x)
        bad = ~torch.isfinite(y)
        if bad.any():
            raise FilterError(
                f"a table must hold finite values, got {y[bad][0].item()} for "
                f"{x[bad][0].item():.9g}"
            )
        return [int(v) for v in to_words(y, words.output_format).tolist()]

    def _real(self, x: Tensor) -> Tensor:
        return self.function(x)

    def _exact(self, x: Tensor, words: Words) -> Tensor:
        fmt, to = self._narrow(words.input), words.output_format
        near = to_words(x * 2.0**-words.input.frac, fmt)
        table = torch.tensor(self._table(fmt, words), dtype=torch.float64, device=x.device)
        exact = table[near.detach().long() - fmt.lo]
        return replaced(self.function(near * 2.0**-fmt.frac) * 2.0**to.frac, exact)


class Tanh(Tabulated):
    """tanh(x); see `Tabulated`.

    Parameters
    ----------
    **options
        As `Tabulated`.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(torch.tanh, **options)
