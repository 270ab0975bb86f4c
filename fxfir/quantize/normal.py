"""Pole pairs in normal form: short coefficients and quiet states where the corner is low."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxfir.analysis.poles import pole_pair
from fxfir.arith import Block, cascade_peak_gains, is_stable
from fxfir.arith.flow import transfer
from fxfir.arith.reach import linear_reach
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

__all__ = ["normal_form"]

Complexes = NDArray[np.complex128]

_ROOT_BITS = 80
_PRECISION = Fraction(1, 1 << 12)


def normal_form(
    sos: Any,
    base: QuantizedSos,
    *,
    coeff_width: int = 18,
    max_coeff_frac: int | None = None,
    scaling: Scaling | str = Scaling.LINF,
    guard_bits: int | None = None,
    section_width: int | None = None,
) -> QuantizedSos:
    """Put every section with complex poles into normal form.

    Parameters
    ----------
    sos : array_like, shape (n_sections, 6)
    base : QuantizedSos
        The same rows as `quantize_sos` makes them in form df2 with the same options: order and
        gains, the casts between sections, and the sections with real poles.
    coeff_width, max_coeff_frac, scaling, guard_bits, section_width
        As for `quantize_sos`.

    Returns
    -------
    QuantizedSos

    Notes
    -----
    With A = [[s, -w], [w, s]] the poles s +- jw lie on a grid that is as fine near z = 1 as
    anywhere, while a1 and a2 leave few places there: at a hundredth of the rate the direct forms
    need some eight bits more. The state's noise reaches the output through transfer functions
    whose energy grows as 1 / (1 - r**2) and not as 1 / sin**2 of the angle besides. The input
    enters one state with factor 1; c and d are the least-squares fit of the wanted response with
    the poles as they are rounded, over the words nearest to the exact poles and their neighbours.

    References
    ----------
    .. [1] C. W. Barnes, "Roundoff noise and overflow in normal digital filters", IEEE Trans. CAS
       26, 1979.
    """
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
        if section.a[0] ** 2 < 4 * section.a[1]:
            others = np.prod([h for j, h in enumerate(wanted) if j != k], axis=0)
            weights = np.sqrt(grid.weights) * np.abs(others)
            made[k] = _fitted(
                section, base.filter.sections[k].out, weights, grid, coeff_width, max_coeff_frac
            )
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
) -> StateSpace:
    """Return the words that come closest to a section; the state's cast is still to be chosen."""
    real = -section.a[0] / 2
    square = section.a[1] - real**2
    scale = 1 << 2 * _ROOT_BITS
    imaginary = Fraction(math.isqrt(int(square * scale)), 1 << _ROOT_BITS)
    frac = _limited(greatest_frac([real, imaginary, -imaginary], width), max_frac)
    wanted = grid.numerator(section.b) / grid.denominator(section.a)
    best: tuple[float, tuple[Any, ...]] | None = None
    near = [round(v * Fraction(2) ** frac) for v in (real, imaginary)]
    for step, turn in product((-1, 0, 1), repeat=2):
        s, w = near[0] + step, near[1] + turn
        if not is_stable(-2 * s << frac, s * s + w * w, 1 << 2 * frac) or w <= 0:
            continue
        columns = _columns(s * 2.0**-frac, w * 2.0**-frac, grid)
        ideal = _solve(columns, wanted, weights)
        words, fracs = _rounded(ideal, width, max_frac)
        values = np.array([c * 2.0**-f for c, f in zip(words, fracs, strict=True)])
        error = float(np.sum((weights * np.abs(columns @ values - wanted)) ** 2))
        if best is None or error < best[0]:
            best = error, (s, w, words, fracs)
    if best is None:
        raise AssertionError("a neighbour inside the circle exists")  # pragma: no cover
    s, w, (c1, c2, d), (c_frac, _, d_frac) = best[1]
    a, a_coeff = narrowest((s, -w, w), frac)
    c, c_coeff = narrowest((c1, c2), c_frac)
    (d,), d_coeff = narrowest((d,), d_frac)
    return StateSpace(
        a=((a[0], a[1]), (a[2], a[0])),
        b=(1, 0),
        c=(c[0], c[1]),
        d=d,
        a_coeff=a_coeff,
        b_coeff=Format(signed=True, width=2, frac=0),
        c_coeff=c_coeff,
        d_coeff=d_coeff,
        state=out,
        out=out,
    )


def _columns(s: float, w: float, grid: Grid) -> Complexes:
    """Responses from the input to s1, s2 and to itself."""
    z1 = grid.delay
    denominator = grid.denominator((-2 * s, s * s + w * w))
    return np.stack(
        [(z1 - s * z1**2) / denominator, w * z1**2 / denominator, np.ones_like(z1)], axis=1
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
    c_frac = _limited(greatest_frac([c1, c2], width) if c1 or c2 else 0, max_frac)
    d_frac = _limited(greatest_frac([d], width) if d else 0, max_frac)
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
    blocks = []
    for section, (b, a) in zip(filter.sections, parts, strict=True):
        probes: tuple[tuple[Fraction, ...], ...] = ()
        if isinstance(section, StateSpace):
            s, w = (word * section.a_coeff.step for word in (section.a[0][0], section.a[1][0]))
            probes = ((Fraction(0), Fraction(1), -s), (Fraction(0), Fraction(0), w))
        blocks.append(Block(b=b, a=a, probes=probes))
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


def _noise_paths(section: StateSpace, grid: Grid) -> list[Complexes]:
    """Responses from the roundings of s1 and s2 to the output."""
    s, w = (word * float(section.a_coeff.step) for word in (section.a[0][0], section.a[1][0]))
    c1, c2 = (word * float(section.c_coeff.step) for word in section.c)
    z1 = grid.delay
    own, other = z1 - s * z1**2, w * z1**2
    denominator = grid.denominator((-2 * s, s * s + w * w))
    return [(c1 * own + c2 * other) / denominator, (c2 * own - c1 * other) / denominator]


def _response(section: Section, grid: Grid) -> Complexes:
    b, a = transfer(section)
    return grid.numerator(b) / grid.denominator(a)


def _limited(frac: int, most: int | None) -> int:
    return frac if most is None else min(frac, most)
