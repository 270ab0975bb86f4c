"""What a cost is made of, per family of devices: exact parts, and counts that are fitted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fxfir.errors import ArchitectureError
from fxfir.rtl.cost.counted import Census, Store

__all__ = ["FAMILIES", "FAMILY_OF_TARGET", "Family", "family_of", "features"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """How a family of devices builds what a census counts.

    Parameters
    ----------
    product : tuple of int
        Widths of the operands of its multiplier, the wider one first.
    least_product : int
        Bits of a product below which the tools build it of look-up tables.
    dsp_cells, ram_cells : tuple of str
        Primitives that are a multiplier or a block memory.
    lut_cells : mapping of str to int
        Look-up tables that a primitive of the fabric takes.
    ram_bits, ram_width : int
        Bits of a block memory, and its widest word.
    lutram : callable
        Look-up tables of a memory that is read without a clock.
    rom_words : int
        Words of a table that a look-up table's output gives one bit of.
    flip_flop_memory : bool, optional
        Whether memories that are read without a clock are made of flip-flops.
    """

    product: tuple[int, int]
    least_product: int
    dsp_cells: tuple[str, ...]
    ram_cells: tuple[str, ...]
    lut_cells: Mapping[str, int]
    ram_bits: int
    ram_width: int
    lutram: Callable[[Store], int]
    rom_words: int
    flip_flop_memory: bool = False


def _ecp5_lutram(store: Store) -> int:
    """TRELLIS_DPR16X4 takes six tables for four bits of sixteen words."""
    return 6 * -(-store.width // 4) * -(-store.depth // 16)


def _xc7_lutram(store: Store) -> int:
    """RAM32M and RAM64M: four tables for six bits of 32 words or three of 64."""
    bits = 6 if store.depth <= 32 else 3
    return 4 * -(-store.width // bits) * -(-store.depth // 64)


def _no_lutram(store: Store) -> int:
    """A word read without a clock comes from flip-flops through multiplexers."""
    return store.width * (store.depth - 1)


FAMILIES: dict[str, Family] = {
    "ecp5": Family(
        product=(18, 18),
        least_product=0,
        dsp_cells=("MULT18X18D",),
        ram_cells=("DP16KD", "PDPW16KD"),
        lut_cells={"LUT4": 1, "CCU2C": 2, "TRELLIS_DPR16X4": 6},
        ram_bits=18 * 1024,
        ram_width=36,
        lutram=_ecp5_lutram,
        rom_words=16,
    ),
    "ice40": Family(
        product=(16, 16),
        least_product=11,
        dsp_cells=("SB_MAC16",),
        ram_cells=("SB_RAM40_4K",),
        lut_cells={"SB_LUT4": 1},
        ram_bits=4096,
        ram_width=16,
        lutram=_no_lutram,
        rom_words=16,
        flip_flop_memory=True,
    ),
    "xc7": Family(
        product=(25, 18),
        least_product=9,
        dsp_cells=("DSP48E1",),
        ram_cells=("RAMB18E1", "RAMB36E1"),
        lut_cells={},
        ram_bits=18 * 1024,
        ram_width=36,
        lutram=_xc7_lutram,
        rom_words=64,
    ),
}

FAMILY_OF_TARGET: dict[str, str] = {
    "generic": "ecp5",
    "ecp5": "ecp5",
    "ice40": "ice40",
    "xc7": "xc7",
}
"""Where a target's cores were measured; plain gates as Yosys maps them to ECP5."""


def family_of(target: str) -> Family:
    """Return the family that a target's costs are told in.

    Raises
    ------
    ArchitectureError
        If no costs were measured for the target.
    """
    if target not in FAMILY_OF_TARGET:
        raise ArchitectureError(
            f"costs are known for the targets {', '.join(FAMILY_OF_TARGET)}, got {target!r}"
        )
    return FAMILIES[FAMILY_OF_TARGET[target]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """A census in a family's own units.

    Parameters
    ----------
    dsps, rams : int
        Multiplier blocks and block memories: exact.
    luts, ffs : int
        Look-up tables and flip-flops of memories: exact, and beside the other features.
    fitted : mapping of str to float
        What the rest of the look-up tables is proportional to.
    """

    dsps: int
    rams: int
    luts: int
    ffs: int
    fitted: Mapping[str, float]


def features(found: Census, family: Family) -> Features:
    """Return what a cost is made of.

    Parameters
    ----------
    found : Census
    family : Family

    Returns
    -------
    Features
    """
    dsps = sum(found.cells.get(cell, 0) for cell in family.dsp_cells)
    parts = 0
    for a, b in found.products:
        blocks = _blocks(a, b, family)
        dsps += blocks
        parts += (blocks - 1) * (a + b) if blocks else a * b
    rams = sum(found.cells.get(cell, 0) for cell in family.ram_cells)
    luts = sum(count * found.cells.get(cell, 0) for cell, count in family.lut_cells.items())
    ffs = 0
    rom = ways = 0.0
    for store in found.stores:
        if store.clocked:
            rams += _rams(store, family)
        elif store.writable:
            luts += family.lutram(store)
            ffs += store.width * store.depth * family.flip_flop_memory
            ways += store.width * (
                -(-store.depth // 64) if family.rom_words > 16 else store.depth // 16 - 1
            )
        else:
            rom += store.width * -(-store.depth // family.rom_words)
    fitted = {
        "core": 1.0,
        "adders": float(found.adders),
        "carry": float(found.carry),
        "inverted": float(found.inverted),
        "selects": float(found.selects),
        "gates": found.logic + found.reduced / 3,
        "rom": rom,
        "ways": max(ways, 0.0),
        "parts": float(parts),
    }
    return Features(dsps=dsps, rams=rams, luts=luts, ffs=ffs, fitted=fitted)


def _blocks(a: int, b: int, family: Family) -> int:
    """Return the multiplier blocks that the tools infer for a product."""
    if a + b < family.least_product or b < 2:
        return 0
    wide, narrow = family.product
    # Pieces below the topmost are unsigned, so they hold a bit less.
    return _pieces(a, wide) * _pieces(b, narrow)


def _pieces(width: int, most: int) -> int:
    return 1 if width <= most else -(-(width - 1) // (most - 1))


def _rams(store: Store, family: Family) -> int:
    deep = -(-store.depth * family.ram_width // family.ram_bits)
    return -(-store.width // family.ram_width) * max(1, deep)
