"""Integer cascades as the tables that the compiled loop reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fxfir.errors import GuardError
from fxfir.filters import FixedSos, Form
from fxfir.fixed import Cast, Format, Overflow
from fxfir.model.plan import N_COEFFS, SectionPlan, Step, plan_sections
from fxfir.model.wordcast import int_round

__all__ = ["ExactTables", "cast_words", "exact_tables"]

Array = np.ndarray[Any, Any]

_FORMS = {Form.DF1: 0, Form.DF2: 1, Form.DF2T: 2, Form.DF1T: 3}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExactTables:
    """Integer cascades of one or more channels, ready for the compiled loop.

    Parameters
    ----------
    form : int
    fed_back : bool
    coeffs : ndarray of int64, shape (channels, n_sections, 10)
    casts : ndarray of int64, shape (channels, n_sections, 2, 7)
    steps : ndarray of float64, shape (channels, n_sections)
    last : list of Format, shape (channels,)
        Of the last section's words.
    """

    form: int
    fed_back: bool
    coeffs: Array
    casts: Array
    steps: Array
    last: list[Format]


def exact_tables(filters: Sequence[FixedSos]) -> ExactTables:
    """Return the tables of one cascade per channel, all of one form.

    Raises
    ------
    GuardError
        If a section's sums could leave int64.
    """
    plans = [plan_sections(sos) for sos in filters]
    for row in plans:
        for k, plan in enumerate(row):
            if not plan.fits_int64:
                raise GuardError(
                    f"the sums of a layer must stay in int64, got section {k} with sums up to "
                    f"{max(plan.out.bound, plan.state.bound)} cast to {plan.out.cast.to}"
                )
    first = plans[0][0]
    if first.form is None:
        raise GuardError("a layer trains direct forms, got state equations")
    return ExactTables(
        form=_FORMS[first.form],
        fed_back=first.fed_back,
        coeffs=np.array([[_padded(p) for p in row] for row in plans], dtype=np.int64),
        casts=np.array(
            [[[_cast_row(p.out), _cast_row(p.state)] for p in row] for row in plans],
            dtype=np.int64,
        ),
        steps=np.array([[2.0**-p.out.cast.to.frac for p in row] for row in plans]),
        last=[row[-1].out.cast.to for row in plans],
    )


def _padded(plan: SectionPlan) -> list[int]:
    return [*plan.coeffs, *[0] * (N_COEFFS - len(plan.coeffs))]


def _cast_row(step: Step) -> list[int]:
    return cast_words(step.cast, step.shift)


def cast_words(cast: Cast, shift: int) -> list[int]:
    """Return the row of a cast that drops `shift` bits, as `kernels` reads it."""
    to = cast.to
    add, even, negative = int_round(cast.rounding, shift)
    wraps = cast.overflow is Overflow.WRAP and to.width < 64
    return [shift, add, even, negative, to.lo, to.hi, (1 << to.width) - 1 if wraps else 0]
