"""Real coefficients and word lengths to the integers of the contract."""

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
