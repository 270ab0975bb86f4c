"""Real coefficients and word lengths to the integers of the contract.

Names load on first use: taps need nothing of what sections need.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fxfir.quantize.fir import QuantizedFir, fir_from_codes, quantize_fir
    from fxfir.quantize.scaling import Scaling
    from fxfir.quantize.sos import QuantizedSos, SectionReport, quantize_sos

__all__ = [
    "QuantizedFir",
    "QuantizedSos",
    "Scaling",
    "SectionReport",
    "fir_from_codes",
    "quantize_fir",
    "quantize_sos",
]

_HOMES = {
    "QuantizedFir": "fir",
    "fir_from_codes": "fir",
    "quantize_fir": "fir",
    "Scaling": "scaling",
    "QuantizedSos": "sos",
    "SectionReport": "sos",
    "quantize_sos": "sos",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
