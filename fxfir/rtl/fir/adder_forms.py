"""The two forms of a multiplierless FIR filter: one sum of all taps, or one block and a chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

from amaranth.hdl import Module

from fxfir.arith.graph import AdderGraph
from fxfir.errors import ArchitectureError
from fxfir.rtl.arith.chain import Chain
from fxfir.rtl.arith.graph import GraphGates
from fxfir.rtl.arith.node import Exact, neg, odd_part, register
from fxfir.rtl.fir.parallel import delay_line, history
from fxfir.rtl.pipeline import Pipeline

__all__ = [
    "FORMS",
    "AdderForm",
    "DirectForm",
    "TransposedForm",
    "levels_per_stage",
    "odd_parts",
]


def odd_parts(taps: Sequence[int]) -> list[int]:
    """Return the distinct odd parts of taps, signs apart: the words of a multiplier block.

    >>> odd_parts([6, 0, -3, 8])
    [1, 3]
    """
    return sorted({abs(odd_part(tap)[0]) for tap in taps if tap})


def levels_per_stage(pipeline: Any) -> int | None:
    """Read the option `pipeline` of the multiplierless architectures.

    Returns
    -------
    int or None
        Adders at most between two registers; None for all of them.

    Raises
    ------
    ArchitectureError
        If it is none of "auto", "full", "none" and a positive number.

    Examples
    --------
    >>> [levels_per_stage(given) for given in ("auto", "full", 2, "none")]
    [1, 1, 2, None]
    """
    if pipeline == "none":
        return None
    if pipeline in ("auto", "full"):
        return 1
    if isinstance(pipeline, str) and pipeline.isdecimal():
        pipeline = int(pipeline)
    if isinstance(pipeline, int) and not isinstance(pipeline, bool) and pipeline >= 1:
        return pipeline
    raise ArchitectureError(
        "pipeline of architecture 'multiplierless' must be auto, full, none or a positive "
        f"number of adders, got {pipeline!r}"
    )


class AdderForm(Protocol):
    """The sum of taps times samples, made of additions only.

    Parameters
    ----------
    taps : sequence of int, shape (n_taps,)
    bounds : (lo, hi)
        Range of the input, with 0 in it.
    graph : AdderGraph
        As `graph_of` makes it.
    levels_per_stage : int or None
        Adders at most between two registers; None places none within the graph.

    Attributes
    ----------
    graph : AdderGraph
        Proven to hold exactly the taps.
    stages : int
        Stage whose registers hold the sum; the input register is stage 1.
    flush : int
        Edges that the history needs to become zero after a reset.
    one_bit_adders : int
        Full adder cells.
    register_bits : int
        Flip-flops.

    Raises
    ------
    GraphError
        If the graph does not compute the taps.
    """

    graph: AdderGraph
    stages: int
    flush: int
    one_bit_adders: int
    register_bits: int

    def __init__(
        self,
        taps: Sequence[int],
        bounds: tuple[int, int],
        graph: AdderGraph,
        *,
        levels_per_stage: int | None,
    ) -> None: ...

    @staticmethod
    def graph_of(block: AdderGraph, taps: Sequence[int], bounds: tuple[int, int]) -> AdderGraph:
        """Return the form's graph, from a block that multiplies one input by `odd_parts(taps)`."""
        ...

    def build(self, m: Module, pipe: Pipeline, x: Exact) -> Exact:
        """Return the exact sum, entering the registers of stage `stages`."""
        ...

    def inner_sums(self) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """Return what adders hold that read samples of several ages, see `Core.inner_sums`."""
        ...

    def drawing(self) -> str:
        """Return the graph as SVG."""
        ...


class DirectForm(AdderForm):
    """A delay line, and one adder graph from all delayed samples to their weighted sum.

    The graph is a transposed multiplier block: samples that meet the same tap are added first,
    so symmetric taps have their pre-adders without being asked for.
    """

    def __init__(
        self,
        taps: Sequence[int],
        bounds: tuple[int, int],
        graph: AdderGraph,
        *,
        levels_per_stage: int | None,
    ) -> None:
        self._used = [k for k, tap in enumerate(taps) if tap]
        graph.check([[taps[k] for k in self._used]])
        self.graph = graph
        self._gates = GraphGates(
            graph,
            ranges=[bounds] * len(self._used),
            levels_per_stage=levels_per_stage,
            spread=levels_per_stage == 1,
        )
        (output,) = graph.outputs
        self._negate = output is not None and output.negative
        self.one_bit_adders = graph.one_bit_adders(bounds)
        self.register_bits = self._gates.register_bits
        self.stages = 1 + self._negate
        if graph.n_adders:
            self.stages += 1 + self._gates.depth
        self.flush = self._used[-1]

    @staticmethod
    def graph_of(block: AdderGraph, taps: Sequence[int], bounds: tuple[int, int]) -> AdderGraph:
        """Return the sum of products, with one input for each tap but zero."""
        words = dict(zip(odd_parts(taps), block.outputs, strict=True))
        outputs = []
        for tap in taps:
            if tap:
                odd, shift = odd_part(tap)
                word = words[abs(odd)]
                assert word is not None
                outputs.append(
                    replace(word, shift=word.shift + shift, negative=word.negative != (odd < 0))
                )
        from fxfir.arith.dot import sum_of_products

        return sum_of_products(replace(block, outputs=tuple(outputs)), bounds)

    def build(self, m: Module, pipe: Pipeline, x: Exact) -> Exact:
        """Return the exact sum, entering the registers of stage `stages`."""
        if not self.graph.n_adders:
            line = delay_line(m, pipe, x, self._used[0] + self._negate)
            word = [x, *line][-1]
            return neg(word) if self._negate else word
        _, *line = history(m, pipe, x, self._used[-1] + 1)
        names = [f"x{k}" for k in self._used]
        names += [f"sum{k}" for k in range(self.graph.n_adders)]
        inputs = [line[k] for k in self._used]
        (total,) = self._gates.build(m, inputs, names, en=pipe.ce, registered=False)
        return neg(register(m, total, "minus_acc", en=pipe.ce)) if self._negate else total

    def inner_sums(self) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """Return what every adder holds."""
        return self.graph.inner_sums(self._used)

    def drawing(self) -> str:
        """Return the graph as SVG."""
        from fxfir.arith.draw import draw_graph

        return draw_graph(self.graph, inputs=[f"x{k}" for k in self._used], outputs=["sum"])


class TransposedForm(AdderForm):
    """One block that multiplies the input by every tap, and a chain of accumulators behind it.

    The delays are the accumulators. Zeros before the first tap delay the input instead.
    """

    def __init__(
        self,
        taps: Sequence[int],
        bounds: tuple[int, int],
        graph: AdderGraph,
        *,
        levels_per_stage: int | None,
    ) -> None:
        used = [k for k, tap in enumerate(taps) if tap]
        self._lead = used[0]
        self._odds = odd_parts(taps)
        graph.check(self._odds)
        self.graph = graph
        self._gates = GraphGates(graph, ranges=[bounds], levels_per_stage=levels_per_stage)
        trimmed = taps[used[0] : used[-1] + 1]
        negated = {
            odd
            for odd, term in zip(self._odds, graph.outputs, strict=True)
            if term is not None and term.negative
        }
        self._chain = Chain(trimmed, bounds, negated=negated)
        self.one_bit_adders = graph.one_bit_adders(bounds) + self._chain.one_bit_adders
        self.register_bits = self._gates.register_bits + self._chain.register_bits
        self.stages = 2 + self._gates.depth + self._chain.negative
        self.flush = self._lead
        if len(trimmed) > 1:
            self.flush += len(trimmed) + self._gates.depth

    @staticmethod
    def graph_of(block: AdderGraph, taps: Sequence[int], bounds: tuple[int, int]) -> AdderGraph:
        """Return the block as it is."""
        return block

    def build(self, m: Module, pipe: Pipeline, x: Exact) -> Exact:
        """Return the exact sum, entering the registers of stage `stages`."""
        x = delay_line(m, pipe, x, self._lead + 1)[-1]
        words = self._gates.build(m, [x], self._names(), en=pipe.ce)
        products = dict(zip(self._odds, words, strict=True))
        total = self._chain.build(m, products, en=pipe.step(m, 2 + self._gates.depth))
        if self._chain.negative:
            return neg(register(m, total, "minus_acc", en=pipe.ce))
        return total

    def inner_sums(self) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """Return nothing: what the chain holds is part of the output's own worst case."""
        return ()

    def drawing(self) -> str:
        """Return the graph as SVG."""
        from fxfir.arith.draw import draw_graph

        return draw_graph(self.graph, inputs=["x"], outputs=[f"{odd} x" for odd in self._odds])

    def _names(self) -> list[str]:
        """Name every node after the constant it multiplies by."""
        names = [f"x{self._lead}"]
        for node, (factor,) in enumerate(self.graph.forms[1:], 1):
            name = f"product{abs(factor)}{'_neg' if factor < 0 else ''}"
            # A solver has each value once; a graph from elsewhere may not.
            names.append(f"{name}_{node}" if name in names else name)
        return names


FORMS: dict[str, type[AdderForm]] = {"direct": DirectForm, "transposed": TransposedForm}
