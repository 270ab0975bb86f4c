"""Cascades of second-order sections in gates; one file per architecture."""

from fxfir.rtl.sos.parallel import Multiplierless, Parallel
from fxfir.rtl.sos.serial import Serial

__all__ = ["ARCHITECTURES", "CHANNELS", "Multiplierless", "Parallel", "Serial"]

ARCHITECTURES = {"parallel": Parallel, "multiplierless": Multiplierless, "serial": Serial}

CHANNELS = {"serial": Serial}
"""Those that keep the state of many channels apart."""
