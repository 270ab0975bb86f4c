"""What a core must answer: the integers of docs/numerics.md from a manifest alone.

Written from the contract's text and from nothing else, in plain Python integers, one sample at a
time, as slow as it likes. It shares no line with the generator, so the two cannot share a mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Protocol

from sim.firs import Fir, Matrix, SwitchedFir
from sim.words import Format, ManifestError, parse_cast, parse_format, parts, words

__all__ = ["Filter", "make", "run"]


class Filter(Protocol):
    """A filter with its history; `push` takes one word per input lane, gives one per output."""

    inputs: list[Format]
    outputs: list[Format]

    def push(self, x: Sequence[int]) -> list[int]: ...


class Requantise:
    """A bare cast."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.inputs = [parse_format(data["input"])]
        self.cast = parse_cast(data["cast"])
        self.outputs = [self.cast.to]

    def push(self, x: Sequence[int]) -> list[int]:
        return [self.cast(x[0], self.inputs[0].frac)]


class Clip:
    """The nearest of the words lo ... hi."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.inputs = self.outputs = [parse_format(data["input"])]
        ends = words(data | {"ends": [data["lo"], data["hi"]]}, "ends", self.inputs[0], 2)
        self.lo, self.hi = ends
        if self.lo > self.hi:
            raise ManifestError(f"lo must not exceed hi, got {self.lo} and {self.hi}")

    def push(self, x: Sequence[int]) -> list[int]:
        return [self.lo if x[0] < self.lo else self.hi if x[0] > self.hi else x[0]]


class Sum:
    """All lanes at the finest binary point, added, cast once."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.inputs = [parse_format(text) for text in data["inputs"]]
        self.output = parse_cast(data["output"])
        self.outputs = [self.output.to]
        self.offset = data.get("offset", 0)
        if type(self.offset) is not int:
            raise ManifestError(f"offset must be an integer, got {self.offset!r}")

    def push(self, x: Sequence[int]) -> list[int]:
        terms = [(word, fmt.frac) for word, fmt in zip(x, self.inputs, strict=True)]
        return [self.output(*_sum(*terms, (self.offset, max(frac for _, frac in terms))))]


class Select:
    """The lane that the last one names; the nearest where it names none."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        lane, self.count = parse_format(data["input"]), data["count"]
        if type(self.count) is not int or self.count < 2:
            raise ManifestError(f"count must be an integer of at least 2, got {self.count!r}")
        self.inputs = [lane] * self.count + [parse_format(data["index"])]
        self.outputs = [lane]

    def push(self, x: Sequence[int]) -> list[int]:
        return [x[min(max(x[-1], 0), self.count - 1)]]


class Table:
    """A word for each input word, that of the lowest first."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.inputs = [parse_format(data["input"])]
        self.outputs = [parse_format(data["to"])]
        lo, hi = self.inputs[0].lo, self.inputs[0].hi
        self.words = dict(
            zip(range(lo, hi + 1), words(data, "words", self.outputs[0], hi - lo + 1), strict=True)
        )

    def push(self, x: Sequence[int]) -> list[int]:
        return [self.words[x[0]]]


class Sos:
    """Sections in a row, then the output cast."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.inputs = [parse_format(data["input"])]
        self.output = parse_cast(data["output"])
        self.outputs = [self.output.to]
        self.sections: list[Section | StateEquations] = []
        reads = self.inputs[0]
        for section in parts(data, "sections"):
            made = StateEquations if section["type"] == "StateSpace" else Section
            self.sections.append(made(section, reads))
            reads = self.sections[-1].out.to

    def push(self, x: Sequence[int]) -> list[int]:
        value = x[0]
        for section in self.sections:
            value = section.push(value)
        return [self.output(value, self.sections[-1].out.to.frac)]


class Section:
    """One second-order section. A term is a product's integer with its fraction bits."""

    def __init__(self, data: Mapping[str, Any], reads: Format) -> None:
        b_coeff, a_coeff = parse_format(data["b_coeff"]), parse_format(data["a_coeff"])
        self.b = words(data, "b", b_coeff, 3)
        self.a = words(data, "a", a_coeff, 2)
        self.out = parse_cast(data["out"])
        form = data["form"]
        if form not in ("df1", "df2", "df1t", "df2t"):
            raise ManifestError(f"form must be one of df1, df2, df1t, df2t, got {form!r}")
        self.state = self.out if form == "df1" else parse_cast(data.get("state"))
        feedback = data.get("feedback")
        if feedback is not None and form != "df1":
            raise ManifestError(f"error feedback needs form df1, got {form!r}")
        self.e = (0, 0) if feedback is None else tuple(feedback)
        self.push: Callable[[int], int] = getattr(self, f"_{form}")
        self._x, self._y, self._s = reads.frac, self.out.to.frac, self.state.to.frac
        self._bf, self._af = b_coeff.frac, a_coeff.frac
        self._old = [0, 0, 0, 0]
        self._err = [0, 0]

    def _df1(self, x: int) -> int:
        (b0, b1, b2), (a1, a2), (e1, e2) = self.b, self.a, self.e
        x1, x2, y1, y2 = self._old
        feed, back = self._bf + self._x, self._af + self._y
        total, frac = _sum(
            (b0 * x + b1 * x1 + b2 * x2, feed),
            (-a1 * y1 - a2 * y2, back),
            (-e1 * self._err[0] - e2 * self._err[1], max(feed, back)),
        )
        y = self.out(total, frac)
        exact, _ = _sum((total, frac), (-self.out.rounded(total, frac), self._y))
        self._err = [exact if frac >= self._y else 0, self._err[0]]
        self._old = [x, x1, y, y1]
        return y

    def _df2(self, x: int) -> int:
        (b0, b1, b2), (a1, a2) = self.b, self.a
        w1, w2 = self._old[:2]
        w = self.state(*_sum((x, self._x), (-a1 * w1 - a2 * w2, self._af + self._s)))
        self._old[:2] = w, w1
        return self.out(b0 * w + b1 * w1 + b2 * w2, self._bf + self._s)

    def _df2t(self, x: int) -> int:
        (b0, b1, b2), (a1, a2) = self.b, self.a
        s1, s2 = self._old[:2]
        feed, back = self._bf + self._x, self._af + self._y
        y = self.out(*_sum((b0 * x, feed), (s1, self._s)))
        self._old[:2] = (
            self.state(*_sum((b1 * x, feed), (-a1 * y, back), (s2, self._s))),
            self.state(*_sum((b2 * x, feed), (-a2 * y, back))),
        )
        return y

    def _df1t(self, x: int) -> int:
        (b0, b1, b2), (a1, a2) = self.b, self.a
        r1, r2, t1, t2 = self._old
        feed, back, own = self._bf + self._s, self._af + self._s, self._s
        w = self.state(*_sum((x, self._x), (r1, own)))
        self._old = [
            self.state(*_sum((-a1 * w, back), (r2, own))),
            self.state(-a2 * w, back),
            self.state(*_sum((b1 * w, feed), (t2, own))),
            self.state(b2 * w, feed),
        ]
        return self.out(*_sum((b0 * w, feed), (t1, own)))


class StateEquations:
    """One second-order section as y = c s + d x; s = a s + b x."""

    def __init__(self, data: Mapping[str, Any], reads: Format) -> None:
        formats = {name: parse_format(data[f"{name}_coeff"]) for name in "abcd"}
        rows = data["a"]
        if not isinstance(rows, list) or len(rows) != 2:
            raise ManifestError(f"a must hold 2 rows, got {rows!r}")
        a = [words({"a": row}, "a", formats["a"], 2) for row in rows]
        b, c = words(data, "b", formats["b"], 2), words(data, "c", formats["c"], 2)
        (d,) = words({"d": [data["d"]]}, "d", formats["d"], 1)
        self.out, state = parse_cast(data["out"]), parse_cast(data["state"])
        # Factors of s1, s2 and x with their binary points, for y, s1 and s2 in turn.
        old, new = state.to.frac, reads.frac
        after, back, enter = (formats[name].frac for name in "cab")
        self._rows = [
            (self.out, c, after + old, d, formats["d"].frac + new),
            (state, a[0], back + old, b[0], enter + new),
            (state, a[1], back + old, b[1], enter + new),
        ]
        self._old = [0, 0]

    def push(self, x: int) -> int:
        s1, s2 = self._old
        y, *self._old = (
            cast(*_sum((p * s1 + q * s2, old), (r * x, new)))
            for cast, (p, q), old, r, new in self._rows
        )
        return y


class Series:
    """Stages in a row; nothing is cast where they meet."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.stages = [make(part) for part in parts(data, "stages")]
        for k, (left, right) in enumerate(pairwise(self.stages)):
            if left.outputs != right.inputs:
                raise ManifestError(
                    f"stages must meet in lanes and formats, not so after stage {k}"
                )
        self.inputs, self.outputs = self.stages[0].inputs, self.stages[-1].outputs

    def push(self, x: Sequence[int]) -> list[int]:
        lanes = list(x)
        for stage in self.stages:
            lanes = stage.push(lanes)
        return lanes


class Bank:
    """One input copied to every filter; the outputs are the lanes."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.filters = [make(part) for part in parts(data, "filters")]
        self.inputs = self.filters[0].inputs
        self.outputs = [fmt for part in self.filters for fmt in part.outputs]
        if any(part.inputs != self.inputs for part in self.filters):
            raise ManifestError(
                "the filters of a bank must read the same input, got different ones"
            )

    def push(self, x: Sequence[int]) -> list[int]:
        return [y for part in self.filters for y in part.push(x)]


class Parallel:
    """Each filter reads its own lanes."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.filters = [make(part) for part in parts(data, "filters")]
        self.inputs = [fmt for part in self.filters for fmt in part.inputs]
        self.outputs = [fmt for part in self.filters for fmt in part.outputs]

    def push(self, x: Sequence[int]) -> list[int]:
        out: list[int] = []
        start = 0
        for part in self.filters:
            out += part.push(x[start : start + len(part.inputs)])
            start += len(part.inputs)
        return out


class Interleave:
    """Channels in turn on one lane, each with a history of its own."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        filters, count = parts(data, "filters"), data["channels"]
        if type(count) is not int or not 2 <= count <= 64 or len(filters) not in (1, count):
            raise ManifestError(
                f"channels must be from 2 to 64, with a filter for all or for each, got {count!r} "
                f"and {len(filters)}"
            )
        self.channels = [make(filters[k % len(filters)]) for k in range(count)]
        self.inputs, self.outputs = self.channels[0].inputs, self.channels[0].outputs
        for part in self.channels:
            if (part.inputs, part.outputs) != (self.inputs, self.outputs):
                raise ManifestError("channels must have the same formats, got different ones")
        if len(self.inputs) != 1:
            raise ManifestError("a channel must have one lane in")
        self._turn = 0

    def push(self, x: Sequence[int]) -> list[int]:
        y = self.channels[self._turn].push(x)
        self._turn = (self._turn + 1) % len(self.channels)
        return y


_KINDS: dict[str, Callable[[Mapping[str, Any]], Filter]] = {
    "FixedFir": Fir,
    "SwitchedFir": SwitchedFir,
    "FirMatrix": Matrix,
    "FixedSos": Sos,
    "Requantise": Requantise,
    "Clip": Clip,
    "Sum": Sum,
    "Select": Select,
    "Table": Table,
    "Series": Series,
    "Bank": Bank,
    "Parallel": Parallel,
    "Interleave": Interleave,
}


def make(data: Any) -> Filter:
    """Build the filter of a manifest, its history zero.

    Raises
    ------
    ManifestError
        If the contract has no such filter, or it contradicts itself.
    """
    kind = data.get("type") if isinstance(data, Mapping) else None
    if kind not in _KINDS:
        raise ManifestError(f"a filter's type must be one of {', '.join(_KINDS)}, got {kind!r}")
    try:
        return _KINDS[kind](data)
    except KeyError as missing:
        raise ManifestError(f"a {kind} needs the key {missing}, got {sorted(data)}") from None


def run(data: Any, lanes: Sequence[Sequence[int]]) -> list[list[int]]:
    """Filter whole lanes from zero history; shapes (n_in, time) and (n_out, time)."""
    node = make(data)
    frames = [node.push(x) for x in zip(*lanes, strict=True)]
    return [[frame[k] for frame in frames] for k in range(len(node.outputs))]


def _sum(*terms: tuple[int, int]) -> tuple[int, int]:
    """Add (integer, frac) terms exactly, on the finest grid among them."""
    frac = max(f for _, f in terms)
    return sum(value * 2 ** (frac - f) for value, f in terms), frac
