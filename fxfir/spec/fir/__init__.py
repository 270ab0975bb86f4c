"""Specifications of FIR filters: one frozen class per way to come by taps.

Every rule is checked at construction, so that a SPEC.toml and a Python call fail alike and before
any work is done. `fxfir.design` holds one function per class. Always the number of taps, never
the order: n_taps = order + 1.
"""

from __future__ import annotations

from fxfir.spec.fir.base import FirSpec, check_odd, check_parity
from fxfir.spec.fir.fitted import EquirippleFir, FittedFir, LeastSquaresFir
from fxfir.spec.fir.given import MovingAverageFir, TapsFir
from fxfir.spec.fir.pulse import NORMALISATIONS, RaisedCosineFir, RootRaisedCosineFir
from fxfir.spec.fir.sampling import FrequencySamplingFir
from fxfir.spec.fir.structured import HalfBandFir, HilbertFir
from fxfir.spec.fir.window import WINDOWS, WindowFir

__all__ = [
    "FIR_METHODS",
    "NORMALISATIONS",
    "WINDOWS",
    "EquirippleFir",
    "FirSpec",
    "FittedFir",
    "FrequencySamplingFir",
    "HalfBandFir",
    "HilbertFir",
    "LeastSquaresFir",
    "MovingAverageFir",
    "RaisedCosineFir",
    "RootRaisedCosineFir",
    "TapsFir",
    "WindowFir",
    "check_odd",
    "check_parity",
]

FIR_METHODS: dict[str, type[FirSpec]] = {
    "window": WindowFir,
    "least_squares": LeastSquaresFir,
    "equiripple": EquirippleFir,
    "frequency_sampling": FrequencySamplingFir,
    "half_band": HalfBandFir,
    "hilbert": HilbertFir,
    "raised_cosine": RaisedCosineFir,
    "root_raised_cosine": RootRaisedCosineFir,
    "moving_average": MovingAverageFir,
}
"""Design methods by the name a SPEC.toml gives them."""
