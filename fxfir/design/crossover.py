"""Linkwitz-Riley crossovers: bands whose sum has a flat magnitude."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fxfir.design.iir import design_iir
from fxfir.design.result import SosDesign
from fxfir.errors import SpecError
from fxfir.spec.check import count, finites, inside_band, positive
from fxfir.spec.kind import Kind
from fxfir.spec.sos import IirSos

__all__ = ["linkwitz_riley"]

_Array = np.ndarray[Any, Any]


def linkwitz_riley(
    frequencies_hz: float | Sequence[float], *, order: int = 4, fs_hz: float
) -> tuple[SosDesign, ...]:
    """Return the bands of a crossover, lowest first.

    At each crossover both neighbours are two Butterworth filters of half the order, 6 dB down
    (S. Linkwitz, "Active crossover networks for noncoincident drivers", JAES 24(1), 1976). Their
    sum is the all-pass of one Butterworth denominator; the bands that a later crossover does not
    split get that all-pass too, so that the sum of all bands is all-pass. Where half the order
    is odd the upper band is inverted, without which there would be a null.

    Parameters
    ----------
    frequencies_hz : float or sequence of float
        Crossover frequencies in Hz, increasing.
    order : int, optional
        Even, 2 to 16: 6 dB per octave for each.
    fs_hz : float
        Sampling rate in Hz.

    Returns
    -------
    tuple of SosDesign, shape (n_crossovers + 1,)

    Raises
    ------
    SpecError
        If a frequency is out of range or out of order, or the order is odd.

    Examples
    --------
    >>> low, high = linkwitz_riley(2000, fs_hz=48000)
    >>> low.n_sections, high.n_sections
    (2, 2)
    """
    fs_hz = positive(fs_hz, "fs_hz", "Hz")
    half, odd = divmod(count(order, "order", least=2, most=16), 2)
    if odd:
        raise SpecError(f"order of a Linkwitz-Riley crossover must be even, got {order}")
    given = frequencies_hz if np.ndim(frequencies_hz) else [frequencies_hz]
    edges = finites(given, "frequencies_hz", "Hz")
    if not edges:
        raise SpecError("a crossover needs a frequency, got none")
    for k, edge in enumerate(edges):
        inside_band(edge, f"frequencies_hz[{k}]", fs_hz)
        if k and edge <= edges[k - 1]:
            raise SpecError(
                f"frequencies_hz must increase, got frequencies_hz[{k}] = {edge:g} "
                f"after {edges[k - 1]:g}"
            )
    bands: list[list[_Array]] = [[]]
    for edge in edges:
        low, high = (_butter(half, kind, edge, fs_hz) for kind in (Kind.LOWPASS, Kind.HIGHPASS))
        phase = _all_pass(low)
        bands = [
            *([*band, phase] for band in bands[:-1]),
            [*bands[-1], low, low],
            [*bands[-1], high, _inverted(high) if half % 2 else high],
        ]
    return tuple(
        SosDesign(sos=np.vstack(band), family="linkwitz_riley", fs_hz=fs_hz, order=order)
        for band in bands
    )


def _butter(order: int, kind: Kind, edge_hz: float, fs_hz: float) -> _Array:
    spec = IirSos(family="butter", order=order, kind=kind, cutoff_hz=(edge_hz,), fs_hz=fs_hz)
    return design_iir(spec).sos


def _inverted(sos: _Array) -> _Array:
    result = sos.copy()
    result[0, :3] *= -1
    return result


def _all_pass(sos: _Array) -> _Array:
    """Return the all-pass with the poles of `sos`; a section of one pole stays of order one."""
    result = sos.copy()
    for row in result:
        order = 2 if row[5] else 1
        row[:3] = 0
        row[: order + 1] = row[3 : 4 + order][::-1]
    return result
