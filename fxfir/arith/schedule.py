"""Register stages of an adder graph: which adder works when, and what waits how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fxfir.arith.graph import AdderGraph
from fxfir.errors import GraphError

__all__ = ["Schedule", "schedule"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When every node of a graph is computed.

    Parameters
    ----------
    stages : tuple of int, shape (n_nodes,)
        Stage whose registers feed the node: an adder of stage s reads registers of stage s, or
        adders of its own stage, and its sum is in the registers of stage s + 1. Inputs are
        registers of stage 0.
    registers : tuple of int, shape (n_nodes,)
        Registers behind each node, one for every stage that it is carried through.
    depth : int
        Stage whose registers hold the outputs; 0 where the graph is wires.
    """

    stages: tuple[int, ...]
    registers: tuple[int, ...]
    depth: int

    def register_bits(self, widths: Sequence[int]) -> int:
        """Return the number of register bits; `widths` are those of the nodes."""
        return sum(n * width for n, width in zip(self.registers, widths, strict=True))


def schedule(
    graph: AdderGraph,
    *,
    levels_per_stage: int | None = 1,
    widths: Sequence[int] | None = None,
    spread: bool = False,
) -> Schedule:
    """Place registers at chosen levels of a graph.

    Parameters
    ----------
    graph : AdderGraph
    levels_per_stage : int or None, optional
        Adders at most between two registers; None places registers behind the outputs only.
    widths : sequence of int, shape (n_nodes,), optional
        Bits of every node. Adders with time to spare are moved to where fewer register bits
        wait; without widths every node counts as one.
    spread : bool, optional
        Adders that read one node do so in different stages, the later ones from a register behind
        it, as far as the least depth leaves time. Adders that read one register are all drawn to
        its place, and the longest way of a placed filter was most often one from there. Costs
        register bits. Only where every adder has a stage of its own.

    Returns
    -------
    Schedule
        Of least depth.

    Raises
    ------
    GraphError
        If there is less than one level to a stage, or more than one with `spread`.

    Examples
    --------
    >>> from fxfir.arith.csd import csd_graph
    >>> plan = schedule(csd_graph([1, 45]))
    >>> plan.depth, plan.stages, plan.registers
    (2, (0, 0, 1), (2, 1, 1))
    >>> graph = csd_graph([5, 9, 45])
    >>> schedule(graph).stages, schedule(graph, spread=True).stages
    ((0, 0, 0, 0, 1), (0, 1, 1, 0, 1))
    """
    if levels_per_stage is not None and levels_per_stage < 1:
        raise GraphError(f"levels_per_stage must be at least 1, got {levels_per_stage}")
    if spread and levels_per_stage != 1:
        raise GraphError(f"spread must have one level to a stage, got {levels_per_stage}")
    step = levels_per_stage or max(graph.depth, 1)
    plan = _Plan(graph, step, widths or [1] * len(graph.forms), spread=spread)
    plan.relax()
    stages = tuple(plan.stage(level) for level in plan.levels)
    registers = tuple(plan.carried(node) for node in range(len(stages)))
    return Schedule(stages=stages, registers=registers, depth=plan.depth)


class _Plan:
    """Levels of adders, counted from the inputs' 0; a register stands after every `step`."""

    def __init__(
        self, graph: AdderGraph, step: int, widths: Sequence[int], *, spread: bool
    ) -> None:
        self._step = step
        self._widths = widths
        self._spread = spread
        self.levels = list(graph.levels)
        self._first = graph.n_inputs
        self._operands = [(a.left.node, a.right.node) for a in graph.adders]
        self._readers: list[list[int]] = [[] for _ in self.levels]
        for k, operands in enumerate(self._operands):
            for node in set(operands):
                self._readers[node].append(self._first + k)
        self._ends = {t.node for t in graph.outputs if t is not None}
        if spread:
            self.levels = self._apart()
        self.depth = self.stage(graph.depth) + 1 if graph.depth else 0

    def _apart(self) -> list[int]:
        """Levels at which no two adders read one node, but for those that cannot wait."""
        height = [0] * len(self.levels)
        for node in reversed(range(self._first, len(height))):
            for operand in self._operands[node - self._first]:
                height[operand] = max(height[operand], height[node] + 1)
        latest = [max(self.levels) - above for above in height]
        levels = dict.fromkeys(range(self._first), 0)
        # The longer way to an output goes first.
        left = sorted(range(self._first, len(height)), key=lambda node: latest[node])
        level = 0
        while left:
            level += 1
            read: set[int] = set()
            placed = []
            for node in left:
                operands = set(self._operands[node - self._first])
                if not operands <= levels.keys():
                    continue
                if level == latest[node] or not operands & read:
                    read |= operands
                    placed.append(node)
            levels |= dict.fromkeys(placed, level)
            left = [node for node in left if node not in levels]
        return [levels[node] for node in range(len(height))]

    def stage(self, level: int) -> int:
        return max(level - 1, 0) // self._step

    def carried(self, node: int) -> int:
        """Registers behind a node: until the last stage that reads it."""
        last = [self.stage(self.levels[reader]) for reader in self._readers[node]]
        if node in self._ends:
            last.append(self.depth)
        return max(last, default=0) - self.stage(self.levels[node]) if last else 0

    def relax(self) -> None:
        """Move adders to later levels while that saves register bits."""
        moved = True
        while moved:
            moved = False
            for k in reversed(range(len(self._operands))):
                node = self._first + k
                latest = min(
                    (self.levels[reader] - 1 for reader in self._readers[node]),
                    default=self.depth * self._step,
                )
                if node in self._ends:
                    latest = min(latest, self.depth * self._step)
                start, best = self.levels[node], self.levels[node]
                least = self._bits(node)
                for level in range(start + 1, latest + 1):
                    if self._spread and level in self._taken(node):
                        continue
                    self.levels[node] = level
                    bits = self._bits(node)
                    if bits < least:
                        best, least = level, bits
                self.levels[node] = best
                moved |= best != start

    def _taken(self, node: int) -> set[int]:
        """Levels of the other adders that read an operand of this one."""
        return {
            self.levels[reader]
            for operand in self._operands[node - self._first]
            for reader in self._readers[operand]
            if reader != node
        }

    def _bits(self, node: int) -> int:
        """Register bits of a node and its operands."""
        about = {node, *self._operands[node - self._first]}
        return sum(self.carried(k) * self._widths[k] for k in about)
