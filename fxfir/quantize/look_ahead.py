"""Scattered look-ahead: cascades whose recursions reach back M, 2M samples and no less.

A section B(z) / A(z) becomes a FIR filter B(z) P(z) and a recursion by A(z) P(z), where P is the
polynomial that makes the denominator one in z**M: its poles are the old ones to the power M. The
M-1 registers that the loop may hold then let the clock rise. Poles that P adds are cancelled by the
zeros that it adds, exactly before words are rounded and nearly so afterwards; what remains is part
of the certified error. The integers are other ones than those of the plain cascade.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from fxfir.arith import Block, cascade_peak_gains, is_stable
from fxfir.arith.difference import difference_gain
from fxfir.errors import SectionError, StabilityError
from fxfir.filters import Direct, FixedFir, FixedSos, Form, Interleave, Series
from fxfir.fixed import SQ, Cast, Format, Rounding
from fxfir.quantize.arrange import Grid, arrange
from fxfir.quantize.coefficients import check_width, greatest_frac, narrowest, words_of
from fxfir.quantize.scaling import Scaling, scale_sections
from fxfir.quantize.sections import ExactSection, read_sections

__all__ = ["LOOK_AHEAD", "LookAhead", "augmented", "look_ahead"]

LOOK_AHEAD = (2, 8)
"""Least and largest M."""

_GAIN = Fraction(1, 1 << 12)
_TERMS = 200_000
_INPUT = SQ(1, 15)
_SPARE = 2
"""Fraction bits of a FIR output below those of the recursion that reads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAhead:
    """A cascade with look-ahead in integers, and how far it can be from the ideal one.

    Parameters
    ----------
    filter : Series
        For each section a FixedFir and an Interleave of a df1 section, which holds M histories.
    ideal : tuple of tuples of Fraction, shape (n_sections, 6)
        The rows as given, divided by their a0.
    error_lsb : Fraction
        |hardware - ideal| stays within it for every input, in output LSB; both are clamped to the
        output format.
    coefficient_lsb, rounding_lsb : Fraction
        Its shares: coefficient words with what is left of the cancelled poles, and all roundings.
    warnings : tuple of str
        What a user should look at.
    """

    filter: Series
    ideal: tuple[tuple[Fraction, ...], ...]
    error_lsb: Fraction
    coefficient_lsb: Fraction
    rounding_lsb: Fraction
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """One section's coefficients: taps of the FIR filter, a1 and a2 of the recursion in z**M."""

    taps: tuple[int, ...]
    tap_format: Format
    a: tuple[int, int]
    a_format: Format

    def blocks(self, ahead: int) -> tuple[Block, Block]:
        one = Fraction(1)
        taps = tuple(Fraction(t) * self.tap_format.step for t in self.taps)
        a1, a2 = (Fraction(v) * self.a_format.step for v in self.a)
        gap = (Fraction(0),) * (ahead - 1)
        return Block(b=taps, a=()), Block(b=(one,), a=(*gap, a1, *gap, a2))


def augmented(section: ExactSection, ahead: int) -> tuple[list[Fraction], tuple[Fraction, ...]]:
    """Return B(z) P(z), and the coefficients of z**-M and z**-2M in A(z) P(z), exactly.

    Parameters
    ----------
    section : ExactSection
    ahead : int
        M.

    References
    ----------
    .. [1] K. K. Parhi, D. G. Messerschmitt, "Pipeline interleaving and parallelism in recursive
       digital filters, part I", IEEE Trans. ASSP 37, 1989, section IV.

    Examples
    --------
    >>> half = ExactSection(b=(Fraction(1), Fraction(0), Fraction(0)),
    ...                     a=(Fraction(-1, 2), Fraction(0)), origin=0)
    >>> taps, a = augmented(half, 2)
    >>> [str(t) for t in taps], [str(v) for v in a]
    (['1', '1/2'], ['-1/4', '0'])
    """
    a1, a2 = section.a
    # p**n + q**n for the poles p and q.
    before, powers = Fraction(2), -a1
    for _ in range(ahead - 1):
        before, powers = powers, -a1 * powers - a2 * before
    spread = [Fraction(0)] * (2 * ahead + 1)
    spread[0], spread[ahead], spread[-1] = Fraction(1), -powers, a2**ahead
    quotient: list[Fraction] = []
    for n in range(2 * ahead - 1):
        older = zip((a1, a2), reversed(quotient), strict=False)
        quotient.append(spread[n] - sum((a * q for a, q in older), Fraction(0)))
    taps = [Fraction(0)] * (2 * ahead + 1)
    for j, b in enumerate(section.b):
        for n, q in enumerate(quotient):
            taps[n + j] += b * q
    while len(taps) > 1 and not taps[-1]:
        taps.pop()
    return taps, (-powers, a2**ahead)


def look_ahead(
    sos: Any,
    ahead: int,
    *,
    input: Format = _INPUT,
    output: Format | None = None,
    rounding: Rounding = Rounding.HALF_EVEN,
    coeff_width: int = 18,
    guard_bits: int | None = None,
    norm: Scaling = Scaling.LINF,
) -> LookAhead:
    """Make the integers of a cascade with scattered look-ahead.

    Parameters
    ----------
    sos : array_like of real numbers, shape (n_sections, 6)
        Scipy's signs.
    ahead : int
        M, 2 to 8.
    input, output : Format, optional
        `output` is that of the input if left out; it saturates.
    rounding : Rounding, optional
        Of every cast.
    coeff_width : int, optional
        Bits of a coefficient, taps and denominators.
    guard_bits : int, optional
        Fraction bits of every recursion beyond the output's; left out, as many as keep all
        roundings inside within a quarter of an output LSB.
    norm : Scaling, optional
        How the gain is distributed over the sections.

    Returns
    -------
    LookAhead

    Raises
    ------
    SectionError
        If M is out of range or the rows are no sections.
    StabilityError
        If a pole is on or outside the unit circle, before or after rounding.
    FormatError
        If a width is out of range.

    Examples
    --------
    >>> made = look_ahead([[0.25, 0.5, 0.25, 1, -0.5, 0.25]], 2)
    >>> made.filter.stages[0].taps, made.filter.stages[1].filters[0].sections[0].a
    ((4, 10, 9, 4, 1), (4, 1))
    """
    if isinstance(ahead, bool) or not isinstance(ahead, int) or not 2 <= ahead <= LOOK_AHEAD[1]:
        low, high = LOOK_AHEAD
        raise SectionError(f"look-ahead must be {low} to {high} samples, got {ahead!r}")
    check_width(coeff_width, "coeff_width")
    exact, _ = read_sections(sos)
    grid = Grid(exact)
    sections = scale_sections(arrange(exact, grid), norm, grid, None)
    words = [_round(section, ahead, coeff_width) for section in sections]
    cast = Cast(to=output or input, rounding=rounding)
    blocks = [block for w in words for block in w.blocks(ahead)]
    # From the sum of each recursion, where two roundings enter, to every output behind it.
    onward = [_gains(blocks[2 * k + 1 :]) for k in range(len(words))]
    fracs = [
        cast.to.frac + (_guard(gains[-1], len(words)) if guard_bits is None else guard_bits)
        for gains in onward
    ]
    size = max(-input.lo, input.hi) * input.step
    reached, errors = [size * gain for gain in _gains(blocks)], [Fraction(0)] * len(blocks)
    stages: list[Any] = []
    source = input
    for k, w in enumerate(words):
        fir = _fir(w, source, fracs[k] + _SPARE, reached[2 * k] + errors[2 * k], rounding)
        step = Fraction(2) ** -fracs[k]
        error = _most(rounding) * (step + (fir.output.to.step if _drops(fir) else 0))
        for ahead_of, gain in enumerate(onward[k], start=2 * k + 1):
            errors[ahead_of] += error * gain
        to = _holding(reached[2 * k + 1] + errors[2 * k + 1], fracs[k])
        last = k == len(words) - 1
        recursion = Direct(
            form=Form.DF1, b=(1, 0, 0), a=w.a, b_coeff=SQ(2, 0), a_coeff=w.a_format, state=None,
            out=Cast(to=to, rounding=rounding),
        )  # fmt: skip
        inner = FixedSos(
            sections=(recursion,), input=fir.output.to, output=cast if last else Cast(to=to)
        )
        stages += [fir, Interleave(filters=(inner,), channels=ahead)]
        source = to
    unit = cast.to.step
    rounded = errors[-1] / unit + _most(rounding) * (source.frac > cast.to.frac)
    wanted = [Block(b=s.b, a=s.a) for s in exact]
    absolute = Fraction(1, 1 << 10) * unit / size
    off = difference_gain(blocks, wanted, absolute=absolute, max_terms=_TERMS).upper * size / unit
    return LookAhead(
        filter=Series(stages=tuple(stages)),
        ideal=tuple((*s.b, Fraction(1), *s.a) for s in exact),
        error_lsb=min(off + rounded, Fraction(cast.to.hi - cast.to.lo)),
        coefficient_lsb=off,
        rounding_lsb=rounded,
        warnings=_warnings(off, ahead, coeff_width),
    )


def _round(section: ExactSection, ahead: int, width: int) -> _Words:
    taps, a = augmented(section, ahead)
    tap_frac = greatest_frac(taps, width)
    tap_words, tap_format = narrowest(words_of(taps, tap_frac), tap_frac)
    a_frac = greatest_frac(a, width) if any(a) else 0
    words, a_format = narrowest(words_of(a, a_frac), a_frac)
    if not is_stable(words[0], words[1], Fraction(1) / a_format.step):
        raise StabilityError(
            f"section {section.origin} with a look-ahead of {ahead} needs more than {width} bits "
            "to stay stable, as its poles move to the power of that"
        )
    return _Words(taps=tap_words, tap_format=tap_format, a=(words[0], words[1]), a_format=a_format)


def _gains(blocks: Sequence[Block]) -> list[Fraction]:
    """Return upper bounds of the gains from the input of a cascade to the end of each block."""
    found = cascade_peak_gains(blocks, relative=_GAIN, max_terms=_TERMS)
    return [gains[0].upper for gains in found]


def _guard(gain: Fraction, n: int) -> int:
    """Bits below the output's with which a section's roundings use their part of a quarter LSB."""
    guard, share = 0, 4 * n * gain * (1 + Fraction(1, 1 << _SPARE)) / 2
    while share > 1 << guard:
        guard += 1
    return guard


def _fir(w: _Words, source: Format, frac: int, size: Fraction, rounding: Rounding) -> FixedFir:
    exact = source.frac + w.tap_format.frac
    frac = min(frac, exact)
    to = _holding(size + Fraction(2) ** -frac, frac)
    return FixedFir(
        taps=w.taps, coeff=w.tap_format, input=source, output=Cast(to=to, rounding=rounding)
    )


def _drops(fir: FixedFir) -> bool:
    return fir.input.frac + fir.coeff.frac > fir.output.to.frac


def _holding(size: Fraction, frac: int) -> Format:
    """Return the narrowest signed format of these fraction bits that holds +-size."""
    width = 2
    while (1 << (width - 1)) - 1 < size * Fraction(2) ** frac:
        width += 1
    return Format(signed=True, width=width, frac=frac)


def _most(rounding: Rounding) -> Fraction:
    """The largest error of a rounding, in units of what it rounds to."""
    directed = (Rounding.FLOOR, Rounding.CEIL, Rounding.TO_ZERO)
    return Fraction(1) if rounding in directed else Fraction(1, 2)


def _warnings(off: Fraction, ahead: int, width: int) -> tuple[str, ...]:
    if off <= 1:
        return ()
    text = (
        f"coefficients of {width} bits change the output by up to {float(off):.3g} LSB with a "
        f"look-ahead of {ahead}; longer ones change less"
    )
    return (text,)
