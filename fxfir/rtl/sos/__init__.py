"""Cascades of second-order sections in gates; one file per architecture."""

from fxfir.rtl.sos.parallel import Multiplierless, Parallel
from fxfir.rtl.sos.serial import Serial
from fxfir.rtl.sos.shared import Shared

__all__ = [
    "ARCHITECTURES",
    "CHANNELS",
    "SHARED",
    "Multiplierless",
    "Parallel",
    "Serial",
    "Shared",
]

ARCHITECTURES = {"parallel": Parallel, "multiplierless": Multiplierless, "serial": Serial}

CHANNELS = {"serial": Serial}
"""Those that keep the state of many channels apart."""

SHARED = {"shared": Shared}
"""Those that build a bank of cascades, or cascades on several lanes, as one."""
