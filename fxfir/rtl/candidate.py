"""What competes where an architecture is left open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Candidate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An architecture with its options.

    Parameters
    ----------
    architecture : dict
        As `fxfir.rtl.build` takes it; what the winner is built from.
    draft : dict, optional
        Options that make a core of nearly the same cost sooner.
    least_adder_bits : int, optional
        Adder cells that any such core has: without building it, that much is known.
    """

    architecture: dict[str, Any]
    draft: dict[str, Any] = field(default_factory=dict)
    least_adder_bits: int = 0
