"""Per-section gains: the total unchanged, every signal between sections near full scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import Enum
from fractions import Fraction
from typing import assert_never

import numpy as np

from fxfir.arith import Block, cascade_peak_gains
from fxfir.quantize.arrange import Arrangement, Grid
from fxfir.quantize.sections import ExactSection, Triple

__all__ = ["MAX_TERMS", "SLACK", "Scaling", "scale_sections"]

MAX_TERMS = 200_000
_L1_PRECISION = Fraction(1, 1 << 12)
# A norm just above a power of two must not cost a whole bit: headroom takes up to 9 %.
SLACK = 1.09

# Where 1, 2, 1 times the mantissa fills 18 bits of which 16 are fraction.
_ROOMY = -2


class Scaling(Enum):
    """Which norm of the response from the input to a section's output is brought to 1."""

    LINF = "linf"
    """Largest magnitude: no steady sinusoid overflows."""
    L1 = "l1"
    """Sum of the impulse response's magnitudes: nothing overflows, proven in integers."""
    L2 = "l2"
    """Root of the energy: fit for white input only."""
    NONE = "none"
    """Gains stay where they are; formats still fit the largest magnitude."""


def scale_sections(
    arrangement: Arrangement, scaling: Scaling, grid: Grid, max_frac: int | None = None
) -> tuple[ExactSection, ...]:
    """Distribute the gain of a cascade over its sections.

    Parameters
    ----------
    arrangement : Arrangement
    scaling : Scaling
    grid : Grid
    max_frac : int or None, optional
        Fraction bits that no coefficient may exceed.

    Returns
    -------
    tuple of ExactSection
        Their product is that of the arrangement, exactly.

    Notes
    -----
    All scale factors are powers of two except in one section, which takes what is left of the
    total gain. A numerator such as 1, 2, 1 then stays exact and costs no multiplier; a norm comes
    to lie in (1/2, 1], and the bit that this may leave unused is worth less than the multipliers.
    The one section is that with the largest factor, where its word has the most digits.

    Where fraction bits are limited, the gain of a low cutoff would leave that word few of them.
    Sections whose numerators are exact at any power of two then give up their share of the gain:
    their signals move to another power of two, which only moves a binary point.
    """
    if scaling is Scaling.NONE:
        return tuple(
            _times(s, lead) for s, lead in zip(arrangement.sections, arrangement.leads, strict=True)
        )
    norms = _prefix_norms(arrangement.sections, scaling, grid)
    gain = arrangement.gain
    binade = _floor_log2(abs(gain))
    mantissa = gain / _power(binade)
    last = len(norms) - 1
    steps = _steps(norms, binade, float(abs(mantissa)), last)
    holder = max(range(len(steps)), key=lambda k: (steps[k], -k))
    steps = _steps(norms, binade, float(abs(mantissa)), holder)
    if max_frac is not None:
        _make_room(steps, holder, [_is_exact(s) for s in arrangement.sections], max_frac)
    return tuple(
        _times(section, _power(step) * (mantissa if k == holder else 1))
        for k, (section, step) in enumerate(zip(arrangement.sections, steps, strict=True))
    )


def _steps(norms: Sequence[float], binade: int, mantissa: float, holder: int) -> list[int]:
    """Return each section's power of two, if section `holder` takes the mantissa in [1, 2)."""
    powers = [
        -math.ceil(math.log2(norm * (mantissa if k >= holder else 1.0) / SLACK))
        for k, norm in enumerate(norms)
    ]
    powers[-1] = binade
    return [right - left for left, right in zip([0, *powers], powers, strict=False)]


def _make_room(steps: list[int], holder: int, exact: Sequence[bool], max_frac: int) -> None:
    """Give the holder powers of two of exact numerators, which keep at least one LSB."""
    for k, free in enumerate(exact):
        if free and k != holder:
            moved = max(min(steps[k] + max_frac, _ROOMY - steps[holder]), 0)
            # A section below its own LSB takes a share back.
            moved = min(moved, steps[k] + max_frac)
            steps[k] -= moved
            steps[holder] += moved


def _is_exact(section: ExactSection) -> bool:
    """Tell whether a numerator is small integers, up to a power of two."""
    return all(v.denominator == 1 and abs(v) <= 2 for v in section.b)


def _prefix_norms(sections: Sequence[ExactSection], scaling: Scaling, grid: Grid) -> list[float]:
    """Return the norm from the input to each section's output."""
    if scaling is Scaling.L1:
        blocks = [Block(b=s.b, a=s.a) for s in sections]
        found = cascade_peak_gains(blocks, relative=_L1_PRECISION, max_terms=MAX_TERMS)
        return [float(gains[0].upper) for gains in found]
    norms = []
    response = np.ones(len(grid.delay), dtype=np.complex128)
    for section in sections:
        response = response * grid.numerator(section.b) / grid.denominator(section.a)
        match scaling:
            case Scaling.LINF:
                norms.append(float(np.max(np.abs(response))))
            case Scaling.L2:
                norms.append(math.sqrt(grid.mean(np.abs(response) ** 2)))
            case Scaling.NONE:
                norms.append(1.0)
            case _:
                assert_never(scaling)
    return norms


def _times(section: ExactSection, factor: Fraction) -> ExactSection:
    b: Triple = (section.b[0] * factor, section.b[1] * factor, section.b[2] * factor)
    return ExactSection(b=b, a=section.a, origin=section.origin)


def _power(exponent: int) -> Fraction:
    return Fraction(2) ** exponent


def _floor_log2(value: Fraction) -> int:
    guess = value.numerator.bit_length() - value.denominator.bit_length()
    return guess if _power(guess) <= value else guess - 1
