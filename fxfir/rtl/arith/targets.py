"""What the gates can be made for."""

from __future__ import annotations

from fxfir.errors import ArchitectureError
from fxfir.rtl.arith.ecp5 import Ecp5
from fxfir.rtl.arith.multiplier import Inferred, Multiplier
from fxfir.rtl.arith.xc7 import Xc7

__all__ = ["MULTIPLIERS", "multiplier"]

MULTIPLIERS: dict[str, Multiplier] = {
    "generic": Inferred(),
    "ecp5": Ecp5(),
    "ice40": Inferred(),
    "xc7": Xc7(),
}


def multiplier(target: str) -> Multiplier:
    """Return how a target multiplies.

    Raises
    ------
    ArchitectureError
        If the target is unknown.
    """
    if target not in MULTIPLIERS:
        raise ArchitectureError(f"target must be one of {', '.join(MULTIPLIERS)}, got {target!r}")
    return MULTIPLIERS[target]
