"""Numbers as integers: formats, roundings, overflow and the cast that joins them."""

from fxfir.fixed.cast import Cast, apply, round_shift
from fxfir.fixed.format import SQ, UQ, Format
from fxfir.fixed.overflow import Overflow, saturate, wrap
from fxfir.fixed.rounding import Rounding

__all__ = [
    "SQ",
    "UQ",
    "Cast",
    "Format",
    "Overflow",
    "Rounding",
    "apply",
    "round_shift",
    "saturate",
    "wrap",
]
