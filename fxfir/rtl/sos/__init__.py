"""Cascades of second-order sections in gates; one file per architecture."""

from fxfir.rtl.sos.parallel import Parallel
from fxfir.rtl.sos.serial import Serial

__all__ = ["ARCHITECTURES", "CHANNELS", "Parallel", "Serial"]

ARCHITECTURES = {"parallel": Parallel, "serial": Serial}

CHANNELS = {"serial": Serial}
"""Those that keep the state of many channels apart."""
