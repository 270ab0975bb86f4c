"""Channels that take turns on one lane, each with a history of its own."""

from __future__ import annotations

from dataclasses import dataclass

from fxfir.errors import FilterError
from fxfir.filters.node import Node, integer
from fxfir.fixed import Format

__all__ = ["MOST_CHANNELS", "Interleave"]

MOST_CHANNELS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Interleave:
    """Frames of samples on one lane: sample m is of channel m modulo `channels`.

    The first sample after a reset is of channel 0. Channels share nothing but the lane: what
    leaves as sample m, on one lane or on several, depends on the samples of its own channel alone.

    Parameters
    ----------
    filters : sequence of Node, shape (1,) or (channels,)
        One filter for every channel, or one for each; of one input lane, all of the same formats.
        Filters that are all equal become one.
    channels : int
        Samples of a frame, from 2 to 64.

    Raises
    ------
    FilterError
        If the number of channels or of filters does not fit, a filter has several input lanes, or
        two filters differ in a format.

    Examples
    --------
    >>> from fxfir.filters import FixedFir
    >>> from fxfir.fixed import SQ, Cast
    >>> fir = FixedFir(taps=(1,), coeff=SQ(2, 0), input=SQ(1, 7), output=Cast(to=SQ(1, 7)))
    >>> Interleave(filters=(fir, fir), channels=2) == Interleave(filters=(fir,), channels=2)
    True
    """

    filters: tuple[Node, ...]
    channels: int

    def __post_init__(self) -> None:
        channels = integer(self.channels, "channels")
        object.__setattr__(self, "channels", channels)
        if not 2 <= channels <= MOST_CHANNELS:
            raise FilterError(f"channels must be from 2 to {MOST_CHANNELS}, got {channels}")
        filters = tuple(self.filters)
        if len(filters) not in (1, channels):
            raise FilterError(
                f"filters must be one for all or one for each of {channels} channels, "
                f"got {len(filters)}"
            )
        for k, node in enumerate(filters):
            if not isinstance(node, Node):
                raise FilterError(f"filters must be filters, got filters[{k}] = {node!r}")
            if node.n_in != 1:
                raise FilterError(
                    f"a channel has one input lane, got filters[{k}] with {node.n_in}"
                )
            for what in ("inputs", "outputs"):
                found, first = getattr(node, what), getattr(filters[0], what)
                if found != first:
                    raise FilterError(
                        f"channels must have the same {what[:-1]} format {_text(first)}, "
                        f"got {_text(found)} in filters[{k}]"
                    )
        if all(node == filters[0] for node in filters):
            filters = filters[:1]
        object.__setattr__(self, "filters", filters)

    @property
    def n_in(self) -> int:
        """Number of input lanes: 1."""
        return 1

    @property
    def n_out(self) -> int:
        """Number of output lanes, those of one channel."""
        return self.filters[0].n_out

    @property
    def inputs(self) -> tuple[Format, ...]:
        """Format of the input lane."""
        return self.filters[0].inputs

    @property
    def outputs(self) -> tuple[Format, ...]:
        """Format of each output lane."""
        return self.filters[0].outputs

    @property
    def of_channels(self) -> tuple[Node, ...]:
        """Filter of each channel, channel 0 first, shape (channels,)."""
        return self.filters if len(self.filters) > 1 else self.filters * self.channels


def _text(formats: tuple[Format, ...]) -> str:
    return ", ".join(map(str, formats))
