"""A second-order section as integer sums: every term brought to one binary point per cast.

The Python reference and the compiled kernels both read these integers; which formats they may
use (int64, float64) is proven here from the formats alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from fxfir.filters import Direct, FixedSos, Form, Section, StateSpace
from fxfir.fixed import Cast, Format, Overflow, Rounding
from fxfir.model.bounds import FLOAT_INT, FLOAT_ROUNDED, INT64_MAX, peak
from fxfir.model.lanes import word_dtype

__all__ = ["N_COEFFS", "N_STATES", "SectionPlan", "Step", "plan_section", "plan_sections"]

N_COEFFS = 10
"""Coefficients of the form that has most (DF1T)."""

N_STATES = 6
"""States of the form that has most (DF1 with error feedback)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One cast and all sums that end in it.

    Parameters
    ----------
    cast : Cast
    frac : int
        Fraction bits of the sums, never fewer than the cast's target has.
    bound : int
        No sum exceeds it in magnitude, in any order of additions.
    """

    cast: Cast
    frac: int
    bound: int

    @property
    def shift(self) -> int:
        """Bits that the cast drops, 0 or more."""
        return self.frac - self.cast.to.frac

    @property
    def fits_int64(self) -> bool:
        """Whether sum, rounding and overflow provably stay inside int64."""
        return (
            self.shift <= 62
            and self.bound + (1 << self.shift) <= INT64_MAX
            and word_dtype(self.cast.to) is not object
            and self.reach + peak(self.cast.to) <= INT64_MAX
        )

    @property
    def reach(self) -> int:
        """No rounded sum exceeds it in magnitude."""
        return (self.bound >> self.shift) + 1

    @property
    def fits_float64(self) -> bool:
        """Whether sum, rounding and overflow are provably exact in float64.

        The compiled loops round by adding a constant that leaves `FLOAT_ROUNDED`, and make other
        roundings of half-even by adding multiples of half the sum's LSB, up to half a word's.
        """
        biased = self.shift > 0 and self.cast.rounding is not Rounding.HALF_EVEN
        span = 1 << self.cast.to.width if self.cast.overflow is Overflow.WRAP else 0
        return (
            self.shift < 1000
            and (2 * self.bound + (1 << self.shift) if biased else self.bound) <= FLOAT_INT
            and self.reach + span + peak(self.cast.to) <= FLOAT_ROUNDED
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionPlan:
    """A section ready to run.

    Parameters
    ----------
    form : Form or None
        None for state equations.
    fed_back : bool
        Whether the section has error feedback.
    coeffs : tuple of int
        Integer factors of the sums, signs and binary points included, in the order in which
        the form's equations name their terms (see `plan_section`).
    targets : tuple of int
        0 where the factor belongs to a sum of `out`, 1 for `state`.
    out : Step
        Y.
    state : Step
        S; equal to `out` for DF1.
    input : Format
    """

    form: Form | None
    fed_back: bool
    coeffs: tuple[int, ...]
    targets: tuple[int, ...]
    out: Step
    state: Step
    input: Format

    @property
    def fits_int64(self) -> bool:
        """Whether int64 kernels give the exact words."""
        return self.out.fits_int64 and self.state.fits_int64 and peak(self.input) <= INT64_MAX

    @property
    def fits_float64(self) -> bool:
        """Whether float64 kernels give the exact words."""
        return self.out.fits_float64 and self.state.fits_float64 and peak(self.input) <= FLOAT_INT


_OUT, _STATE = 0, 1


@dataclass(frozen=True, slots=True)
class _Term:
    """One product of a sum: `sum` counts the sums of a section, `frac` and `peak` are the
    product's and the word's.
    """

    target: int
    sum: int
    factor: int
    frac: int
    peak: int


def plan_sections(sos: FixedSos) -> list[SectionPlan]:
    """Return the plans of a cascade, the first section first."""
    pairs = zip(sos.sections, sos.section_inputs, strict=True)
    return [plan_section(section, fmt) for section, fmt in pairs]


def plan_section(section: Section, fmt: Format) -> SectionPlan:
    """Bring a section's terms to one binary point per cast.

    Parameters
    ----------
    section : Direct or StateSpace
    fmt : Format
        Format of the section's input x.

    Returns
    -------
    SectionPlan
        Factors in the order of the terms in

        - DF1: y = b0 x + b1 x1 + b2 x2 - a1 y1 - a2 y2 - e1 err1 - e2 err2;
        - DF2: w = x - a1 w1 - a2 w2; y = b0 w + b1 w1 + b2 w2;
        - DF2T: y = b0 x + s1; s1 = b1 x - a1 y + s2; s2 = b2 x - a2 y;
        - state equations: y = c1 s1 + c2 s2 + d x; s1 = a11 s1 + a12 s2 + b1 x;
          s2 = a21 s1 + a22 s2 + b2 x;
        - DF1T: w = x + r1; r1 = -a1 w + r2; r2 = -a2 w; y = b0 w + t1; t1 = b1 w + t2; t2 = b2 w.

    Notes
    -----
    All sums of one cast share the finest binary point among them, which changes no value.
    """
    terms = _equations(section, fmt) if isinstance(section, StateSpace) else _direct(section, fmt)
    out = section.out.to
    state = out if section.state is None else section.state.to
    fed_back = section.feedback if isinstance(section, Direct) else None
    frac_out = _finest(terms, _OUT, out)
    frac_state = _finest(terms, _STATE, state)
    if fed_back is not None:
        # An error is a remainder of the output sum: less than one output LSB in magnitude.
        error = Format(signed=True, width=frac_out - out.frac + 1, frac=frac_out)
        terms += [_term(_OUT, 0, -e, 0, error) for e in fed_back]
    points = (frac_out, frac_state)
    factors = [t.factor << (points[t.target] - t.frac) for t in terms]
    sums: dict[tuple[int, int], int] = {}
    for t, factor in zip(terms, factors, strict=True):
        sums[t.target, t.sum] = sums.get((t.target, t.sum), 0) + abs(factor) * t.peak
    step = Step(cast=section.out, frac=frac_out, bound=_largest(sums, _OUT))
    return SectionPlan(
        form=section.form if isinstance(section, Direct) else None,
        fed_back=fed_back is not None,
        coeffs=tuple(factors),
        targets=tuple(t.target for t in terms),
        out=step,
        state=step
        if section.state is None
        else Step(cast=section.state, frac=frac_state, bound=_largest(sums, _STATE)),
        input=fmt,
    )


def _term(target: int, number: int, factor: int, frac: int, word: Format) -> _Term:
    return _Term(target, number, factor, frac + word.frac, peak(word))


def _equations(section: StateSpace, fmt: Format) -> list[_Term]:
    state = section.state.to
    rows = (
        (_OUT, section.c, section.c_coeff, section.d, section.d_coeff),
        (_STATE, section.a[0], section.a_coeff, section.b[0], section.b_coeff),
        (_STATE, section.a[1], section.a_coeff, section.b[1], section.b_coeff),
    )
    terms = []
    for number, (target, old, old_coeff, new, new_coeff) in enumerate(rows):
        terms += [_term(target, number, c, old_coeff.frac, state) for c in old]
        terms.append(_term(target, number, new, new_coeff.frac, fmt))
    return terms


def _direct(section: Direct, fmt: Format) -> list[_Term]:
    b0, b1, b2 = section.b
    a1, a2 = section.a
    fb, fa = section.b_coeff.frac, section.a_coeff.frac
    out = section.out.to
    state = out if section.state is None else section.state.to
    term = _term
    terms: list[_Term]
    match section.form:
        case Form.DF1:
            terms = [
                *(term(_OUT, 0, c, fb, fmt) for c in (b0, b1, b2)),
                *(term(_OUT, 0, -c, fa, out) for c in (a1, a2)),
            ]
        case Form.DF2:
            terms = [
                term(_STATE, 0, 1, 0, fmt),
                *(term(_STATE, 0, -c, fa, state) for c in (a1, a2)),
                *(term(_OUT, 1, c, fb, state) for c in (b0, b1, b2)),
            ]
        case Form.DF2T:
            terms = [
                term(_OUT, 0, b0, fb, fmt),
                term(_OUT, 0, 1, 0, state),
                term(_STATE, 1, b1, fb, fmt),
                term(_STATE, 1, -a1, fa, out),
                term(_STATE, 1, 1, 0, state),
                term(_STATE, 2, b2, fb, fmt),
                term(_STATE, 2, -a2, fa, out),
            ]
        case Form.DF1T:
            terms = [
                term(_STATE, 0, 1, 0, fmt),
                term(_STATE, 0, 1, 0, state),
                term(_STATE, 1, -a1, fa, state),
                term(_STATE, 1, 1, 0, state),
                term(_STATE, 2, -a2, fa, state),
                term(_OUT, 3, b0, fb, state),
                term(_OUT, 3, 1, 0, state),
                term(_STATE, 4, b1, fb, state),
                term(_STATE, 4, 1, 0, state),
                term(_STATE, 5, b2, fb, state),
            ]
        case _:
            assert_never(section.form)
    return terms


def _finest(terms: list[_Term], target: int, to: Format) -> int:
    return max([to.frac, *(t.frac for t in terms if t.target == target)])


def _largest(sums: dict[tuple[int, int], int], target: int) -> int:
    return max((bound for (kind, _), bound in sums.items() if kind == target), default=0)
