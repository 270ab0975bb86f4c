"""Sections by state equations: short coefficients and quiet states where the corner is low."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxfir.analysis.poles import pole_pair
from fxfir.arith import Block, cascade_peak_gains, is_stable
from fxfir.arith.flow import transfer
from fxfir.arith.reach import linear_reach
from fxfir.errors import StabilityError
from fxfir.filters import FixedSos, Section, StateSpace
from fxfir.fixed import Cast, Format, Overflow
from fxfir.quantize.arrange import Grid, arrange, as_given
from fxfir.quantize.assemble import QuantizedSos, output_needed
from fxfir.quantize.coefficients import greatest_frac, narrowest
from fxfir.quantize.layout import input_size
from fxfir.quantize.noise import NOISE_SHARE, guard, noise_power
from fxfir.quantize.norms import OutputRange
from fxfir.quantize.scaling import MAX_TERMS, Scaling, scale_sections
from fxfir.quantize.sections import ExactSection, read_sections
from fxfir.quantize.shapes import COUPLED, Matrix, Shape, limited

__all__ = ["coupled_form"]

Complexes = NDArray[np.complex128]

_PRECISION = Fraction(1, 1 << 12)


def coupled_form(
    sos: Any,
    base: QuantizedSos,
    kind: str,
    *,
    coeff_width: int = 18,
    max_coeff_frac: int | None = None,
    scaling: Scaling | str = Scaling.LINF,
    guard_bits: int | None = None,
    section_width: int | None = None,
) -> QuantizedSos:
    """Put sections into a form whose two states feed each other.

    Parameters
    ----------
    sos : array_like, shape (n_sections, 6)
    base : QuantizedSos
        The same rows as `quantize_sos` makes them in form df2 with the same options: order and
        gains, the casts between sections, and the sections that `kind` does not build.
    kind : str
        A key of `COUPLED`. "normal" builds sections with complex poles.
    coeff_width, max_coeff_frac, scaling, guard_bits, section_width
        As for `quantize_sos`.

    Returns
    -------
    QuantizedSos

    Notes
    -----
    Normal form: with A = [[s, -w], [w, s]] the poles s +- jw lie on a grid that is as fine near
    z = 1 as anywhere, while a1 and a2 leave few places there: at a hundredth of the rate the
    direct forms need some eight bits more.

    State-variable form: with A = [[1, f], [-f, 1 - e]] the denominator at z = 1 is f**2 and the
    sum of the poles 2 - e. Both are small where the corner is low, and words of `coeff_width` bits
    hold f and e to as many digits as anywhere: the grid gets finer with the corner. The format of
    A is longer than that, for its ones; gates multiply by f and e alone.

    In both, the states' noise reaches the output through transfer functions whose energy grows as
    1 / (1 - r**2) and not as 1 / sin**2 of the angle besides. The input enters one state with
    factor 1; c and d are the least-squares fit of the wanted response with the poles as they are
    rounded, over the words nearest to the exact ones and their neighbours.

    References
    ----------
    .. [1] C. W. Barnes, "Roundoff noise and overflow in normal digital filters", IEEE Trans. CAS
       26, 1979.
    .. [2] H. Chamberlin, "Musical Applications of Microprocessors", 2nd ed., 1985, chapter 14.
    """
    shape = COUPLED[kind]
    exact, _ = read_sections(sos)
    grid = Grid(exact)
    in_order = [report.origin for report in base.sections]
    arranged = arrange(exact, grid)
    if [s.origin for s in arranged.sections] != in_order:
        arranged = as_given(exact)
    scaled = scale_sections(arranged, Scaling(scaling), grid, max_coeff_frac)
    wanted = [grid.numerator(s.b) / grid.denominator(s.a) for s in scaled]
    made: list[Section] = list(base.filter.sections)
    turned = []
    for k, section in enumerate(scaled):
        if shape.builds(section):
            others = np.prod([h for j, h in enumerate(wanted) if j != k], axis=0)
            weights = np.sqrt(grid.weights) * np.abs(others)
            out = base.filter.sections[k].out
            made[k] = _fitted(section, out, weights, grid, coeff_width, max_coeff_frac, shape)
            turned.append(k)
    filter = replace(base.filter, sections=tuple(made))
    casts = _states(filter, turned, grid, guard_bits, section_width)
    for k, cast in casts.items():
        made[k] = replace(made[k], state=cast)
    filter = replace(filter, sections=tuple(made))
    target = np.prod(wanted, axis=0)
    error = target - np.prod([_response(s, grid) for s in made], axis=0)
    energy, missed = grid.mean(np.abs(target) ** 2), grid.mean(np.abs(error) ** 2)
    ratio_db = 10 * math.log10(energy / missed) if missed else math.inf
    reaches = linear_reach(filter)
    if len(reaches) == len(made):
        end = reaches[-1]["y"]
        low, high = (v * Fraction(2) ** -end.frac for v in (end.lo, end.hi))
        needed, warnings = output_needed(filter.output, OutputRange(low=low, high=high))
        base = replace(base, output_needed=needed, warnings=tuple(warnings))
    return replace(
        base,
        filter=filter,
        sections=tuple(
            replace(report, after=pole_pair(*transfer(section)[1]))
            for report, section in zip(base.sections, made, strict=True)
        ),
        rounded_db=ratio_db,
        searched_db=ratio_db,
    )


def _fitted(
    section: ExactSection,
    out: Cast,
    weights: NDArray[np.float64],
    grid: Grid,
    width: int,
    max_frac: int | None,
    shape: Shape,
) -> StateSpace:
    """Return the words that come closest to a section; the state's cast is still to be chosen."""
    wanted = grid.numerator(section.b) / grid.denominator(section.a)
    best: tuple[float, tuple[Any, ...]] | None = None
    for matrix, frac in shape.near(section, width, max_frac):
        (a11, a12), (a21, a22) = matrix
        if not is_stable(-(a11 + a22) << frac, a11 * a22 - a12 * a21, 1 << 2 * frac):
            continue
        columns = _columns(matrix, frac, shape.b, grid)
        ideal = _solve(columns, wanted, weights)
        words, fracs = _rounded(ideal, width, max_frac)
        values = np.array([c * 2.0**-f for c, f in zip(words, fracs, strict=True)])
        error = float(np.sum((weights * np.abs(columns @ values - wanted)) ** 2))
        if best is None or error < best[0]:
            best = error, (matrix, frac, words, fracs)
    if best is None:
        raise StabilityError(
            f"a section must stay stable in {width} bits, got poles on or outside the unit circle "
            f"for every word near to section {section.origin}"
        )
    matrix, frac, (c1, c2, d), (c_frac, _, d_frac) = best[1]
    a, a_coeff = narrowest([word for row in matrix for word in row], frac)
    c, c_coeff = narrowest((c1, c2), c_frac)
    (d,), d_coeff = narrowest((d,), d_frac)
    return StateSpace(
        a=((a[0], a[1]), (a[2], a[3])),
        b=shape.b,
        c=(c[0], c[1]),
        d=d,
        a_coeff=a_coeff,
        b_coeff=Format(signed=True, width=2, frac=0),
        c_coeff=c_coeff,
        d_coeff=d_coeff,
        state=out,
        out=out,
    )


def _columns(matrix: Matrix, frac: int, b: tuple[int, int], grid: Grid) -> Complexes:
    """Responses from the input to s1, s2 and to itself."""
    first, second = _paths(matrix, frac, grid)
    z1 = grid.delay
    entering = [z1 * (b[0] * one + b[1] * two) for one, two in zip(first, second, strict=True)]
    return np.stack([*entering, np.ones_like(z1)], axis=1)


def _paths(
    matrix: Matrix, frac: int, grid: Grid
) -> tuple[tuple[Complexes, Complexes], tuple[Complexes, Complexes]]:
    """Responses from what enters s1, and from what enters s2, to s1 and s2."""
    (a11, a12), (a21, a22) = ((word * 2.0**-frac for word in row) for row in matrix)
    z1 = grid.delay
    whole = grid.denominator((-(a11 + a22), a11 * a22 - a12 * a21))
    return (
        ((1 - a22 * z1) / whole, a21 * z1 / whole),
        (a12 * z1 / whole, (1 - a11 * z1) / whole),
    )


def _solve(columns: Complexes, wanted: Complexes, weights: NDArray[np.float64]) -> list[float]:
    left = columns * weights[:, np.newaxis]
    right = wanted * weights
    stacked = np.concatenate([left.real, left.imag])
    found, *_ = np.linalg.lstsq(stacked, np.concatenate([right.real, right.imag]), rcond=None)
    return [float(v) for v in found]


def _rounded(
    values: Sequence[float], width: int, max_frac: int | None
) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Return words of c1, c2 in one format and of d in another, with their fractions."""
    c1, c2, d = (Fraction(v) for v in values)
    c_frac = limited(greatest_frac([c1, c2], width) if c1 or c2 else 0, max_frac)
    d_frac = limited(greatest_frac([d], width) if d else 0, max_frac)
    c1, c2, d = (v * Fraction(2) ** f for v, f in ((c1, c_frac), (c2, c_frac), (d, d_frac)))
    return (round(c1), round(c2), round(d)), (c_frac, c_frac, d_frac)


def _states(
    filter: FixedSos,
    turned: Sequence[int],
    grid: Grid,
    guard_bits: int | None,
    section_width: int | None,
) -> dict[int, Cast]:
    """Choose the formats of the states: no input overflows them, their noise is the output's."""
    parts = [transfer(section) for section in filter.sections]
    blocks = [
        Block(b=b, a=a, probes=_probes(section) if isinstance(section, StateSpace) else ())
        for section, (b, a) in zip(filter.sections, parts, strict=True)
    ]
    gains = cascade_peak_gains(blocks, relative=_PRECISION, max_terms=MAX_TERMS)
    size = input_size(filter.input)
    base, n_casts = filter.output.to.frac, 2 * len(parts)
    after = np.ones(len(grid.delay), dtype=np.complex128)
    casts = {}
    for k in range(len(parts) - 1, -1, -1):
        section = filter.sections[k]
        if isinstance(section, StateSpace) and k in turned:
            # Rounding adds a little to what the exact states can reach.
            largest = max(gain.upper for gain in gains[k][1:]) * size * Fraction(33, 32)
            top = 1
            while Fraction(2) ** (top - 1) < largest:
                top += 1
            while Fraction(2) ** (top - 2) >= largest:
                top -= 1
            if section_width is not None:
                frac = section_width - top
            elif guard_bits is not None:
                frac = base + guard_bits
            else:
                noises = [h * after for h in _noise_paths(section, grid)]
                power = noise_power(noises, filter.output.rounding, grid, n_casts)
                frac = base + guard(power, NOISE_SHARE / n_casts)
            to = Format(signed=True, width=max(2, top + frac), frac=frac)
            casts[k] = Cast(to=to, rounding=section.out.rounding, overflow=Overflow.SATURATE)
        after = after * _response(section, grid)
    return casts


def _probes(section: StateSpace) -> tuple[tuple[Fraction, ...], ...]:
    """Return what the input does to s1 and s2, over the section's denominator."""
    (a11, a12), (a21, a22) = ([w * section.a_coeff.step for w in row] for row in section.a)
    b1, b2 = (w * section.b_coeff.step for w in section.b)
    none = Fraction(0)
    return (none, b1, a12 * b2 - a22 * b1), (none, b2, a21 * b1 - a11 * b2)


def _noise_paths(section: StateSpace, grid: Grid) -> list[Complexes]:
    """Responses from the roundings of s1 and s2 to the output."""
    c1, c2 = (word * float(section.c_coeff.step) for word in section.c)
    return [c1 * u + c2 * v for u, v in _paths(section.a, section.a_coeff.frac, grid)]


def _response(section: Section, grid: Grid) -> Complexes:
    b, a = transfer(section)
    return grid.numerator(b) / grid.denominator(a)
