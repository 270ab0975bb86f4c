"""Frequency responses of taps, sections and whole filters, with NumPy alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxfir.arith.flow import transfer
from fxfir.errors import FilterError
from fxfir.filters import (
    Bank,
    FixedFir,
    FixedSos,
    Interleave,
    Node,
    Parallel,
    Requantise,
    Section,
    Series,
)

__all__ = ["Cascade", "Lane", "lanes", "real_sos", "real_taps"]

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cascade:
    """One input to one output: a product of rational functions of z**-1.

    Parameters
    ----------
    parts : tuple of (b, a), each an ndarray of float64
        Numerator b0, b1, ... and denominator a0, a1, ... of each factor.

    Examples
    --------
    >>> average = Cascade.of_taps([0.5, 0.5])
    >>> abs(average.at([0.0, 250.0, 500.0], fs_hz=1000.0)).round(3)
    array([1.   , 0.707, 0.   ])
    """

    parts: tuple[tuple[Floats, Floats], ...]

    @classmethod
    def of_taps(cls, taps: Iterable[Any]) -> Cascade:
        """Return the response of FIR taps, values and not words."""
        return cls(parts=((_floats(taps), np.ones(1)),))

    @classmethod
    def of_sos(cls, sos: Any) -> Cascade:
        """Return the response of rows [b0, b1, b2, a0, a1, a2], scipy's signs."""
        rows = np.asarray(sos, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] != 6:
            raise FilterError(f"sos must have rows of 6 numbers, got shape {rows.shape}")
        return cls(parts=tuple((row[:3].copy(), row[3:].copy()) for row in rows))

    def then(self, other: Cascade) -> Cascade:
        """Return the product of both."""
        return Cascade(parts=self.parts + other.parts)

    def at(self, freqs_hz: Any, *, fs_hz: float) -> Complexes:
        """Evaluate at any frequencies.

        Parameters
        ----------
        freqs_hz : array_like of float, shape (n,)
        fs_hz : float

        Returns
        -------
        ndarray of complex128, shape (n,)
        """
        freqs = np.asarray(freqs_hz, dtype=np.float64)
        delay = np.exp(-2j * np.pi * freqs / fs_hz)
        value = np.ones(freqs.shape, dtype=np.complex128)
        for b, a in self.parts:
            value *= np.polyval(b[::-1], delay)
            if len(a) > 1:
                value /= np.polyval(a[::-1], delay)
            else:
                value /= a[0]
        return value

    def uniform(self, n: int) -> Complexes:
        """Evaluate at n + 1 frequencies from 0 to half the sampling rate, by FFT.

        Parameters
        ----------
        n : int
            At least half the number of coefficients of any factor.

        Returns
        -------
        ndarray of complex128, shape (n + 1,)
        """
        value = np.ones(n + 1, dtype=np.complex128)
        for b, a in self.parts:
            if max(len(b), len(a)) > 2 * n:
                raise FilterError(f"n must be at least {-(-max(len(b), len(a)) // 2)}, got {n}")
            value *= np.fft.rfft(b, 2 * n)
            value /= np.fft.rfft(a, 2 * n)
        return value

    @property
    def n_coefficients(self) -> int:
        """Number of coefficients of the longest factor."""
        return max(max(len(b), len(a)) for b, a in self.parts)

    def roots(self) -> tuple[Complexes, Complexes]:
        """Return zeros and poles of all factors; for short factors (sections, small FIRs)."""
        zeros = [np.roots(b) for b, _ in self.parts]
        poles = [np.roots(a) for _, a in self.parts]
        return np.concatenate(zeros).astype(complex), np.concatenate(poles).astype(complex)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lane:
    """One output lane of a filter and the input lane that it is made from.

    Parameters
    ----------
    source : int
        Input lane.
    cascade : Cascade
        From that lane to this output.
    """

    source: int
    cascade: Cascade


def real_taps(filter: FixedFir) -> Floats:
    """Return the values of a filter's words, float64 of shape (n_taps,)."""
    return np.array([_value(word, filter.coeff.frac) for word in filter.taps])


def real_sos(sections: FixedSos | Sequence[Section]) -> Floats:
    """Return the values of a cascade's words as scipy's rows, float64 of shape (n_sections, 6)."""
    given = sections.sections if isinstance(sections, FixedSos) else sections
    return np.array(
        [[*(float(v) for v in b), 1.0, *(float(v) for v in a)] for b, a in map(transfer, given)]
    )


def lanes(node: Node) -> tuple[Lane, ...]:
    """Return the responses of a filter's words, one for each output lane or filter of a channel.

    Casts are left out: they are no linear operation.

    Raises
    ------
    FilterError
        If `node` is of an unknown kind.
    """
    match node:
        case FixedFir():
            return (Lane(source=0, cascade=Cascade.of_taps(real_taps(node))),)
        case FixedSos():
            return (Lane(source=0, cascade=Cascade.of_sos(real_sos(node))),)
        case Requantise():
            return (Lane(source=0, cascade=Cascade.of_taps([1.0])),)
        case Bank() | Interleave():
            return tuple(lane for f in node.filters for lane in lanes(f))
        case Parallel():
            found: list[Lane] = []
            start = 0
            for f in node.filters:
                found += [
                    Lane(source=start + lane.source, cascade=lane.cascade) for lane in lanes(f)
                ]
                start += f.n_in
            return tuple(found)
        case Series():
            if any(isinstance(stage, Interleave) for stage in node.stages):
                raise FilterError(
                    "a response needs filters that treat every sample alike, got channels in turn "
                    "inside a series"
                )
            current = lanes(node.stages[0])
            for stage in node.stages[1:]:
                current = tuple(
                    Lane(
                        source=current[lane.source].source,
                        cascade=current[lane.source].cascade.then(lane.cascade),
                    )
                    for lane in lanes(stage)
                )
            return current
        case _:
            raise FilterError(f"a response needs a linear filter, got {type(node).__name__}")


def _value(word: int, frac: int) -> float:
    # Python's int / int rounds once, also where either side is beyond float64's range.
    return word / (1 << frac) if frac >= 0 else float(word << -frac)


def _floats(values: Iterable[Any]) -> Floats:
    return np.array([float(v) for v in values], dtype=np.float64)
