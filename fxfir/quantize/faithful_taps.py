"""A FIR filter whose output is within one LSB of the ideal one, always: words derived from that."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from fxfir.analysis.bound import error_bound
from fxfir.errors import FormatError, TapsError
from fxfir.fixed import Format, Overflow, Rounding
from fxfir.quantize.coefficients import check_width, words_of
from fxfir.quantize.fir import DEFAULT_INPUT, QuantizedFir, quantize_fir
from fxfir.quantize.norms import NEAREST
from fxfir.quantize.reals import exact_reals

__all__ = ["faithful_fir"]

_WIDEST = 64
_HALF = Fraction(1, 2)


def faithful_fir(
    taps: Any,
    *,
    input: Format = DEFAULT_INPUT,
    output: Format | None = None,
    coeff_width: int = _WIDEST,
    rounding: Rounding = Rounding.HALF_EVEN,
    overflow: Overflow = Overflow.SATURATE,
) -> QuantizedFir:
    """Take the fewest coefficient bits with which |hardware - ideal| < 1 output LSB for any input.

    Parameters
    ----------
    taps : sequence or ndarray of real numbers, shape (n_taps,)
        The ideal filter.
    input : Format, optional
    output : Format, optional
        The input format unless given.
    coeff_width : int, optional
        Bits that a coefficient may take at most.
    rounding : Rounding, optional
        Of the output; one to nearest.
    overflow : Overflow, optional

    Returns
    -------
    QuantizedFir
        Its `error_bound` is below 1.

    Raises
    ------
    FormatError
        If more bits are needed than allowed, with how many; if the rounding is not to nearest; or
        if the output can wrap.
    TapsError
        As `quantize_fir`.

    Notes
    -----
    The sum is exact, so all there is are the coefficients' error and the output rounding, half an
    LSB. The sum of d[k] x[n-k], d the errors of rounded words and x any input of its format, has an
    exact range; the fraction is the least at which both ends are below half an LSB, in fractions
    [1]_.

    References
    ----------
    .. [1] F. de Dinechin, M. Istoan, A. Massouri, "Sum-of-product architectures computing just
       right", ASAP 2014, section III.

    Examples
    --------
    >>> from fxfir.fixed import SQ
    >>> made = faithful_fir([0.1, 0.2, 0.3], input=SQ(1, 7))
    >>> made.filter.taps, str(made.filter.coeff)
    ((26, 51, 77), 'sfix8_En8')
    """
    check_width(coeff_width, "coeff_width")
    if rounding not in NEAREST:
        known = ", ".join(r.value for r in NEAREST)
        raise FormatError(f"a faithful output needs rounding {known}, got {rounding.value}")
    ideal = exact_reals(taps, "taps", TapsError)
    if not any(ideal):
        raise TapsError(f"at least one tap must differ from zero, got {len(ideal)} zeros")
    to = input if output is None else output
    peak = max(abs(tap) for tap in ideal)
    # With less, all taps round to zero.
    frac = -(peak.numerator.bit_length() - peak.denominator.bit_length()) - 2
    while not _is_faithful(ideal, frac, input, to):
        frac += 1
    words = words_of(ideal, frac)
    held = Format.holding(min(words), max(words), frac)
    width = max(2, held.width if held.signed else held.width + 1)
    if width > coeff_width:
        raise FormatError(
            f"coeff_width must allow {width} bits for a faithful output, got {coeff_width}"
        )
    made = quantize_fir(
        taps,
        input=input,
        output=output,
        coeff=Format(signed=True, width=width, frac=frac),
        rounding=rounding,
        overflow=overflow,
    )
    bound = error_bound(made.filter, made.ideal)
    if bound.error_lsb is None:
        raise FormatError(f"a faithful output must not wrap: {bound.reason}")
    return made


def _is_faithful(ideal: tuple[Fraction, ...], frac: int, input: Format, to: Format) -> bool:
    words = words_of(ideal, frac)
    if not any(words):
        return False
    scale = Fraction(2) ** frac
    errors = [word / scale - tap for word, tap in zip(words, ideal, strict=True)]
    unit = input.step / to.step
    low = sum(min(e * input.lo, e * input.hi) for e in errors) * unit
    high = sum(max(e * input.lo, e * input.hi) for e in errors) * unit
    return low > -_HALF and high < _HALF
