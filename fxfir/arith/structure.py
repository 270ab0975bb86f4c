"""What a list of integer taps has in common with itself: symmetry, zeros, half-band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["FirStructure", "structure_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FirStructure:
    """The structure found in taps.

    Parameters
    ----------
    n_taps : int
    span : int
        Taps from the first to the last that is not zero.
    symmetry : int
        1 for taps[k] == taps[n-1-k], -1 for taps[k] == -taps[n-1-k], 0 for neither; zeros at
        either end only delay, and are left out of the comparison.
    n_zeros : int
        Number of zero taps.
    n_products : int
        Multiplications left when equal taps share one and zero taps have none.
    half_band : bool
        Odd length, and every second tap counted from the centre is zero.
    """

    n_taps: int
    span: int
    symmetry: int
    n_zeros: int
    n_products: int
    half_band: bool

    def __str__(self) -> str:
        kind = {1: "symmetric", -1: "antisymmetric", 0: "no symmetry"}[self.symmetry]
        words = [f"{kind}, {'odd' if self.span % 2 else 'even'} length"]
        if self.half_band:
            words.append("half-band")
        if self.n_zeros:
            words.append(f"{self.n_zeros} zero tap{'s' if self.n_zeros > 1 else ''}")
        return ", ".join(words)


def structure_of(taps: Sequence[int]) -> FirStructure:
    """Return the structure of integer taps.

    Parameters
    ----------
    taps : sequence of int, shape (n_taps,)
        At least one that is not zero.

    Examples
    --------
    >>> print(structure_of((-1, 0, 9, 16, 9, 0, -1)))
    symmetric, odd length, half-band, 2 zero taps
    >>> structure_of((1, 2, -2, -1)).symmetry
    -1
    """
    used = [k for k, tap in enumerate(taps) if tap]
    values = tuple(taps[used[0] : used[-1] + 1])
    n = len(values)
    mirrored = values[::-1]
    if values == mirrored:
        symmetry = 1
    elif values == tuple(-v for v in mirrored):
        symmetry = -1
    else:
        symmetry = 0
    centre = n // 2
    half_band = (
        n % 2 == 1
        and n >= 7
        and values[centre] != 0
        and all(values[k] == 0 for k in range(n) if k != centre and (k - centre) % 2 == 0)
    )
    folded = values[: (n + 1) // 2] if symmetry else values
    return FirStructure(
        n_taps=len(taps),
        span=n,
        symmetry=symmetry,
        n_zeros=len(taps) - len(used),
        n_products=sum(1 for v in folded if v),
        half_band=half_band,
    )
