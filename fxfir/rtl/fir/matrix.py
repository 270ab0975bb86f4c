"""FIR filters between several lanes in one adder graph, or as the parts they are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amaranth.hdl import Cat, Module

from fxfir.arith.graph import AdderGraph
from fxfir.errors import ArchitectureError
from fxfir.filters import FirMatrix
from fxfir.rtl.arith.graph import GraphGates
from fxfir.rtl.arith.node import (
    Exact,
    add,
    constant,
    extend,
    neg,
    odd_part,
    register,
    shift_left,
    word,
)
from fxfir.rtl.arith.requantise import Requantiser
from fxfir.rtl.arith.round_saturate import RoundSaturate
from fxfir.rtl.core import Core, behind_ports, split_lanes
from fxfir.rtl.fir.adder_forms import levels_per_stage
from fxfir.rtl.pipeline import Pipeline
from fxfir.rtl.timing import Timing

__all__ = ["Expanded", "MultiplierlessMatrix"]


class MultiplierlessMatrix(Core):
    """Every output of every input without multipliers, one sample of all lanes per clock.

    The taps are a constant matrix that multiplies the histories of all lanes; sums that outputs
    have in common, of mirrored samples above all, are built once. The graph is proven before any
    gate exists.

    Parameters
    ----------
    filter : FirMatrix
    pipeline : str or int, optional
        As in `Multiplierless`.
    effort : str, optional
        How long to look for a graph: "quick", "normal" or "thorough".
    graph : AdderGraph or mapping, optional
        The graph, or its JSON, instead of solving for one: an input for every lane and age that
        has a tap, lane 0 first and newest first, and an output for every output lane, without the
        low zeros that its taps have in common.

    Raises
    ------
    ArchitectureError
        If `filter` is no FirMatrix, or an option is unknown.
    GraphError
        If the graph does not compute the taps, or the effort is unknown.

    Members
    -------
    i : In(stream.Signature(all inputs, lane 0 lowest))
    o : Out(stream.Signature(all outputs, lane 0 lowest))

    Notes
    -----
    Latency: 2 stages of input and history, one for each level (or `pipeline` levels) of adders,
    one where sums are negated or offsets added, up to three for the casts. Interval 1. Ready is low
    while zeros fill the histories.
    """

    filter: FirMatrix

    def __init__(
        self,
        filter: FirMatrix,
        *,
        pipeline: str | int = "auto",
        effort: str = "normal",
        graph: AdderGraph | Mapping[str, Any] | None = None,
    ) -> None:
        if not isinstance(filter, FirMatrix):
            raise ArchitectureError(
                "architecture 'multiplierless' of a matrix builds a FirMatrix, "
                f"got a {type(filter).__name__}"
            )
        levels = levels_per_stage(pipeline)
        bounds = (min(filter.input.lo, 0), max(filter.input.hi, 0))
        self._used = [
            (i, k)
            for i in range(filter.n_in)
            for k in range(filter.n_taps)
            if any(row[i][k] for row in filter.taps)
        ]
        self._shifts = [
            min(odd_part(tap)[1] for part in row for tap in part if tap) for row in filter.taps
        ]
        pairs = zip(filter.taps, self._shifts, strict=True)
        rows = [[row[i][k] >> shift for i, k in self._used] for row, shift in pairs]
        if graph is None:
            from fxfir.arith.cmvm import solve_matrix

            graph = solve_matrix(rows, input_range=bounds, effort=effort)
        elif not isinstance(graph, AdderGraph):
            graph = AdderGraph.from_json(graph)
        graph.check(rows)
        self.graph = graph
        self.one_bit_adders = graph.one_bit_adders(bounds)
        self._gates = GraphGates(graph, ranges=[bounds] * len(self._used), levels_per_stage=levels)
        self._signs = [-1 if term is not None and term.negative else 1 for term in graph.outputs]
        # Where all outputs are positive, the last register of the graph is that of the sum.
        self._extra = min(self._signs) < 0 or any(filter.offsets) or not self._gates.depth
        self._casts = [self._cast_of(filter, o) for o in range(filter.n_out)]
        self._cast_stages = max(cast.stages for cast in self._casts)
        ages = [k for _, k in self._used]
        super().__init__(
            filter,
            architecture={
                "name": "multiplierless",
                "pipeline": levels or "none",
                "graph": graph.to_json(),
            },
            timing=Timing(
                latency=2 + self._gates.depth + self._extra + self._cast_stages, startup=max(ages)
            ),
        )

    def documents(self) -> dict[str, str]:
        """Return the drawing of the graph."""
        from fxfir.arith.draw import draw_graph

        return {"graph.svg": draw_graph(self.graph, inputs=[f"x{i}_{k}" for i, k in self._used])}

    def elaborate(self, platform: Any) -> Module:
        """Build the histories, the graph, and a cast for each output."""
        m = Module()
        node = self.filter
        pipe = Pipeline(m, self, depth=self.timing.latency, flush=self.timing.startup)
        control = pipe.history(m)
        lines: list[list[Exact]] = []
        for i, lane in enumerate(split_lanes(self.i.payload, node.inputs)):
            line = [register(m, word(lane, node.input), f"x{i}_in", en=pipe.ce)]
            for k in range(1 + max([k for lane, k in self._used if lane == i], default=-1)):
                line.append(register(m, line[-1], f"x{i}_{k}", en=control.step))
                if k == 0 and pipe.flush:
                    with m.If(control.clear):
                        m.d.sync += line[-1].value.eq(0)
            lines.append(line[1:])
        names = [f"x{i}_{k}" for i, k in self._used]
        names += [f"sum{k}" for k in range(self.graph.n_adders)]
        inputs = [lines[i][k] for i, k in self._used]
        sums = self._gates.build(m, inputs, names, en=pipe.ce, registered=bool(self._extra))
        lanes = [
            extend(self._lane(m, pipe, o, total), node.output.to.width)
            for o, total in enumerate(sums)
        ]
        width = sum(map(len, lanes))
        pipe.output(m, Exact(value=Cat(*lanes), lo=0, hi=(1 << width) - 1))
        return m

    def _kept(self, o: int) -> int:
        """Low zeros that the sum of an output keeps to meet its offset."""
        offset = self.filter.offsets[o]
        shift = self._shifts[o]
        return shift - min(shift, odd_part(offset)[1]) if offset else 0

    def _cast_of(self, filter: FirMatrix, o: int) -> Requantiser | RoundSaturate:
        self.filter = filter
        dropped = self._shifts[o] - self._kept(o)
        lo, hi = (end >> dropped for end in filter.acc_range(o))
        frac = filter.input.frac + filter.coeff.frac - dropped
        if RoundSaturate.fits(filter.output, lo=lo, hi=hi, frac=frac):
            return RoundSaturate(filter.output, lo=lo, hi=hi, frac=frac)
        return Requantiser(filter.output, lo=lo, hi=hi, frac=frac)

    def _lane(self, m: Module, pipe: Pipeline, o: int, total: Exact) -> Exact:
        """Return what enters a lane of the output, in step with the lane that takes longest."""
        offset = self.filter.offsets[o]
        if self._signs[o] < 0:
            total = neg(total)
        if offset:
            dropped = self._shifts[o] - self._kept(o)
            total = add(shift_left(total, self._kept(o)), constant(offset >> dropped))
        cast = self._casts[o]
        for stage in range(self._cast_stages - max(cast.stages - 1, 0)):
            name = f"acc{o}" if stage == 0 else f"acc{o}_z{stage}"
            total = register(m, total, name, en=pipe.ce)
        enables = [pipe.ce] * max(cast.stages - 1, 0)
        return cast.entering(m, total, f"y{o}", enables=enables)


class Expanded(Core):
    """The core of a matrix's parts as that of the matrix.

    Parameters
    ----------
    filter : FirMatrix
    core : Core
        Of `filter.expanded()`, in any architecture.

    Members
    -------
    i : In(stream.Signature(payload of `core`))
    o : Out(stream.Signature(payload of `core`))
    """

    def __init__(self, filter: FirMatrix, core: Core) -> None:
        self._core = core
        super().__init__(filter, architecture=core.architecture, timing=core.timing)

    def documents(self) -> dict[str, str]:
        """Return what the core has."""
        return self._core.documents()

    def elaborate(self, platform: Any) -> Module:
        """Return the core's own module behind these ports."""
        return behind_ports(self, self._core, platform)
