"""Try many next samples at once and see the exact sum before every cast.

Steering a stimulus onto a rounding tie or a saturation limit needs the sums inside a filter, which
the model does not show. This is a search aid, never a source of expected values: an error here
would only make a stimulus less sharp.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, assert_never

import numpy as np

from fxfir.errors import FilterError
from fxfir.filters import (
    Bank,
    Direct,
    FixedFir,
    FixedSos,
    Form,
    Node,
    Parallel,
    Requantise,
    Series,
)
from fxfir.fixed import Cast, Format, apply

__all__ = ["Probe", "Trial", "trial"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """The exact sums before one cast, one per candidate.

    Parameters
    ----------
    sums : ndarray of int64 or object, shape (candidates,)
        Units of 2**-frac.
    frac : int
    cast : Cast
    """

    sums: Any
    frac: int
    cast: Cast

    @property
    def shift(self) -> int:
        """Bits that the cast drops; nothing is rounded where this is not positive."""
        return self.frac - self.cast.to.frac


class Trial:
    """A filter with its state, one sample at a time: `look` at candidates, then `take` one."""

    def look(self, x: Sequence[Any]) -> tuple[list[Any], list[Probe]]:
        """Compute outputs and probes for candidate samples.

        Parameters
        ----------
        x : sequence of ndarray or int, length n_in
            One array of candidates per lane; candidate j is element j of every lane. Plain
            integers are one candidate, and fast.

        Returns
        -------
        outputs : list of ndarray, length n_out
        probes : list of Probe
        """
        raise NotImplementedError

    def take(self, j: int | None) -> None:
        """Make candidate `j` of the last `look` the sample that was sent.

        None keeps all candidates side by side, each with a state of its own; a later `take` of
        one `j` keeps that one's whole history.
        """
        raise NotImplementedError

    def state(self) -> Any:
        """Return the state, for `restore`."""
        raise NotImplementedError

    def restore(self, state: Any) -> None:
        """Go back to a state that `state` returned."""
        raise NotImplementedError


def trial(node: Node) -> Trial:
    """Return a `Trial` of any filter, from zero history.

    Raises
    ------
    FilterError
        If the node is of an unknown type.
    """
    match node:
        case FixedFir():
            return _Fir(node)
        case FixedSos():
            return _Cascade(node)
        case Requantise():
            return _Requantise(node)
        case Series(stages=stages):
            return _Chain([trial(s) for s in stages])
        case Bank(filters=filters):
            return _Beside([(slice(0, f.n_in), trial(f)) for f in filters])
        case Parallel(filters=filters):
            spans, start = [], 0
            for f in filters:
                spans.append((slice(start, start + f.n_in), trial(f)))
                start += f.n_in
            return _Beside(spans)
        case _:
            raise FilterError(f"a stimulus needs a filter it knows, got {type(node).__name__}")


class _Fir(Trial):
    def __init__(self, node: FixedFir) -> None:
        self._node = node
        # Leading zeros only delay: the newest sample decides the sum `skip` samples later.
        self._skip = next(k for k, c in enumerate(node.taps) if c)
        self._acc = node.acc
        self._past: list[Any] = [0] * node.n_taps
        # What the past adds to a sum; many candidates are looked at from one state.
        self._rest: Any = 0
        self._split = False
        self._x: Any = None

    def look(self, x: Sequence[Any]) -> tuple[list[Any], list[Probe]]:
        node, skip, frac = self._node, self._skip, self._acc.frac
        self._x = _fit(x[0], self._acc.width)
        if self._rest is None:
            self._rest = self._sum(node.taps[skip + 1 :])
        sums = node.taps[skip] * self._x + self._rest
        probe = Probe(sums=sums, frac=frac, cast=node.output)
        if skip == 0:
            return [apply(node.output, sums, frac)], [probe]
        now = self._sum(node.taps[1:])
        old = now
        if isinstance(self._x, np.ndarray) and not isinstance(now, np.ndarray):
            old = np.full_like(self._x, now)
        return [apply(node.output, old, frac)], [probe]

    def _sum(self, taps: Sequence[int]) -> Any:
        """Sum of products with the past: plain integers first, so that few sums are of arrays."""
        total: Any = 0
        arrays = []
        for tap, value in zip(taps, self._past, strict=False):
            if isinstance(value, np.ndarray):
                arrays.append(tap * value)
            else:
                total += tap * value
        return sum(arrays, total)

    def take(self, j: int | None) -> None:
        self._past = [self._x, *self._past[:-1]]
        self._rest = None
        if j is None:
            self._split = True
        elif self._split:
            self._past = [_pick(v, j) for v in self._past]
            self._split = False
        else:
            self._past[0] = _pick(self._x, j)

    def state(self) -> Any:
        return list(self._past), self._split

    def restore(self, state: Any) -> None:
        self._past, self._split = list(state[0]), state[1]
        self._rest = None


class _Requantise(Trial):
    def __init__(self, node: Requantise) -> None:
        self._node = node

    def look(self, x: Sequence[Any]) -> tuple[list[Any], list[Probe]]:
        cast, frac = self._node.cast, self._node.input.frac
        return [apply(cast, x[0], frac)], [Probe(sums=x[0], frac=frac, cast=cast)]

    def take(self, j: int | None) -> None:
        del j

    def state(self) -> Any:
        return None

    def restore(self, state: Any) -> None:
        del state


class _Chain(Trial):
    def __init__(self, stages: list[Trial]) -> None:
        self._stages = stages

    def look(self, x: Sequence[Any]) -> tuple[list[Any], list[Probe]]:
        values, probes = list(x), []
        for stage in self._stages:
            values, more = stage.look(values)
            probes += more
        return values, probes

    def take(self, j: int | None) -> None:
        for stage in self._stages:
            stage.take(j)

    def state(self) -> Any:
        return [stage.state() for stage in self._stages]

    def restore(self, state: Any) -> None:
        for stage, kept in zip(self._stages, state, strict=True):
            stage.restore(kept)


class _Beside(Trial):
    def __init__(self, parts: list[tuple[slice, Trial]]) -> None:
        self._parts = parts

    def look(self, x: Sequence[Any]) -> tuple[list[Any], list[Probe]]:
        values, probes = [], []
        for lanes, part in self._parts:
            given, more = part.look(x[lanes])
            values += given
            probes += more
        return values, probes

    def take(self, j: int | None) -> None:
        for _, part in self._parts:
            part.take(j)

    def state(self) -> Any:
        return [part.state() for _, part in self._parts]

    def restore(self, state: Any) -> None:
        for (_, part), kept in zip(self._parts, state, strict=True):
            part.restore(kept)


class _Cascade(Trial):
    def __init__(self, node: FixedSos) -> None:
        self._node = node
        pairs = zip(node.sections, node.section_inputs, strict=True)
        self._sections = [_Section(s, f) for s, f in pairs]

    def look(self, x: Sequence[Any]) -> tuple[list[Any], list[Probe]]:
        values, probes = x[0], []
        for section in self._sections:
            values, more = section.look(values)
            probes += more
        frac = self._node.sections[-1].out.to.frac
        probes.append(Probe(sums=values, frac=frac, cast=self._node.output))
        return [apply(self._node.output, values, frac)], probes

    def take(self, j: int | None) -> None:
        for section in self._sections:
            section.take(j)

    def state(self) -> Any:
        return [section.kept for section in self._sections]

    def restore(self, state: Any) -> None:
        for section, kept in zip(self._sections, state, strict=True):
            section.kept = kept


class _Section:
    """One direct form; the state is a tuple of integers, its names as in `Form`."""

    def __init__(self, section: Direct, source: Format) -> None:
        self._s = section
        self._source = source
        self._width = _widest(section, source)
        self.kept: tuple[tuple[Any, ...], tuple[Any, Any]] = ((0,) * 4, (0, 0))
        self._next: tuple[Any, ...] = ()
        self._next_error: Any = 0

    def look(self, x: Any) -> tuple[Any, list[Probe]]:
        x = _fit(x, self._width)
        match self._s.form:
            case Form.DF1:
                return self._df1(x)
            case Form.DF2:
                return self._df2(x)
            case Form.DF1T:
                return self._df1t(x)
            case Form.DF2T:
                return self._df2t(x)
            case _:
                assert_never(self._s.form)

    def take(self, j: int | None) -> None:
        state, errors = self._next, (self._next_error, self._errors[0])
        if j is not None:
            state = tuple(_pick(v, j) for v in state)
            errors = (_pick(errors[0], j), _pick(errors[1], j))
        self.kept = (state, errors)

    @property
    def _state(self) -> tuple[Any, ...]:
        return self.kept[0]

    @property
    def _errors(self) -> tuple[Any, Any]:
        return self.kept[1]

    def _sum(self, *terms: tuple[Any, int]) -> tuple[Any, int]:
        """Add (value, frac) terms exactly; the result has the largest frac."""
        frac = max(f for _, f in terms)
        return sum(v * (1 << (frac - f)) for v, f in terms), frac

    def _cast(self, like: Any, cast: Cast, *terms: tuple[Any, int]) -> tuple[Any, Probe]:
        sums, frac = self._sum(*terms)
        if isinstance(like, np.ndarray) and not isinstance(sums, np.ndarray):
            sums = np.full_like(like, sums)
        # A cast gives int64 again, which the next products could leave.
        value = _fit(apply(cast, sums, frac), self._width)
        return value, Probe(sums=sums, frac=frac, cast=cast)

    def _df1(self, x: Any) -> tuple[Any, list[Probe]]:
        s = self._s
        (b0, b1, b2), (a1, a2) = s.b, s.a
        x1, x2, y1, y2 = self._state
        fb = s.b_coeff.frac + self._source.frac
        fa = s.a_coeff.frac + s.out.to.frac
        sums, frac = self._sum((b0 * x + (b1 * x1 + b2 * x2), fb), (-a1 * y1 - a2 * y2, fa))
        if s.feedback is not None:
            e1, e2 = s.feedback
            # The error has the sum's frac and e1, e2 are whole numbers.
            sums = sums - e1 * self._errors[0] - e2 * self._errors[1]
        y = _fit(apply(s.out, sums, frac), self._width)
        if s.feedback is not None:
            rounded = apply(_unbounded(s.out, self._width), sums, frac)
            drop = frac - s.out.to.frac
            self._next_error = sums - rounded * (1 << drop) if drop > 0 else 0
        self._next = (x, x1, y, y1)
        return y, [Probe(sums=sums, frac=frac, cast=s.out)]

    def _df2(self, x: Any) -> tuple[Any, list[Probe]]:
        s, state = self._s, _state(self._s)
        (b0, b1, b2), (a1, a2) = s.b, s.a
        w1, w2, *_ = self._state
        fw = state.to.frac
        feed = (-a1 * w1 - a2 * w2, s.a_coeff.frac + fw)
        w, p = self._cast(x, state, (x, self._source.frac), feed)
        y, q = self._cast(x, s.out, (b0 * w + (b1 * w1 + b2 * w2), s.b_coeff.frac + fw))
        self._next = (w, w1, 0, 0)
        return y, [p, q]

    def _df1t(self, x: Any) -> tuple[Any, list[Probe]]:
        s, state = self._s, _state(self._s)
        (b0, b1, b2), (a1, a2) = s.b, s.a
        r1, r2, t1, t2 = self._state
        fs = state.to.frac
        fa, fb = s.a_coeff.frac + fs, s.b_coeff.frac + fs
        w, p0 = self._cast(x, state, (x, self._source.frac), (r1, fs))
        n1, p1 = self._cast(x, state, (-a1 * w, fa), (r2, fs))
        n2, p2 = self._cast(x, state, (-a2 * w, fa))
        y, p3 = self._cast(x, s.out, (b0 * w, fb), (t1, fs))
        m1, p4 = self._cast(x, state, (b1 * w, fb), (t2, fs))
        m2, p5 = self._cast(x, state, (b2 * w, fb))
        self._next = (n1, n2, m1, m2)
        return y, [p0, p1, p2, p3, p4, p5]

    def _df2t(self, x: Any) -> tuple[Any, list[Probe]]:
        s, state = self._s, _state(self._s)
        (b0, b1, b2), (a1, a2) = s.b, s.a
        s1, s2, *_ = self._state
        fs = state.to.frac
        fb, fa = s.b_coeff.frac + self._source.frac, s.a_coeff.frac + s.out.to.frac
        y, p0 = self._cast(x, s.out, (b0 * x, fb), (s1, fs))
        n1, p1 = self._cast(x, state, (b1 * x, fb), (-a1 * y, fa), (s2, fs))
        n2, p2 = self._cast(x, state, (b2 * x, fb), (-a2 * y, fa))
        self._next = (n1, n2, 0, 0)
        return y, [p0, p1, p2]


def _state(section: Direct) -> Cast:
    if section.state is None:
        raise FilterError(f"a {section.form.value} section needs a state cast, got None")
    return section.state


def _unbounded(cast: Cast, width: int) -> Cast:
    """The same rounding into a format that nothing overflows."""
    to = Format(signed=True, width=width, frac=cast.to.frac)
    return Cast(to=to, rounding=cast.rounding)


def _widest(section: Direct, source: Format) -> int:
    """A width that no sum of the section exceeds."""
    values = [source, section.out.to, *([section.state.to] if section.state else [])]
    terms = [(v.width, v.frac) for v in values]
    for c in (section.b_coeff, section.a_coeff):
        terms += [(v.width + c.width, v.frac + c.frac) for v in values]
    frac = max(f for _, f in terms)
    # Five products add three bits; error feedback adds its own coefficients' size.
    feedback = max(abs(e).bit_length() for e in section.feedback or (0,))
    return max(w + frac - f for w, f in terms) + 3 + feedback


def _fit(x: Any, width: int) -> Any:
    """Python integers where int64 could overflow."""
    if not isinstance(x, np.ndarray) or width < 62 or x.dtype == object:
        return x
    return x.astype(object)


def _pick(values: Any, j: int) -> int:
    return int(values[j]) if isinstance(values, np.ndarray) else int(values)
