"""The certified error of a FIR filter: how far its integers can be from the ideal output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from typing import assert_never

from fxfir.analysis.worst import worst_inputs
from fxfir.arith import common_denominator, sum_range
from fxfir.errors import FilterError
from fxfir.filters import FixedFir
from fxfir.fixed import Overflow, Rounding, apply, round_shift

__all__ = ["ErrorBound", "FirError", "error_bound"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorBound:
    """How far the hardware's output can be from the ideal one, in output LSB.

    The ideal output is gain * sum(ideal[k] * x[n-k]) on the quantised input from zero history,
    clamped to the range of the output format, never rounded.

    Parameters
    ----------
    error_lsb : Fraction or None
        No input whatever exceeds it. None where the output can wrap.
    coefficient_lsb : tuple of Fraction
        Ends of what the rounding of the taps contributes; both are attained before the clamp.
    rounding_lsb : tuple of Fraction
        Ends of what the output rounding can contribute on sums this filter can make.
    worst_input : tuple of int, shape (n_taps,), or None
        Samples, oldest first, that bring the error at their last one closest to the bound of all
        that were tried.
    attained_lsb : Fraction or None
        The error there, exact; at most `error_lsb`.
    reason : str or None
        Why there is no bound.
    """

    error_lsb: Fraction | None
    coefficient_lsb: tuple[Fraction, Fraction]
    rounding_lsb: tuple[Fraction, Fraction]
    worst_input: tuple[int, ...] | None
    attained_lsb: Fraction | None
    reason: str | None = None


class FirError:
    """The exact error of a FIR filter on given samples.

    Parameters
    ----------
    filter : FixedFir
    ideal : sequence of Fraction, shape (n_taps,)
        The taps as given, before the gain.
    gain : Fraction, optional

    Attributes
    ----------
    shift : int
        Bits that the output cast drops.
    weights : tuple of int, shape (n_taps,)
        Error that one input LSB makes through each tap, in output LSB over `denominator`.
    denominator : int

    Raises
    ------
    FilterError
        If `ideal` has not one entry for each tap.
    """

    def __init__(
        self, filter: FixedFir, ideal: Sequence[Fraction], gain: Fraction | int = 1
    ) -> None:
        if len(ideal) != filter.n_taps:
            raise FilterError(
                f"ideal must hold one value for each of {filter.n_taps} taps, got {len(ideal)}"
            )
        self.filter = filter
        self.shift = filter.input.frac + filter.coeff.frac - filter.output.to.frac
        numerators, denominator = common_denominator(ideal)
        up = gain.numerator << max(filter.output.to.frac - filter.input.frac, 0)
        down = denominator * gain.denominator
        down <<= max(filter.input.frac - filter.output.to.frac, 0)
        # Everything over one denominator: ideal taps over `down`, words over 2**shift.
        word_up = down << max(-self.shift, 0)
        word_down = 1 << max(self.shift, 0)
        self.weights = tuple(
            word * word_up - value * up * word_down
            for word, value in zip(filter.taps, numerators, strict=True)
        )
        self.denominator = down * word_down

    def of(self, samples: Sequence[int]) -> Fraction:
        """Return hardware output minus clamped ideal output at the last sample, in output LSB.

        Parameters
        ----------
        samples : sequence of int, shape (n_taps,)
            Oldest first.
        """
        acc = sum(c * x for c, x in zip(self.filter.taps, reversed(samples), strict=True))
        off = sum(e * x for e, x in zip(self.weights, reversed(samples), strict=True))
        cast = self.filter.output
        actual = int(apply(cast, acc, self.shift + cast.to.frac))
        wanted = Fraction(acc) * Fraction(2) ** -self.shift - Fraction(off, self.denominator)
        return actual - min(max(wanted, Fraction(cast.to.lo)), Fraction(cast.to.hi))


def error_bound(
    filter: FixedFir, ideal: Sequence[Fraction], gain: Fraction | int = 1
) -> ErrorBound:
    """Bound |hardware - ideal| over every input of the format, in exact fractions.

    Parameters
    ----------
    filter : FixedFir
    ideal : sequence of Fraction, shape (n_taps,)
        The taps as given.
    gain : Fraction, optional
        What they were multiplied by on purpose.

    Returns
    -------
    ErrorBound

    Raises
    ------
    FilterError
        If `ideal` has not one entry for each tap.

    Notes
    -----
    Before the clamp the error is d + r: d = sum (c[k] - gain h[k]) x[n-k] with its exact range
    over x in [lo, hi], and r the rounding's, which depends on the mode, on the bits dropped and on
    the power of two that all sums share. Clamping both outputs to one range cannot enlarge their
    distance, nor let it exceed the range. Wrapping can, so the bound needs every rounded sum
    inside the output format.

    References
    ----------
    .. [1] F. de Dinechin, M. Istoan, A. Massouri, "Sum-of-product architectures computing just
       right", ASAP 2014, section III.

    Examples
    --------
    >>> from fxfir.fixed import SQ, Cast
    >>> fir = FixedFir(taps=(3,), coeff=SQ(1, 3), input=SQ(1, 3), output=Cast(to=SQ(1, 3)))
    >>> bound = error_bound(fir, [Fraction(3, 8)])
    >>> bound.error_lsb, bound.attained_lsb
    (Fraction(1, 2), Fraction(1, 2))
    """
    errors = FirError(filter, ideal, gain)
    low, high = sum_range(errors.weights, filter.input.lo, filter.input.hi)
    off = (Fraction(low, errors.denominator), Fraction(high, errors.denominator))
    rounding = _rounding_range(filter, errors.shift)
    reason = _wraps(filter, errors.shift)
    if reason is not None:
        return ErrorBound(
            error_lsb=None,
            coefficient_lsb=off,
            rounding_lsb=rounding,
            worst_input=None,
            attained_lsb=None,
            reason=reason,
        )
    worst: tuple[int, ...] = ()
    attained = Fraction(-1)
    for samples in worst_inputs(filter, errors.weights, errors.denominator, errors.shift):
        error = abs(errors.of(samples))
        if error > attained:
            worst, attained = samples, error
    unclamped = max(off[1] + rounding[1], -off[0] - rounding[0])
    return ErrorBound(
        error_lsb=min(unclamped, Fraction(filter.output.to.hi - filter.output.to.lo)),
        coefficient_lsb=off,
        rounding_lsb=rounding,
        worst_input=worst,
        attained_lsb=attained,
    )


def _wraps(filter: FixedFir, shift: int) -> str | None:
    """Say why the output can wrap, or None if it cannot."""
    cast = filter.output
    if cast.overflow is not Overflow.WRAP:
        return None
    low, high = (int(round_shift(end, shift, cast.rounding)) for end in filter.acc_range)
    if cast.to.contains(low) and cast.to.contains(high):
        return None
    return (
        f"the output can wrap: rounded sums span [{low}, {high}], "
        f"{cast.to} holds [{cast.to.lo}, {cast.to.hi}]"
    )


def _rounding_range(filter: FixedFir, shift: int) -> tuple[Fraction, Fraction]:
    """Return the ends of round(v) - v over all sums of the filter, in output LSB."""
    common = gcd(*filter.taps)
    # All sums are multiples of `common`, so its factors of two are never dropped bits.
    bits = shift - ((common & -common).bit_length() - 1)
    zero = Fraction(0)
    if bits <= 0:
        return zero, zero
    half, step = Fraction(1, 2), Fraction(1, 1 << bits)
    low, high = filter.acc_range
    match filter.output.rounding:
        case Rounding.FLOOR:
            return step - 1, zero
        case Rounding.CEIL:
            return zero, 1 - step
        case Rounding.TO_ZERO:
            return (step - 1 if high > 0 else zero), (1 - step if low < 0 else zero)
        case Rounding.HALF_UP:
            return step - half, half
        case Rounding.HALF_DOWN:
            return -half, half - step
        case Rounding.HALF_AWAY:
            return (-half if low < 0 else step - half), (half if high > 0 else half - step)
        case Rounding.HALF_EVEN:
            return -half, half
        case _:
            assert_never(filter.output.rounding)
