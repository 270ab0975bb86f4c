"""Input samples that a wrong filter cannot survive, scaled to any format's full range."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from fxfir.errors import FilterError
from fxfir.filters import Bank, FixedFir, Node, Parallel
from fxfir.fixed import Format
from fxfir.verify import words
from fxfir.verify.probe import trial
from fxfir.verify.response import memory, responses
from fxfir.verify.steer import limit_sums, ride, ties, window

__all__ = ["STIMULI", "Segment", "Stimuli", "budget", "make", "standard", "user"]

Rows = list[list[int]]


class Maker(Protocol):
    """A stimulus: rows of words, one row per input lane."""

    def __call__(self, node: Node, *, length: int, seed: int) -> Rows:
        """Return samples of shape (n_in, time); `length` is a wish where the shape has its own."""


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


def _lanes(node: Node, shape: Callable[[Format], list[int]]) -> Rows:
    return [shape(fmt) for fmt in node.inputs]


def impulse(node: Node, *, length: int, seed: int) -> Rows:
    """Largest word, then zeros."""
    return _lanes(node, lambda f: [f.hi] + [0] * (length - 1))


def impulse_negative(node: Node, *, length: int, seed: int) -> Rows:
    """Smallest word, then zeros (an unsigned lane stays 0)."""
    return _lanes(node, lambda f: [f.lo] + [0] * (length - 1))


def step(node: Node, *, length: int, seed: int) -> Rows:
    """An eighth of zeros, then the largest word."""
    return _lanes(node, lambda f: [0 if n < length // 8 else f.hi for n in range(length)])


def ramp(node: Node, *, length: int, seed: int) -> Rows:
    """Smallest to largest word in equal steps."""
    last = max(length - 1, 1)
    return _lanes(node, lambda f: [f.lo + n * (f.hi - f.lo) // last for n in range(length)])


def chirp(node: Node, *, length: int, seed: int) -> Rows:
    """A swept sine of full scale from 0 to half the sample rate.

    Notes
    -----
    The sine is Bhaskara's rational one in integers (at most 0.0017 off), since the last bit of a
    library's sine differs between machines.
    """
    turn = 1 << 16

    def sine(phase: int, amplitude: int) -> int:
        t = phase % turn
        u = t % (turn // 2)
        p = u * (turn // 2 - u)
        value = 16 * amplitude * p // (5 * (turn // 2) ** 2 - 4 * p)
        return value if t < turn // 2 else -value

    def shape(f: Format) -> list[int]:
        phases = [turn * n * n // (4 * max(length, 1)) for n in range(length)]
        if f.signed:
            return [sine(p, f.hi) for p in phases]
        return [(f.hi + sine(p, f.hi)) // 2 for p in phases]

    return _lanes(node, shape)


def noise(node: Node, *, length: int, seed: int) -> Rows:
    """White noise over all words."""
    return [
        words.noise(f, length, seed=seed, stream=1 + lane) for lane, f in enumerate(node.inputs)
    ]


def small_noise(node: Node, *, length: int, seed: int) -> Rows:
    """White noise of a few LSB, where rounding and dead bands show."""
    rows = []
    for lane, f in enumerate(node.inputs):
        small = Format(signed=f.signed, width=min(f.width, 3), frac=0)
        rows.append(words.noise(small, length, seed=seed, stream=101 + lane))
    return rows


def high(node: Node, *, length: int, seed: int) -> Rows:
    """The largest word, constant."""
    return _lanes(node, lambda f: [f.hi] * length)


def low(node: Node, *, length: int, seed: int) -> Rows:
    """The smallest word, constant."""
    return _lanes(node, lambda f: [f.lo] * length)


def silence(node: Node, *, length: int, seed: int) -> Rows:
    """Zeros: a recursive filter decays into its dead band or its limit cycle."""
    return _lanes(node, lambda f: [0] * length)


def alternating(node: Node, *, length: int, seed: int) -> Rows:
    """Largest and smallest word by turns."""
    return _lanes(node, lambda f: [f.lo if n % 2 else f.hi for n in range(length)])


def sign_pattern(node: Node, *, length: int, seed: int) -> Rows:
    """The reversed signs of each impulse response: every output's largest and smallest sum.

    Notes
    -----
    For a FIR filter the sum attains both ends of `acc_range` exactly, for a recursive one it
    comes within 1/256 of the worst case (or of what 384 samples can do). Outputs that
    share no input lane are driven at the same time. `length` is not used.
    """
    fill = noise(node, length=2 * memory(node) * node.n_out, seed=seed + 1)
    used = [0] * node.n_in
    for row in responses(node):
        lanes = [i for i, h in enumerate(row) if h]
        if not lanes:
            continue
        count = max(len(row[i]) for i in lanes)
        start = max(used[i] for i in lanes)
        for i in lanes:
            f = node.inputs[i]
            h = row[i] + (0,) * (count - len(row[i]))
            most = [f.hi if v >= 0 else f.lo for v in reversed(h)]
            least = [f.lo if v >= 0 else f.hi for v in reversed(h)]
            fill[i][start : start + 2 * count] = most + least
            used[i] = start + 2 * count
    return [row[: max(used)] for row in fill]


def tie(node: Node, *, length: int, seed: int) -> Rows:
    """Sums on and beside the rounding boundaries, from zero history."""
    return ties(trial(node), node, length, seed=seed)


def limit(node: Node, *, length: int, seed: int) -> Rows:
    """Sums on both sides of the saturation limits; any history may come before.

    FIR filters that read the input get one exact window per limit; other filters follow their
    worst case from zero history and step onto the limits on the way. `length` is not used.
    """
    windows = _limit_windows(node)
    if windows is not None:
        return windows
    return ride(trial(node), node, sign_pattern(node, length=0, seed=seed), seed=seed)


STIMULI: dict[str, Maker] = {
    "impulse": impulse,
    "impulse_negative": impulse_negative,
    "step": step,
    "ramp": ramp,
    "chirp": chirp,
    "noise": noise,
    "small_noise": small_noise,
    "high": high,
    "low": low,
    "silence": silence,
    "alternating": alternating,
    "sign_pattern": sign_pattern,
    "tie": tie,
    "limit": limit,
}


def make(name: str, node: Node, *, length: int = 256, seed: int = 1) -> Any:
    """Make one stimulus by name.

    Parameters
    ----------
    name : str
        A key of `STIMULI`.
    node : Node
    length : int, optional
        Samples; shapes with a length of their own ignore it.
    seed : int, optional

    Returns
    -------
    ndarray of int64 or object, shape (n_in, time)

    Raises
    ------
    FilterError
        If the name is unknown.

    Examples
    --------
    >>> from fxfir.fixed import Cast, SQ
    >>> fir = FixedFir(taps=(1, -2), coeff=SQ(3, 0), input=SQ(4, 0), output=Cast(to=SQ(8, 0)))
    >>> make("sign_pattern", fir).tolist()
    [[-8, 7, 7, -8]]
    """
    if name not in STIMULI:
        raise FilterError(f"stimulus must be one of {', '.join(STIMULI)}, got {name!r}")
    return words.array(STIMULI[name](node, length=length, seed=seed), node.inputs)


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
    return words.array([[int(v) for v in row] for row in given], node.inputs)


def budget(interval: int, *, edges: int = 100_000, most: int = 1024) -> int:
    """Return how many samples fit into `edges` clock edges at one sample per `interval`.

    Examples
    --------
    >>> budget(1), budget(514)
    (1024, 194)
    """
    return max(1, min(most, edges // max(interval, 1)))


def standard(node: Node, *, seed: int = 1, n: int | None = None) -> Stimuli:
    """Make the standard set of stimuli, one after the other.

    Parameters
    ----------
    node : Node
    seed : int, optional
    n : int, optional
        Wished number of samples; 1024, or 8 times the filter's memory up to 4096, unless said
        otherwise. Long filters may take more, since their sign pattern alone has two samples per
        tap and output; a small `n` leaves out later segments of the list below.

    Returns
    -------
    Stimuli

    Notes
    -----
    By importance: ties, sign pattern, noise, impulse, limits, silence, negative impulse, step,
    low, then the cheap ones. The impulse stands first, on a history of zeros; the steered
    segments follow, as long as it is cheap to know the state that they start from.
    """
    depth = memory(node)
    if n is None:
        n = max(1024, min(8 * depth, 4096))
    pattern = sign_pattern(node, length=0, seed=seed)
    n_noise = max(64, n // 6)
    n_ties = min(max(96, 16 * _per_tie(node)), max(24, n // 8))
    n_impulse = min(depth, 256)
    left = n - len(pattern[0]) - n_noise - n_ties
    parts: list[tuple[str, Rows]] = []

    def shape(name: str, length: int) -> Rows:
        return STIMULI[name](node, length=length, seed=seed)

    def add(name: str, rows: Rows) -> None:
        nonlocal left
        if 0 < len(rows[0]) <= left:
            parts.append((name, rows))
            left -= len(rows[0])

    if n_impulse <= left:
        add("impulse", shape("impulse", n_impulse))
    path = trial(node)
    for _, rows in parts:
        for x in zip(*rows, strict=True):
            path.look(x)
            path.take(0)
    parts.append(("tie", ties(path, node, n_ties, seed=seed)))
    windows = _limit_windows(node)
    if windows is None and len(pattern[0]) <= left:
        add("limit", ride(path, node, pattern, seed=seed))
    parts.append(("sign_pattern", pattern))
    if windows is not None:
        add("limit", windows)
    short = min(depth, 128)
    for name, length in (
        ("silence", short),
        ("impulse_negative", short),
        ("step", short + short // 8),
        ("low", short),
        ("alternating", 32),
        ("small_noise", 48),
        ("ramp", 64),
        ("chirp", 128),
    ):
        add(name, shape(name, length))
    parts.append(("noise", shape("noise", n_noise + max(left, 0))))
    return _joined(node, parts)


def _per_tie(node: Node) -> int:
    """Samples that one tie takes: narrow inputs need several for one residue."""
    _, probes = trial(node).look([0] * node.n_in)
    return max(p.shift for p in probes) // min(f.width for f in node.inputs) + 1


def _joined(node: Node, parts: Sequence[tuple[str, Rows]]) -> Stimuli:
    rows: Rows = [[] for _ in range(node.n_in)]
    segments = []
    for name, part in parts:
        segments.append(Segment(name=name, start=len(rows[0]), length=len(part[0])))
        for row, more in zip(rows, part, strict=True):
            row += more
    return Stimuli(samples=words.array(rows, node.inputs), segments=tuple(segments))


def _limit_windows(node: Node) -> Rows | None:
    """Exact windows for FIR filters that read the input lanes; None for other filters."""
    match node:
        case FixedFir():
            return [[x for target in limit_sums(node) for x in window(node, target)]]
        case Bank(filters=filters) | Parallel(filters=filters):
            rows = [r for f in filters if isinstance(f, FixedFir) for r in _limit_windows(f) or ()]
            if len(rows) < len(filters):
                return None
            if isinstance(node, Bank):
                return [[x for r in rows for x in r]]
            most = max(len(r) for r in rows)
            return [r + [0] * (most - len(r)) for r in rows]
        case _:
            return None
