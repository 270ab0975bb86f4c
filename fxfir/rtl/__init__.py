"""Gates: a filter of the contract and an architecture become an Amaranth component."""

from fxfir.rtl.build import TARGETS, architecture_names, build
from fxfir.rtl.core import Core
from fxfir.rtl.timing import Timing
from fxfir.rtl.top import INTERFACES, Port, ports, wrap

__all__ = [
    "INTERFACES",
    "TARGETS",
    "Core",
    "Port",
    "Timing",
    "architecture_names",
    "build",
    "ports",
    "wrap",
]
