"""How far two cascades can be apart on one input: a rigorous bound in integers."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from fxfir.arith.chain import Chain
from fxfir.arith.peak_gain import FIRST_BLOCK, SPARE_BITS, Block, PeakGain, make_chain

__all__ = ["difference_gain"]

_RELATIVE = Fraction(1, 1 << 10)


def difference_gain(
    left: Sequence[Block],
    right: Sequence[Block],
    *,
    relative: Fraction = _RELATIVE,
    absolute: Fraction = Fraction(1, 1 << 60),
    max_terms: int | None = None,
) -> PeakGain:
    """Bound the L1 norm of the difference of two cascades' impulse responses.

    Parameters
    ----------
    left, right : sequence of Block
        The cascades' outputs are compared; probes are not looked at.
    relative, absolute : Fraction, optional
        The sum stops when the interval is as narrow as either says.
    max_terms : int, optional
        Stop after so many terms in any case; the interval is then wider but as rigorous.

    Returns
    -------
    PeakGain

    Raises
    ------
    StabilityError
        As `cascade_peak_gains`.

    Notes
    -----
    Both responses are computed side by side and their difference is summed, so errors of several
    sections that cancel do cancel here. Of what was not summed each side is bounded alone.

    Examples
    --------
    >>> half, less = Block(b=(1,), a=(Fraction(-1, 2),)), Block(b=(1,), a=(Fraction(-1, 4),))
    >>> gain = difference_gain([half], [less])
    >>> gain.lower <= 2 - Fraction(4, 3) <= gain.upper
    True
    """
    chains = [make_chain(blocks, max_terms) for blocks in (left, right)]
    floor = sum(chain.floors[-1][0] + chain.errors[-1][0] for chain in chains)
    bits = (1 / min(relative, absolute)).numerator.bit_length() + floor.bit_length() + SPARE_BITS
    while True:
        found = _try_difference(chains, bits, relative, absolute, max_terms)
        if found is not None:
            return found
        bits *= 2


def _try_difference(
    chains: Sequence[Chain],
    bits: int,
    relative: Fraction,
    absolute: Fraction,
    max_terms: int | None,
) -> PeakGain | None:
    """Sum until the interval is narrow enough; None if rounding makes that impossible."""
    for chain in chains:
        chain.reset()
    one = 1 << bits
    most = max_terms if max_terms is not None else 1 << 62
    each = sum(chain.errors[-1][0] for chain in chains)
    floor = sum(chain.floors[-1][0] for chain in chains)
    values = [one] + [0] * (min(FIRST_BLOCK, most) - 1)
    n = total = 0
    while True:
        n += len(values)
        first, second = (chain.advance(values) for chain in chains)
        total += sum(abs(u - v) for u, v in zip(first, second, strict=True))
        rest = sum(chain.tails()[-1][0] for chain in chains)
        width = rest + 2 * n * each
        if width <= max(relative * max(0, total - n * each), absolute * one) or n == most:
            return PeakGain(
                lower=Fraction(max(0, total - n * each - rest), one),
                upper=Fraction(total + n * each + rest, one),
                terms=n,
            )
        if rest <= 2 * (floor + n * each):
            return None
        values = [0] * min(max(FIRST_BLOCK, n // 8), most - n)
