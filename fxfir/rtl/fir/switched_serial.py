"""Sets of taps in serial form: one pass over the chosen set, samples and taps in memories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from amaranth.hdl import Cat, Module, Mux, Signal, Value

from fxfir.errors import ArchitectureError
from fxfir.filters import SwitchedFir
from fxfir.rtl.arith.preround import Preround
from fxfir.rtl.core import Core, split_lanes
from fxfir.rtl.fir.serial import Serial, count, memory_kind
from fxfir.rtl.fir.serial_control import Control
from fxfir.rtl.fir.serial_plan import Lane, Plan, fewest, plan
from fxfir.rtl.fir.serial_sum import sum_stages
from fxfir.rtl.fir.sets import checked_sets, mirrored, sets_shift
from fxfir.rtl.fir.switched import SwitchedDirect
from fxfir.rtl.timing import Timing

__all__ = ["SwitchedSerial"]


class SwitchedSerial(Serial):
    """FIR filter with sets of taps that shares multipliers over time.

    `Serial` with a ROM that holds all sets one behind the other; the number that came with the
    sample says which part a pass reads. Multipliers, samples and control are those of one set.

    Parameters
    ----------
    filter : SwitchedFir
    fold : bool, optional
        Whether to add mirrored samples first; if left out, wherever the taps of all sets are
        symmetric, or those of all are antisymmetric.
    multipliers, memory, clocks, target
        As in `Serial`.

    Raises
    ------
    ArchitectureError
        If `filter` is not a SwitchedFir, `fold` is asked for and the sets have no symmetry in
        common, or another option is out of range.

    Members
    -------
    i : In(stream.Signature(sample, above it the number of its set))
    o : Out(stream.Signature(shape of filter.output.to))

    Notes
    -----
    Timing as in `Serial`; a step serves every place that has a nonzero tap in some set. A single
    step is built in direct form.
    """

    filter: SwitchedFir  # type: ignore[assignment]

    def __init__(
        self,
        filter: SwitchedFir,
        *,
        fold: bool | None = None,
        multipliers: int | None = None,
        memory: str = "auto",
        clocks: int | None = None,
        target: str = "generic",
    ) -> None:
        node = checked_sets(filter, "serial")
        sign = mirrored(node.taps)
        if fold and not sign:
            raise ArchitectureError(
                "fold of architecture 'serial' needs sets that are all symmetric or all "
                f"antisymmetric about one middle, got {node.n_sets} sets that are not"
            )
        if fold is None:
            fold = bool(sign) and not (target == "ice40" and node.input.width > 15)
        self._shift = sets_shift(node)
        self._marks = _marks(node.taps, sign if fold else 0)
        if multipliers is None:
            multipliers = 1
            if clocks is not None:
                multipliers = fewest(self._marks, fold=fold, clocks=count(clocks, "clocks"))
        count(multipliers, "multipliers")
        self._cast = Preround(node.output, frac=node.acc.frac - self._shift)
        lo, hi = ((bound >> self._shift) + self._cast.bias for bound in node.acc_range)
        self._range = min(lo, 0), max(hi, 0)
        self._target, self._fused = target, False
        shared = plan(self._marks, fold=fold, multipliers=multipliers, copies=False)
        self._memory = memory_kind(memory, shared, target)
        if self._memory == "block":
            shared = plan(self._marks, fold=fold, multipliers=multipliers, copies=True)
        self._plan = self._with_sets(node, shared)
        self._stages = sum_stages(self._plan, node.input, target)
        self._parallel: Core | None = None
        if self._plan.steps == 1:
            self._parallel = SwitchedDirect(node, target=target)
            timing = self._parallel.timing
        else:
            timing = Timing(
                latency=self._plan.steps + 3 + self._stages,
                interval=self._plan.steps,
                startup=max(bank.depth for bank in self._plan.banks),
            )
        Core.__init__(
            self,
            node,
            architecture={
                "name": "serial",
                "fold": fold,
                "multipliers": len(self._plan.lanes),
                "memory": self._memory,
            },
            timing=timing,
        )

    def multipliers_for(self, clocks: int) -> int:
        """Return how many multipliers take a sample every `clocks` cycles, other options equal."""
        return fewest(self._marks, fold=self.architecture["fold"], clocks=clocks)

    def _with_sets(self, node: SwitchedFir, shared: Plan) -> Plan:
        """Replace marks by the taps of all sets; the numbers above the last set read the last."""
        room = 1 << (shared.steps - 1).bit_length()
        sets = [*node.taps, *[node.taps[-1]] * ((1 << node.index.width) - node.n_sets)]

        def of_lane(lane: Lane) -> Lane:
            rows = []
            for taps in sets:
                row = [taps[abs(mark) - 1] >> self._shift if mark else 0 for mark in lane.taps]
                # Places that no step reads repeat the last word, and so widen no operand.
                rows += row + row[-1:] * (room - len(row))
            return replace(lane, taps=tuple(rows))

        return replace(shared, lanes=tuple(map(of_lane, shared.lanes)))

    def _payload(self) -> Value:
        """Return the sample without the set's number."""
        return split_lanes(self.i.payload, self.filter.inputs)[0]

    def _address(self, m: Module, control: Control) -> None:
        """Put the set's number above the step."""
        given = split_lanes(self.i.payload, self.filter.inputs)[1]
        held = Signal(given.shape(), name="chosen", reset_less=True)
        now = Signal(given.shape(), name="chosen_now")
        with m.If(control.waiting & control.ce):
            m.d.sync += held.eq(given)
        m.d.comb += now.eq(Mux(control.waiting, given, held))
        control.place = Cat(control.step, now)


def _marks(taps: Sequence[Sequence[int]], sign: int) -> tuple[int, ...]:
    """Return taps that are zero where those of all sets are and else tell their place, from 1 on.

    Mirrored places have the mark of the younger one, so that a plan for the marks, which may only
    look at zeros and at symmetry, is one for every set.
    """
    used = [k for k in range(len(taps[0])) if any(row[k] for row in taps)]
    ends = used[0] + used[-1]
    marks = [0] * len(taps[0])
    for k in used:
        marks[k] = sign * (ends - k + 1) if sign and 2 * k > ends else k + 1
    return tuple(marks)
