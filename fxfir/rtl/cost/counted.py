"""What a census of gates holds: counts, memories and the longest paths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Census", "Path", "Store"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A memory.

    Parameters
    ----------
    width, depth : int
        Bits of a word, and words.
    writable : bool
        False for a table.
    clocked : bool
        Whether every read port has a register, as block memories need.
    """

    width: int
    depth: int
    writable: bool
    clocked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """Gates between two registers.

    Parameters
    ----------
    levels : float
        Look-up tables in a row; a single gate, which may share one, counts half.
    carry : int
        Bits of carry in a row.
    multiplies : bool
        Whether a multiplication left to the tools stands among them.
    """

    levels: float = 0.0
    carry: int = 0
    multiplies: bool = False

    def behind(self, *, levels: float = 0.0, carry: int = 0) -> Path:
        """Return the path with more gates at its end."""
        return Path(
            levels=self.levels + levels, carry=self.carry + carry, multiplies=self.multiplies
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """Counts of one core; bits unless said otherwise.

    Parameters
    ----------
    registers : int
        Bits of registers, those inside a vendor's multipliers and memories left out.
    adders : int
        Additions and subtractions.
    carry : int
        Bits of their carry chains.
    inverted : int
        Bits of what is subtracted, which some devices cannot invert within the chain.
    products : tuple of (int, int)
        Widths of the operands of each multiplication that is left to the tools, the wider one
        first.
    selects : int
        Bits of multiplexers, those of conditional assignments included.
    logic : int
        Bits of bitwise operators.
    reduced : int
        Bits that enter a reduction or a comparison.
    stores : tuple of Store
    cells : mapping of str to int
        Vendor's primitives that modules of the core's own instantiate.
    paths : tuple of Path
        Those that no other path exceeds in everything.
    """

    registers: int
    adders: int
    carry: int
    inverted: int
    products: tuple[tuple[int, int], ...]
    selects: int
    logic: int
    reduced: int
    stores: tuple[Store, ...]
    cells: Mapping[str, int]
    paths: tuple[Path, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the counts as plain JSON data."""
        return asdict(self)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Census:
        """Return the counts that `to_json` gave."""
        return Census(
            registers=data["registers"],
            adders=data["adders"],
            carry=data["carry"],
            inverted=data["inverted"],
            products=tuple((a, b) for a, b in data["products"]),
            selects=data["selects"],
            logic=data["logic"],
            reduced=data["reduced"],
            stores=tuple(Store(**item) for item in data["stores"]),
            cells=dict(data["cells"]),
            paths=tuple(Path(**item) for item in data["paths"]),
        )
