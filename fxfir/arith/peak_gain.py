"""Worst-case peak gain of recursive filters: rigorous bounds in integers.

The worst-case peak gain (WCPG) from an input to a signal is the L1 norm of the impulse response
between them: the largest magnitude the signal can take while the input stays within [-1, 1].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from fxfir.arith.link import Link, Rational

__all__ = ["Block", "PeakGain", "cascade_peak_gains", "peak_gain"]

_FIRST_BLOCK = 32
_SPARE_BITS = 40
_THROUGH_PRECISION = Fraction(1, 1 << 6)
_DEFAULT_RELATIVE = Fraction(1, 1 << 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeakGain:
    """An interval that contains the gain for certain.

    Parameters
    ----------
    lower, upper : Fraction
        lower <= gain <= upper.
    terms : int
        Number of terms of the impulse response that were summed.
    """

    lower: Fraction
    upper: Fraction
    terms: int

    def __float__(self) -> float:
        """Return the middle of the interval."""
        return float((self.lower + self.upper) / 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One link of a cascade: w = x - sum a[i] w[n-1-i]; its output is sum b[j] w[n-j].

    Parameters
    ----------
    b : sequence of Fraction or int
        Numerator b0, b1, ...
    a : sequence of Fraction or int
        Denominator a1, a2, ...; a0 = 1, signs as scipy's.
    probes : sequence of sequences of Fraction or int, optional
        Further signals to be measured, each as weights of w[n], w[n-1], ... Any state of any
        direct form is such a sum.
    """

    b: tuple[Rational, ...]
    a: tuple[Rational, ...]
    probes: tuple[tuple[Rational, ...], ...] = ()


def peak_gain(
    b: Sequence[Rational],
    a: Sequence[Rational],
    *,
    relative: Fraction = _DEFAULT_RELATIVE,
    max_terms: int | None = None,
) -> PeakGain:
    """Bound the worst-case peak gain of B(z) / A(z), of any order.

    Parameters
    ----------
    b : sequence of Fraction or int
        b0, b1, ...
    a : sequence of Fraction or int
        a1, a2, ... (a0 = 1 is left out).
    relative : Fraction, optional
        Width of the interval over its lower end at which the sum stops.
    max_terms : int, optional
        Stop after so many terms in any case; the interval is then wider but as rigorous.

    Returns
    -------
    PeakGain

    Raises
    ------
    StabilityError
        If the filter is unstable, or, above second order, not seen to decay in a million terms.

    Examples
    --------
    >>> gain = peak_gain([1], [Fraction(-1, 2)])
    >>> gain.lower <= 2 <= gain.upper
    True
    """
    block = Block(b=tuple(b), a=tuple(a))
    return cascade_peak_gains([block], relative=relative, max_terms=max_terms)[0][0]


def cascade_peak_gains(
    blocks: Sequence[Block],
    *,
    relative: Fraction = _DEFAULT_RELATIVE,
    max_terms: int | None = None,
) -> tuple[tuple[PeakGain, ...], ...]:
    """Bound the peak gains from the input of a cascade to each block's output and probes.

    Parameters
    ----------
    blocks : sequence of Block, shape (n_blocks,)
        Block k reads the output of block k-1.
    relative, max_terms
        As in `peak_gain`; `relative` holds for every signal.

    Returns
    -------
    tuple of tuples of PeakGain, shape (n_blocks, 1 + n_probes)
        Entry 0 of each block is its output.

    Raises
    ------
    StabilityError
        If a block is unstable, or, above second order, not seen to decay in a million terms.

    Notes
    -----
    Let G be the L1 norm of 1/A, and let the recursion, after n steps, hold a state whose free
    response starts with the forcing f (p numbers, p the order). What follows is that forcing
    through 1/A, so its L1 norm is at most G * sum|f|. Applied to the impulse response of 1/A
    itself, with S the sum of its first n magnitudes and F = sum|f| < 1: G <= S + G F, so
    G <= S / (1 - F), and the same inequality for finite sums proves that 1/A is stable. This is
    the contraction argument ||A**n|| < 1 without matrices; of second-order sections G has a closed
    form, `recursion_gain`. Tails of a cascade follow link by link:
    what a link receives later passes B/A, what its own state still does passes 1/A and B.

    Every step rounds once, by at most one unit of 2**-bits; a unit entering 1/A is worth at most G
    units of w at any later time, and the L1 norm of B/A units of the output, which is added.

    References
    ----------
    .. [1] A. Volkova, T. Hilaire, C. Lauter, "Reliable evaluation of the worst-case peak gain
       matrix in multiple precision", ARITH 2015: the problem and a solution by eigenvalues.
    """
    links = [Link((block.b, *block.probes), block.a) for block in blocks]
    return _sum(links, _throughs(links, max_terms), relative, max_terms)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Errors:
    """How far rounding takes w and each signal of a link, at most, in units of the last place."""

    w: int
    signals: tuple[int, ...]


def _throughs(links: Sequence[Link], max_terms: int | None) -> list[Fraction]:
    """Bound the L1 norm of each link alone, B/A, from above."""
    crude = [link.weights[0] * link.amplified(1 << 16) / (1 << 16) for link in links]
    if len(links) == 1:
        return crude
    return [
        _sum([link], [bound], _THROUGH_PRECISION, max_terms)[0][0].upper
        for link, bound in zip(links, crude, strict=True)
    ]


def _sum(
    links: Sequence[Link], throughs: Sequence[Fraction], relative: Fraction, max_terms: int | None
) -> tuple[tuple[PeakGain, ...], ...]:
    """Sum the impulse responses of a cascade, with as many bits as it takes."""
    errors = _rounding_errors(links, throughs)
    for link in links:
        link.reset()
    # With nothing left to do, the bounds on the tails are down to what rounding leaves of them.
    floors = _tails(links, throughs, errors)
    worst = max(map(max, floors))
    bits = (1 / relative).numerator.bit_length() + worst.bit_length() + _SPARE_BITS
    while True:
        found = _try_sum(links, throughs, errors, floors, bits, relative, max_terms)
        if found is not None:
            return found
        bits *= 2


def _rounding_errors(links: Sequence[Link], throughs: Sequence[Fraction]) -> list[_Errors]:
    arriving = 0
    result = []
    for link, through in zip(links, throughs, strict=True):
        w = link.amplified(1 + arriving)
        signals = [int(weight * w) + 2 for weight in link.weights]
        arriving = signals[0] = min(signals[0], int(through * (1 + arriving)) + 2)
        result.append(_Errors(w=w, signals=tuple(signals)))
    return result


def _try_sum(
    links: Sequence[Link],
    throughs: Sequence[Fraction],
    errors: Sequence[_Errors],
    floors: Sequence[Sequence[int]],
    bits: int,
    relative: Fraction,
    max_terms: int | None,
) -> tuple[tuple[PeakGain, ...], ...] | None:
    """Sum until every interval is narrow enough; None if rounding makes that impossible."""
    for link in links:
        link.reset()
    most = max_terms if max_terms is not None else 1 << 62
    values = [1 << bits] + [0] * (min(_FIRST_BLOCK, most) - 1)
    n = 0
    while True:
        n += len(values)
        for link in links:
            values = link.advance(values)
        tails = _tails(links, throughs, errors)
        narrow, exhausted = True, False
        for link, tail, error, floor in zip(links, tails, errors, floors, strict=True):
            for k, (total, rest, each) in enumerate(
                zip(link.sums, tail, error.signals, strict=True)
            ):
                goal = relative * max(0, total - n * each)
                if rest + 2 * n * each > goal and (total or rest > floor[k]):
                    narrow = False
                    exhausted |= rest <= 2 * (floor[k] + n * each)
        if narrow or n == most:
            return _intervals(links, tails, errors, n, 1 << bits)
        if exhausted:
            return None
        values = [0] * min(max(_FIRST_BLOCK, n // 8), most - n)


def _tails(
    links: Sequence[Link], throughs: Sequence[Fraction], errors: Sequence[_Errors]
) -> list[list[int]]:
    """Bound the L1 norm of all that each signal will still do, in units of the last place."""
    result = []
    arriving = 0
    for link, through, error in zip(links, throughs, errors, strict=True):
        own = link.amplified(link.forcing() + link.forcing_error(error.w))
        later = own + link.amplified(arriving)
        tails = [
            int(weight * later) + 1 + link.edge(k, error.w) for k, weight in enumerate(link.weights)
        ]
        passed = int(link.weights[0] * own) + 1 + link.edge(0, error.w)
        arriving = tails[0] = min(tails[0], passed + int(through * arriving) + 1)
        result.append(tails)
    return result


def _intervals(
    links: Sequence[Link],
    tails: Sequence[Sequence[int]],
    errors: Sequence[_Errors],
    n: int,
    one: int,
) -> tuple[tuple[PeakGain, ...], ...]:
    return tuple(
        tuple(
            PeakGain(
                lower=Fraction(max(0, total - n * each), one),
                upper=Fraction(total + n * each + rest, one),
                terms=n,
            )
            for total, rest, each in zip(link.sums, tail, error.signals, strict=True)
        )
        for link, tail, error in zip(links, tails, errors, strict=True)
    )
