"""Systolic form: cells of one tap each, connected to their neighbours alone."""

from __future__ import annotations

from amaranth.hdl import Module

from fxfir.filters import FixedFir
from fxfir.rtl.arith.node import (
    Exact,
    add,
    constant,
    neg,
    odd_part,
    register,
    shift_left,
    sub,
)
from fxfir.rtl.arith.targets import multiplier
from fxfir.rtl.fir.alone import SingleTap
from fxfir.rtl.fir.column import Column
from fxfir.rtl.fir.parallel import ParallelFir, checked, common_shift, delay_line
from fxfir.rtl.pipeline import Pipeline

__all__ = ["Systolic"]


class Systolic(ParallelFir):
    """FIR filter as a row of equal cells, one sample per clock.

    A sum moves through the cells, one stage each, and takes in a product in every one; the
    samples move beside it, and at each cell fall back by one. No net reaches more than two cells
    and no adder has more than two terms, so the clock does not depend on the number of taps; the
    latency does. On blocks that hand on samples and sums by themselves a cell is one block. A tap
    that is zero is a delay and no cell, except there.

    Parameters
    ----------
    filter : FixedFir
    target : str, optional
        One of `fxfir.rtl.TARGETS`.

    Raises
    ------
    ArchitectureError
        If `filter` is not a FixedFir, or the target is unknown.

    Members
    -------
    i : In(stream.Signature(shape of filter.input))
    o : Out(stream.Signature(shape of filter.output.to))

    Notes
    -----
    Latency: the input register, a product, a stage for each tap, up to two for the cast. Interval
    1. Ready is low for about two edges for each tap after reset, while zeros fill the registers.

    Examples
    --------
    >>> from fxfir.fixed import SQ, Cast
    >>> fir = Systolic(FixedFir(taps=(3, 5, 7, -5, 3), coeff=SQ(1, 3), input=SQ(1, 7),
    ...                         output=Cast(to=SQ(1, 7))))
    >>> fir.timing
    Timing(latency=8, interval=1, startup=8)
    """

    def __init__(self, filter: FixedFir, *, target: str = "generic") -> None:
        taps = checked(filter, "systolic").taps
        self._multiplier = multiplier(target)
        shift = common_shift(filter)
        self._used = {k: odd_part(tap >> shift) for k, tap in enumerate(taps) if tap}
        self._whole: SingleTap | Column | None = None
        if len(self._used) == 1:
            self._whole = SingleTap(filter, self._multiplier)
        elif self._multiplier.cascades and Column.fits(filter):
            self._whole = Column(filter)
        if self._whole:
            super().__init__(
                filter,
                name="systolic",
                sum_stages=self._whole.stage,
                flush=self._whole.age,
                held=self._whole.held,
                requantiser=self._whole.requantiser,
            )
            return
        bounds = (filter.input.lo, filter.input.hi)
        self._stages = {
            k: 1 if abs(odd) == 1 else self._multiplier.stages(bounds, (odd, odd), held=True)
            for k, (odd, _) in self._used.items()
        }
        self._products = max(self._stages.values())
        cells = len(self._used)
        super().__init__(
            filter,
            name="systolic",
            sum_stages=cells + self._products,
            # Every sample register, and between cells but the first two one for the pipeline.
            flush=max(self._used) + 1 + max(0, cells - 2),
        )

    def _sum(self, m: Module, pipe: Pipeline, x: Exact) -> Exact:
        if self._whole:
            return self._whole.build(m, pipe, x)
        places = list(self._used)
        # The first two cells meet in one adder, so both work on samples of the first stage.
        line = delay_line(m, pipe, x, places[1] + 1)
        acc = self._product(m, pipe, line[places[0]], places[0])
        if self._used[places[0]][0] == -1:
            acc = neg(acc)
        acc = shift_left(acc, self._used[places[0]][1])
        sample = line[-1]
        for n, k in enumerate(places[1:], 1):
            if n > 1:
                acc = register(m, acc, f"acc{places[n - 1]}", en=pipe.ce)
                sample = register(m, sample, f"x{places[n - 1]}_z", en=pipe.ce)
                step = pipe.step(m, n + 1)
                for age in range(places[n - 1] + 1, k + 1):
                    sample = register(m, sample, f"x{age}", en=step)
            odd, shift = self._used[k]
            product = shift_left(self._product(m, pipe, sample, k), shift)
            acc = sub(acc, product) if odd == -1 else add(acc, product)
        return acc

    def _product(self, m: Module, pipe: Pipeline, x: Exact, k: int) -> Exact:
        """Return x times the odd part of tap k, or x where that is 1 or -1, when all are ready."""
        odd, _ = self._used[k]
        name = f"product{k}"
        if abs(odd) == 1:
            held = register(m, x, name, en=pipe.ce)
        else:
            held = self._multiplier.multiply(
                m, x, constant(odd), name, en=pipe.ce, platform=pipe.platform, held=True
            )
        for stage in range(self._stages[k], self._products):
            held = register(m, held, f"{name}_z{stage + 1}", en=pipe.ce)
        return held
