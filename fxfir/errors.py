"""Every error fxfir raises on purpose.

Each type also subclasses the built-in a caller would expect, so ``except ValueError`` works.
The message is one sentence: the rule, then the offender with its value.
"""

from __future__ import annotations

__all__ = [
    "FxfirError",
    "FormatError",
    "FilterError",
    "TapsError",
    "SectionError",
    "StabilityError",
    "SpecError",
    "ReadError",
    "DesignError",
    "GraphError",
    "ArchitectureError",
    "EngineError",
    "NameRuleError",
    "NetlistError",
    "OutputError",
    "ToolError",
    "SynthesisError",
    "GuardError",
]


class FxfirError(Exception):
    """Base of all errors that fxfir raises on purpose."""


class FormatError(FxfirError, ValueError):
    """A number format, or a value that does not fit one."""


class FilterError(FxfirError, ValueError):
    """A contract object that does not hold together."""


class TapsError(FilterError):
    """A list of taps that cannot be used, or a tap that does not fit."""


class SectionError(FilterError):
    """A second-order section of wrong shape or with impossible coefficients."""


class StabilityError(FilterError):
    """A section whose poles are not inside the unit circle."""


class SpecError(FxfirError, ValueError):
    """A specification that contradicts itself or lies outside the sampled band."""


class ReadError(FxfirError, ValueError):
    """A file a user brought that cannot be read; the message names line and text."""


class DesignError(FxfirError, ValueError):
    """A design that did not converge or cannot meet what was asked."""


class GraphError(FxfirError, ValueError):
    """An adder graph that does not hold together, or does not compute what it should."""


class ArchitectureError(FxfirError, ValueError):
    """An unknown architecture, or one that cannot build this filter."""


class EngineError(FxfirError, ValueError):
    """An unknown simulation engine."""


class NameRuleError(FxfirError, ValueError):
    """A core name that is no plain Verilog identifier."""


class NetlistError(FxfirError, ValueError):
    """A netlist that has no Verilog form: an unknown cell, or a net with no or two drivers."""


class OutputError(FxfirError, OSError):
    """An output folder or file that exists, or cannot be written."""


class ToolError(FxfirError, RuntimeError):
    """An outside tool that is missing or failed."""


class SynthesisError(FxfirError, RuntimeError):
    """A netlist that is not the core: what a tool made of it without a word of complaint."""


class GuardError(FxfirError, OverflowError):
    """A float64 computation refused because it could not be proven exact."""
