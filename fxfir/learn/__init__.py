"""Filters that learn, and come out as exact hardware: torch layers over the numeric contract.

Nothing else in fxfir imports torch.
"""

from fxfir.errors import ToolError

try:
    from fxfir.learn.compose import Bank, FilterBank, Series, Sum
    from fxfir.learn.conditioned import Conditioned
    from fxfir.learn.equaliser import ParametricEQ
    from fxfir.learn.fir import FIR
    from fxfir.learn.imports import TapsTurned, from_torch
    from fxfir.learn.layer import Layer
    from fxfir.learn.pointwise import Clip, ReLU, Tabulated, Tanh
    from fxfir.learn.sos import SOS, Biquad
    from fxfir.learn.switched import Switched
except ModuleNotFoundError as error:
    if error.name not in ("torch", "numba"):
        raise
    raise ToolError(f"fxfir.learn needs {error.name} (the extra fxfir[learn]), got none") from None

__all__ = [
    "FIR",
    "SOS",
    "Bank",
    "Biquad",
    "Clip",
    "Conditioned",
    "FilterBank",
    "Layer",
    "ParametricEQ",
    "ReLU",
    "Series",
    "Sum",
    "Switched",
    "Tabulated",
    "Tanh",
    "TapsTurned",
    "from_torch",
]
