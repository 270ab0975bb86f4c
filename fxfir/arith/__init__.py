"""Exact algorithms on integers and fractions; no floating point decides anything here."""

from fxfir.arith.adder import Adder, Term
from fxfir.arith.cmvm import solve_matrix
from fxfir.arith.csd import csd, csd_graph
from fxfir.arith.draw import draw_graph
from fxfir.arith.graph import AdderGraph
from fxfir.arith.mcm import Solution, least_depth, solve
from fxfir.arith.peak_gain import Block, PeakGain, cascade_peak_gains, peak_gain
from fxfir.arith.rational import common_denominator, half_even, half_even_scaled
from fxfir.arith.schedule import Schedule, schedule
from fxfir.arith.stability import is_stable, pole_radius, recursion_gain, require_stable
from fxfir.arith.sums import l1_norm, sum_range, weighted_range
from fxfir.arith.transpose import transpose

__all__ = [
    "Adder",
    "AdderGraph",
    "Block",
    "PeakGain",
    "Schedule",
    "Solution",
    "Term",
    "cascade_peak_gains",
    "common_denominator",
    "csd",
    "csd_graph",
    "draw_graph",
    "half_even",
    "half_even_scaled",
    "is_stable",
    "l1_norm",
    "least_depth",
    "peak_gain",
    "pole_radius",
    "recursion_gain",
    "require_stable",
    "schedule",
    "solve",
    "solve_matrix",
    "sum_range",
    "transpose",
    "weighted_range",
]
