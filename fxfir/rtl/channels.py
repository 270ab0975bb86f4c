"""Channels through one FIR filter: the same filter with its taps a frame apart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from amaranth.hdl import Module

from fxfir.errors import ArchitectureError
from fxfir.filters import FixedFir, Interleave
from fxfir.rtl.core import Core, behind_ports

__all__ = ["Spread", "spread"]


def spread(node: Interleave) -> FixedFir:
    """Return the filter whose taps are `channels` samples apart, zeros between them.

    Raises
    ------
    ArchitectureError
        If the channels have different filters, or filters that are no FIR.

    Examples
    --------
    >>> from fxfir.fixed import SQ, Cast
    >>> fir = FixedFir(taps=(1, 2, 3), coeff=SQ(3, 0), input=SQ(1, 7), output=Cast(to=SQ(1, 7)))
    >>> spread(Interleave(filters=(fir,), channels=2)).taps
    (1, 0, 2, 0, 3)
    """
    (first, *others) = node.filters
    if others or not isinstance(first, FixedFir):
        raise ArchitectureError(
            f"channels of one FIR core must have the same taps, got {len(node.filters)} filters"
        )
    taps = [0] * ((first.n_taps - 1) * node.channels + 1)
    taps[:: node.channels] = first.taps
    return replace(first, taps=tuple(taps))


class Spread(Core):
    """The core of the spread filter as that of the channels.

    Parameters
    ----------
    filter : Interleave
    core : Core
        Of `spread(filter)`, in any architecture.

    Members
    -------
    i : In(stream.Signature(payload of `core`))
    o : Out(stream.Signature(payload of `core`))

    Raises
    ------
    ArchitectureError
        If the core computes another filter.
    """

    def __init__(self, filter: Interleave, core: Core) -> None:
        if core.filter != spread(filter):
            raise ArchitectureError("channels need the core of the spread filter, got another")
        self._core = core
        super().__init__(filter, architecture=core.architecture, timing=core.timing)

    def documents(self) -> dict[str, str]:
        """Return what the core has."""
        return self._core.documents()

    def elaborate(self, platform: Any) -> Module:
        """Return the core's own module behind these ports."""
        return behind_ports(self, self._core, platform)
