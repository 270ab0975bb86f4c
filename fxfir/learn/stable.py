"""Denominators that are stable whatever the parameters, and stay so as integers."""

from __future__ import annotations

from fractions import Fraction

import torch
from torch import Tensor

from fxfir.arith import is_stable
from fxfir.errors import StabilityError
from fxfir.fixed import Format

__all__ = ["from_reflection", "nearest_stable", "to_reflection"]

_MOST = 1 - 2.0**-30
"""Largest reflection coefficient: tanh alone reaches 1 in doubles."""

_REACH = 2


def from_reflection(raw: Tensor) -> Tensor:
    """Return a1, a2 of any real parameters.

    Parameters
    ----------
    raw : Tensor, shape (..., 2)

    Returns
    -------
    Tensor of float64, shape (..., 2)
        k = tanh(raw) just inside (-1, 1) are the reflection coefficients of the denominator:
        a1 = k1 (1 + k2), a2 = k2. Every stable denominator has one such pair.

    References
    ----------
    .. [1] A. H. Gray, J. D. Markel, "Digital lattice and ladder filter synthesis", IEEE Trans.
       Audio Electroacoustics 21, 1973, section II.
    """
    k = torch.tanh(raw.double()) * _MOST
    first, second = k[..., 0], k[..., 1]
    return torch.stack([first * (1 + second), second], -1)


def to_reflection(a: Tensor) -> Tensor:
    """Return the parameters from which `from_reflection` gives a1, a2, shape (..., 2).

    Raises
    ------
    StabilityError
        If a pole is not inside the unit circle.
    """
    second = a[..., 1].double()
    first = a[..., 0].double() / (1 + second)
    k = torch.stack([first, second], -1)
    bad = ~(k.abs() < 1)
    if bad.any():
        place = bad.any(-1).nonzero()[0].tolist()
        found = ", ".join(f"{v:.9g}" for v in a[tuple(place)].tolist())
        raise StabilityError(
            f"poles must lie inside the unit circle, got a1, a2 = {found} in section {place[-1]}"
        )
    return torch.atanh((k / _MOST).clamp(-_MOST, _MOST))


def nearest_stable(a: Tensor, formats: list[list[Format]]) -> Tensor:
    """Round a1, a2 to the nearest words whose poles are inside the unit circle.

    Parameters
    ----------
    a : Tensor of float64, shape (channels, n_sections, 2)
        Of stable denominators.
    formats : list of lists of Format, shape (channels, n_sections)

    Returns
    -------
    Tensor of float64, shape (channels, n_sections, 2)
        Integers: the half-even roundings where they are stable, else the nearest pair that is,
        the smaller a1 of two equally near ones.
    """
    rows = a.detach().double().tolist()
    return torch.tensor(
        [
            [_pair(values[0], values[1], fmt) for values, fmt in zip(row, fmts, strict=True)]
            for row, fmts in zip(rows, formats, strict=True)
        ],
        dtype=torch.float64,
        device=a.device,
    )


def _pair(a1: float, a2: float, fmt: Format) -> tuple[int, int]:
    one = Fraction(2) ** fmt.frac
    scale = 2.0**fmt.frac
    wanted = (a1 * scale, a2 * scale)
    words = (round(wanted[0]), round(wanted[1]))
    if all(map(fmt.contains, words)) and is_stable(*words, one):
        return words
    near = [
        (first, second)
        for first in range(words[0] - _REACH, words[0] + _REACH + 1)
        for second in range(words[1] - _REACH, words[1] + _REACH + 1)
        if fmt.contains(first) and fmt.contains(second) and is_stable(first, second, one)
    ]
    if not near:
        return (0, 0)
    return min(near, key=lambda w: ((w[0] - wanted[0]) ** 2 + (w[1] - wanted[1]) ** 2, w))
