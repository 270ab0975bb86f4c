"""Cascades of second-order sections in gates; one file per architecture."""

from fxfir.rtl.sos.parallel import Parallel
from fxfir.rtl.sos.serial import Serial

__all__ = ["ARCHITECTURES", "Parallel", "Serial"]

ARCHITECTURES = {"parallel": Parallel, "serial": Serial}
