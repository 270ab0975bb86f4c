"""Filters of which another input chooses one, sample by sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from fxfir import filters
from fxfir.errors import FilterError
from fxfir.filters import Node
from fxfir.fixed import UQ, Format
from fxfir.learn.compose import Composed, check_layers
from fxfir.learn.layer import Layer, State

if TYPE_CHECKING:
    from fxfir.flow.compile import CompiledLane

__all__ = ["Switched"]


class Switched(Composed):
    """A finite family of filters, conditioned on a second channel: y = layers[index](x).

    A change takes effect with the very next sample, with the whole history of the signal. FIR
    filters share their hardware: one core with sets of taps, the number of the set on `tuser`. Of
    filters of other kinds each runs all the time.

    Parameters
    ----------
    *layers : Layer
        At least two, of one channel, all of the same formats.

    Raises
    ------
    FilterError
        If there are fewer, one has several channels, or two differ in a format.

    Notes
    -----
    Channel 0 is the signal, channel 1 the index: integers as real values, rounded and limited to
    0 ... len(layers) - 1. The gradient goes to the filters that were chosen; the index gets none.

    Examples
    --------
    >>> from fxfir.learn import FIR
    >>> layer = Switched(FIR([1.0, 0.5]), FIR([0.0, -1.0]))
    >>> layer(torch.tensor([[1.0, 2.0, 4.0], [0.0, 0.0, 1.0]])).tolist()
    [[1.0, 2.5, -2.0]]
    """

    def __init__(self, *layers: Layer) -> None:
        check_layers(layers, "Switched")
        if len(layers) < 2:
            raise FilterError(f"a choice needs at least 2 layers, got {len(layers)}")
        ends = [_ends(layer) for layer in layers]
        for k, layer in enumerate(layers):
            if (layer.n_in, layer.n_out) != (1, 1):
                raise FilterError(
                    f"layers of a Switched must have one channel, got layers[{k}] with "
                    f"{layer.n_in} in and {layer.n_out} out"
                )
            if ends[k] != ends[0]:
                raise FilterError(
                    "layers of a Switched must have the same formats, got layers[0] with "
                    f"{_text(ends[0])} and layers[{k}] with {_text(ends[k])}"
                )
        super().__init__(layers, n_in=2, n_out=1)

    @property
    def index(self) -> Format:
        """Format of the index: the narrowest that reaches every layer."""
        return UQ((len(self.layers) - 1).bit_length(), 0)

    def to_filter(self) -> Node:
        """Return the sets of taps of FIR filters.

        Of other filters a bank, the index beside it, and the choice behind them.
        """
        nodes = tuple(layer.to_filter() for layer in self.layers)
        firs = tuple(node for node in nodes if isinstance(node, filters.FixedFir))
        if len(firs) == len(nodes) and len({node.output for node in firs}) == 1:
            return filters.SwitchedFir.of_filters(firs)
        last, bank = len(nodes) - 1, filters.Bank(filters=nodes)
        held = filters.Clip(input=self.index, lo=0, hi=last)
        choice = filters.Select(input=nodes[0].outputs[0], count=len(nodes), index=self.index)
        return filters.Series(stages=(filters.Parallel(filters=(bank, held)), choice))

    def lanes(self) -> tuple[CompiledLane, ...]:
        """Return the ideal taps of each set, for the certified error."""
        if not isinstance(self.to_filter(), filters.SwitchedFir):
            return ()
        return tuple(lane for layer in self.layers for lane in layer.lanes())

    def _zero(self, batch: int, like: Tensor) -> State:
        return tuple(layer._zero(batch, like) for layer in self.layers)

    def _run(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        signal = x[:, :1]
        index = torch.round(x[:, 1:].detach()).clamp(0, len(self.layers) - 1).long()
        found = [layer._run(signal, held) for layer, held in zip(self.layers, state, strict=True)]
        y = torch.cat([y for y, _ in found], 1).gather(1, index)
        return y, tuple(new for _, new in found)


def _ends(layer: Layer) -> tuple[Format, Format] | None:
    words = layer.words
    return None if words is None else (words.input, words.output_format)


def _text(ends: tuple[Format, Format] | None) -> str:
    return "no words" if ends is None else f"{ends[0]} in and {ends[1]} out"
