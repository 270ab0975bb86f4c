"""A script for Vivado: text only, the tool itself is never needed here."""

from __future__ import annotations

import math
import re
from pathlib import Path

from fxfir.errors import ReadError, ToolError
from fxfir.synth.core import CoreText

__all__ = ["PART", "vivado_script"]

PART = "xc7a35tcpg236-1"
"""Default part: the Artix-7 of common boards."""

_SCRIPT = """\
# {name}: Vivado, out of context. Run it with: vivado -mode batch -source {file}
# The ports stay unplaced; paths from inputs and to outputs are given half a clock period outside.
set part {part}
set here [file dirname [file normalize [info script]]]
set out [file join $here {name}_vivado]
file mkdir $out

read_verilog [file join $here {verilog}]
synth_design -top {top} -part $part -mode out_of_context

create_clock -name {clock} -period {period} [get_ports {clock}]
set inputs [filter [all_inputs] {{NAME != "{clock}"}}]
set_input_delay -clock {clock} {half} $inputs
set_output_delay -clock {clock} {half} [all_outputs]

opt_design
place_design
phys_opt_design
route_design

report_utilization -file [file join $out utilization.txt]
report_timing_summary -file [file join $out timing.txt]
report_timing -nworst 3 -file [file join $out paths.txt]
write_checkpoint -force [file join $out routed.dcp]
puts "worst slack at {mhz} MHz: [get_property SLACK [get_timing_paths]] ns"
"""


def vivado_script(core: CoreText, *, file: Path, clock_hz: float, part: str = PART) -> str:
    """Return a Tcl script that synthesises, places and routes a core in Vivado.

    Parameters
    ----------
    core : CoreText
    file : Path
        Where the script will stand; it finds the Verilog text from there.
    clock_hz : float
        Constraint on the clock.
    part : str, optional
        Vivado's name of the device.

    Raises
    ------
    ToolError
        If the clock is not a positive number, or the part is no plain word.
    ReadError
        If the path to the core's text has characters that Tcl reads as its own.
    """
    if not math.isfinite(clock_hz) or clock_hz <= 0:
        raise ToolError(f"the clock of a script must be positive, got {clock_hz:g} Hz")
    if not re.fullmatch(r"[A-Za-z0-9-]+", part):
        raise ToolError(f"a part must be a plain word, got {part!r}")
    verilog = _relative(core.verilog.resolve(), file.resolve().parent)
    if re.search(r'[\s\[\]{}$"\\;]', verilog):
        raise ReadError(f"a path in a script must have no blanks and brackets, got {verilog}")
    period_ns = 1e9 / clock_hz
    return _SCRIPT.format(
        name=core.name,
        file=file.name,
        part=part,
        verilog=verilog,
        top=core.top,
        clock=core.clock,
        period=f"{period_ns:.3f}",
        half=f"{period_ns / 2:.3f}",
        mhz=f"{clock_hz / 1e6:g}",
    )


def _relative(path: Path, start: Path) -> str:
    """The path from a folder, upwards where it has to."""
    up = 0
    while not path.is_relative_to(start):
        start, up = start.parent, up + 1
    return "/".join([*[".."] * up, *path.relative_to(start).parts])
