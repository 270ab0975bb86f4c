"""What architectures with several sets of taps have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fxfir.errors import ArchitectureError
from fxfir.filters import SwitchedFir
from fxfir.rtl.arith.node import odd_part

__all__ = ["checked_sets", "mirrored", "sets_shift"]


def checked_sets(filter: Any, name: str) -> SwitchedFir:
    """Return `filter`, or say that the architecture cannot build it.

    Raises
    ------
    ArchitectureError
        If `filter` is not a SwitchedFir.
    """
    if not isinstance(filter, SwitchedFir):
        raise ArchitectureError(
            f"architecture {name!r} of sets builds a SwitchedFir, got a {type(filter).__name__}"
        )
    return filter


def sets_shift(node: SwitchedFir) -> int:
    """Return the number of low bits that are zero in every tap of every set."""
    return min(odd_part(tap)[1] for row in node.taps for tap in row if tap)


def mirrored(taps: Sequence[Sequence[int]]) -> int:
    """Tell how the taps of all sets mirror about one middle.

    Returns
    -------
    int
        1 if all sets are symmetric, -1 if all are antisymmetric, 0 if they differ, or there is
        nothing to add before it is multiplied.

    Examples
    --------
    >>> mirrored([(1, 2, 1), (0, 3, 0)]), mirrored([(1, 2, 1), (3, 0, -3)]), mirrored([(1,), (2,)])
    (1, 0, 0)
    """
    used = [k for k in range(len(taps[0])) if any(row[k] for row in taps)]
    if len(used) < 2:
        return 0
    ends = used[0] + used[-1]
    for sign in (1, -1):
        if all(row[k] == sign * row[ends - k] for row in taps for k in used):
            return sign
    return 0
