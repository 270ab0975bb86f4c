"""Multiplierless: additions, shifts and signs only, proven before any gate exists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from amaranth.hdl import Module

from fxfir.arith.graph import AdderGraph
from fxfir.errors import ArchitectureError
from fxfir.filters import FixedFir
from fxfir.rtl.arith.node import Exact
from fxfir.rtl.fir.adder_forms import FORMS, AdderForm, levels_per_stage, odd_parts
from fxfir.rtl.fir.parallel import ParallelFir, checked, common_shift, small_requantiser
from fxfir.rtl.pipeline import Pipeline

__all__ = ["Multiplierless"]

_SPARE_DEPTH = 2
"""Levels above the least that are tried; deeper blocks have cost more cells than they saved."""

_MUCH_WORK = 1 << 20
"""Odd parts times their range, from where each search has no restarts: 16 of 16 bits."""

_MOST_WORK = 1 << 23
"""The same, from where there is one search: 128 of 16 bits, 8 of 20 bits."""

_REGISTERS_PER_CELL = 32
"""Flip-flops are there beside every cell, but those that wait alone take room as well."""


class Multiplierless(ParallelFir):
    """FIR filter without multipliers, one sample per clock.

    The taps become an adder graph: a value that is evaluated on symbols here, before any gate
    exists, and must give back every tap exactly. What stands in the gates are its adders, each
    as wide as the exact range of its sum and without the low bits that pass by.

    Parameters
    ----------
    filter : FixedFir
    form : str, optional
        "direct": delay line, then one graph from all samples to their sum. "transposed": one
        graph from the input to its products, then a chain of accumulators. "auto": the one
        with fewer one-bit adders, a flip-flop counted as a small part of one.
    pipeline : str or int, optional
        "full": a register behind every adder. An integer: at most that many adders between two
        registers. "none": one register behind all of them. "auto": full.
    effort : str, optional
        How long to look for a graph: "quick", "normal" or "thorough". At "normal" many or long
        taps get fewer searches, so that it takes seconds.
    graph : AdderGraph or mapping, optional
        The graph, or its JSON, instead of solving for one; needs a `form`. It is part of
        `architecture`, so that a core is made again without the solver.

    Raises
    ------
    ArchitectureError
        If `filter` is not a FixedFir, or an option is unknown.
    GraphError
        If the graph does not compute the taps, or the effort is unknown.

    Members
    -------
    i : In(stream.Signature(shape of filter.input))
    o : Out(stream.Signature(shape of filter.output.to))

    Attributes
    ----------
    graph : AdderGraph
    one_bit_adders : int
        Full adder cells before the cast.

    Notes
    -----
    Latency: the input register, one stage for each level (or `pipeline` levels) of adders, for
    the transposed form the accumulator, up to three for the cast. Interval 1. Ready is low while
    zeros fill the history.

    Examples
    --------
    >>> from fxfir.fixed import SQ, Cast
    >>> fir = Multiplierless(FixedFir(taps=(3, 5, 7, 5, 3), coeff=SQ(1, 3), input=SQ(1, 7),
    ...                               output=Cast(to=SQ(1, 7))))
    >>> fir.architecture["form"], fir.architecture["pipeline"], fir.graph.n_adders
    ('direct', 1, 7)
    >>> fir.graph.coefficients()
    ((3, 5, 7, 5, 3),)
    """

    def __init__(
        self,
        filter: FixedFir,
        *,
        form: str = "auto",
        pipeline: str | int = "auto",
        effort: str = "normal",
        graph: AdderGraph | Mapping[str, Any] | None = None,
    ) -> None:
        checked(filter, "multiplierless")
        if form != "auto" and form not in FORMS:
            raise ArchitectureError(
                f"form of architecture 'multiplierless' must be one of "
                f"{', '.join(['auto', *FORMS])}, got {form!r}"
            )
        levels = levels_per_stage(pipeline)
        # Low zeros that all taps have in common are wires behind the sum.
        taps = [tap >> common_shift(filter) for tap in filter.taps]
        bounds = (min(filter.input.lo, 0), max(filter.input.hi, 0))
        if graph is None:
            forms = list(FORMS.values()) if form == "auto" else [FORMS[form]]
            self._form = _solve(taps, bounds, forms, levels=levels, effort=effort)
        elif form == "auto":
            raise ArchitectureError(
                "form of architecture 'multiplierless' must be given with a graph, got 'auto'"
            )
        else:
            known = graph if isinstance(graph, AdderGraph) else AdderGraph.from_json(graph)
            self._form = FORMS[form](taps, bounds, known, levels_per_stage=levels)
        self.graph = self._form.graph
        self.one_bit_adders = self._form.one_bit_adders
        super().__init__(
            filter,
            name="multiplierless",
            sum_stages=self._form.stages,
            flush=self._form.flush,
            requantiser=small_requantiser(filter),
            drain=True,
        )
        self.architecture |= {
            "form": next(name for name, cls in FORMS.items() if isinstance(self._form, cls)),
            "pipeline": levels or "none",
            "graph": self.graph.to_json(),
        }

    def documents(self) -> dict[str, str]:
        """Return the drawing of the graph."""
        return {"graph.svg": self._form.drawing()}

    def inner_sums(self) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """Return what the adders behind the delay line hold."""
        return self._form.inner_sums()

    def _sum(self, m: Module, pipe: Pipeline, x: Exact) -> Exact:
        return self._form.build(m, pipe, x)


def _solve(
    taps: Sequence[int],
    bounds: tuple[int, int],
    forms: Sequence[type[AdderForm]],
    *,
    levels: int | None,
    effort: str,
) -> AdderForm:
    """Return the cheapest of the forms over blocks of several depths.

    The block with the fewest adders may be deep, and depth is paid for in registers.
    """
    odds = odd_parts(taps)
    made = [
        cls(taps, bounds, cls.graph_of(block, taps, bounds), levels_per_stage=levels)
        for block in _blocks(odds, bounds, effort)
        for cls in forms
    ]
    return min(
        made, key=lambda form: form.one_bit_adders + form.register_bits / _REGISTERS_PER_CELL
    )


def _blocks(odds: Sequence[int], bounds: tuple[int, int], effort: str) -> Iterator[AdderGraph]:
    """Yield multiplier blocks of several depths, for as long as a search takes seconds."""
    # The solver goes over all odd values up to the largest, once for each.
    work = len(odds) << max(odds).bit_length()
    if work > _MUCH_WORK and effort == "normal":
        effort = "quick"
    from fxfir.arith.mcm import least_depth, solve

    least = least_depth(odds)
    depths = range(least, least + 1 + (least and _SPARE_DEPTH))
    for depth in depths if work <= _MOST_WORK else depths[:2][-1:]:
        found = solve(odds, objective="bits", max_depth=depth, input_range=bounds, effort=effort)
        yield found.graph
