"""Stimuli by name: each makes samples for any filter, scaled to its formats' full range."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from fxfir.errors import FilterError
from fxfir.filters import Bank, FixedFir, FixedSos, Node, Parallel, Series, SwitchedFir
from fxfir.fixed import Format
from fxfir.verify import words
from fxfir.verify.probe import trial
from fxfir.verify.response import Response, inner_responses, memory, responses
from fxfir.verify.steer import ride, ties
from fxfir.verify.windows import beyond, limit_sums, step_sums, window

__all__ = ["STIMULI", "Rows", "inner_patterns", "limit_windows", "make", "pattern_of"]

Rows = list[list[int]]


class Maker(Protocol):
    """A stimulus: rows of words, one row per input lane."""

    def __call__(self, node: Node, *, length: int, seed: int) -> Rows:
        """Return samples of shape (n_in, time); `length` is a wish where the shape has its own."""


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
    if isinstance(node, SwitchedFir):
        return of_sets(node, lambda fir: sign_pattern(fir, length=0, seed=seed)[0])
    fill = noise(node, length=2 * memory(node) * node.n_out, seed=seed + 1)
    used = [0] * node.n_in
    for row in responses(node):
        lanes = [i for i, h in enumerate(row) if h]
        if not lanes:
            continue
        count = max(len(row[i]) for i in lanes)
        start = max(used[i] for i in lanes)
        for i in lanes:
            h = row[i] + (0,) * (count - len(row[i]))
            fill[i][start : start + 2 * count] = pattern_of(h, node.inputs[i])
            used[i] = start + 2 * count
    return [row[: max(used)] for row in fill]


def pattern_of(h: Response, fmt: Format) -> list[int]:
    """Return the samples whose last one makes a response's sum largest, then smallest.

    Parameters
    ----------
    h : sequence of int
        An impulse response; only its signs matter.
    fmt : Format
        Of the samples.
    """
    most = [fmt.hi if v >= 0 else fmt.lo for v in reversed(h)]
    least = [fmt.lo if v >= 0 else fmt.hi for v in reversed(h)]
    return most + least


def inner_patterns(node: Node) -> list[list[int]]:
    """Worst cases of everything inside the recursive filters that read the only input lane."""
    match node:
        case FixedSos():
            return [pattern_of(h, node.input) for h in inner_responses(node)]
        case Bank(filters=filters) if node.n_in == 1:
            return [row for f in filters for row in inner_patterns(f)]
        case Series(stages=stages) if node.n_in == 1:
            return inner_patterns(stages[0])
        case _:
            return []


def tie(node: Node, *, length: int, seed: int) -> Rows:
    """Sums on and beside the rounding boundaries, from zero history."""
    return ties(trial(node), node, length, seed=seed)


def limit(node: Node, *, length: int, seed: int) -> Rows:
    """Sums on both sides of the saturation limits; any history may come before.

    FIR filters that read the input get one exact window per limit; other filters follow their
    worst case from zero history and step onto the limits on the way. `length` is not used.
    """
    windows, more = limit_windows(node), limit_windows(node, steps=True)
    if windows is not None and more is not None:
        return [a + b for a, b in zip(windows, more, strict=True)]
    rows = sign_pattern(node, length=0, seed=seed)
    for inner in inner_patterns(node):
        rows[0] += inner
    return ride(trial(node), node, rows, seed=seed)


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


def of_sets(node: SwitchedFir, rows: Callable[[FixedFir], list[int]]) -> Rows:
    """Return a row of samples for the filter of each set, that set being chosen meanwhile."""
    found = [rows(fir) for fir in node.sets]
    return [
        [x for row in found for x in row],
        [k for k, row in enumerate(found) for _ in row],
    ]


def limit_windows(node: Node, *, steps: bool = False) -> Rows | None:
    """Exact windows for FIR filters that read the input lanes; None for other filters.

    Parameters
    ----------
    node : Node
    steps : bool, optional
        The boundaries beside the limits instead of the limits.
    """
    match node:
        case FixedFir() if steps:
            return [[x for target in step_sums(node) for x in beyond(node, target)]]
        case FixedFir():
            # Inside and outside the limits by turns, the upper ones first.
            found = []
            for k, target in enumerate(limit_sums(node)):
                found += beyond(node, target) if k % 2 else window(node, target)
            return [found]
        case SwitchedFir():
            return of_sets(node, lambda fir: (limit_windows(fir, steps=steps) or [[]])[0])
        case Bank(filters=filters) | Parallel(filters=filters):
            firs = [f for f in filters if isinstance(f, FixedFir)]
            if len(firs) < len(filters):
                return None
            rows = [r for f in firs for r in limit_windows(f, steps=steps) or ()]
            if isinstance(node, Bank):
                return [[x for r in rows for x in r]]
            most = max(len(r) for r in rows)
            return [r + [0] * (most - len(r)) for r in rows]
        case _:
            return None
