"""What a filter does, measured or proven: responses, mask verdicts, bounds, noise.

`fxfir.analysis.plot` draws; it is imported by name, since it needs matplotlib.
"""

from fxfir.analysis.bound import ErrorBound, FirError, error_bound
from fxfir.analysis.mask import BandVerdict, MaskVerdict, judge, judge_filter
from fxfir.analysis.poles import PolePair, pole_pair, section_poles
from fxfir.analysis.response import Cascade, Lane, lanes, real_sos, real_taps
from fxfir.analysis.snr import snr_db

__all__ = [
    "BandVerdict",
    "Cascade",
    "ErrorBound",
    "FirError",
    "Lane",
    "MaskVerdict",
    "PolePair",
    "error_bound",
    "judge",
    "judge_filter",
    "lanes",
    "pole_pair",
    "real_sos",
    "real_taps",
    "section_poles",
    "snr_db",
]
