"""What hardware a user asks for: architecture, target, interface and rates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from fxfir.errors import SpecError
from fxfir.spec.check import choice, count, positive

__all__ = ["INTERFACES", "OBJECTIVES", "TARGETS", "Hardware"]

INTERFACES = ("axis", "stream")
"""AXI4-Stream, or plain valid and ready with exact widths."""

TARGETS = ("generic", "ecp5", "ice40", "xc7")
"""Device families that have gates of their own."""

OBJECTIVES = ("luts", "dsp", "latency")
"""What an architecture is chosen by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """The core around a filter.

    Parameters
    ----------
    name : str or None, optional
        Name of the core; None leaves it to the output folder.
    arch : str or mapping, optional
        Name of an architecture, "auto", or a mapping with `name` and its options; which names
        there are is known to `fxfir.rtl`.
    target : str, optional
        One of `TARGETS`.
    interface : str, optional
        One of `INTERFACES`.
    backpressure : bool, optional
        Whether the output has a ready.
    clock_hz, rate_hz : float or None, optional
        Clock and sample rate in Hz, for architectures that share multipliers over time.
    minimise : str or None, optional
        One of `OBJECTIVES`, for `arch` "auto": look-up tables, multiplier blocks, or clocks from
        input to output. Look-up tables if a choice is made without it.
    max_dsp : int or None, optional
        Multiplier blocks at most, for `arch` "auto".

    Raises
    ------
    SpecError
        If a name is unknown, a rate is not positive, `rate_hz` exceeds `clock_hz`, or `minimise`
        or `max_dsp` are given with an architecture.
    """

    name: str | None = None
    arch: str | Mapping[str, Any] = field(default="auto", hash=False)
    target: str = "generic"
    interface: str = "axis"
    backpressure: bool = True
    clock_hz: float | None = None
    rate_hz: float | None = None
    minimise: str | None = None
    max_dsp: int | None = None

    def __post_init__(self) -> None:
        if self.name is not None and not (isinstance(self.name, str) and self.name):
            raise SpecError(f"name must be a name, got {self.name!r}")
        if isinstance(self.arch, Mapping):
            if not isinstance(self.arch.get("name"), str):
                raise SpecError(f"arch must have a name, got {dict(self.arch)!r}")
        elif not (isinstance(self.arch, str) and self.arch):
            raise SpecError(f"arch must be a name, got {self.arch!r}")
        choice(self.target, "target", TARGETS)
        choice(self.interface, "interface", INTERFACES)
        if not isinstance(self.backpressure, bool):
            raise SpecError(f"backpressure must be true or false, got {self.backpressure!r}")
        for name in ("clock_hz", "rate_hz"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, positive(getattr(self, name), name, "Hz"))
        if self.clock_hz and self.rate_hz and self.rate_hz > self.clock_hz:
            raise SpecError(
                f"rate_hz must not exceed clock_hz = {self.clock_hz:g}, got {self.rate_hz:g}"
            )
        if self.minimise is not None:
            choice(self.minimise, "minimise", OBJECTIVES)
        if self.max_dsp is not None:
            count(self.max_dsp, "max_dsp", least=0)
        for name in ("minimise", "max_dsp"):
            if getattr(self, name) is not None and not self.leaves_choice:
                raise SpecError(
                    f"{name} chooses an architecture, so arch must be auto, got {self.arch!r}"
                )

    @property
    def leaves_choice(self) -> bool:
        """Whether nothing is said about the architecture."""
        return self.arch == "auto" or (
            isinstance(self.arch, Mapping) and self.arch == {"name": "auto"}
        )

    @property
    def arch_name(self) -> str | None:
        """Name of the architecture; None for parts that have their own."""
        return self.arch if isinstance(self.arch, str) else self.arch.get("name")

    @property
    def clocks(self) -> int | None:
        """Whole clock cycles from sample to sample; None unless both rates are given.

        >>> Hardware(clock_hz=0.3, rate_hz=0.1).clocks
        3
        """
        if self.clock_hz is None or self.rate_hz is None:
            return None
        # The numbers as they were written: in doubles, 0.3 / 0.1 is less than 3.
        return int(Fraction(repr(self.clock_hz)) / Fraction(repr(self.rate_hz)))
