"""Multiple constant multiplication: one input times many constants, with few adders."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from fxfir.arith.adder import Range
from fxfir.arith.builder import GraphBuilder
from fxfir.arith.csd import csd, csd_graph
from fxfir.arith.graph import AdderGraph
from fxfir.arith.mcm.bound import least_adders
from fxfir.arith.mcm.choice import build
from fxfir.arith.mcm.improve import Cost, improve
from fxfir.arith.mcm.layers import find_layers
from fxfir.arith.mcm.pipelined import build_stages
from fxfir.arith.mcm.recipes import recipes
from fxfir.arith.mcm.wide import WIDEST, wide_builders
from fxfir.arith.schedule import schedule
from fxfir.errors import GraphError

__all__ = ["EFFORTS", "OBJECTIVES", "Solution", "fundamentals", "least_depth", "solve"]

EFFORTS = {"quick": 0, "normal": 30, "thorough": 300}
"""Number of restarts of each effort."""

_DEFAULT_RANGE = (-(1 << 15), (1 << 15) - 1)
_DROPPED = (1, 2, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """A graph, and how far it can be from the best one.

    Parameters
    ----------
    graph : AdderGraph
        One input, one output for each coefficient; checked.
    lower_bound : int
        No graph of these coefficients, of any depth, has fewer adders.
    """

    graph: AdderGraph
    lower_bound: int

    @property
    def registered(self) -> int:
        """Words in registers of a full pipeline: one behind each adder, more where values wait."""
        return _registered(self.graph)

    @property
    def optimal(self) -> bool:
        """Whether the graph has the least number of adders for certain."""
        return self.graph.n_adders == self.lower_bound


_COSTS: dict[str, Cost] = {
    "adders": lambda c: (c.n_adders, c.bits),
    "bits": lambda c: (c.bits, c.n_adders),
}

OBJECTIVES = (*_COSTS, "pipelined")

_LAYER_RESTARTS = 5
"""Times the restarts of an effort: those of the pipelined search take a fifth of the time."""


def solve(
    coeffs: Sequence[int],
    *,
    objective: str = "adders",
    max_depth: int | None = None,
    input_range: Range = _DEFAULT_RANGE,
    seed: int = 0,
    effort: str = "normal",
) -> Solution:
    """Find an adder graph that multiplies one input by each coefficient.

    Parameters
    ----------
    coeffs : sequence of int, shape (n,)
        Zeros, signs, powers of two and repeats cost nothing.
    objective : {"adders", "bits", "pipelined"}, optional
        Fewest adders, and among those fewest one-bit adders; or fewest one-bit adders: what an
        FPGA pays in carry cells; or fewest adders and registers together, where a register stands
        after every adder and all outputs leave together.
    max_depth : int, optional
        Most adders in a row; None is any number. "pipelined" takes the least possible: a stage
        more is a register more for every value that waits.
    input_range : (lo, hi), optional
        Range of the input, for the count of one-bit adders; 16 bits unless said otherwise.
    seed : int, optional
        Other seeds take other ways where the search strays. The same seed gives the same graph on
        every machine.
    effort : {"quick", "normal", "thorough"}, optional
        One greedy search, or 30 or 300 restarts from parts of the best one.

    Returns
    -------
    Solution
        Its graph was checked against the coefficients.

    Notes
    -----
    Coefficients of more than 21 bits, shifts aside, go to common subexpression elimination, which
    takes about a third more adders; with `max_depth` it may be left with signed digits.

    Raises
    ------
    GraphError
        If there are no coefficients, all are zero, `max_depth` is too small for one, or an option
        is unknown.

    Examples
    --------
    >>> solution = solve([7, 45, -90, 173, 64, 0])
    >>> solution.graph.n_adders, solution.optimal
    (4, True)
    """
    if objective not in OBJECTIVES:
        raise GraphError(f"objective must be one of {', '.join(OBJECTIVES)}, got {objective!r}")
    if effort not in EFFORTS:
        raise GraphError(f"effort must be one of {', '.join(EFFORTS)}, got {effort!r}")
    targets = fundamentals(coeffs)
    if max_depth is not None:
        _require_depth(targets, max_depth)
    lower_bound = least_adders(targets, recipes(targets))
    restarts = EFFORTS[effort]
    if max(targets, default=1).bit_length() > WIDEST:
        graph = _wide(coeffs, targets, objective, max_depth, input_range, seed, restarts)
    elif objective == "pipelined":
        graph = _pipelined(coeffs, targets, lower_bound, input_range, seed, restarts)
    else:
        best = improve(
            targets,
            _COSTS[objective],
            enough=lower_bound if objective == "adders" else 0,
            max_depth=max_depth,
            input_range=input_range,
            seed=seed,
            restarts=restarts,
        )
        graph = _graph(build(best.chosen), coeffs)
    graph.check(coeffs)
    return Solution(graph=graph, lower_bound=lower_bound)


def _graph(builder: GraphBuilder, coeffs: Sequence[int]) -> AdderGraph:
    return builder.graph([builder.term((c,)) if c else None for c in coeffs])


def _registered(graph: AdderGraph) -> int:
    return sum(schedule(graph).registers)


def _pipelined(
    coeffs: Sequence[int],
    targets: Sequence[int],
    lower_bound: int,
    input_range: Range,
    seed: int,
    restarts: int,
) -> AdderGraph:
    """Search stage by stage, backwards; and compare with what else has the least depth."""
    depth = least_depth(coeffs)
    through = any(c and abs(c) & (abs(c) - 1) == 0 for c in coeffs)
    stages = find_layers(
        (1, *targets) if through else targets,
        depth=depth,
        seed=seed,
        restarts=_LAYER_RESTARTS * restarts,
    )
    shallow = improve(
        targets,
        _COSTS["adders"],
        enough=lower_bound,
        max_depth=depth,
        input_range=input_range,
        seed=seed,
        restarts=0,
    )
    builders = (build_stages(stages, input_range=input_range), build(shallow.chosen))
    graphs = (*(_graph(builder, coeffs) for builder in builders), csd_graph(coeffs))
    return min(graphs, key=lambda g: (_registered(g), g.n_adders))


def _wide(
    coeffs: Sequence[int],
    targets: Sequence[int],
    objective: str,
    max_depth: int | None,
    input_range: Range,
    seed: int,
    restarts: int,
) -> AdderGraph:
    def cost(graph: AdderGraph) -> tuple[int, int]:
        bits = graph.one_bit_adders(input_range)
        match objective:
            case "adders":
                return graph.n_adders, bits
            case "bits":
                return bits, graph.n_adders
            case _:
                return _registered(graph), graph.n_adders

    graphs = (
        _graph(builder, coeffs) for builder in wide_builders(targets, seed=seed, restarts=restarts)
    )
    return min((g for g in graphs if max_depth is None or g.depth <= max_depth), key=cost)


def fundamentals(coeffs: Sequence[int]) -> tuple[int, ...]:
    """Return the distinct odd parts but 1 of coefficients, in order of size.

    Raises
    ------
    GraphError
        If there are no coefficients, or all are zero.

    Examples
    --------
    >>> fundamentals([6, -3, 0, 8, 5])
    (3, 5)
    """
    if not len(coeffs):
        raise GraphError("at least one coefficient is needed, got none")
    if not any(coeffs):
        raise GraphError(f"at least one coefficient must differ from zero, got {len(coeffs)} zeros")
    sizes = {abs(int(c)) for c in coeffs if c}
    return tuple(sorted({size // (size & -size) for size in sizes} - {1}))


def least_depth(coeffs: Sequence[int]) -> int:
    """Return the least depth at which any graph can make all coefficients.

    >>> least_depth([7, 173])
    3
    """
    return max((_least_depth(t) for t in fundamentals(coeffs)), default=0)


def _least_depth(target: int) -> int:
    return (len(csd(target)) - 1).bit_length()


def _require_depth(targets: Collection[int], max_depth: int) -> None:
    for target in targets:
        if _least_depth(target) > max_depth:
            raise GraphError(
                f"max_depth must be at least {_least_depth(target)} for {target}, got {max_depth}"
            )
