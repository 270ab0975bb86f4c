"""Input samples that a wrong filter cannot survive: the standard set, and a user's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fxfir.errors import FilterError
from fxfir.filters import Interleave, Node
from fxfir.verify import words
from fxfir.verify.probe import trial
from fxfir.verify.response import memory
from fxfir.verify.shapes import STIMULI, Rows, inner_patterns, limit_windows, make
from fxfir.verify.steer import ride, steps_per_tie, ties
from fxfir.verify.top_bits import top_bits

__all__ = ["STIMULI", "Segment", "Stimuli", "budget", "make", "standard", "user"]

_EDGES = 384
_TOP_BITS = 2048
_TURNS = 6144
"""Samples of all channels together, unless said otherwise."""
_LATER = 3
"""Samples by which each channel begins after the one before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A named part of a stimulus: samples start ... start + length - 1."""

    name: str
    start: int
    length: int

    def to_json(self) -> dict[str, Any]:
        """Return the segment as plain JSON data."""
        return {"name": self.name, "start": self.start, "length": self.length}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stimuli:
    """Samples and what they are.

    Parameters
    ----------
    samples : ndarray of int64 or object, shape (n_in, time)
    segments : tuple of Segment
        They cover all samples in order.
    """

    samples: Any
    segments: tuple[Segment, ...]


def user(node: Node, samples: Any) -> Any:
    """Check a user's integer samples and bring them into shape.

    Parameters
    ----------
    node : Node
    samples : array_like of int, shape (n_in, time) or (time,) for one lane

    Returns
    -------
    ndarray of int64 or object, shape (n_in, time)

    Raises
    ------
    FilterError
        If the samples are not integers, have the wrong number of lanes, or one does not fit its
        lane's format; the message names lane and position.
    """
    given = np.asarray(samples)
    if given.ndim == 1:
        given = given[None, :]
    if given.ndim != 2 or len(given) != node.n_in:
        shape = np.asarray(samples).shape
        raise FilterError(f"samples must have shape ({node.n_in}, time), got {shape}")
    if given.dtype != object and given.dtype.kind not in "iu":
        raise FilterError(f"samples must be integers, got {given.dtype}")
    for lane, (row, fmt) in enumerate(zip(given, node.inputs, strict=True)):
        if given.dtype == object and not all(hasattr(v, "__index__") for v in row):
            raise FilterError(f"samples must be integers, got lane {lane} with other objects")
        bad = np.flatnonzero((row < fmt.lo) | (row > fmt.hi))
        if len(bad):
            raise FilterError(
                f"samples must fit {fmt} [{fmt.lo}, {fmt.hi}], "
                f"got {int(row[bad[0]])} at sample {int(bad[0])}, lane {lane}"
            )
    if given.dtype.kind == "i" and words.fits(node.inputs):
        return given.astype(np.int64)
    return words.array([[int(v) for v in row] for row in given], node.inputs)


def budget(interval: int, *, edges: int = 100_000, most: int = 1024) -> int:
    """Return how many samples fit into `edges` clock edges at one sample per `interval`.

    Examples
    --------
    >>> budget(1), budget(514)
    (1024, 194)
    """
    return max(1, min(most, edges // max(interval, 1)))


def standard(
    node: Node,
    *,
    seed: int = 1,
    n: int | None = None,
    inner: Sequence[tuple[int, Sequence[int]]] = (),
    closest: Sequence[Sequence[int]] = (),
    steer: bool = True,
) -> Stimuli:
    """Make the standard set of stimuli, one after the other.

    Parameters
    ----------
    node : Node
    seed : int, optional
    n : int, optional
        Wished number of samples; unless said otherwise 1024, or 8 times the filter's memory up to
        4096, and for recursive filters up to 384 more for roundings and 4096 for limits. Long
        filters may take more, since their sign pattern alone has two samples per tap and output;
        a small `n` leaves out later segments of the list below.
    inner : sequence of (int, sequence of int), optional
        Sums inside the hardware: the output that reads it, and its response to the only input.
    closest : sequence of sequence of int, optional
        Inputs of a filter of one lane that come closest to its certified error; always part of it.
    steer : bool, optional
        Search for samples that show each wrong rounding inside a recursive filter.

    Returns
    -------
    Stimuli

    Notes
    -----
    By importance: ties, edges, sign pattern, noise, limits, impulse (after as many zeros as flush
    the history), negative impulse, step, low, then the cheap ones and what inner sums need. The
    steered segments stand first, where the state that they start from is known: zero. So a run
    that begins anew after a reset meets rounding boundaries at once, and a history that the reset
    left behind shows.
    """
    if isinstance(node, Interleave):
        return _in_turn(node, seed=seed, n=n)
    depth = memory(node)
    path = trial(node)
    recursive = bool(path.cascades())
    n_edges = _EDGES if n is None else n // 3
    given = n
    pattern = STIMULI["sign_pattern"](node, length=0, seed=seed)
    windows = limit_windows(node)
    worst = list(inner_patterns(node)) if windows is None else []
    if n is None:
        n = max(1024, min(8 * depth, 4096))
        if windows is None:
            n += min(len(pattern[0]) + sum(len(row) for row in worst), 4096)

    def shape(name: str, length: int) -> Rows:
        return STIMULI[name](node, length=length, seed=seed)

    n_noise = max(64, n // 6)
    n_ties = min(max(96, _for_ties(node)), max(24, n // 6), 64 if recursive else 256)
    left = n - len(pattern[0]) - n_noise - n_ties
    parts = [("tie", ties(path, node, n_ties, seed=seed))]
    if recursive and steer:
        from fxfir.verify.edges import edges

        parts.append(("edges", edges(path, node, n_edges, seed=seed)))
        left -= len(parts[-1][1][0]) if given is not None else 0

    def add(*named: tuple[str, Rows]) -> None:
        nonlocal left
        total = sum(len(rows[0]) for _, rows in named)
        if 0 < total <= left:
            parts.extend(named)
            left -= total

    if windows is None:
        # Where the number is left open there is room for all of them.
        room = left // 2 if given is not None else left
        driven = pattern if len(pattern[0]) <= room else [[] for _ in pattern]
        for row in worst:
            if len(driven[0]) + len(row) <= room:
                driven = [driven[0] + row]
        if driven[0]:
            add(("limit", ride(path, node, driven, seed=seed)))
    parts.append(("sign_pattern", pattern))
    if windows is not None:
        add(("limit", windows))
    short = min(depth, 128)
    if depth <= 512:
        flush = ("silence", shape("silence", depth))
        add(flush, ("impulse", shape("impulse", min(depth, 256))))
    more = limit_windows(node, steps=True)
    if more is not None:
        add(("limit_steps", more))
    for name, length in (
        ("impulse_negative", short),
        ("step", short + short // 8),
        ("low", short),
        ("alternating", 32),
        ("small_noise", 48),
        ("ramp", 64),
        ("chirp", 128),
    ):
        add((name, shape(name, length)))
    if node.n_in == 1 and inner:
        before = [x for _, rows in parts for x in rows[0]]
        most = max(left, 0) if given is not None else _TOP_BITS
        add_on = top_bits(node, inner, before, most=most)
        if add_on:
            parts.append(("inner_sums", [add_on]))
            left -= len(add_on)
    parts += [("worst_error", [list(row)]) for row in closest]
    parts.append(("noise", shape("noise", n_noise + max(left, 0))))
    return _joined(node, parts)


def _in_turn(node: Interleave, *, seed: int, n: int | None) -> Stimuli:
    """Give every channel the set of its own filter; each begins later than the one before.

    Channels of one filter would else hold the same state, and show no mistaken one.
    """
    count = node.channels
    own = max(64, (_TURNS if n is None else n) // count)
    filters = node.of_channels
    sets = [
        # Channels share their adders: boundaries are met in the first channel of each filter.
        standard(f, seed=seed + k, n=own, steer=f not in filters[:k])
        for k, f in enumerate(filters)
    ]
    length = max(len(one.samples[0]) + _LATER * k for k, one in enumerate(sets))
    row = np.zeros(length * count, dtype=sets[0].samples.dtype)
    for k, one in enumerate(sets):
        start, samples = _LATER * k, one.samples[0]
        row[k + start * count :: count][: len(samples)] = samples
        rest = length - start - len(samples)
        noise = words.noise_array(node.inputs, rest, seed=seed + k, stream=7)[0]
        row[k + (length - rest) * count :: count] = noise
    segments = [
        Segment(name=s.name, start=s.start * count, length=s.length * count)
        for s in sets[0].segments
    ]
    last = segments[-1]
    segments[-1] = Segment(name=last.name, start=last.start, length=len(row) - last.start)
    return Stimuli(samples=row[None, :], segments=tuple(segments))


def _for_ties(node: Node) -> int:
    """Samples for some fifty boundaries of every cast."""
    _, probes = trial(node).look([0] * node.n_in)
    width = min(f.width for f in node.inputs)
    one = len(probes) == 1 and probes[0].shift < width
    return 48 * sum(1 if one else steps_per_tie(p.shift, width) for p in probes if p.shift > 0)


def _joined(node: Node, parts: Sequence[tuple[str, Rows]]) -> Stimuli:
    rows: Rows = [[] for _ in range(node.n_in)]
    segments = []
    for name, part in parts:
        segments.append(Segment(name=name, start=len(rows[0]), length=len(part[0])))
        for row, more in zip(rows, part, strict=True):
            row += more
    return Stimuli(samples=words.array(rows, node.inputs), segments=tuple(segments))
