"""Fraction bits of every cast of a cascade, as few as a certified error allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from fxfir.arith.carry import Carry

__all__ = ["Guard", "guard_bits"]

_HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Fraction bits beyond the output's, which may be negative.

    Parameters
    ----------
    out, state : tuple of int, shape (n_sections,)
        Of each section's output and states.
    error_lsb : Fraction
        Bound on what all casts do to the output together, the output's included, in output LSB.
    """

    out: tuple[int, ...]
    state: tuple[int, ...]
    error_lsb: Fraction


def guard_bits(carried: Sequence[Mapping[str, Carry]], budget: Fraction, *, direct: bool) -> Guard:
    """Choose the fraction bits of all casts of roundings to nearest.

    Parameters
    ----------
    carried : sequence of mapping of str to Carry, shape (n_sections,)
        See `fxfir.arith.carry.carries`.
    budget : Fraction
        What all casts may do together, in output LSB; above 1/2, which the output takes.
    direct : bool
        Whether the last section's output is the output itself and not fed back.

    Returns
    -------
    Guard
        With `error_lsb` below the budget.

    Notes
    -----
    A rounding to nearest of f guard bits errs by up to 2**-f / 2 output LSB, the gain to the output
    tells what of it arrives. Equal shares first: f = ceil(log2(gain / (2 share))). Then the casts
    give back bits, the longest first, as long as the sum stays below the budget.
    """
    last = len(carried) - 1
    gains: dict[tuple[int, str], Fraction] = {}
    for k, entry in enumerate(carried):
        inner = sum((c.gain for name, c in entry.items() if name != "y"), Fraction(0))
        if len(entry) > 1:
            gains[k, "state"] = inner
        if not (direct and k == last):
            gains[k, "out"] = entry["y"].gain

    def error(bits: Mapping[tuple[int, str], int]) -> Fraction:
        final = _HALF if direct or bits[last, "out"] > 0 else Fraction(0)
        return final + sum(
            (gain * _HALF / Fraction(2) ** bits[p] for p, gain in gains.items()), Fraction(0)
        )

    share = (budget - _HALF) / (len(gains) + 1)
    bits = {p: _least(gain * _HALF / share) for p, gain in gains.items()}
    if not direct:
        bits[last, "out"] = max(0, bits[last, "out"])
    changed = True
    while changed:
        changed = False
        for p in sorted(bits, key=lambda p: (-bits[p], p)):
            if p == (last, "out") and bits[p] == 0:
                continue
            shorter = {**bits, p: bits[p] - 1}
            if error(shorter) < budget and gains[p]:
                bits, changed = shorter, True
    return Guard(
        out=tuple(bits.get((k, "out"), 0) for k in range(last + 1)),
        state=tuple(bits.get((k, "state"), 0) for k in range(last + 1)),
        error_lsb=error(bits),
    )


def _least(ratio: Fraction) -> int:
    """Return the least f with ratio <= 2**f."""
    if not ratio:
        return 0
    bits = ratio.numerator.bit_length() - ratio.denominator.bit_length() - 1
    while Fraction(2) ** bits < ratio:
        bits += 1
    return bits
