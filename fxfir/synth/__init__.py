"""Cost and speed of a core, from open synthesis and open place and route."""

from __future__ import annotations

from fxfir.synth.check import Check
from fxfir.synth.devices import DEVICES, FAMILIES, Device, Family, find_device
from fxfir.synth.path import CriticalPath, Hop
from fxfir.synth.place import Route
from fxfir.synth.report import Report
from fxfir.synth.run import FREQ_MHZ, synth_folder

__all__ = [
    "synth_folder",
    "FREQ_MHZ",
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
