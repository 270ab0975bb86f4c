"""Taps and word lengths to the FIR contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from fxfir.arith import sum_range
from fxfir.errors import TapsError
from fxfir.filters import FixedFir
from fxfir.fixed import SQ, Cast, Format, Overflow, Rounding, round_shift
from fxfir.quantize.coefficients import check_width, greatest_frac, waste, words_of
from fxfir.quantize.reals import exact_reals

if TYPE_CHECKING:
    from fxfir.quantize.optimise.fir import SearchReport

__all__ = ["DEFAULT_INPUT", "QuantizedFir", "fir_from_codes", "quantize_fir", "with_words"]

DEFAULT_INPUT = SQ(1, 15)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantizedFir:
    """A FIR filter in integers, and what it was made from.

    Parameters
    ----------
    filter : FixedFir
        The contract.
    ideal : tuple of Fraction, shape (n_taps,)
        The taps as given, exact.
    gain : Fraction
        What the taps were multiplied by before rounding; 1 unless scaling was asked for.
    output_needed : Format
        The output format itself if it holds every exact sum after rounding; else the narrowest
        that does, with the same fraction.
    notes : tuple of str
        What a user may want to know.
    warnings : tuple of str
        What a user should look at; the filter is usable all the same.
    search : SearchReport or None
        What a search of the words came to, if there was one.
    """

    filter: FixedFir
    ideal: tuple[Fraction, ...]
    gain: Fraction
    output_needed: Format
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    search: SearchReport | None = None

    @property
    def output_fits(self) -> bool:
        """Whether no input can overflow the output format."""
        return self.output_needed == self.filter.output.to


def quantize_fir(
    taps: Any,
    *,
    input: Format = DEFAULT_INPUT,
    output: Format | None = None,
    coeff: Format | None = None,
    coeff_width: int = 16,
    rounding: Rounding = Rounding.HALF_EVEN,
    overflow: Overflow = Overflow.SATURATE,
    scale_taps: bool = False,
) -> QuantizedFir:
    """Round real taps to coefficient words: half-even of tap * 2**frac, exact.

    Parameters
    ----------
    taps : sequence or ndarray of real numbers, shape (n_taps,)
        Values, always: 1 means 1.0.
    input : Format, optional
    output : Format, optional
        The input format unless given.
    coeff : Format, optional
        Format of the taps. Without it: signed, `coeff_width` bits, and the greatest fraction
        length at which every tap fits (negative for large taps, above the width for small ones).
    coeff_width : int, optional
        Bits; read only without `coeff`.
    rounding : Rounding, optional
    overflow : Overflow, optional
        Both of the output cast. Taps are always rounded half-even.
    scale_taps : bool, optional
        Multiply all taps by the greatest gain at which each still lies in the range of the
        coefficient format, so that the largest uses all of it. The gain is a fraction and seldom
        a power of two: the greatest fraction length already takes all powers of two. It changes
        the filter's gain, so the output may need a wider format, which is reported, not prevented.

    Returns
    -------
    QuantizedFir

    Raises
    ------
    TapsError
        If there are no taps, one is complex, NaN, infinite or no number, one does not fit
        `coeff`, or all become zero.
    FormatError
        If `coeff_width` is below 2.

    Examples
    --------
    >>> made = quantize_fir([0.25, 0.5, 0.25], coeff_width=8)
    >>> made.filter.taps, str(made.filter.coeff)
    ((32, 64, 32), 'sfix8_En7')
    """
    ideal = exact_reals(taps, "taps", TapsError)
    if not any(ideal):
        raise TapsError(f"at least one tap must differ from zero, got {len(ideal)} zeros")
    notes: list[str] = []
    if coeff is None:
        width = check_width(coeff_width, "coeff_width")
        coeff = Format(signed=True, width=width, frac=greatest_frac(ideal, width))
    gain = Fraction(1)
    scaled = ideal
    if scale_taps:
        gain = _full_range_gain(ideal, coeff)
        scaled = tuple(v * gain for v in ideal)
        notes.append(_gain_note(gain, coeff))
    words = words_of(scaled, coeff.frac)
    _check_fit(words, scaled, coeff)
    lost = sum(1 for w, v in zip(words, ideal, strict=True) if v and not w)
    if lost:
        notes.append(f"{lost} of {len(words)} taps round to zero in {coeff}")
    cast = Cast(to=input if output is None else output, rounding=rounding, overflow=overflow)
    return _assemble(words, coeff, input, cast, ideal, gain, notes)


def fir_from_codes(
    codes: Sequence[int],
    coeff: Format,
    *,
    input: Format = DEFAULT_INPUT,
    output: Format | None = None,
    rounding: Rounding = Rounding.HALF_EVEN,
    overflow: Overflow = Overflow.SATURATE,
) -> QuantizedFir:
    """Take integers that are coefficient words already, as `.coe` and `.hex` files hold them.

    Parameters
    ----------
    codes : sequence of int, shape (n_taps,)
    coeff : Format
        What a code stands for: code * 2**-frac.
    input, output, rounding, overflow
        As in `quantize_fir`.

    Returns
    -------
    QuantizedFir
        Its `ideal` taps are the codes' own values.

    Raises
    ------
    TapsError
        If there are no codes, all are zero, or one does not fit `coeff`.
    FilterError
        If one is not an integer.
    """
    cast = Cast(to=input if output is None else output, rounding=rounding, overflow=overflow)
    words = FixedFir(taps=tuple(codes), coeff=coeff, input=input, output=cast).taps
    ideal = tuple(word * coeff.step for word in words)
    return _assemble(words, coeff, input, cast, ideal, Fraction(1), [])


def with_words(
    made: QuantizedFir, filter: FixedFir, *, gain: Fraction, search: SearchReport
) -> QuantizedFir:
    """Return what was quantised with other words of the same formats, its warnings made anew.

    Parameters
    ----------
    made : QuantizedFir
    filter : FixedFir
    gain : Fraction
    search : SearchReport
        Where the words come from.
    """
    notes = [] if gain == 1 else [_gain_note(gain, filter.coeff)]
    fresh = _assemble(
        filter.taps, filter.coeff, filter.input, filter.output, made.ideal, gain, notes
    )
    return replace(fresh, search=search)


def _gain_note(gain: Fraction, coeff: Format) -> str:
    return f"taps are scaled by {float(gain):.9g} to fill {coeff}"


def _full_range_gain(ideal: Sequence[Fraction], coeff: Format) -> Fraction:
    limits = [coeff.hi * coeff.step / v for v in ideal if v > 0]
    limits += [coeff.lo * coeff.step / v for v in ideal if v < 0]
    gain = min(limits)
    if gain == 0:
        k = next(k for k, v in enumerate(ideal) if v < 0)
        raise TapsError(f"taps must fit {coeff} [0, {coeff.hi}], got taps[{k}] = {float(ideal[k])}")
    return gain


def _check_fit(words: Sequence[int], values: Sequence[Fraction], coeff: Format) -> None:
    for k, (word, value) in enumerate(zip(words, values, strict=True)):
        if not coeff.contains(word):
            low, high = float(coeff.lo * coeff.step), float(coeff.hi * coeff.step)
            raise TapsError(
                f"taps must fit {coeff} [{low:.9g}, {high:.9g}], got taps[{k}] = {float(value):.9g}"
            )
    if not any(words):
        k = max(range(len(values)), key=lambda i: abs(values[i]))
        raise TapsError(
            f"at least one tap must stay above half an LSB of {coeff}, "
            f"got at most taps[{k}] = {float(values[k]):.9g}"
        )


def _assemble(
    words: tuple[int, ...],
    coeff: Format,
    input: Format,
    cast: Cast,
    ideal: tuple[Fraction, ...],
    gain: Fraction,
    notes: list[str],
) -> QuantizedFir:
    fir = FixedFir(taps=words, coeff=coeff, input=input, output=cast)
    warnings = []
    spare = waste(words, coeff)
    if spare is not None:
        warnings.append(f"coefficients in {coeff} would fit {spare}")
    shift = input.frac + coeff.frac - cast.to.frac
    lo, hi = (
        int(round_shift(end, shift, cast.rounding)) for end in sum_range(words, input.lo, input.hi)
    )
    needed = cast.to
    if not (needed.contains(lo) and needed.contains(hi)):
        needed = Format.holding(lo, hi, cast.to.frac)
        step = cast.to.step
        warnings.append(
            f"the exact output range [{float(lo * step):.6g}, {float(hi * step):.6g}] exceeds "
            f"{cast.to} and will {cast.overflow.value}; {needed} fits"
        )
    return QuantizedFir(
        filter=fir,
        ideal=ideal,
        gain=gain,
        output_needed=needed,
        notes=tuple(notes),
        warnings=tuple(warnings),
    )
