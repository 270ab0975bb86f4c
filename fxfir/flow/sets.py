"""Sets of taps in one coefficient format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from fxfir.fixed import Format
from fxfir.spec.words import Words

__all__ = ["shared_words"]


def shared_words(words: Words, filters: Sequence[Any]) -> Words | None:
    """Return words whose coefficient format the taps of all sets fit.

    Parameters
    ----------
    words : Words
    filters : sequence of FixedFir, shape (n_sets,)
        Each in the format that suits it best.

    Returns
    -------
    Words or None
        With the greatest fraction that all sets have; None if they agree already, or if each set's
        accuracy decided its format: then the sets meet at the finest binary point.
    """
    coeffs: list[Format] = [fir.coeff for fir in filters]
    if len(set(coeffs)) == 1 or words.accuracy is not None:
        return None
    coarsest = min(coeffs, key=lambda fmt: fmt.frac)
    shared = replace(coarsest, signed=any(fmt.signed for fmt in coeffs))
    return replace(words, coeff=shared, coeff_width=None)
