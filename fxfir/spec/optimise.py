"""How a user wants coefficient words searched."""

from __future__ import annotations

from dataclasses import dataclass

from fxfir.errors import SpecError
from fxfir.spec.check import choice, count

__all__ = ["GOALS", "MEETS", "MOST_EFFORT", "Optimise"]

GOALS = ("minimax", "stopband", "adders", "auto")
"""What words are searched for."""

MEETS = ("width", "taps")
"""What is made small first where a mask is to be met."""

MOST_EFFORT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimise:
    """A search for coefficient words instead of rounding.

    Parameters
    ----------
    goal : {"minimax", "stopband", "adders", "auto"}, optional
        The least largest error, weighted by what the mask allows or, without a mask, against the
        response of the coefficients as given; the deepest stop bands that leave the other bands
        inside their limits; the fewest adders of a multiplierless core that meets the mask; or
        "adders" where the architecture is multiplierless and the mask has limits, else "minimax".
    effort : int, optional
        1 to 10; each doubles the time.
    meet_mask : {"width", "taps"} or None, optional
        Also find the least coefficient width that meets the mask, and, where the number of taps
        was left open, the fewest taps: which of both is made small first.
    prove : bool, optional
        Also bound what any words could reach, by integer programming; for short filters.
    seed : int, optional
        The same seed gives the same words.

    Raises
    ------
    SpecError
        If a name is unknown or a number out of range.

    Examples
    --------
    >>> Optimise(goal="adders").effort
    5
    """

    goal: str = "auto"
    effort: int = 5
    meet_mask: str | None = None
    prove: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        choice(self.goal, "goal", GOALS)
        object.__setattr__(self, "effort", count(self.effort, "effort", 1, MOST_EFFORT))
        if self.meet_mask is not None:
            choice(self.meet_mask, "meet_mask", MEETS)
        if not isinstance(self.prove, bool):
            raise SpecError(f"prove must be true or false, got {self.prove!r}")
        object.__setattr__(self, "seed", count(self.seed, "seed", 0))
