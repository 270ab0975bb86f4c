"""`--arch auto`: compare what every architecture would cost, and take the best that fits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fxfir.errors import ArchitectureError
from fxfir.filters import Bank, FixedFir, FixedSos, Node
from fxfir.spec.hardware import Hardware

if TYPE_CHECKING:
    from fxfir.rtl.candidate import Candidate
    from fxfir.rtl.cost import Cost
    from fxfir.rtl.timing import Timing

__all__ = ["ORDERS", "Choice", "Option", "choose"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One architecture and what it would cost.

    Parameters
    ----------
    architecture : dict
        Of the core whose cost it is; its name alone where that is only a draft or was not built.
    draft : mapping
        Options of the draft; empty if it is none.
    cost : Cost or None
        None where a lower bound already told that it cannot win.
    timing : Timing or None
        None with `cost`.
    least_luts : int
        That bound; 0 where there is none.
    misses : tuple of str
        What it lacks, one text for each requirement; empty if it fits.
    shortfall : float
        By how much, as a sum of ratios.
    """

    architecture: dict[str, Any]
    cost: Cost | None
    timing: Timing | None
    least_luts: int = 0
    misses: tuple[str, ...] = ()
    shortfall: float = 0.0
    draft: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The architecture with those of its options that a line of text can hold."""
        return _label(self.architecture)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        timing = self.timing
        return {
            "architecture": self.architecture,
            "cost": None if self.cost is None else self.cost.to_json(),
            "latency": None if timing is None else timing.latency,
            "interval": None if timing is None else timing.interval,
            "least_luts": self.least_luts or None,
            "misses": list(self.misses),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What competed and what won.

    Parameters
    ----------
    target, minimise : str
    options : tuple of Option
        Best first; those that do not fit last.
    reason : str
        One sentence.
    architecture : dict
        What to build.
    """

    target: str
    minimise: str
    options: tuple[Option, ...]
    reason: str
    architecture: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "target": self.target,
            "minimise": self.minimise,
            "reason": self.reason,
            "candidates": [option.to_json() for option in self.options],
        }


ORDERS: dict[str, Callable[[Cost, Timing], tuple[float, ...]]] = {
    "luts": lambda cost, timing: (cost.luts, cost.dsps, timing.latency),
    "dsp": lambda cost, timing: (cost.dsps, cost.luts, timing.latency),
    "latency": lambda cost, timing: (timing.latency, cost.luts, cost.dsps),
}
"""What `--minimise` compares; the first counts, the others decide between equals."""

_ABOVE_BOUND = 1.05
"""How near a core may come to the lower bound of its adders; the nearest measured one has 1.22."""

_UNITS = {"luts": "look-up tables", "dsp": "multiplier blocks", "latency": "clocks of latency"}


def choose(node: Node, hardware: Hardware) -> Choice | None:
    """Compare architectures, where a user left the choice open and said what it is for.

    Parameters
    ----------
    node : Node
    hardware : Hardware

    Returns
    -------
    Choice or None
        None where the architecture is given, where nothing is known to choose by (target
        generic, and neither rates nor a budget), or where the node is neither a single filter nor a
        bank of cascades; `fxfir.rtl.build` then goes by structure.

    Raises
    ------
    ArchitectureError
        If no architecture fits; the sentence names the nearest and what it lacks. Also if a
        budget is set for something else than these.
    """
    budget = hardware.minimise is not None or hardware.max_dsp is not None
    if not isinstance(node, FixedFir | FixedSos) and not _cascades(node):
        if budget:
            raise ArchitectureError(
                "minimise and max_dsp choose for a single filter or a bank of cascades, "
                f"got a {type(node).__name__}"
            )
        return None
    if not hardware.leaves_choice or not (
        budget or hardware.target != "generic" or (hardware.clock_hz and hardware.rate_hz)
    ):
        return None
    from fxfir.rtl.candidate import Candidate
    from fxfir.rtl.cost.features import FAMILY_OF_TARGET

    if not budget and hardware.target not in FAMILY_OF_TARGET:
        return None
    minimise = hardware.minimise or "luts"
    options = _price(node, hardware, minimise)
    fitting = [option for option in options if not option.misses and option.cost is not None]
    if not fitting:
        raise ArchitectureError(_nothing(options, hardware))
    order = ORDERS[minimise]

    def rank(option: Option) -> tuple[Any, ...]:
        if option.cost is None or option.timing is None:
            return (1, option.least_luts)
        return (2 if option.misses else 0, *order(option.cost, option.timing))

    ranked = sorted(options, key=rank)
    won = ranked[0]
    architecture = won.architecture
    if won.draft:
        # Worked out in full only now that it is going to be built.
        made = _option(node, Candidate(architecture=won.architecture), hardware)
        if made is None or made.misses:
            architecture = {**won.architecture, **won.draft}
        else:
            ranked[0], architecture = made, made.architecture
    return Choice(
        target=hardware.target,
        minimise=minimise,
        options=tuple(ranked),
        reason=_reason(ranked, minimise) + _fewer(node, architecture, hardware),
        architecture=architecture,
    )


def _label(architecture: Mapping[str, Any]) -> str:
    options = [
        f"{key} {value}"
        for key, value in architecture.items()
        if key != "name" and isinstance(value, str | int) and not isinstance(value, bool)
    ]
    parts = dict.fromkeys(_label(part) for part in architecture.get("filters", ()))
    name = " of ".join([str(architecture["name"]), *([", ".join(parts)] if parts else [])])
    return f"{name} ({', '.join(options)})" if options else name


def _cascades(node: Node) -> bool:
    if not isinstance(node, Bank) or len(node.filters) < 2:
        return False
    return all(isinstance(part, FixedSos) for part in node.filters)


def _price(node: Node, hardware: Hardware, minimise: str) -> list[Option]:
    """Predict the cost of every candidate; those with a bound last, for it may spare the work."""
    from fxfir.rtl.cost import model_of

    found: list[Option] = []
    known = model_of(hardware.target).luts
    for candidate in sorted(
        _candidates(node, hardware.clocks or 1), key=lambda c: bool(c.least_adder_bits)
    ):
        bits = _ABOVE_BOUND * candidate.least_adder_bits
        least = int(known["core"] + known["carry"] * bits)
        rivals = [o.cost.luts for o in found if o.cost is not None and not o.misses]
        if minimise == "luts" and candidate.least_adder_bits and rivals and min(rivals) < least:
            found.append(
                Option(
                    architecture=candidate.architecture, cost=None, timing=None, least_luts=least
                )
            )
            continue
        option = _option(node, candidate, hardware)
        # Options that mean the same core compete once.
        if option is not None and option.architecture not in [o.architecture for o in found]:
            found.append(option)
    return found


def _candidates(node: Node, clocks: int) -> list[Candidate]:
    from fxfir.rtl.fir import candidates as fir
    from fxfir.rtl.sos import candidates as sos

    if isinstance(node, FixedSos):
        return sos.candidates(node, clocks)
    if isinstance(node, Bank):
        return sos.bank_candidates(node, clocks)
    assert isinstance(node, FixedFir)
    return fir.candidates(node, clocks)


def _option(node: Node, candidate: Candidate, hardware: Hardware) -> Option | None:
    from fxfir import rtl
    from fxfir.rtl.cost import cost_of

    try:
        core = rtl.build(
            node,
            {**candidate.architecture, **candidate.draft},
            target=hardware.target,
            clocks=hardware.clocks,
        )
    except ArchitectureError:
        # An architecture that the target or the words rule out does not compete.
        return None
    cost, timing = cost_of(core, hardware.target), core.timing
    misses: list[str] = []
    shortfall = 0.0
    clocks = hardware.clocks or 1
    if timing.interval > clocks:
        misses.append(f"one sample every {timing.interval} clocks")
        shortfall += timing.interval / clocks - 1
    if hardware.clock_hz and cost.fmax_mhz is not None and cost.fmax_mhz * 1e6 < hardware.clock_hz:
        misses.append(f"{cost.fmax_mhz:.0f} MHz predicted")
        shortfall += hardware.clock_hz / (cost.fmax_mhz * 1e6) - 1
    if hardware.max_dsp is not None and cost.dsps > hardware.max_dsp:
        misses.append(f"{cost.dsps} multiplier blocks")
        shortfall += (cost.dsps - hardware.max_dsp) / max(hardware.max_dsp, 1)
    return Option(
        architecture=candidate.architecture if candidate.draft else core.architecture,
        cost=cost,
        timing=timing,
        misses=tuple(misses),
        shortfall=shortfall,
        draft=candidate.draft,
    )


def _nothing(options: list[Option], hardware: Hardware) -> str:
    """Say what was asked for, and what comes nearest."""
    clocks = hardware.clocks or 1
    wanted = ["one sample every clock" if clocks == 1 else f"one sample every {clocks} clocks"]
    if hardware.clock_hz:
        wanted.append(f"{hardware.clock_hz / 1e6:g} MHz")
    if hardware.max_dsp is not None:
        wanted.append(f"{hardware.max_dsp} multiplier blocks")
    head = f"an architecture must fit {', '.join(wanted)} on {hardware.target}"
    measured = [option for option in options if option.misses]
    if not measured:
        return f"{head}, got none"
    near = min(measured, key=lambda option: (option.shortfall, option.label))
    return f"{head}, got none: nearest is {near.label} with {' and '.join(near.misses)}"


def _fewer(node: Node, architecture: Mapping[str, Any], hardware: Hardware) -> str:
    """Say why so many multipliers: what one less would do; nothing where one is enough."""
    from fxfir import rtl

    count = architecture.get("multipliers", 1)
    if count < 2 or hardware.clocks is None:
        return ""
    less = rtl.build(node, {**architecture, "multipliers": count - 1}, target=hardware.target)
    if less.timing.interval <= hardware.clocks:
        return ""
    name = "1 multiplier takes" if count == 2 else f"{count - 1} multipliers take"
    return f"; {name} a sample every {less.timing.interval} clocks, not every {hardware.clocks}"


def _reason(ranked: Sequence[Option], minimise: str) -> str:
    """Say why the first of the options won."""
    won = ranked[0]
    rivals = [o for o in ranked[1:] if not o.misses]
    unfit = sum(bool(o.misses) for o in ranked)
    if not rivals:
        return f"{won.label}: the only one that fits ({unfit} do not)" if unfit else won.label
    assert won.cost is not None
    assert won.timing is not None
    best = {"luts": won.cost.luts, "dsp": won.cost.dsps, "latency": won.timing.latency}[minimise]
    second = rivals[0]
    if second.cost is None or second.timing is None:
        behind = f"at least {second.least_luts}"
    else:
        values = {
            "luts": second.cost.luts,
            "dsp": second.cost.dsps,
            "latency": second.timing.latency,
        }
        behind = str(values[minimise])
    return f"{won.label}: {best} {_UNITS[minimise]}, {second.label} {behind}"
