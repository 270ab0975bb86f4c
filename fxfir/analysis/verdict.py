"""What is known of a section's limit cycles: exactly, or within ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["LimitCycles"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitCycles:
    """What a section does when its input has become 0.

    Parameters
    ----------
    word : str
        The word whose recursion decides: y (df1, df2t), w (df2, df1t) or s1 (state equations).
    low, high : int
        Ends of that word in any cycle that no cast overflows in.
    n_states : int
        States that were searched, all there are in question; 0 where they are too many, or where
        the ends alone decide.
    amplitude : int or None
        Largest magnitude of the section's output y in any cycle, in its LSB; 0 if there is none.
        Where the verdict is not exact: in the cycles that were met, None if none was.
    period : int or None
        Of a cycle with that amplitude, or of the largest one that never reaches y.
    start : mapping of str to int or None
        State words from which that cycle runs, named as in `Form`: y1, y2; w1, w2; r1, r2; s1, s2;
        with error feedback err1 and err2 besides, in units of the exact sum's last bit.
    whole : bool
        Whether all states of the format were searched, with everything that overflows among them;
        otherwise the claim is for what runs without overflow.
    exact : bool
        Whether no cycle exceeds `amplitude`: all states were searched, or the ends forbid more.
    tried : int
        States that were run until they repeated, where not all could be searched.
    """

    word: str
    low: int
    high: int
    n_states: int
    amplitude: int | None
    period: int | None
    start: Mapping[str, int] | None
    whole: bool
    exact: bool = True
    tried: int = 0

    @property
    def searched(self) -> bool:
        """Whether every state in question was visited."""
        return self.n_states > 0

    @property
    def none(self) -> bool:
        """Whether it is certain that y ends at 0, from every state."""
        return self.exact and self.period is None

    def __str__(self) -> str:
        """Return the verdict in a few words."""
        within = f"{self.word} stays within [{self.low}, {self.high}] LSB"
        if self.none:
            reach = "all states" if self.whole else f"{self.n_states} states"
            return f"none ({reach} searched)" if self.searched else f"none ({within})"
        if self.period is not None:
            start = ", ".join(f"{name} = {value}" for name, value in (self.start or {}).items())
            size = f"{self.amplitude} LSB of y, period {self.period}, from {start}"
            return f"up to {size}" if self.exact else f"at least {size}; {within}"
        met = f"none met in {self.tried} runs" if self.tried else "not searched"
        return f"{met}; {within}"
