"""What can be synthesised for: families, devices, and how their tools are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fxfir.errors import ToolError

__all__ = ["DEVICES", "FAMILIES", "Device", "Family", "find_device"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Devices that share cells.

    Parameters
    ----------
    name : str
        The name of the family in `fxfir generate --target`.
    libraries : tuple of str
        Arguments of Yosys's `read_verilog -lib` that declare the cells a core may instantiate.
    models : tuple of str
        Arguments of `read_verilog` that give the cells their behaviour.
    blocks : tuple of str
        Multipliers and memories: those that a core instantiates must be in the netlist.
    resources : mapping of str to str
        Resource to the regular expression of the cells that it counts.
    units : mapping of str to str
        What the device calls a resource.
    default : str
        Name of a device.
    """

    name: str
    libraries: tuple[str, ...]
    models: tuple[str, ...]
    blocks: tuple[str, ...]
    resources: Mapping[str, str]
    units: Mapping[str, str]
    default: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One device and the commands of its flow.

    Parameters
    ----------
    name : str
    family : Family
    synth : str
        Yosys's synthesis command.
    place : tuple of str
        Place and route: the program and its arguments. Empty where there is no open one.
    """

    name: str
    family: Family
    synth: str
    place: tuple[str, ...] = ()


FAMILIES: dict[str, Family] = {
    "ecp5": Family(
        name="ecp5",
        libraries=("+/lattice/cells_sim_ecp5.v", "+/lattice/cells_bb_ecp5.v"),
        models=("-D NO_INCLUDES +/lattice/cells_sim_ecp5.v",),
        blocks=("MULT18X18D", "ALU54B", "DP16KD", "PDPW16KD", "TRELLIS_DPR16X4"),
        resources={
            "lut": "LUT4",
            "carry": "CCU2C",
            "ff": "TRELLIS_FF",
            "dsp": "MULT18X18D",
            "alu": "ALU54B",
            "ram": "DP16KD|PDPW16KD",
            "lutram": "TRELLIS_DPR16X4",
        },
        units={
            "lut": "LUT4",
            "carry": "CCU2C",
            "dsp": "MULT18X18D",
            "alu": "ALU54B",
            "ram": "DP16KD",
            "lutram": "DPR16X4",
        },
        default="ecp5-25k",
    ),
    "ice40": Family(
        name="ice40",
        libraries=("-D ICE40_U -D NO_ICE40_DEFAULT_ASSIGNMENTS +/ice40/cells_sim.v",),
        models=("-D ICE40_U -D NO_ICE40_DEFAULT_ASSIGNMENTS +/ice40/cells_sim.v",),
        blocks=("SB_MAC16", "SB_RAM40_4K", "SB_SPRAM256KA"),
        resources={
            "lut": "SB_LUT4",
            "carry": "SB_CARRY",
            "ff": "SB_DFF.*",
            "dsp": "SB_MAC16",
            "ram": "SB_RAM40_4K.*",
        },
        units={"lut": "LUT4", "carry": "SB_CARRY", "dsp": "SB_MAC16", "ram": "SB_RAM40_4K"},
        default="up5k",
    ),
    "xc7": Family(
        name="xc7",
        libraries=("+/xilinx/cells_sim.v", "+/xilinx/cells_xtra.v"),
        models=("+/xilinx/cells_sim.v",),
        blocks=("DSP48E1", "RAMB18E1", "RAMB36E1", "SRL16E", "SRLC32E"),
        resources={
            "lut": "LUT[1-6]",
            "carry": "CARRY4",
            "ff": "FD[RSCP]E(_1)?",
            "dsp": "DSP48E1",
            "ram": "RAMB.*",
            "lutram": "RAM[0-9].*",
            "srl": "SRL.*",
        },
        units={
            "lut": "LUT",
            "carry": "CARRY4",
            "dsp": "DSP48E1",
            "ram": "block RAM",
            "lutram": "LUT RAM",
            "srl": "SRL",
        },
        default="xc7",
    ),
}


def _ecp5(size: str) -> Device:
    return Device(
        name=f"ecp5-{size}",
        family=FAMILIES["ecp5"],
        synth="synth_ecp5 -abc9",
        place=("nextpnr-ecp5", f"--{size}", "--package", "CABGA381", "--speed", "6"),
    )


DEVICES: dict[str, Device] = {
    "ecp5-25k": _ecp5("25k"),
    "ecp5-85k": _ecp5("85k"),
    "up5k": Device(
        name="up5k",
        family=FAMILIES["ice40"],
        synth="synth_ice40 -abc9 -dsp -device u",
        place=("nextpnr-ice40", "--up5k", "--package", "sg48"),
    ),
    "hx8k": Device(
        name="hx8k",
        family=FAMILIES["ice40"],
        synth="synth_ice40 -abc9",
        place=("nextpnr-ice40", "--hx8k", "--package", "ct256"),
    ),
    "xc7": Device(name="xc7", family=FAMILIES["xc7"], synth="synth_xilinx -family xc7 -abc9"),
}
"""Every device; the package and the speed grade are those of common boards."""


def find_device(target: str, device: str | None = None) -> Device:
    """Return the device of a target.

    Parameters
    ----------
    target : str
        A key of `FAMILIES`.
    device : str, optional
        A key of `DEVICES`; the family's default otherwise.

    Raises
    ------
    ToolError
        If there is no such family or device, or the device is of another family.
    """
    if target not in FAMILIES:
        raise ToolError(f"target must be one of {', '.join(FAMILIES)}, got {target!r}")
    own = [d.name for d in DEVICES.values() if d.family.name == target]
    if device is None:
        return DEVICES[FAMILIES[target].default]
    if device not in own:
        raise ToolError(f"device of {target} must be one of {', '.join(own)}, got {device!r}")
    return DEVICES[device]
