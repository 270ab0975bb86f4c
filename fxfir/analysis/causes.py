"""Where the noise of a FIR filter comes from: predicted beside measured, cause by cause."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from typing import Any

import numpy as np

from fxfir.errors import FilterError
from fxfir.filters import FixedFir
from fxfir.fixed import Rounding, apply

__all__ = ["Cause", "fir_budget"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One source of noise at the output.

    Parameters
    ----------
    name : str
        "coefficients", "output rounding", "output range" or "all".
    predicted_db, measured_db : float or None
        Power of the ideal output over that of the noise, in dB; infinity without noise. None
        where nothing is predicted.
    """

    name: str
    predicted_db: float | None
    measured_db: float


def fir_budget(
    filter: FixedFir, ideal: Sequence[Fraction], samples: Any, gain: Fraction | int = 1
) -> tuple[Cause, ...]:
    """Split the output's noise on a given input into its causes.

    Parameters
    ----------
    filter : FixedFir
    ideal : sequence of Fraction, shape (n_taps,)
    samples : array_like of int, shape (n,)
        More than there are taps; from zero history.
    gain : Fraction, optional

    Returns
    -------
    tuple of Cause
        Coefficients, output rounding, output range (what saturates or wraps), and all.

    Raises
    ------
    FilterError
        If there are no more samples than taps.

    Notes
    -----
    Predicted is what white samples of the same mean and power would do: the errors d of the words
    make var(x) sum(d**2) + (mean(x) sum(d))**2, and rounding b bits off makes what a sum that is
    equally likely everywhere on their 2**b steps does.

    Examples
    --------
    >>> from fxfir.fixed import SQ, Cast
    >>> fir = FixedFir(taps=(3,), coeff=SQ(1, 3), input=SQ(1, 7), output=Cast(to=SQ(1, 7)))
    >>> x = np.arange(-128, 128)
    >>> [cause.name for cause in fir_budget(fir, [Fraction(3, 8)], x)]
    ['coefficients', 'output rounding', 'output range', 'all']
    """
    x = np.asarray(samples)
    if len(x) <= filter.n_taps:
        raise FilterError(f"a budget needs more samples than {filter.n_taps} taps, got {len(x)}")
    step, to = float(filter.input.step), filter.output.to
    span = max(abs(end) for end in filter.acc_range).bit_length()
    whole = x.astype(object) if span > 62 else x.astype(np.int64)
    taps = np.array(filter.taps, dtype=whole.dtype)
    acc = np.convolve(whole, taps)[: len(x)]
    frac = filter.input.frac + filter.coeff.frac
    real = x.astype(np.float64) * step
    wanted_taps = np.array([float(tap * gain) for tap in ideal])
    errors = np.array(
        [
            float(word * filter.coeff.step - tap * gain)
            for word, tap in zip(filter.taps, ideal, strict=True)
        ]
    )
    wanted = np.convolve(real, wanted_taps)[: len(x)]
    exact = acc.astype(np.float64) * 2.0**-frac
    rounded = _rounded(filter, acc, frac)
    out = np.asarray(apply(filter.output, acc, frac)).astype(np.float64) * float(to.step)
    power = float(np.mean(wanted**2))
    mean, variance = float(real.mean()), float(real.var())
    coefficients = variance * float((errors**2).sum()) + (mean * float(errors.sum())) ** 2
    rounding = _rounding_power(filter, frac - to.frac) * float(to.step) ** 2
    return (
        Cause(
            name="coefficients",
            predicted_db=_db(power, coefficients),
            measured_db=_db(power, float(np.mean(np.convolve(real, errors)[: len(x)] ** 2))),
        ),
        Cause(
            name="output rounding",
            predicted_db=_db(power, rounding),
            measured_db=_db(power, float(np.mean((rounded - exact) ** 2))),
        ),
        Cause(
            name="output range",
            predicted_db=None,
            measured_db=_db(power, float(np.mean((out - rounded) ** 2))),
        ),
        Cause(
            name="all",
            predicted_db=_db(power, coefficients + rounding),
            measured_db=_db(power, float(np.mean((out - wanted) ** 2))),
        ),
    )


def _rounded(filter: FixedFir, acc: Any, frac: int) -> Any:
    """Return the sums rounded to the output's fraction, but not clamped."""
    from fxfir.fixed import round_shift

    shift = frac - filter.output.to.frac
    found = round_shift(acc, shift, filter.output.rounding)
    return np.asarray(found).astype(np.float64) * float(filter.output.to.step)


def _rounding_power(filter: FixedFir, shift: int) -> float:
    """Return the mean square of round(v) - v in LSB, v equally likely on all steps."""
    common = gcd(*filter.taps)
    bits = shift - ((common & -common).bit_length() - 1)
    if bits <= 0:
        return 0.0
    fine = 4.0**-bits
    if filter.output.rounding in (Rounding.FLOOR, Rounding.CEIL, Rounding.TO_ZERO):
        return ((1 - 2.0**-bits) / 2) ** 2 + (1 - fine) / 12
    return (1 + 2 * fine) / 12


def _db(signal: float, noise: float) -> float:
    if noise == 0:
        return math.inf
    return 10 * math.log10(signal / noise) if signal else -math.inf
