"""Samples of the bench's own: lists of frames, one word per input lane in each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from random import Random
from typing import Any

from sim import expected
from sim.words import Format, parse_cast, parse_format

__all__ = ["Frames", "directed", "memory", "noise", "signs", "ties"]

Frames = list[list[int]]
Pattern = list[list[int]]
"""Signs in the order of the taps, one per lane in each entry."""

_SETTLED = 48
"""Samples after which a cascade of sections counts as having shown itself."""


def memory(node: Mapping[str, Any]) -> int:
    """Return how many samples back an output may look; for sections, a number to do with."""
    match node["type"]:
        case "FixedFir":
            return len(node["taps"])
        case "SwitchedFir":
            return len(node["taps"][0])
        case "FirMatrix":
            return len(node["taps"][0][0])
        case "FixedSos":
            return _SETTLED
        case "Series":
            return sum(memory(part) for part in node["stages"])
        case "Bank" | "Parallel":
            return max(memory(part) for part in node["filters"])
        case "Interleave":
            return max(memory(part) for part in node["filters"]) * node["channels"]
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
    """Impulses, both ends of the range held, sign patterns, rounding ties."""
    if node["type"] == "SwitchedFir":
        sets = [node | {"type": "FixedFir", "taps": row} for row in node["taps"]]
        return [[*frame, k] for k, fir in enumerate(sets) for frame in directed(fir, formats[:1])]
    depth = memory(node)
    silence = [[0 for _ in formats]] * depth
    high = [fmt.hi for fmt in formats]
    low = [fmt.lo for fmt in formats]
    frames = [high, *silence, low, *silence]
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
    frames += silence
    for frame in ties(node):
        frames += [frame, *silence]
    return frames


def signs(node: Mapping[str, Any]) -> list[Pattern]:
    """Return the signs of a filter's taps, or of its responses where it has no taps.

    Full-scale samples of these signs drive a sum to its largest value.
    """
    match node["type"]:
        case "FixedFir":
            return [[[_sign(tap)] for tap in node["taps"]]]
        case "SwitchedFir":
            # Set 0; in a row of stages the others are left to the noise.
            return [[[_sign(tap), 0] for tap in node["taps"][0]]]
        case "FirMatrix":
            return [
                [[_sign(tap) for tap in age] for age in zip(*row, strict=True)]
                for row in node["taps"]
            ]
        case "Series":
            # Behind the first stage only the whole response is within the source's reach.
            return [*signs(node["stages"][0]), *_responses(node)]
        case "Bank":
            return _distinct(pattern for part in node["filters"] for pattern in signs(part))
        case "Parallel":
            return _beside(node["filters"])
        case "Interleave":
            return _in_turn(node)
        case _:
            return _responses(node)


def _responses(node: Mapping[str, Any]) -> list[Pattern]:
    """One pattern for each pair of lanes, from the response to an impulse."""
    formats = expected.make(node).inputs
    depth = memory(node)
    patterns: list[Pattern] = []
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
    return _distinct(patterns)


def _beside(nodes: Sequence[Mapping[str, Any]]) -> list[Pattern]:
    """Play the patterns of filters beside each other at once, shorter ones followed by zeros."""
    parts = [signs(node) for node in nodes]
    idle = [[0] * len(expected.make(node).inputs) for node in nodes]
    joined = []
    for turn in range(max(len(patterns) for patterns in parts)):
        chosen = [patterns[turn % len(patterns)] for patterns in parts]
        joined.append(
            [
                [
                    sign
                    for column, zeros in zip(columns, idle, strict=True)
                    for sign in column or zeros
                ]
                for columns in zip_longest(*chosen)
            ]
        )
    return joined


def _in_turn(node: Mapping[str, Any]) -> list[Pattern]:
    """Play the patterns of all channels at once, each sign in its channel's turn."""
    parts = [signs(part) for part in node["filters"]]
    count = node["channels"]
    joined = []
    for turn in range(max(len(patterns) for patterns in parts)):
        chosen = [parts[k % len(parts)] for k in range(count)]
        rows = zip_longest(*(patterns[turn % len(patterns)] for patterns in chosen))
        # Patterns are in the order of the taps: the last channel's sample is the newest.
        joined.append([column or [0] for row in rows for column in reversed(row)])
    return joined


def ties(node: Mapping[str, Any]) -> Frames:
    """Return frames that, alone in the history, put a sum exactly between two output words.

    A random sum of 15 dropped bits is a tie once in 32768 samples; without ties a wrong rounding
    of halves stays unseen. Only casts that the source reaches directly are served.
    """
    match node["type"]:
        case "FixedFir":
            return _tie_words(node, node["taps"], node["coeff"], node["output"])
        case "FixedSos":
            first = node["sections"][0]
            if first["type"] == "StateSpace":
                return _tie_words(node, [first["d"]], first["d_coeff"], first["out"])
            return _tie_words(node, first["b"], first["b_coeff"], first["out"])
        case "Requantise":
            return _tie_words(node, [1], "ufix1_En0", node["cast"])
        case "Series":
            return ties(node["stages"][0])
        case "Bank" | "Interleave":
            # Of channels each tie meets the one whose turn it is.
            return _distinct(frame for part in node["filters"] for frame in ties(part))
        case "Parallel":
            parts = [ties(part) for part in node["filters"]]
            idle = [[0] * len(expected.make(part).inputs) for part in node["filters"]]
            return [
                [x for frame, zeros in zip(frames, idle, strict=True) for x in frame or zeros]
                for frames in zip_longest(*parts)
            ]
        case _:
            return []


def _tie_words(node: Mapping[str, Any], taps: Sequence[int], coeff: Any, cast: Any) -> Frames:
    """Words that times a tap are odd multiples of half an output LSB, of both signs."""
    fmt = parse_format(node["input"])
    dropped = fmt.frac + parse_format(coeff).frac - parse_cast(cast).to.frac
    # A tap with n zeros at its end needs the word 2**(dropped - 1 - n).
    needed = sorted({dropped - (tap & -tap).bit_length() for tap in taps if tap}, reverse=True)
    for power in needed:
        if power >= 0 and 2**power <= fmt.hi:
            words = [way * 2**power for way in (1, -1, 3, -3)]
            return [[word] for word in words if fmt.lo <= word <= fmt.hi]
    return []


def _distinct(items: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for item in items:
        if item not in found:
            found.append(item)
    return found


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)
