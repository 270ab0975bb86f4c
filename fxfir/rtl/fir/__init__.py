"""FIR architectures: same integers, different gates."""

from __future__ import annotations

from fxfir.rtl.core import Core
from fxfir.rtl.fir.direct import Direct
from fxfir.rtl.fir.multiplierless import Multiplierless
from fxfir.rtl.fir.serial import Serial
from fxfir.rtl.fir.symmetric import Symmetric, mirror
from fxfir.rtl.fir.transposed import Transposed

__all__ = ["ARCHITECTURES", "Direct", "Serial", "Symmetric", "Transposed", "mirror"]

ARCHITECTURES: dict[str, type[Core]] = {
    "direct": Direct,
    "transposed": Transposed,
    "symmetric": Symmetric,
    "multiplierless": Multiplierless,
    "serial": Serial,
}
