"""The noise budget of a cascade: what every rounding adds to the output's noise, and where."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fxfir.analysis.grid import integration_weights, pole_grid
from fxfir.analysis.poles import quadratic_roots
from fxfir.analysis.response import Cascade
from fxfir.arith.carry import rounding_range
from fxfir.arith.flow import section_flow
from fxfir.filters import FixedSos
from fxfir.fixed import Cast

__all__ = ["NoiseBudget", "NoiseSource", "noise_budget"]

Floats = NDArray[np.float64]

_UNIFORM = 512


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NoiseSource:
    """One rounding as a source of noise.

    Parameters
    ----------
    section : int or None
        None for the output cast.
    name : str
        Word that the cast makes, as in `Form`; "output" for the output cast.
    variance : float
        Of the error at the cast, in output LSB squared.
    mean_lsb : float
        Mean error at the output, in output LSB; 0 for roundings to nearest of many bits.
    response : Cascade
        From the cast to the output.
    power : float
        Variance of what arrives, in output LSB squared.
    """

    section: int | None
    name: str
    variance: float
    mean_lsb: float
    response: Cascade
    power: float

    @property
    def rms_lsb(self) -> float:
        """Root of the power."""
        return math.sqrt(self.power)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NoiseBudget:
    """What all roundings add to the output's noise.

    Parameters
    ----------
    sources : tuple of NoiseSource
        Casts that round nothing away are left out.
    """

    sources: tuple[NoiseSource, ...]

    @property
    def power(self) -> float:
        """Variance of the whole noise, in output LSB squared."""
        return math.fsum(source.power for source in self.sources)

    @property
    def rms_lsb(self) -> float:
        """Root of the power."""
        return math.sqrt(self.power)

    @property
    def mean_lsb(self) -> float:
        """Mean of the output's error, in output LSB."""
        return math.fsum(source.mean_lsb for source in self.sources)

    def spectrum(self, freqs_hz: Floats, *, fs_hz: float) -> Floats:
        """Return the one-sided power density in output LSB squared per Hz, without the mean.

        Parameters
        ----------
        freqs_hz : array_like of float, shape (n,)
        fs_hz : float
        """
        freqs = np.asarray(freqs_hz, dtype=np.float64)
        total = np.zeros(freqs.shape)
        for source in self.sources:
            total += source.variance * np.abs(source.response.at(freqs, fs_hz=fs_hz)) ** 2
        return total * 2 / fs_hz


def noise_budget(filter: FixedSos) -> NoiseBudget:
    """Predict the round-off noise of a cascade that a busy signal goes through.

    Parameters
    ----------
    filter : FixedSos
        Stable sections.

    Returns
    -------
    NoiseBudget

    Notes
    -----
    Each rounding of d bits is taken as an error that is white, independent of all others and
    equally likely at all 2**d places: of variance (1 - 4**-d) / 12 LSB squared. The output gets
    that times the squared L2 norm of the response from the cast, a mean over frequency. The model
    holds for signals that move by many LSB; constant and periodic ones are what limit cycles and
    the certified error are for.

    References
    ----------
    .. [1] L. B. Jackson, "On the interaction of roundoff noise and dynamic range in digital
       filters", Bell System Technical Journal 49, 1970.
    """
    pairs = zip(filter.sections, filter.section_inputs, strict=True)
    flows = [section_flow(section, source.frac) for section, source in pairs]
    to = filter.output.to
    angles = pole_grid([root for flow in flows for root in quadratic_roots(*flow.a)], _UNIFORM)
    weights = integration_weights(angles)

    def source(section: int | None, name: str, cast: Cast, frac: int, response: Cascade) -> None:
        bits = max(0, frac - cast.to.frac)
        if not bits:
            return
        unit = float(cast.to.step / to.step)
        low, high = rounding_range(cast.rounding, bits)
        variance = unit**2 * (1 - 4.0**-bits) / 12
        steady = float(response.at([0.0], fs_hz=1.0)[0].real)
        energy = float(weights @ np.abs(response.at(angles, fs_hz=2 * np.pi)) ** 2)
        found.append(
            NoiseSource(
                section=section,
                name=name,
                variance=variance,
                mean_lsb=unit * float(low + high) / 2 * steady,
                response=response,
                power=variance * energy,
            )
        )

    found: list[NoiseSource] = []
    after = Cascade(parts=())
    source(None, "output", filter.output, filter.sections[-1].out.to.frac, after)
    for k in range(len(flows) - 1, -1, -1):
        flow = flows[k]
        for name, cast in reversed(list(flow.casts.items())):
            response = _part(flow.output.get(name, (Fraction(0),)), flow.a).then(after)
            source(k, name, cast, flow.fracs[name], response)
        after = _part(flow.b, flow.a).then(after)
    return NoiseBudget(sources=tuple(reversed(found)))


def _part(b: Sequence[Fraction], a: Sequence[Fraction]) -> Cascade:
    return Cascade(parts=((np.array([float(v) for v in b]), np.array([1.0, *map(float, a)])),))
