"""Real coefficients and word lengths to the integers of the contract.

Names load on first use: taps need nothing of what sections need.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fxfir.quantize.assemble import QuantizedSos, SectionReport
    from fxfir.quantize.coupled import coupled_form
    from fxfir.quantize.faithful import faithful_sos
    from fxfir.quantize.faithful_taps import faithful_fir
    from fxfir.quantize.fir import QuantizedFir, fir_from_codes, quantize_fir
    from fxfir.quantize.scaling import Scaling
    from fxfir.quantize.sos import quantize_sos

__all__ = [
    "QuantizedFir",
    "QuantizedSos",
    "Scaling",
    "SectionReport",
    "coupled_form",
    "faithful_fir",
    "faithful_sos",
    "fir_from_codes",
    "quantize_fir",
    "quantize_sos",
]

_HOMES = {
    "QuantizedFir": "fir",
    "coupled_form": "coupled",
    "faithful_fir": "faithful_taps",
    "faithful_sos": "faithful",
    "fir_from_codes": "fir",
    "quantize_fir": "fir",
    "Scaling": "scaling",
    "QuantizedSos": "assemble",
    "SectionReport": "assemble",
    "quantize_sos": "sos",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
