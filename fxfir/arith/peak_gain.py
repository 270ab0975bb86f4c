"""Worst-case peak gain of recursive filters: rigorous bounds in integers.

The worst-case peak gain (WCPG) from an input to a signal is the L1 norm of the impulse response
between them: the largest magnitude the signal can take while the input stays within [-1, 1].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from fxfir.arith.chain import Chain
from fxfir.arith.link import Link, Rational

__all__ = ["Block", "PeakGain", "cascade_peak_gains", "make_chain", "peak_gain"]

FIRST_BLOCK = 32
SPARE_BITS = 40
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

    @property
    def guard_bits(self) -> int:
        """Fraction bits beyond the output's with which errors of one unit stay within half an LSB.

        1 + ceil(log2(gain)): what a recursion must hold below the output's LSB so that its one
        faithful sum for each sample and a final rounding to nearest stay within one LSB.

        References
        ----------
        .. [1] A. Volkova, M. Istoan, F. de Dinechin, T. Hilaire, "Towards hardware IIR filters
           computing just right", IEEE Trans. Computers 68, 2019, section 4.
        """
        guard = 0
        while 2 * self.upper > 1 << guard:
            guard += 1
        return guard


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
    return _sum(make_chain(blocks, max_terms), relative, max_terms)


def make_chain(blocks: Sequence[Block], max_terms: int | None = None) -> Chain:
    """Return the recursions of a cascade, each with a bound on its own norm."""
    links = [Link((block.b, *block.probes), block.a) for block in blocks]
    return Chain(links, _throughs(links, max_terms))


def _throughs(links: Sequence[Link], max_terms: int | None) -> list[Fraction]:
    """Bound the L1 norm of each link alone, B/A, from above."""
    crude = [link.weights[0] * link.amplified(1 << 16) / (1 << 16) for link in links]
    if len(links) == 1:
        return crude
    return [
        _sum(Chain([link], [bound]), _THROUGH_PRECISION, max_terms)[0][0].upper
        for link, bound in zip(links, crude, strict=True)
    ]


def _sum(
    chain: Chain, relative: Fraction, max_terms: int | None
) -> tuple[tuple[PeakGain, ...], ...]:
    """Sum the impulse responses of a cascade, with as many bits as it takes."""
    worst = max(map(max, chain.floors))
    bits = (1 / relative).numerator.bit_length() + worst.bit_length() + SPARE_BITS
    while True:
        found = _try_sum(chain, bits, relative, max_terms)
        if found is not None:
            return found
        bits *= 2


def _try_sum(
    chain: Chain, bits: int, relative: Fraction, max_terms: int | None
) -> tuple[tuple[PeakGain, ...], ...] | None:
    """Sum until every interval is narrow enough; None if rounding makes that impossible."""
    chain.reset()
    most = max_terms if max_terms is not None else 1 << 62
    values = [1 << bits] + [0] * (min(FIRST_BLOCK, most) - 1)
    n = 0
    while True:
        n += len(values)
        chain.advance(values)
        tails = chain.tails()
        narrow, exhausted = True, False
        for link, tail, error, floor in zip(
            chain.links, tails, chain.errors, chain.floors, strict=True
        ):
            for k, (total, rest, each) in enumerate(zip(link.sums, tail, error, strict=True)):
                goal = relative * max(0, total - n * each)
                if rest + 2 * n * each > goal and (total or rest > floor[k]):
                    narrow = False
                    exhausted |= rest <= 2 * (floor[k] + n * each)
        if narrow or n == most:
            return _intervals(chain, tails, n, 1 << bits)
        if exhausted:
            return None
        values = [0] * min(max(FIRST_BLOCK, n // 8), most - n)


def _intervals(
    chain: Chain, tails: Sequence[Sequence[int]], n: int, one: int
) -> tuple[tuple[PeakGain, ...], ...]:
    return tuple(
        tuple(
            PeakGain(
                lower=Fraction(max(0, total - n * each), one),
                upper=Fraction(total + n * each + rest, one),
                terms=n,
            )
            for total, rest, each in zip(link.sums, tail, error, strict=True)
        )
        for link, tail, error in zip(chain.links, tails, chain.errors, strict=True)
    )
