"""From a specification to floating-point taps or sections; the user of scipy.signal."""

from fxfir.design.audio import WEIGHTINGS, dc_blocker, tone, weighting
from fxfir.design.crossover import linkwitz_riley
from fxfir.design.dispatch import METHODS, design_fir, design_sos
from fxfir.design.equaliser import CENTRES_HZ, graphic_eq, parametric_eq
from fxfir.design.iir import FAMILIES
from fxfir.design.result import FirDesign, SosDesign
from fxfir.design.roomy import design_roomy
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
    "CENTRES_HZ",
    "FAMILIES",
    "METHODS",
    "WEIGHTINGS",
    "FirDesign",
    "SosDesign",
    "bandpass",
    "bands",
    "bandstop",
    "bessel",
    "butter",
    "cheby1",
    "cheby2",
    "dc_blocker",
    "design_fir",
    "design_roomy",
    "design_sos",
    "ellip",
    "graphic_eq",
    "highpass",
    "linkwitz_riley",
    "lowpass",
    "moving_average",
    "parametric_eq",
    "tone",
    "weighting",
]
