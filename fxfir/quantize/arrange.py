"""Which zeros go with which poles, and in what order: the least round-off noise."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from fxfir.analysis.grid import integration_weights, pole_grid
from fxfir.analysis.poles import quadratic_roots
from fxfir.quantize.sections import ExactSection, Triple

__all__ = ["Arrangement", "Grid", "arrange", "as_given", "split"]

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

_UNIFORM = 512
_PERMUTED = 4
_ORDERED = 8
_TIE = 1e-9
_ONE, _ZERO = Fraction(1), Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """Sections in order, each numerator without its gain.

    Parameters
    ----------
    sections : tuple of ExactSection
        `b` is normalised: its leading coefficient is 1.
    leads : tuple of Fraction
        What each numerator was divided by.
    """

    sections: tuple[ExactSection, ...]
    leads: tuple[Fraction, ...]

    @property
    def gain(self) -> Fraction:
        """Product of the leads: what the sections together are multiplied by."""
        total = Fraction(1)
        for lead in self.leads:
            total *= lead
        return total


class Grid:
    """Frequencies fit for one set of poles, with the weights of a mean over them.

    Parameters
    ----------
    sections : sequence of ExactSection

    Attributes
    ----------
    delay : ndarray of complex128, shape (n,)
        z**-1 at each frequency.
    weights : ndarray of float64, shape (n,)
    """

    def __init__(self, sections: Sequence[ExactSection]) -> None:
        poles = [root for s in sections for root in quadratic_roots(*s.a)]
        angles = pole_grid(poles, _UNIFORM)
        self.delay: Complexes = np.exp(-1j * angles)
        self.weights = integration_weights(angles)

    def numerator(self, b: Sequence[Fraction | float]) -> Complexes:
        """Evaluate b0 + b1 z**-1 + ..."""
        return np.polyval([float(v) for v in reversed(b)], self.delay).astype(np.complex128)

    def denominator(self, a: Sequence[Fraction | float]) -> Complexes:
        """Evaluate 1 + a1 z**-1 + ..."""
        return self.numerator((1.0, *a))

    def mean(self, power: Floats) -> float:
        """Average over frequency: the squared L2 norm, for power = |H|**2."""
        return float(self.weights @ power)


def split(section: ExactSection) -> tuple[Triple, Fraction]:
    """Divide a numerator by its leading coefficient; by its largest if the leading one is small."""
    first = next(v for v in section.b if v)
    peak = max(section.b, key=abs)
    lead = first if 4 * abs(first) >= abs(peak) else peak
    b0, b1, b2 = (v / lead for v in section.b)
    return (b0, b1, b2), lead


def as_given(sections: Sequence[ExactSection]) -> Arrangement:
    """Keep pairing and order."""
    parts = [split(s) for s in sections]
    return _arrangement([b for b, _ in parts], [g for _, g in parts], sections)


def arrange(sections: Sequence[ExactSection], grid: Grid) -> Arrangement:
    """Pair zeros with poles and order the sections for the least round-off noise.

    Parameters
    ----------
    sections : sequence of ExactSection
    grid : Grid

    Returns
    -------
    Arrangement
        With the same transfer function, exactly: numerators and denominators move as they are;
        only zeros at 1 and -1 change partners.

    Notes
    -----
    The noise of an order is the sum over sections of |largest magnitude up to here|**2 times the
    mean of |1/A * all that follows|**2. Both factors depend on which sections come first and not
    on their order, so the best order of n sections is found over 2**n sets instead of n! orders.
    Up to 4 sections every pairing is tried; beyond, the given one and the nearest zeros for the
    sharpest poles first. Beyond 8 sections orders by rising and by falling pole radius are tried.

    References
    ----------
    .. [1] L. B. Jackson, "Roundoff-noise analysis for fixed-point digital filters realized in
       cascade or parallel form", IEEE Trans. Audio Electroacoustics 18, 1970.
    """
    parts = [split(s) for s in sections]
    numerators, leads = [b for b, _ in parts], [g for _, g in parts]
    least, paired, order = math.inf, numerators, list(range(len(sections)))
    for candidate in _pairings(sections, numerators):
        cost, ordered = _best_order(sections, candidate, grid)
        # A tie must not be decided by the last bit of a sum, which differs between machines.
        if cost < least * (1 - _TIE):
            least, paired, order = cost, candidate, ordered
    return _arrangement([paired[k] for k in order], leads, [sections[k] for k in order])


def _arrangement(
    numerators: Sequence[Triple], leads: Sequence[Fraction], sections: Sequence[ExactSection]
) -> Arrangement:
    return Arrangement(
        sections=tuple(
            ExactSection(b=b, a=s.a, origin=s.origin)
            for b, s in zip(numerators, sections, strict=True)
        ),
        leads=tuple(leads),
    )


def _pairings(sections: Sequence[ExactSection], numerators: list[Triple]) -> Iterator[list[Triple]]:
    """Yield numerators in the order of the sections whose poles they go with."""
    pools = [numerators]
    mixed = _mixed(numerators)
    if mixed != numerators:
        pools.append(mixed)
    for pool in pools:
        if len(pool) <= _PERMUTED:
            seen = set()
            for chosen in permutations(pool):
                if chosen not in seen:
                    seen.add(chosen)
                    yield list(chosen)
        else:
            yield pool
            yield _nearest(sections, pool)


def _mixed(numerators: list[Triple]) -> list[Triple]:
    """Give each section one zero at 1 and one at -1 while both last, as band-passes want it."""
    known = {
        (_ONE, Fraction(2), _ONE): (0, 2),
        (_ONE, Fraction(-2), _ONE): (2, 0),
        (_ONE, _ZERO, -_ONE): (1, 1),
        (_ONE, _ONE, _ZERO): (0, 1),
        (_ONE, -_ONE, _ZERO): (1, 0),
    }
    slots = [k for k, b in enumerate(numerators) if b in known]
    at_plus = sum(known[numerators[k]][0] for k in slots)
    at_minus = sum(known[numerators[k]][1] for k in slots)
    result = list(numerators)
    for k in slots:
        plus, minus = min(at_plus, 1), min(at_minus, 1)
        if plus + minus < 2:
            plus, minus = min(at_plus, 2), min(at_minus, 2)
        at_plus, at_minus = at_plus - plus, at_minus - minus
        b = next((b for b, zeros in known.items() if zeros == (plus, minus)), None)
        result[k] = (_ONE, _ZERO, _ZERO) if b is None else b
    return result


def _nearest(sections: Sequence[ExactSection], numerators: list[Triple]) -> list[Triple]:
    poles = [quadratic_roots(*s.a)[0] for s in sections]
    left = list(range(len(numerators)))
    chosen: dict[int, int] = {}
    for k in sorted(range(len(poles)), key=lambda k: -abs(poles[k])):
        near = min(left, key=lambda j: _distance(numerators[j], poles[k]))
        left.remove(near)
        chosen[k] = near
    return [numerators[chosen[k]] for k in range(len(sections))]


def _distance(b: Triple, pole: complex) -> float:
    if not b[0]:
        return float("inf")
    return min(abs(z - pole) for z in quadratic_roots(b[1] / b[0], b[2] / b[0]))


def _best_order(
    sections: Sequence[ExactSection], numerators: Sequence[Triple], grid: Grid
) -> tuple[float, list[int]]:
    """Return the least noise, up to a common factor, and the order that has it."""
    n = len(sections)
    recursions = np.array([1 / np.abs(grid.denominator(s.a)) for s in sections])
    powers = np.array([np.abs(grid.numerator(b)) for b in numerators]) * recursions
    np.square(powers, out=powers)
    if n > _ORDERED:
        return _simple_order(sections, powers, recursions, grid)
    everything = (1 << n) - 1
    products = np.ones((1 << n, len(grid.delay)))
    for members in range(1, 1 << n):
        low = (members & -members).bit_length() - 1
        products[members] = products[members & (members - 1)] * powers[low]
    peaks = products.max(axis=1)
    noises = products[::-1] @ (np.square(recursions) * grid.weights).T
    step = noises * (peaks / peaks[everything])[:, np.newaxis]
    best: list[tuple[float, list[int]]] = [(0.0, [])]
    for members in range(1, everything + 1):
        found: tuple[float, list[int]] = (math.inf, [])
        for k in range(n):
            if members >> k & 1:
                cost, order = best[members & ~(1 << k)]
                total = cost + float(step[members, k])
                if total < found[0] * (1 - _TIE):
                    found = (total, [*order, k])
        best.append(found)
    return best[everything]


def _simple_order(
    sections: Sequence[ExactSection], powers: Floats, recursions: Floats, grid: Grid
) -> tuple[float, list[int]]:
    """Choose between the given order and those by rising and falling pole radius."""
    radii = [abs(quadratic_roots(*s.a)[0]) for s in sections]
    rising = sorted(range(len(sections)), key=lambda k: radii[k])
    least, best = math.inf, rising
    for order in (list(range(len(sections))), rising, rising[::-1]):
        before = np.cumprod(powers[order], axis=0)
        after = np.cumprod(powers[order][::-1], axis=0)[::-1]
        cost = 0.0
        for k, section in enumerate(order):
            follows = after[k + 1] if k + 1 < len(order) else np.ones(len(grid.delay))
            noise = grid.mean(np.square(recursions[section]) * follows)
            cost += noise * float(before[k].max() / before[-1].max())
        if cost < least * (1 - _TIE):
            least, best = cost, order
    return least, best
