"""An adder graph in gates: exact ranges, low bits that pass by, registers at chosen levels."""

from __future__ import annotations

from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Module, Value

from fxfir.arith.adder import Term, valuation
from fxfir.arith.graph import AdderGraph
from fxfir.arith.schedule import schedule
from fxfir.rtl.arith.node import (
    Exact,
    add,
    extend,
    register,
    shape_of,
    shift_left,
    sized,
    sub,
    wire,
)

__all__ = ["GraphGates", "add_shifted", "drop_zeros"]


class GraphGates:
    """The gates of an adder graph, without low bits that are zero for every input.

    Every node has the width of its exact range, which follows from its linear form and not from
    its operands' ranges.

    Parameters
    ----------
    graph : AdderGraph
    ranges : sequence of (lo, hi), shape (n_inputs,)
        Of the inputs, which vary independently; 0 is taken as part of each, since registers
        start there.
    levels_per_stage : int or None
        Adders at most between two registers; None places registers behind the outputs only.
    spread : bool, optional
        Adders that read one node do so in different stages, see `schedule`.

    Attributes
    ----------
    depth : int
        Stages of registers from the inputs to the outputs; 0 where the graph is wires.
    register_bits : int
        Flip-flops that `build` places.
    """

    def __init__(
        self,
        graph: AdderGraph,
        *,
        ranges: Sequence[tuple[int, int]],
        levels_per_stage: int | None,
        spread: bool = False,
    ) -> None:
        self.graph = graph
        self._zeros = [valuation(form) for form in graph.forms]
        full = graph.ranges([(min(lo, 0), max(hi, 0)) for lo, hi in ranges])
        self._ranges = [
            (lo >> zeros, hi >> zeros) for (lo, hi), zeros in zip(full, self._zeros, strict=True)
        ]
        widths = [int(shape_of(lo, hi).width) for lo, hi in self._ranges]
        self._plan = schedule(
            graph, levels_per_stage=levels_per_stage, widths=widths, spread=spread
        )
        # Sums that are read within their own stage have a name before the register too.
        self._at_once = {
            term.node
            for k, adder in enumerate(graph.adders)
            for term in (adder.left, adder.right)
            if term.node >= graph.n_inputs
            and self._plan.stages[term.node] == self._plan.stages[graph.n_inputs + k]
        }
        self.depth = self._plan.depth
        self.register_bits = self._plan.register_bits(widths)

    def build(
        self,
        m: Module,
        inputs: Sequence[Exact],
        names: Sequence[str],
        *,
        en: Value,
        registered: bool = True,
    ) -> list[Exact]:
        """Build the graph.

        Parameters
        ----------
        m : Module
        inputs : sequence of Exact, shape (n_inputs,)
            Held in registers of one stage.
        names : sequence of str, shape (n_nodes,)
            Of the nodes, inputs first. Registers that only carry a value on have a suffix.
        en : Value
            One bit: the pipeline moves.
        registered : bool, optional
            False leaves out the last register behind each output, for a caller who has one.

        Returns
        -------
        list of Exact, shape (n_outputs,)
            `depth` stages behind the inputs, or what enters that stage. Shifts are wires; of a
            negative output it is the positive one, for the caller to subtract.

        Raises
        ------
        ValueError
            If there is no register to leave out.
        """
        if not registered and not self.depth:
            raise ValueError("a graph without a stage must be registered, got registered=False")
        graph, plan = self.graph, self._plan
        counts = list(plan.registers)
        if not registered:
            for end in {term.node for term in graph.outputs if term is not None}:
                counts[end] -= 1
        carried = [self._carry(m, k, x, names[k], counts[k], en=en) for k, x in enumerate(inputs)]
        for k, adder in enumerate(graph.adders):
            node = graph.n_inputs + k
            stage = plan.stages[node]
            operands = [
                (carried[term.node][stage - plan.stages[term.node]], self._shift(term))
                for term in (adder.left, adder.right)
            ]
            total = self._sum(node, operands, minus=adder.right.negative)
            carried.append(self._carry(m, node, total, names[node], counts[node], en=en))
        return [self._output(carried, term) for term in graph.outputs]

    def _shift(self, term: Term) -> int:
        """Shift of a node's word, whose low zeros are left out: never to the right."""
        return term.shift + self._zeros[term.node]

    def _sum(self, node: int, operands: list[tuple[Exact, int]], *, minus: bool) -> Exact:
        (left, a), (right, b) = operands
        common = min(a, b)
        lo, hi = self._ranges[node]
        zeros = self._zeros[node] - common
        bounds = (lo << zeros, hi << zeros)
        total = add_shifted(left, right, a - common, b - common, minus=minus, bounds=bounds)
        return drop_zeros(total, zeros)

    def _carry(
        self, m: Module, node: int, value: Exact, name: str, count: int, *, en: Value
    ) -> list[Exact]:
        """Return a value at its own stage and behind each of `count` registers."""
        is_sum = node >= self.graph.n_inputs
        values = [wire(m, value, f"{name}_d") if node in self._at_once else value]
        for n in range(1, count + 1):
            suffix = "" if is_sum and n == 1 else f"_z{self._plan.stages[node] + n}"
            values.append(register(m, values[-1], f"{name}{suffix}", en=en))
        return values

    def _output(self, carried: list[list[Exact]], term: Term | None) -> Exact:
        if term is None:
            return Exact(value=Const(0, 1), lo=0, hi=0)
        return shift_left(carried[term.node][-1], self._shift(term))


def add_shifted(
    left: Exact, right: Exact, a: int, b: int, *, minus: bool, bounds: tuple[int, int]
) -> Exact:
    """Return left * 2**a + right * 2**b, or the difference; a or b is 0.

    Below the lowest bit of one operand the other one passes by without an adder cell; of a
    difference only the minuend can.

    Parameters
    ----------
    left, right : Exact
    a, b : int
        Shifts to the left, at least one of them 0.
    minus : bool
        Subtract `right`.
    bounds : (lo, hi)
        Range of the result, for which the caller answers.

    Raises
    ------
    ValueError
        If both shifts are positive.
    """
    if a and b:
        raise ValueError(f"one of the shifts must be 0, got {a} and {b}")
    low, high, shift = (left, right, b) if b else (right, left, a)
    if shift == 0 or (minus and a):
        total = (sub if minus else add)(shift_left(left, a), shift_left(right, b))
        return sized(total.value, *bounds)
    lo, hi = bounds
    rest = _floor(low, shift)
    top = sized((sub if minus else add)(rest, high).value, lo >> shift, hi >> shift)
    passing = extend(low, max(low.width, shift))[:shift]
    bits = Cat(passing, top.value)
    return sized(bits.as_signed() if top.signed else bits, lo, hi)


def drop_zeros(x: Exact, zeros: int) -> Exact:
    """Return x / 2**zeros, where x is a multiple of it: wiring."""
    return _floor(x, zeros) if zeros else x


def _floor(x: Exact, shift: int) -> Exact:
    """Return floor(x / 2**shift)."""
    lo, hi = x.lo >> shift, x.hi >> shift
    bits = extend(x, max(x.width, shift + 1))[shift:]
    return sized(bits.as_signed() if x.signed else bits, lo, hi)
