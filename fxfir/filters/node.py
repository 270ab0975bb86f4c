"""What every contract object offers, whatever it computes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, runtime_checkable

from fxfir.errors import FilterError
from fxfir.fixed import Format

__all__ = ["Node", "integer", "integers"]


@runtime_checkable
class Node(Protocol):
    """A filter or a composition of filters: `n_in` lanes of samples in, `n_out` lanes out."""

    @property
    def n_in(self) -> int:
        """Number of input lanes."""

    @property
    def n_out(self) -> int:
        """Number of output lanes."""

    @property
    def inputs(self) -> tuple[Format, ...]:
        """Format of each input lane, lane 0 first."""

    @property
    def outputs(self) -> tuple[Format, ...]:
        """Format of each output lane, lane 0 first."""


def integer(value: Any, what: str) -> int:
    """Return `value` as a Python integer, or say which one is not an integer.

    Raises
    ------
    FilterError
        If `value` is not an integer (NumPy's integer types are; floats and bools are not).
    """
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise FilterError(f"{what} must be an integer, got {value!r}")
    return int(value.__index__())


def integers(values: Iterable[Any], what: str) -> tuple[int, ...]:
    """Return `values` as a tuple of Python integers; an error names the position."""
    return tuple(integer(v, f"{what}[{k}]") for k, v in enumerate(values))
