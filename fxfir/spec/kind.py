"""The four classic kinds of filter and their edges."""

from __future__ import annotations

from enum import Enum
from typing import Any

from fxfir.errors import SpecError
from fxfir.spec.check import choice, inside_band

__all__ = ["Kind", "cutoffs", "parse_kind"]


class Kind(Enum):
    """What passes."""

    LOWPASS = "lowpass"
    """0 to the cutoff."""
    HIGHPASS = "highpass"
    """The cutoff to fs_hz / 2."""
    BANDPASS = "bandpass"
    """Between the two cutoffs."""
    BANDSTOP = "bandstop"
    """All but what lies between the two cutoffs."""

    @property
    def n_edges(self) -> int:
        """Number of cutoffs."""
        return 2 if self in (Kind.BANDPASS, Kind.BANDSTOP) else 1

    @property
    def passes_nyquist(self) -> bool:
        """Whether fs_hz / 2 lies in a pass band."""
        return self in (Kind.HIGHPASS, Kind.BANDSTOP)


def parse_kind(value: Any) -> Kind:
    """Return the kind that `value` is or names."""
    if isinstance(value, Kind):
        return value
    return Kind(choice(value, "kind", [kind.value for kind in Kind]))


def cutoffs(kind: Kind, cutoff_hz: Any, fs_hz: float) -> tuple[float, ...]:
    """Return the cutoffs of a filter as one or two floats in Hz.

    Raises
    ------
    SpecError
        If their number does not go with the kind, one is not strictly between 0 and fs_hz / 2,
        or they are out of order.
    """
    many = hasattr(cutoff_hz, "__len__") and not isinstance(cutoff_hz, str)
    edges = tuple(cutoff_hz) if many else (cutoff_hz,)
    if len(edges) != kind.n_edges:
        need = "one cutoff_hz" if kind.n_edges == 1 else "two cutoff_hz"
        raise SpecError(f"a {kind.value} needs {need}, got {cutoff_hz!r}")
    names = ("cutoff_hz",) if len(edges) == 1 else ("cutoff_hz[0]", "cutoff_hz[1]")
    result = tuple(inside_band(e, n, fs_hz) for e, n in zip(edges, names, strict=True))
    if len(result) == 2 and result[0] >= result[1]:
        raise SpecError(f"cutoff_hz must be in order, got {result[0]:g} and {result[1]:g}")
    return result
