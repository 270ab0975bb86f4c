"""One second-order section as a map from words to words, for many histories at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from fxfir.filters import Direct, Form, Section, StateSpace
from fxfir.fixed import Cast, Format, apply, round_shift

__all__ = ["Orbits", "Stepper"]

Ints = NDArray[np.int64]
State = tuple[Ints, ...]

_INT64_BITS = 62


class Stepper:
    """A section on words; elementwise, so that each array element is a history of its own.

    Parameters
    ----------
    section : Direct or StateSpace
    source : Format
        Of its input.

    Attributes
    ----------
    names : tuple of str
        Words of the state, as in `Form`: y1, y2; with error feedback err1, err2 besides, in units
        of the exact sum's last bit; w1, w2; r1, r2, t1, t2; s1, s2.
    """

    def __init__(self, section: Section, source: Format) -> None:
        self.section = section
        self.source = source
        self.names = _NAMES[section.kind]
        if isinstance(section, Direct) and any(section.feedback or ()):
            self.names = (*self.names, "err1", "err2")

    @property
    def shifts(self) -> tuple[int, ...]:
        """Fraction bits that meet in the section's sums, the products' among them."""
        section = self.section
        words = [c.to.frac for c in (section.state, section.out) if c is not None]
        products = [
            fmt.frac + frac for fmt in _coefficients(section) for frac in (*words, self.source.frac)
        ]
        return (*words, self.source.frac, *products)

    def fits(self, largest: int | None = None) -> bool:
        """Tell whether every sum stays within int64.

        Parameters
        ----------
        largest : int, optional
            Largest magnitude of a word; those of the formats unless given.
        """
        section = self.section
        width = max(c.to.width for c in (section.state, section.out) if c is not None)
        bits = max(width, self.source.width)
        if largest is not None:
            bits = min(bits, largest.bit_length() + 1)
        room = max(self.shifts) - min(self.shifts)
        feedback = getattr(section, "feedback", None) or (0,)
        most: int = max(map(abs, (*_words(section), *feedback))).bit_length()
        return most + bits + room + 4 <= _INT64_BITS

    def step(self, state: State, x: tuple[Ints, Ints, Ints]) -> tuple[State, Ints]:
        """Return the next state and y.

        Parameters
        ----------
        state : tuple of ndarray of int64
            In the order of `names`.
        x : tuple of ndarray of int64
            The input and, for df1, the two before it.
        """
        section = self.section
        if isinstance(section, StateSpace):
            return self._equations(section, state, x[0])
        match section.form:
            case Form.DF1:
                return self._df1(section, state, x)
            case Form.DF2:
                return self._df2(section, state, x[0])
            case Form.DF1T:
                return self._df1t(section, state, x[0])
            case Form.DF2T:
                return self._df2t(section, state, x[0])
            case _:
                assert_never(section.form)

    def _df1(self, section: Direct, state: State, x: tuple[Ints, Ints, Ints]) -> tuple[State, Ints]:
        to = section.out.to
        (y1, y2, *errors) = state
        fb, fa = section.b_coeff.frac + self.source.frac, section.a_coeff.frac + to.frac
        terms = [(b * v, fb) for b, v in zip(section.b, x, strict=True)]
        terms += [(-a * v, fa) for a, v in zip(section.a, (y1, y2), strict=True)]
        total, frac = _sum(terms)
        if not errors:
            y = _cast(section.out, total, frac)
            return (y, y1), y
        dropped = max(0, frac - to.frac)
        for factor, error in zip(section.feedback or (), errors, strict=True):
            total = total - factor * error
        y = _cast(section.out, total, frac)
        kept = np.asarray(round_shift(total, dropped, section.out.rounding), dtype=np.int64)
        return (y, y1, total - (kept << dropped), errors[0]), y

    def _df2(self, section: Direct, state: State, x: Ints) -> tuple[State, Ints]:
        cast = _state(section)
        w1, w2 = state
        (b0, b1, b2), (a1, a2) = section.b, section.a
        fa = section.a_coeff.frac + cast.to.frac
        w = _cast(cast, *_sum([(x, self.source.frac), (-a1 * w1 - a2 * w2, fa)]))
        y = _cast(section.out, b0 * w + b1 * w1 + b2 * w2, section.b_coeff.frac + cast.to.frac)
        return (w, w1), y

    def _df1t(self, section: Direct, state: State, x: Ints) -> tuple[State, Ints]:
        cast = _state(section)
        f = cast.to.frac
        r1, r2, t1, t2 = state
        (b0, b1, b2), (a1, a2) = section.b, section.a
        fa, fb = section.a_coeff.frac + f, section.b_coeff.frac + f
        w = _cast(cast, *_sum([(x, self.source.frac), (r1, f)]))
        after = (
            _cast(cast, *_sum([(-a1 * w, fa), (r2, f)])),
            _cast(cast, -a2 * w, fa),
            _cast(cast, *_sum([(b1 * w, fb), (t2, f)])),
            _cast(cast, b2 * w, fb),
        )
        return after, _cast(section.out, *_sum([(b0 * w, fb), (t1, f)]))

    def _df2t(self, section: Direct, state: State, x: Ints) -> tuple[State, Ints]:
        cast = _state(section)
        f = cast.to.frac
        s1, s2 = state
        (b0, b1, b2), (a1, a2) = section.b, section.a
        fb = section.b_coeff.frac + self.source.frac
        fa = section.a_coeff.frac + section.out.to.frac
        y = _cast(section.out, *_sum([(b0 * x, fb), (s1, f)]))
        after = (
            _cast(cast, *_sum([(b1 * x, fb), (-a1 * y, fa), (s2, f)])),
            _cast(cast, *_sum([(b2 * x, fb), (-a2 * y, fa)])),
        )
        return after, y

    def _equations(self, section: StateSpace, state: State, x: Ints) -> tuple[State, Ints]:
        s1, s2 = state
        f = section.state.to.frac
        fa, fb = section.a_coeff.frac + f, section.b_coeff.frac + self.source.frac
        fc, fd = section.c_coeff.frac + f, section.d_coeff.frac + self.source.frac
        c1, c2 = section.c
        y = _cast(section.out, *_sum([(c1 * s1 + c2 * s2, fc), (section.d * x, fd)]))
        first, second = (
            _cast(section.state, *_sum([(p * s1 + q * s2, fa), (b * x, fb)]))
            for (p, q), b in zip(section.a, section.b, strict=True)
        )
        return (first, second), y


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Orbits:
    """Cycles that histories end in; element k belongs to history k.

    Parameters
    ----------
    period : ndarray of int64, shape (n,)
        0 where no cycle closed within the steps that were run.
    low, high : ndarray of int64, shape (n,)
        Ends of y in the cycle.
    state : mapping of str to ndarray of int64
        A state of the cycle.
    """

    period: Ints
    low: Ints
    high: Ints
    state: Mapping[str, Ints]

    @classmethod
    def run(cls, stepper: Stepper, state: State, x: Ints, steps: int, *, silent: bool) -> Orbits:
        """Run histories on constant inputs until each repeats a state, or for so many steps.

        Parameters
        ----------
        stepper : Stepper
        state : tuple of ndarray of int64, each of shape (n,)
        x : ndarray of int64, shape (n,)
        steps : int
        silent : bool
            Whether the input was 0 before, and not `x` itself.

        Notes
        -----
        Brent's method: a state is kept after 1, 2, 4, ... steps and compared with all that follow,
        so what is returned as a period has been seen to return.
        """
        n = len(x)
        past = (np.zeros_like(x), np.zeros_like(x)) if silent else (x, x)
        period = np.zeros(n, dtype=np.int64)
        low, high = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
        kept = [np.array(word) for word in state]
        found = [np.array(word) for word in state]
        live, power, since = np.arange(n), 1, 0
        least, most = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
        for _ in range(steps):
            state, y = stepper.step(state, (x, *past))
            past = (x, past[0])
            least = np.minimum(least, y) if since else y
            most = np.maximum(most, y) if since else y
            since += 1
            closed = np.logical_and.reduce([a == b for a, b in zip(state, kept, strict=True)])
            if silent and power <= 2:
                # The inputs before are part of the state of df1 and still differ.
                closed[:] = False
            if closed.any():
                at = live[closed]
                period[at], low[at], high[at] = since, least[closed], most[closed]
                for word, value in zip(found, state, strict=True):
                    word[at] = value[closed]
                rest = ~closed
                live, x, least, most = live[rest], x[rest], least[rest], most[rest]
                past = (past[0][rest], past[1][rest])
                state = tuple(word[rest] for word in state)
                kept = [word[rest] for word in kept]
                if not len(live):
                    break
            if since == power:
                kept, power, since = [np.array(word) for word in state], 2 * power, 0
        return cls(
            period=period,
            low=low,
            high=high,
            state=dict(zip(stepper.names, found, strict=True)),
        )


_NAMES: dict[str, tuple[str, ...]] = {
    "df1": ("y1", "y2"),
    "df2": ("w1", "w2"),
    "df1t": ("r1", "r2", "t1", "t2"),
    "df2t": ("s1", "s2"),
    "state_space": ("s1", "s2"),
}


def _sum(terms: list[tuple[Any, int]]) -> tuple[Any, int]:
    """Return an exact sum of words with their fractions, and its fraction."""
    frac = max(f for _, f in terms)
    return sum(word * (1 << (frac - f)) for word, f in terms), frac


def _cast(cast: Cast, total: Any, frac: int) -> Ints:
    return np.asarray(apply(cast, total, frac), dtype=np.int64)


def _coefficients(section: Section) -> tuple[Format, ...]:
    if isinstance(section, StateSpace):
        return (section.a_coeff, section.b_coeff, section.c_coeff, section.d_coeff)
    return (section.a_coeff, section.b_coeff)


def _words(section: Section) -> tuple[int, ...]:
    if isinstance(section, StateSpace):
        return tuple(word for _, word, _ in section.words())
    return (*section.b, *section.a)


def _state(section: Direct) -> Cast:
    if section.state is None:
        raise ValueError(f"a {section.form.value} section needs a state cast, got None")
    return section.state
