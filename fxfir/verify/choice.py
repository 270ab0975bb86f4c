"""Which engines run, and how much of it, where the user leaves that open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fxfir.errors import ToolError
from fxfir.verify import icarus
from fxfir.verify.verilator_build import find_tools

__all__ = ["AUTO", "CROSSOVER", "DEFAULT_ENGINES", "Part", "plan", "text_engine"]

AUTO = "auto"
DEFAULT_ENGINES = ("amaranth", "icarus")
CROSSOVER = 100_000
"""Clock edges from which Verilator is sooner done than Icarus, compiling included.

Of CPU time, bench/simulation.py measured 56 000 (FIR of 256 taps) to 130 000 (16 taps).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one engine is to run.

    Parameters
    ----------
    engine : str
    whole : bool, optional
        All that was asked for; else the usual scenarios only.
    """

    engine: str
    whole: bool = True


def text_engine(edges: int) -> str:
    """Return the engine that simulates a text soonest, among those that are installed.

    Parameters
    ----------
    edges : int
        Clock edges to simulate.

    Returns
    -------
    str
        "icarus" or "verilator".

    Raises
    ------
    ToolError
        If neither is installed; the message is the one of the engine that would be best.
    """
    needs = {"icarus": icarus.need_tools, "verilator": find_tools}
    names = sorted(needs, reverse=edges > CROSSOVER)
    refused = []
    for name in names:
        try:
            needs[name]()
        except ToolError as error:
            refused.append(error)
        else:
            return name
    raise refused[0]


def plan(engines: Sequence[str] | None, *, edges: int) -> tuple[Part, ...]:
    """Decide what each engine of a verification runs.

    Parameters
    ----------
    engines : sequence of str or None
        As asked for. None is `DEFAULT_ENGINES`, or "auto" where a long run is asked for.
    edges : int
        Clock edges of the longest scenario that was asked for; 0 for the usual ones.

    Returns
    -------
    tuple of Part
        "auto" in a long run becomes Verilator for all samples, and for what Verilator cannot see,
        the other engines with their usual samples.

    Raises
    ------
    ToolError
        See `text_engine`.

    Examples
    --------
    >>> [part.engine for part in plan(None, edges=200)]
    ['amaranth', 'icarus']
    """
    if engines is None:
        engines = (AUTO,) if edges > CROSSOVER else DEFAULT_ENGINES
    parts: dict[str, Part] = {}
    for name in engines:
        if name == AUTO and edges > CROSSOVER:
            best = text_engine(edges)
            for other in ("amaranth", text_engine(0)):
                if other != best:
                    parts.setdefault(other, Part(engine=other, whole=False))
            parts[best] = Part(engine=best)
        elif name == AUTO:
            for each in ("amaranth", text_engine(edges)):
                parts[each] = Part(engine=each)
        else:
            parts[name] = Part(engine=name)
    return tuple(parts.values())
