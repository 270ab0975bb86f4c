"""Exact algorithms on integers and fractions; no floating point decides anything here."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fxfir.arith.adder import Adder, Term
from fxfir.arith.csd import csd, csd_graph
from fxfir.arith.graph import AdderGraph
from fxfir.arith.peak_gain import Block, PeakGain, cascade_peak_gains, peak_gain
from fxfir.arith.rational import common_denominator, half_even, half_even_scaled
from fxfir.arith.schedule import Schedule, schedule
from fxfir.arith.stability import is_stable, pole_radius, recursion_gain, require_stable
from fxfir.arith.sums import l1_norm, sum_range, weighted_range
from fxfir.arith.transpose import transpose

if TYPE_CHECKING:
    from fxfir.arith.cmvm import solve_matrix
    from fxfir.arith.draw import draw_graph
    from fxfir.arith.mcm import Solution, least_depth, solve

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

# Solvers cost a tenth of the time that a small filter takes to generate, and few filters need them.
_LATE = {
    "Solution": "fxfir.arith.mcm",
    "draw_graph": "fxfir.arith.draw",
    "least_depth": "fxfir.arith.mcm",
    "solve": "fxfir.arith.mcm",
    "solve_matrix": "fxfir.arith.cmvm",
}


def __getattr__(name: str) -> Any:
    if name in _LATE:
        return getattr(import_module(_LATE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
