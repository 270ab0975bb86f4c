"""From a specification to floating-point taps or sections; the user of scipy.signal."""

from fxfir.design.dispatch import METHODS, design_fir, design_sos
from fxfir.design.iir import FAMILIES
from fxfir.design.result import FirDesign, SosDesign
from fxfir.design.shortcuts import (
    bandpass,
    bands,
    bandstop,
    bessel,
    butter,
    cheby1,
    cheby2,
    ellip,
    highpass,
    lowpass,
    moving_average,
)

__all__ = [
    "FAMILIES",
    "METHODS",
    "FirDesign",
    "SosDesign",
    "bandpass",
    "bands",
    "bandstop",
    "bessel",
    "butter",
    "cheby1",
    "cheby2",
    "design_fir",
    "design_sos",
    "ellip",
    "highpass",
    "lowpass",
    "moving_average",
]
