"""The greedy search: realise every target in reach, else the value that helps the targets most."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fxfir.arith.csd import csd
from fxfir.arith.mcm.reach import Reached
from fxfir.arith.mcm.universe import Bytes, Floats, noise

__all__ = ["search"]

_STRAY = 0.3
_MIX = 0x9E3779B97F4A7C15


def search(targets: Mapping[int, int], *, limit: int, max_depth: int, salt: int = 0) -> list[int]:
    """Return values that can be made one by one and include the targets.

    Parameters
    ----------
    targets : mapping of int to int
        Odd numbers, each with the depth at which it is needed, which must be possible:
        2**depth is at least its count of signed digits.
    limit : int
        Odd; intermediate values above it are not considered.
    max_depth : int
        No value is deeper.
    salt : int, optional
        0 takes the best value each time and the smallest of equals; others stray from that,
        each in its own way.

    Returns
    -------
    list of int
        In an order in which each is one adder away from earlier ones and 1; without 1.

    References
    ----------
    .. [1] Y. Voronenko, M. Pueschel, "Multiplierless multiple constant multiplication", ACM
       Trans. Algorithms 3(2), 2007: algorithm Hcub, section 4, and its exact distance tests.
    """
    reached = Reached(limit=limit, max_depth=max_depth)
    left = dict(targets)
    step = 0
    while True:
        _take(reached, left)
        if not left:
            return [int(v) for v in reached.values[1:]]
        step += 1
        score = _benefit(reached, left)
        if score is None:
            _split(reached, left)
        else:
            reached.add(2 * _best(score, salt * _MIX + step if salt else 0) + 1)


def _take(reached: Reached, left: dict[int, int]) -> None:
    """Realise all targets in reach, the shallowest first, until none is."""
    while left:
        values = np.fromiter(left, np.int64, len(left))
        needed = np.fromiter(left.values(), np.int64, len(left))
        depths = reached.depth[values >> 1]
        inside = depths <= needed
        if not inside.any():
            return
        for value in values[inside & (depths == depths[inside].min())].tolist():
            reached.add(value)
            del left[value]


def _benefit(reached: Reached, left: Mapping[int, int]) -> Floats | None:
    """Return what each value in reach would do for the targets; None if none does anything.

    The benefit for a target is the drop of its distance times 10**-(distance then).
    """
    score: Floats = np.zeros(reached.size, np.float32)
    far: dict[int, Bytes] = {}
    weight = np.float32(0.1)
    found = False
    for target, most in left.items():
        near = reached.near(target, most)
        score[near] += weight
        found = found or len(near) > 0
        if not len(near):
            far[target] = reached.far(target, most)
    while far:
        weight /= np.float32(10)
        for target, reach in list(far.items()):
            inside = (reached.depth <= reach) & reached.open
            if inside.any():
                score += inside * weight
                found = True
                del far[target]
        if found:
            break
        far = {t: reached.farther(reach) for t, reach in far.items()}
        far = {t: reach for t, reach in far.items() if reach.any()}
    return score if found else None


def _best(score: Floats, salt: int) -> int:
    """Return the index of the greatest score, the lowest of equals, or one near it."""
    found = np.flatnonzero(score)
    scores = score[found]
    if salt:
        scores = scores * (1 + _STRAY * noise(found, salt))
    return int(found[np.argmax(scores)])


def _split(reached: Reached, left: dict[int, int]) -> None:
    """Ask for both halves of the digits of the simplest target.

    Needed where a target takes two values that are both out of reach and as deep as allowed.
    """
    target = min(left, key=lambda t: (len(csd(t)), t))
    most = left[target] - 1
    digits = csd(target)
    half = len(digits) // 2
    for part in (digits[:half], digits[half:]):
        value = abs(sum(-(1 << shift) if negative else 1 << shift for shift, negative in part))
        value //= value & -value
        if reached.open[value >> 1] or reached.depth[value >> 1] > most:
            left[value] = min(left.get(value, most), most)
