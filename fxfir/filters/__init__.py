"""The frozen numeric contract: integers and formats that decide every output value.

Nothing here computes a filter. `fxfir.model` and `fxfir.rtl` are two independent readings of
these types.
"""

from fxfir.filters.compose import Bank, Parallel, Requantise, Series
from fxfir.filters.fir import FixedFir
from fxfir.filters.interleave import Interleave
from fxfir.filters.matrix import FirMatrix
from fxfir.filters.node import Node
from fxfir.filters.serial import canonical, digest, from_json, to_json
from fxfir.filters.sos import Direct, FixedSos, Form, Section
from fxfir.filters.stages import MOST_TABLE_BITS, Clip, Select, Sum, Table
from fxfir.filters.state_space import StateSpace
from fxfir.filters.switched import MOST_SETS, SwitchedFir, set_width

__all__ = [
    "MOST_SETS",
    "MOST_TABLE_BITS",
    "Bank",
    "Clip",
    "Direct",
    "FirMatrix",
    "FixedFir",
    "FixedSos",
    "Form",
    "Interleave",
    "Node",
    "Parallel",
    "Requantise",
    "Section",
    "Select",
    "Series",
    "StateSpace",
    "Sum",
    "SwitchedFir",
    "Table",
    "canonical",
    "digest",
    "from_json",
    "set_width",
    "to_json",
]
