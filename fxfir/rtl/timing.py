"""How many clock edges a core takes, declared before any gate exists."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Timing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Clock edges of a core whose output is always taken.

    Parameters
    ----------
    latency : int
        From the edge where input n transfers to the edge where output n transfers; a registered
        pass-through has 1.
    interval : int
        Between two input transfers while valid is always high; 1 is full rate.
    startup : int
        Edge at which ready is first 1, edge 0 being the first one with reset released. Power-up
        without a reset counts as a release.

    Raises
    ------
    ValueError
        If a number is out of range.
    """

    latency: int
    interval: int = 1
    startup: int = 0

    def __post_init__(self) -> None:
        for name, least in (("latency", 1), ("interval", 1), ("startup", 0)):
            value = getattr(self, name)
            if value < least:
                raise ValueError(f"{name} must be at least {least}, got {value}")
