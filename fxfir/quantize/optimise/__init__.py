"""The search for coefficient words: integers whose response is better than that of rounding."""

from fxfir.quantize.optimise.adders import Adders, count_adders, fewest_adders
from fxfir.quantize.optimise.aim import Aim, aim_at_mask, aim_at_own
from fxfir.quantize.optimise.exact import Proof, prove
from fxfir.quantize.optimise.fir import SearchReport, optimise_words, subject_of
from fxfir.quantize.optimise.layout import Layout, layout_of
from fxfir.quantize.optimise.searcher import Found, Limits, Progress, search
from fxfir.quantize.optimise.width import WidthRow, Widths, WidthSearch, least_width
from fxfir.quantize.optimise.widths import FirWidths, SosWidths

__all__ = [
    "Adders",
    "Aim",
    "FirWidths",
    "Found",
    "Layout",
    "Limits",
    "Progress",
    "Proof",
    "SearchReport",
    "SosWidths",
    "WidthRow",
    "WidthSearch",
    "Widths",
    "aim_at_mask",
    "aim_at_own",
    "count_adders",
    "fewest_adders",
    "layout_of",
    "least_width",
    "optimise_words",
    "prove",
    "search",
    "subject_of",
]
