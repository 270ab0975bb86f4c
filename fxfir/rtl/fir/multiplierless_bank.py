"""A bank of FIR filters on one delay line, in one adder graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from amaranth.hdl import Cat, Module

from fxfir.arith.graph import AdderGraph
from fxfir.errors import ArchitectureError
from fxfir.filters import Bank, FixedFir
from fxfir.rtl.arith.graph import GraphGates
from fxfir.rtl.arith.node import Exact, extend, neg, register, word
from fxfir.rtl.core import Core
from fxfir.rtl.fir.adder_forms import levels_per_stage
from fxfir.rtl.fir.parallel import common_shift, history, small_requantiser
from fxfir.rtl.pipeline import Pipeline
from fxfir.rtl.timing import Timing

__all__ = ["MultiplierlessBank"]


class MultiplierlessBank(Core):
    """FIR filters of one input without multipliers, one sample per clock for all of them.

    The filters are the rows of a matrix that multiplies the samples of one delay line: mirrored
    samples are added once for all, and so is every other sum that filters have in common. The
    graph is proven before any gate exists, as in `Multiplierless`.

    Parameters
    ----------
    filter : Bank
        Of FixedFir.
    pipeline : str or int, optional
        As in `Multiplierless`.
    effort : str, optional
        How long to look for a graph: "quick", "normal" or "thorough".
    graph : AdderGraph or mapping, optional
        The graph, or its JSON, instead of solving for one: an input for every age that has a tap
        in some filter, newest first, and an output for every filter, without the low zeros that
        its taps have in common.

    Raises
    ------
    ArchitectureError
        If `filter` is not a bank of FixedFir, or an option is unknown.
    GraphError
        If the graph does not compute the taps, or the effort is unknown.

    Members
    -------
    i : In(stream.Signature(one filter's payload))
    o : Out(stream.Signature(all outputs, filter 0 lowest))

    Attributes
    ----------
    graph : AdderGraph
    one_bit_adders : int
        Full adder cells before the casts.

    Notes
    -----
    Latency: 2 stages of input and history, one for each level (or `pipeline` levels) of adders,
    one if a sum has to be negated, up to three for the casts. Interval 1. Ready is low while
    zeros fill the history.
    """

    filter: Bank

    def __init__(
        self,
        filter: Bank,
        *,
        pipeline: str | int = "auto",
        effort: str = "normal",
        graph: AdderGraph | Mapping[str, Any] | None = None,
    ) -> None:
        self._filters = _checked(filter)
        levels = levels_per_stage(pipeline)
        fmt = filter.inputs[0]
        bounds = (min(fmt.lo, 0), max(fmt.hi, 0))
        self._used = sorted({k for f in self._filters for k, tap in enumerate(f.taps) if tap})
        rows = [self._row(f) for f in self._filters]
        if graph is None:
            from fxfir.arith.cmvm import solve_matrix

            graph = solve_matrix(rows, input_range=bounds, effort=effort)
        elif not isinstance(graph, AdderGraph):
            graph = AdderGraph.from_json(graph)
        graph.check(rows)
        self.graph = graph
        self.one_bit_adders = graph.one_bit_adders(bounds)
        self._gates = GraphGates(graph, ranges=[bounds] * len(self._used), levels_per_stage=levels)
        # Where all outputs are positive, the last register of the graph is that of the sum.
        self._signs = [-1 if term is not None and term.negative else 1 for term in graph.outputs]
        self._extra = min(self._signs) < 0 or not self._gates.depth
        self._casts = [small_requantiser(f) for f in self._filters]
        self._cast_stages = max(cast.stages for cast in self._casts)
        super().__init__(
            filter,
            architecture={
                "name": "multiplierless",
                "pipeline": levels or "none",
                "graph": graph.to_json(),
            },
            timing=Timing(
                latency=2 + self._gates.depth + self._extra + self._cast_stages,
                startup=self._used[-1],
            ),
        )

    def _row(self, filter: FixedFir) -> list[int]:
        """Return a filter's taps at all ages in use, without the low zeros they share."""
        shift = common_shift(filter)
        taps = dict(enumerate(filter.taps))
        return [taps.get(k, 0) >> shift for k in self._used]

    def documents(self) -> dict[str, str]:
        """Return the drawing of the graph."""
        from fxfir.arith.draw import draw_graph

        return {"graph.svg": draw_graph(self.graph, inputs=[f"x{k}" for k in self._used])}

    def inner_sums(self) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """Return what every adder holds."""
        return self.graph.inner_sums(self._used)

    def elaborate(self, platform: Any) -> Module:
        """Build the delay line, the graph, and a cast for each filter."""
        m = Module()
        pipe = Pipeline(m, self, depth=self.timing.latency, flush=self.timing.startup)
        _, *line = history(m, pipe, word(self.i.payload, self.filter.inputs[0]), self._used[-1] + 1)
        names = [f"x{k}" for k in self._used]
        names += [f"sum{k}" for k in range(self.graph.n_adders)]
        sums = self._gates.build(
            m, [line[k] for k in self._used], names, en=pipe.ce, registered=bool(self._extra)
        )
        lanes = []
        for k, total in enumerate(sums):
            y = self._cast(m, pipe, k, neg(total) if self._signs[k] < 0 else total)
            lanes.append(extend(y, self.filter.outputs[k].width))
        width = sum(map(len, lanes))
        pipe.output(m, Exact(value=Cat(*lanes), lo=0, hi=(1 << width) - 1))
        return m

    def _cast(self, m: Module, pipe: Pipeline, k: int, total: Exact) -> Exact:
        """Return what enters a lane of the output, in step with the lane that takes longest."""
        cast = self._casts[k]
        for stage in range(self._cast_stages - max(cast.stages - 1, 0)):
            name = f"acc{k}" if stage == 0 else f"acc{k}_z{stage}"
            total = register(m, total, name, en=pipe.ce)
        enables = [pipe.ce] * max(cast.stages - 1, 0)
        return cast.entering(m, total, f"y{k}", enables=enables)


def _checked(filter: Any) -> Sequence[FixedFir]:
    if not isinstance(filter, Bank):
        raise ArchitectureError(
            f"architecture 'multiplierless' of a bank builds a Bank, got a {type(filter).__name__}"
        )
    found = []
    for k, part in enumerate(filter.filters):
        if not isinstance(part, FixedFir):
            raise ArchitectureError(
                "architecture 'multiplierless' of a bank builds filters that are FixedFir, "
                f"got a {type(part).__name__} at filters[{k}]"
            )
        found.append(part)
    return found
