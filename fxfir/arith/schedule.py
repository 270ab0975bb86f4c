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
    graph: AdderGraph, *, levels_per_stage: int | None = 1, widths: Sequence[int] | None = None
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

    Returns
    -------
    Schedule
        Of least depth.

    Raises
    ------
    GraphError
        If there is less than one level to a stage.

    Examples
    --------
    >>> from fxfir.arith.csd import csd_graph
    >>> plan = schedule(csd_graph([1, 45]))
    >>> plan.depth, plan.stages, plan.registers
    (2, (0, 0, 1), (2, 1, 1))
    """
    if levels_per_stage is not None and levels_per_stage < 1:
        raise GraphError(f"levels_per_stage must be at least 1, got {levels_per_stage}")
    step = levels_per_stage or max(graph.depth, 1)
    plan = _Plan(graph, step, widths or [1] * len(graph.forms))
    plan.relax()
    stages = tuple(plan.stage(level) for level in plan.levels)
    registers = tuple(plan.carried(node) for node in range(len(stages)))
    return Schedule(stages=stages, registers=registers, depth=plan.depth)


class _Plan:
    """Levels of adders, counted from the inputs' 0; a register stands after every `step`."""

    def __init__(self, graph: AdderGraph, step: int, widths: Sequence[int]) -> None:
        self._step = step
        self._widths = widths
        self.levels = list(graph.levels)
        self._first = graph.n_inputs
        self._operands = [(a.left.node, a.right.node) for a in graph.adders]
        self._readers: list[list[int]] = [[] for _ in self.levels]
        for k, operands in enumerate(self._operands):
            for node in set(operands):
                self._readers[node].append(self._first + k)
        self._ends = {t.node for t in graph.outputs if t is not None}
        self.depth = self.stage(graph.depth) + 1 if graph.depth else 0

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
                    self.levels[node] = level
                    bits = self._bits(node)
                    if bits < least:
                        best, least = level, bits
                self.levels[node] = best
                moved |= best != start

    def _bits(self, node: int) -> int:
        """Register bits of a node and its operands."""
        about = {node, *self._operands[node - self._first]}
        return sum(self.carried(k) * self._widths[k] for k in about)
