"""The search for coefficient words: integers whose response is better than that of rounding."""

from fxfir.quantize.optimise.aim import Aim, aim_at_mask, aim_at_own
from fxfir.quantize.optimise.exact import Proof, prove
from fxfir.quantize.optimise.fir import SearchReport, optimise_words, subject_of
from fxfir.quantize.optimise.layout import Layout, layout_of
from fxfir.quantize.optimise.searcher import Found, Limits, search

__all__ = [
    "Aim",
    "Found",
    "Layout",
    "Limits",
    "Proof",
    "SearchReport",
    "aim_at_mask",
    "aim_at_own",
    "layout_of",
    "optimise_words",
    "prove",
    "search",
    "subject_of",
]
