"""FIR architectures: same integers, different gates."""

from __future__ import annotations

from fxfir.rtl.core import Core
from fxfir.rtl.fir.direct import Direct
from fxfir.rtl.fir.matrix import Expanded, MultiplierlessMatrix
from fxfir.rtl.fir.multiplierless import Multiplierless
from fxfir.rtl.fir.multiplierless_bank import MultiplierlessBank
from fxfir.rtl.fir.serial import Serial
from fxfir.rtl.fir.switched import SwitchedDirect
from fxfir.rtl.fir.switched_serial import SwitchedSerial
from fxfir.rtl.fir.symmetric import Symmetric, mirror
from fxfir.rtl.fir.systolic import Systolic
from fxfir.rtl.fir.transposed import Transposed

__all__ = [
    "ARCHITECTURES",
    "BANKS",
    "MATRICES",
    "SETS",
    "Direct",
    "Expanded",
    "Multiplierless",
    "MultiplierlessBank",
    "MultiplierlessMatrix",
    "Serial",
    "SwitchedDirect",
    "SwitchedSerial",
    "Symmetric",
    "Systolic",
    "Transposed",
    "mirror",
]

ARCHITECTURES: dict[str, type[Core]] = {
    "direct": Direct,
    "transposed": Transposed,
    "symmetric": Symmetric,
    "systolic": Systolic,
    "multiplierless": Multiplierless,
    "serial": Serial,
}

BANKS: dict[str, type[Core]] = {"multiplierless": MultiplierlessBank}
"""Architectures that build a bank of FIR filters as one."""

SETS: dict[str, type[Core]] = {"direct": SwitchedDirect, "serial": SwitchedSerial}
"""Architectures of a FIR filter with several sets of taps."""

MATRICES: dict[str, type[Core]] = {"multiplierless": MultiplierlessMatrix}
"""Architectures that build filters between several lanes as one."""
