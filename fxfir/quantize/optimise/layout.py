"""Which words of a FIR filter may move: equal taps as one, zeros not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxfir.arith.structure import structure_of

__all__ = ["Layout", "layout_of"]

_Array = NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How few numbers make all taps.

    Parameters
    ----------
    n_taps : int
    symmetry : int
        1 symmetric, -1 antisymmetric, 0 neither.
    centre : float
        Index about which the taps are symmetric; the first tap's without symmetry.
    groups : tuple of tuples of (int, int)
        For each number that may move, the taps that hold it and their signs.
    fixed : tuple of (int, Fraction)
        Taps that stay as they are, and their values; zeros are left out.
    """

    n_taps: int
    symmetry: int
    centre: float
    groups: tuple[tuple[tuple[int, int], ...], ...]
    fixed: tuple[tuple[int, Fraction], ...]

    @property
    def n_free(self) -> int:
        """Number of words that may move."""
        return len(self.groups)

    def columns(self, omega: _Array) -> _Array:
        """Return the response of each number that may move, at angles in radians per sample.

        Parameters
        ----------
        omega : ndarray of float64, shape (n,)

        Returns
        -------
        ndarray, shape (n, n_free)
            The real amplitude for symmetric and antisymmetric taps, else the complex response.
        """
        return self._responses(omega, self.groups)

    def still(self, omega: _Array) -> _Array:
        """Return the response of the taps that stay, shape (n,)."""
        found = self._responses(omega, tuple(((k, 1),) for k, _ in self.fixed))
        values = np.array([float(v) for _, v in self.fixed])
        result: _Array = found @ values
        return result

    def response(self, taps: Sequence[Any], omega: _Array) -> _Array:
        """Return the response of all taps, of the same kind as `columns`."""
        every = tuple(((k, 1),) for k in range(self.n_taps))
        result: _Array = self._responses(omega, every) @ np.array([float(v) for v in taps])
        return result

    def words(self, free: Sequence[int], frac: int) -> tuple[int, ...]:
        """Return the words of all taps.

        Parameters
        ----------
        free : sequence of int, shape (n_free,)
        frac : int
            Fraction bits, which hold the fixed taps exactly.
        """
        words = [0] * self.n_taps
        for k, value in self.fixed:
            words[k] = int(value * Fraction(2) ** frac)
        for word, group in zip(free, self.groups, strict=True):
            for k, sign in group:
                words[k] = sign * int(word)
        return tuple(words)

    def _responses(self, omega: _Array, groups: tuple[tuple[tuple[int, int], ...], ...]) -> _Array:
        kind: Any = np.float64 if self.symmetry else np.complex128
        found = np.zeros((len(omega), len(groups)), dtype=kind)
        for column, group in enumerate(groups):
            for k, sign in group:
                angle = omega * (k - self.centre)
                if self.symmetry == 1:
                    found[:, column] += sign * np.cos(angle)
                elif self.symmetry == -1:
                    found[:, column] += sign * np.sin(angle)
                else:
                    found[:, column] += sign * np.exp(-1j * angle)
        return found


def layout_of(taps: Sequence[Fraction], frac: int) -> Layout:
    """Return the layout of exact taps.

    Parameters
    ----------
    taps : sequence of Fraction
        Not all zero. A tap of zero stays zero; so does the centre of a half-band filter stay, if
        `frac` bits hold it.
    frac : int

    Examples
    --------
    >>> layout = layout_of([Fraction(-1, 9), 0, Fraction(1, 3), Fraction(1, 2), Fraction(1, 3), 0,
    ...     Fraction(-1, 9)], 4)
    >>> layout.groups, layout.fixed
    ((((0, 1), (6, 1)), ((2, 1), (4, 1))), ((3, Fraction(1, 2)),))
    """
    found = structure_of(taps)  # type: ignore[arg-type]
    used = [k for k, tap in enumerate(taps) if tap]
    first, last = used[0], used[-1]
    fixed: list[tuple[int, Fraction]] = []
    groups: list[tuple[tuple[int, int], ...]] = []
    for k in used:
        partner = first + last - k
        if found.symmetry and partner < k:
            continue
        if found.symmetry == 1 and partner == k and found.half_band:
            value = Fraction(taps[k])
            if (value * Fraction(2) ** frac).denominator == 1:
                fixed.append((k, value))
                continue
        if found.symmetry and partner != k:
            groups.append(((k, 1), (partner, found.symmetry)))
        else:
            groups.append(((k, 1),))
    return Layout(
        n_taps=len(taps),
        symmetry=found.symmetry,
        centre=(first + last) / 2 if found.symmetry else 0.0,
        groups=tuple(groups),
        fixed=tuple(fixed),
    )
