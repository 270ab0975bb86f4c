"""Cost and speed of a core, from open synthesis and open place and route."""

from __future__ import annotations

from fxfir.synth.check import Check
from fxfir.synth.core import CoreText, read_core
from fxfir.synth.devices import DEVICES, FAMILIES, Device, Family, find_device
from fxfir.synth.path import CriticalPath, Hop
from fxfir.synth.place import Route
from fxfir.synth.report import Report
from fxfir.synth.run import FREQ_MHZ, synth_folder
from fxfir.synth.vivado import PART, vivado_script

__all__ = [
    "synth_folder",
    "FREQ_MHZ",
    "read_core",
    "CoreText",
    "vivado_script",
    "PART",
    "Report",
    "Route",
    "CriticalPath",
    "Hop",
    "Check",
    "Device",
    "DEVICES",
    "Family",
    "FAMILIES",
    "find_device",
]
