"""Samples of the bench's own: lists of frames, one word per input lane in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from sim import expected
from sim.words import Format

__all__ = ["Frames", "directed", "memory", "noise"]

Frames = list[list[int]]

_SETTLED = 48
"""Samples after which a cascade of sections counts as having shown itself."""


def memory(node: Mapping[str, Any]) -> int:
    """Return how many samples back an output may look; for sections, a number to be content with."""
    match node["type"]:
        case "FixedFir":
            return len(node["taps"])
        case "FixedSos":
            return _SETTLED
        case "Series":
            return sum(memory(part) for part in node["stages"])
        case "Bank" | "Parallel":
            return max(memory(part) for part in node["filters"])
        case _:
            return 1


def noise(formats: Sequence[Format], count: int, rng: Random) -> Frames:
    """Random words of all sizes, the ends of the range more often than chance would have it."""
    return [[_word(fmt, rng) for fmt in formats] for _ in range(count)]


def _word(fmt: Format, rng: Random) -> int:
    kind = rng.random()
    if kind < 0.15:
        return rng.choice((fmt.lo, fmt.hi))
    word = rng.randint(fmt.lo, fmt.hi)
    if kind < 0.35:
        word >>= rng.randrange(fmt.width)
    return word


def directed(node: Mapping[str, Any], formats: Sequence[Format]) -> Frames:
    """Impulse, both ends of the range held, and the sign patterns that drive the sums furthest."""
    depth = memory(node)
    zero = [0 for _ in formats]
    high = [fmt.hi for fmt in formats]
    low = [fmt.lo for fmt in formats]
    frames = [high, *[zero] * depth, low, *[zero] * depth]
    frames += [high] * (depth + 1) + [low] * (depth + 1) + [high]
    for pattern in signs(node):
        for way in (1, -1):
            # Old samples meet late taps, so the pattern goes backwards in time.
            frames += [
                [
                    fmt.hi if way * sign > 0 else fmt.lo if way * sign < 0 else 0
                    for fmt, sign in zip(formats, column, strict=True)
                ]
                for column in reversed(pattern)
            ]
    return frames


def signs(node: Mapping[str, Any]) -> Frames:
    """Return patterns, each `[time][lane]`, of the signs of the responses at the input."""
    match node["type"]:
        case "FixedFir":
            return [[[_sign(tap)] for tap in node["taps"]]]
        case "Series":
            # Behind the first stage only its own pattern is within the source's reach.
            return [*signs(node["stages"][0]), *_responses(node)]
        case "Bank":
            return [pattern for part in node["filters"] for pattern in signs(part)]
        case "Parallel":
            return _beside([signs(part) for part in node["filters"]], node["filters"])
        case _:
            return _responses(node)


def _responses(node: Mapping[str, Any]) -> Frames:
    """One pattern for each pair of lanes, from the response to an impulse."""
    formats = expected.make(node).inputs
    depth = memory(node)
    patterns: Any = []
    for lane, fmt in enumerate(formats):
        running = expected.make(node)
        answers = [
            running.push([fmt.hi if k == lane and n == 0 else 0 for k in range(len(formats))])
            for n in range(depth)
        ]
        patterns += [
            [
                [_sign(answer[out]) if k == lane else 0 for k in range(len(formats))]
                for answer in answers
            ]
            for out in range(len(answers[0]))
        ]
    return patterns


def _beside(parts: Sequence[Any], nodes: Sequence[Mapping[str, Any]]) -> Any:
    """Play the patterns of filters beside each other at once, shorter ones followed by zeros."""
    widths = [len(expected.make(node).inputs) for node in nodes]
    joined = []
    for turn in range(max(len(patterns) for patterns in parts)):
        chosen = [patterns[turn % len(patterns)] for patterns in parts]
        depth = max(len(pattern) for pattern in chosen)
        joined.append(
            [
                [
                    sign
                    for pattern, width in zip(chosen, widths, strict=True)
                    for sign in (pattern[n] if n < len(pattern) else [0] * width)
                ]
                for n in range(depth)
            ]
        )
    return joined


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)
