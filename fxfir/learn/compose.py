"""Layers made of layers: in a row, beside each other on one input, and added up."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from fxfir import filters
from fxfir.errors import FilterError, SpecError
from fxfir.filters import Node
from fxfir.fixed import Cast
from fxfir.learn.layer import Layer, State, check_dtype
from fxfir.learn.pointwise import Pointwise
from fxfir.learn.straight import cast_sums, to_values, to_words
from fxfir.spec.words import Words

__all__ = ["Bank", "Composed", "FilterBank", "Series", "Sum", "check_layers"]


class Composed(Layer):
    """Layers inside; words belong to them."""

    def __init__(self, layers: tuple[Any, ...], *, n_in: int, n_out: int) -> None:
        super().__init__(n_in=n_in, n_out=n_out, words=None)
        self.layers = torch.nn.ModuleList(layers)

    @property
    def words(self) -> Words | None:
        """Formats at both ends; None while the layers compute in real numbers."""
        first, last = self.layers[0].words, self.layers[-1].words
        if first is None or last is None:
            return None
        return Words(input=first.input, output=last.output_format)

    @words.setter
    def words(self, words: Words | None) -> None:
        raise SpecError(f"words belong to the layers of a {type(self).__name__}, got {words!r}")

    def _zero(self, batch: int, like: Tensor) -> State:
        return tuple(layer._zero(batch, like) for layer in self.layers)


class Series(Composed):
    """Layers in a row; the first sees the input first.

    Parameters
    ----------
    *layers : Layer
        Channels and formats must be equal where two meet. Layers without memory take over those
        of the layer before.

    Raises
    ------
    FilterError
        If there is none, one is no fxfir layer, some have words and some have none, or two
        neighbours do not meet; the message names the position.

    Examples
    --------
    >>> from fxfir.learn import FIR, ReLU
    >>> row = Series(FIR([0.5, -0.5]), ReLU(), FIR([1.0, 1.0]))
    >>> row(torch.tensor([[1.0, 0.0, 0.0]])).tolist()
    [[0.5, 0.5, 0.0]]
    """

    def __init__(self, *layers: Layer) -> None:
        check_layers(layers, "Series")
        _meet(layers)
        super().__init__(layers, n_in=layers[0].n_in, n_out=layers[-1].n_out)

    def to_filter(self) -> Node:
        """Return the filters in a row."""
        return filters.Series(stages=tuple(layer.to_filter() for layer in self.layers))

    def _run(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        after = []
        for layer, held in zip(self.layers, state, strict=True):
            x, new = layer._run(x, held)
            after.append(new)
        return x, tuple(after)


class Bank(Composed):
    """Layers beside each other on one input: `[batch, bands, time]`.

    Parameters
    ----------
    *layers : Layer
        All read the same channels and formats; the outputs of the first are the lowest channels.

    Raises
    ------
    FilterError
        If there is none, one is no fxfir layer, or two read different inputs.
    """

    def __init__(self, *layers: Layer) -> None:
        check_layers(layers, "Bank")
        for layer in layers:
            if isinstance(layer, Pointwise):
                layer.place(layers[0].n_in, None)
        for k, layer in enumerate(layers):
            if layer.n_in != layers[0].n_in:
                raise FilterError(
                    f"layers of a bank must read {layers[0].n_in} channels, got layers[{k}] "
                    f"reading {layer.n_in}"
                )
            if _source(layer) != _source(layers[0]):
                raise FilterError(
                    f"layers of a bank must read {_source(layers[0])}, got layers[{k}] reading "
                    f"{_source(layer)}"
                )
        super().__init__(layers, n_in=layers[0].n_in, n_out=sum(layer.n_out for layer in layers))

    def to_filter(self) -> Node:
        """Return the bank."""
        return filters.Bank(filters=tuple(layer.to_filter() for layer in self.layers))

    def lanes(self) -> tuple[Any, ...]:
        """Return what each lane's integers were made from, if every layer says so."""
        found = [layer.lanes() for layer in self.layers]
        return tuple(lane for lanes in found for lane in lanes) if all(found) else ()

    def _run(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        found = [layer._run(x, held) for layer, held in zip(self.layers, state, strict=True)]
        return torch.cat([y for y, _ in found], -2), tuple(new for _, new in found)


FilterBank = Bank
"""A bank whose layers are its bands."""


class Sum(Layer):
    """All channels added: exactly, then cast once.

    Parameters
    ----------
    channels : int
    words : Words, optional
        All channels are read in the format `input`.
    """

    def __init__(self, channels: int, *, words: Words | None = None) -> None:
        super().__init__(n_in=channels, n_out=1, words=words)
        self.words = words

    def to_filter(self) -> Node:
        """Return the sum."""
        words = self._needed_words()
        return filters.Sum(inputs=(words.input,) * self.n_in, output=_cast(words))

    def _zero(self, batch: int, like: Tensor) -> State:
        return like.new_zeros((batch, 0))

    def _run(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        words = self._words
        if words is None:
            return x.sum(-2, keepdim=True), state
        check_dtype(x.dtype, words.input)
        check_dtype(x.dtype, words.output_format)
        total = to_words(x, words.input).sum(-2, keepdim=True)
        y = cast_sums(total, _cast(words), 2.0 ** (words.output_format.frac - words.input.frac))
        return to_values(y, words.output_format, x.dtype), state


def _cast(words: Words) -> Cast:
    return Cast(to=words.output_format, rounding=words.rounding, overflow=words.overflow)


def _source(layer: Layer) -> Any:
    return None if layer.words is None else layer.words.input


def check_layers(layers: tuple[Any, ...], what: str) -> None:
    """Refuse what holds no layer, or something else; the message names the position.

    Raises
    ------
    FilterError
    """
    if not layers:
        raise FilterError(f"a {what} must hold at least one layer, got none")
    for k, layer in enumerate(layers):
        if not isinstance(layer, Layer):
            raise FilterError(
                f"layers of a {what} must be layers of fxfir.learn, got layers[{k}] = "
                f"{type(layer).__name__}"
            )


def _meet(layers: tuple[Layer, ...]) -> None:
    """Place what has no memory, and check that neighbours meet."""
    exact = any(layer.words is not None for layer in layers)
    channels = layers[0].n_in or next((layer.n_in for layer in layers if layer.n_in), 1)
    source = _source(layers[0])
    for k, layer in enumerate(layers):
        if isinstance(layer, Pointwise):
            layer.place(channels, source)
        words = layer.words
        if exact and words is None:
            raise FilterError(
                f"layers of a Series must all have words or none, got layers[{k}] "
                f"({type(layer).__name__}) without"
            )
        if layer.n_in != channels or (words is not None and k and words.input != source):
            raise FilterError(
                f"stages must meet in lanes and formats, got layers[{k - 1}] giving {channels} of "
                f"{source} and layers[{k}] reading {layer.n_in} of {_source(layer)}"
            )
        channels, source = layer.n_out, None if words is None else words.output_format
