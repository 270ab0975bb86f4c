"""What a filter does, measured or proven: responses, mask verdicts, bounds, noise.

Names load on first use: a bound needs no responses. `fxfir.analysis.plot` is imported by name,
since it needs matplotlib.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fxfir.analysis.bound import ErrorBound, FirError, error_bound
    from fxfir.analysis.budget import NoiseBudget, NoiseSource, noise_budget
    from fxfir.analysis.causes import Cause, fir_budget
    from fxfir.analysis.constant import ConstantInput, constant_input
    from fxfir.analysis.cycles import Cycle, Region, find_cycles
    from fxfir.analysis.formats import Candidate, Proposal, propose_for_data, propose_for_gaussian
    from fxfir.analysis.ideal import IdealOutput, ideal_output
    from fxfir.analysis.mask import BandVerdict, MaskVerdict, judge, judge_filter
    from fxfir.analysis.oscillation import limit_cycles
    from fxfir.analysis.poles import PolePair, pole_pair, section_poles
    from fxfir.analysis.response import Cascade, Lane, lanes, real_sos, real_taps
    from fxfir.analysis.snr import snr_db
    from fxfir.analysis.sos_bound import CascadeBound, RoundingPoint, cascade_bound
    from fxfir.analysis.verdict import LimitCycles

__all__ = [
    "BandVerdict",
    "Candidate",
    "Cascade",
    "CascadeBound",
    "Cause",
    "ConstantInput",
    "Cycle",
    "ErrorBound",
    "FirError",
    "IdealOutput",
    "Lane",
    "LimitCycles",
    "MaskVerdict",
    "NoiseBudget",
    "NoiseSource",
    "PolePair",
    "Proposal",
    "Region",
    "RoundingPoint",
    "cascade_bound",
    "constant_input",
    "error_bound",
    "find_cycles",
    "ideal_output",
    "fir_budget",
    "judge",
    "judge_filter",
    "lanes",
    "limit_cycles",
    "noise_budget",
    "pole_pair",
    "propose_for_data",
    "propose_for_gaussian",
    "real_sos",
    "real_taps",
    "section_poles",
    "snr_db",
]

_HOMES = {
    "Candidate": "formats",
    "Proposal": "formats",
    "propose_for_data": "formats",
    "propose_for_gaussian": "formats",
    "Cause": "causes",
    "fir_budget": "causes",
    "ErrorBound": "bound",
    "FirError": "bound",
    "error_bound": "bound",
    "CascadeBound": "sos_bound",
    "RoundingPoint": "sos_bound",
    "cascade_bound": "sos_bound",
    "NoiseBudget": "budget",
    "NoiseSource": "budget",
    "noise_budget": "budget",
    "ConstantInput": "constant",
    "constant_input": "constant",
    "Cycle": "cycles",
    "Region": "cycles",
    "find_cycles": "cycles",
    "IdealOutput": "ideal",
    "ideal_output": "ideal",
    "BandVerdict": "mask",
    "MaskVerdict": "mask",
    "judge": "mask",
    "judge_filter": "mask",
    "LimitCycles": "verdict",
    "limit_cycles": "oscillation",
    "PolePair": "poles",
    "pole_pair": "poles",
    "section_poles": "poles",
    "Cascade": "response",
    "Lane": "response",
    "lanes": "response",
    "real_sos": "response",
    "real_taps": "response",
    "snr_db": "snr",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
