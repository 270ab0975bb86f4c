"""What the user asks for, in Hz, dB and bits, and every reader of a file a user brings."""

from fxfir.spec.equaliser import EqBand, EqKind, EqSos
from fxfir.spec.fir import (
    FIR_METHODS,
    WINDOWS,
    EquirippleFir,
    FirSpec,
    FrequencySamplingFir,
    HalfBandFir,
    HilbertFir,
    LeastSquaresFir,
    MovingAverageFir,
    RaisedCosineFir,
    RootRaisedCosineFir,
    TapsFir,
    WindowFir,
)
from fxfir.spec.hardware import INTERFACES, TARGETS, Hardware
from fxfir.spec.kind import Kind
from fxfir.spec.mask import Band, Mask
from fxfir.spec.optimise import Optimise
from fxfir.spec.read import (
    Sections,
    read_eq,
    read_eq_channels,
    read_sections,
    read_sos,
    read_taps,
    read_taps_file,
)
from fxfir.spec.sos import FAMILY_PARAMETERS, IirSos, RowsSos, SosSpec, sos_rows
from fxfir.spec.spec import BankSpec, SetsSpec, Spec
from fxfir.spec.taps import Codes, Taps, Values
from fxfir.spec.toml import parse_spec, read_spec
from fxfir.spec.words import NORMS, Words

__all__ = [
    "FAMILY_PARAMETERS",
    "FIR_METHODS",
    "INTERFACES",
    "NORMS",
    "TARGETS",
    "WINDOWS",
    "Band",
    "BankSpec",
    "Codes",
    "EqBand",
    "EqKind",
    "EqSos",
    "EquirippleFir",
    "FirSpec",
    "FrequencySamplingFir",
    "HalfBandFir",
    "Hardware",
    "HilbertFir",
    "IirSos",
    "Kind",
    "LeastSquaresFir",
    "Mask",
    "MovingAverageFir",
    "Optimise",
    "RaisedCosineFir",
    "RootRaisedCosineFir",
    "RowsSos",
    "Sections",
    "SosSpec",
    "SetsSpec",
    "Spec",
    "Taps",
    "TapsFir",
    "Values",
    "WindowFir",
    "Words",
    "parse_spec",
    "read_eq",
    "read_eq_channels",
    "read_sections",
    "read_sos",
    "read_spec",
    "read_taps",
    "read_taps_file",
    "sos_rows",
]
