"""Exact algorithms on integers and fractions; no floating point decides anything here."""

from fxfir.arith.peak_gain import Block, PeakGain, cascade_peak_gains, peak_gain
from fxfir.arith.rational import common_denominator, half_even, half_even_scaled
from fxfir.arith.stability import is_stable, pole_radius, recursion_gain, require_stable
from fxfir.arith.sums import l1_norm, sum_range

__all__ = [
    "Block",
    "PeakGain",
    "cascade_peak_gains",
    "common_denominator",
    "half_even",
    "half_even_scaled",
    "is_stable",
    "l1_norm",
    "peak_gain",
    "pole_radius",
    "recursion_gain",
    "require_stable",
    "sum_range",
]
