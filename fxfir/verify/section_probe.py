"""One second-order section, many next samples at once: its sums before every cast.

A search aid for stimuli, as `fxfir.verify.probe`, and never a source of expected values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, assert_never

import numpy as np

from fxfir.errors import FilterError
from fxfir.filters import Direct, Form, Section, StateSpace
from fxfir.fixed import Cast, Format, apply

__all__ = ["Probe", "SectionTrial", "fit", "pick"]


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


class SectionTrial:
    """One section; the state is a tuple of integers, its names as in `Form`.

    Attributes
    ----------
    nudge : dict of int to int
        Added to the words of the casts with these numbers, in the order of the probes: what a
        wrong rounding would do.
    """

    def __init__(self, section: Section, source: Format) -> None:
        self._section = section
        self._source = source
        self._width = _widest(section, source)
        self.kept: tuple[tuple[Any, ...], tuple[Any, Any]] = ((0,) * 4, (0, 0))
        self._next: tuple[Any, ...] = ()
        self._next_error: Any = 0
        self.nudge: dict[int, int] = {}
        self._n_casts = 0

    def look(self, x: Any) -> tuple[Any, list[Probe]]:
        """Return output and sums for each candidate `x`; see `fxfir.verify.probe.Trial`."""
        x = fit(x, self._width)
        self._n_casts = 0
        if isinstance(self._section, StateSpace):
            return self._equations(x, self._section)
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

    @property
    def _s(self) -> Direct:
        if not isinstance(self._section, Direct):
            raise FilterError(f"a direct form is needed, got {self._section.kind}")
        return self._section

    def take(self, j: int | None) -> None:
        """Make candidate `j` the sample that was sent; None keeps all side by side."""
        state, errors = self._next, (self._next_error, self._errors[0])
        if j is not None:
            state = tuple(pick(v, j) for v in state)
            errors = (pick(errors[0], j), pick(errors[1], j))
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
        value = fit(apply(cast, sums, frac), self._width)
        value = value + self.nudge.get(self._n_casts, 0)
        self._n_casts += 1
        return value, Probe(sums=sums, frac=frac, cast=cast)

    def _equations(self, x: Any, s: StateSpace) -> tuple[Any, list[Probe]]:
        s1, s2, *_ = self._state
        new, old = self._source.frac, s.state.to.frac
        rows = (
            (s.out, s.c, s.c_coeff, s.d, s.d_coeff),
            (s.state, s.a[0], s.a_coeff, s.b[0], s.b_coeff),
            (s.state, s.a[1], s.a_coeff, s.b[1], s.b_coeff),
        )
        found = [
            self._cast(x, cast, (p[0] * s1 + p[1] * s2, fp.frac + old), (q * x, fq.frac + new))
            for cast, p, fp, q, fq in rows
        ]
        (y, _), (n1, _), (n2, _) = found
        self._next = (n1, n2, 0, 0)
        return y, [probe for _, probe in found]

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
        y = fit(apply(s.out, sums, frac), self._width) + self.nudge.get(0, 0)
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


def _widest(section: Section, source: Format) -> int:
    """Width of a word that holds every sum of the section, its terms in any order."""
    out = section.out.to
    values = [source, out, *([section.state.to] if section.state else [])]
    if isinstance(section, StateSpace):
        old = section.state.to
        terms = [(sum(map(abs, row)), section.a_coeff, old) for row in section.a]
        terms += [(sum(map(abs, section.c)), section.c_coeff, old)]
        terms += [(max(map(abs, section.b)), section.b_coeff, source)]
        terms += [(abs(section.d), section.d_coeff, source)]
        feedback = 0
    else:
        back, front = out, source
        if section.form in (Form.DF2, Form.DF1T):
            back = front = _state(section).to
        terms = [(sum(map(abs, section.b)), section.b_coeff, front)]
        terms += [(sum(map(abs, section.a)), section.a_coeff, back)]
        feedback = sum(map(abs, section.feedback or ()))
    sizes = [(c * max(-v.lo, v.hi), coeff.frac + v.frac) for c, coeff, v in terms]
    # States and errors are added as they are; no sum has more than two of them.
    sizes += [(2 * max(-v.lo, v.hi), v.frac) for v in values]
    sizes += [(feedback, out.frac)]
    frac = max(f for _, f in sizes)
    return sum(size << (frac - f) for size, f in sizes).bit_length() + 1


def fit(x: Any, width: int) -> Any:
    """Python integers where int64 could overflow."""
    if not isinstance(x, np.ndarray) or width < 62 or x.dtype == object:
        return x
    return x.astype(object)


def pick(values: Any, j: int) -> int:
    """Return candidate `j`, or the number itself where all candidates share it."""
    return int(values[j]) if isinstance(values, np.ndarray) else int(values)
