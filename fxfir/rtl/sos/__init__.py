"""Cascades of second-order sections in gates; one file per architecture."""

from collections.abc import Callable

from fxfir.rtl.core import Core
from fxfir.rtl.sos.chain import Chain, serial
from fxfir.rtl.sos.frames import Frames
from fxfir.rtl.sos.parallel import Multiplierless, Parallel
from fxfir.rtl.sos.serial import Serial
from fxfir.rtl.sos.shared import Shared

__all__ = [
    "ARCHITECTURES",
    "CHANNELS",
    "SHARED",
    "Chain",
    "Frames",
    "Multiplierless",
    "Parallel",
    "Serial",
    "Shared",
]

ARCHITECTURES: dict[str, Callable[..., Core]] = {
    "parallel": Parallel,
    "multiplierless": Multiplierless,
    "serial": serial,
}

CHANNELS: dict[str, Callable[..., Core]] = {"serial": serial, "parallel": Frames}
"""Those that keep the state of many channels apart."""

SHARED: dict[str, Callable[..., Core]] = {"shared": Shared}
"""Those that build a bank of cascades, or cascades on several lanes, as one."""
