"""A filter as one column of DSP blocks along which every sum travels with its samples."""

from __future__ import annotations

from amaranth.hdl import Const, Module, Signal, Value

from fxfir.filters import FixedFir
from fxfir.rtl.arith.dsp48 import B_WIDTH, P_WIDTH, Dsp48
from fxfir.rtl.arith.node import Exact, add, constant, extend, mul_const, register, sized
from fxfir.rtl.arith.xc7 import place_dsp48
from fxfir.rtl.fir.cascade import biased_cast, fits_dsp48
from fxfir.rtl.fir.parallel import common_shift, delay_line
from fxfir.rtl.pipeline import Pipeline
from fxfir.rtl.vendor import Vendor

__all__ = ["Column"]


class Column:
    """The systolic form in DSP48E1 blocks: nothing but neighbours is connected.

    A sum takes a stage for each block, and its samples come along on the block's own cascade:
    through A1, which moves with the pipeline, and A2, which moves only when the sum that is in
    this stage belongs to a sample, and so holds the sample before. A tap that is zero takes a
    block like any other, for the cascade cannot be left and entered again.

    Parameters
    ----------
    filter : FixedFir

    Attributes
    ----------
    stage : int
        Stage whose registers hold the sum.
    held : bool
        True.
    age : int
        Edges that the history needs to become zero.
    requantiser : Preround or Requantiser
        The cast of what `build` returns.
    """

    held = True

    def __init__(self, filter: FixedFir) -> None:
        shift = common_shift(filter)
        used = [k for k, tap in enumerate(filter.taps) if tap]
        self._lead = used[0]
        self._taps = [tap >> shift for tap in filter.taps[used[0] : used[-1] + 1]]
        self.requantiser, self._bias = biased_cast(filter)
        self._range = [(bound >> shift) + self._bias for bound in filter.acc_range]
        # Input register, the first block's three registers, then a stage for each block.
        self.stage = len(self._taps) + 3
        self.age = self._lead + 2 * len(self._taps)

    @staticmethod
    def fits(filter: FixedFir) -> bool:
        """Tell whether the blocks' words are wide enough, and blocks are worth having at all."""
        return fits_dsp48(filter, (filter.input.lo, filter.input.hi))

    def build(self, m: Module, pipe: Pipeline, x: Exact) -> Exact:
        """Return the sum plus the rounding constant of the cast."""
        x = delay_line(m, pipe, x, self._lead + 1)[-1]
        # What a block multiplies stands in the stage of its index plus 2.
        steps = [pipe.ce, *(pipe.step(m, 3 + k) for k in range(1, len(self._taps)))]
        build = self._blocks if isinstance(pipe.platform, Vendor) else self._gates
        lo, hi = self._range
        return sized(build(m, pipe, x, steps), min(lo, 0), max(hi, 0))

    def _gates(self, m: Module, pipe: Pipeline, x: Exact, steps: list[Value]) -> Value:
        """Build plain gates with the registers of the blocks."""
        total = constant(self._bias)
        for k, (tap, step) in enumerate(zip(self._taps, steps, strict=True), self._lead):
            if k > self._lead:
                x = register(m, x, f"tap{k}_z", en=pipe.ce)
            x = register(m, x, f"tap{k}", en=step)
            product = register(m, mul_const(x, tap), f"product{k}", en=pipe.ce)
            total = register(m, add(total, product), f"acc{k}", en=pipe.ce)
        return total.value

    def _blocks(self, m: Module, pipe: Pipeline, x: Exact, steps: list[Value]) -> Value:
        """Build modules that hold one DSP48E1 each."""
        samples: Value = extend(x, 30)
        total: Value = Const(self._bias, P_WIDTH)
        for n, (tap, step) in enumerate(zip(self._taps, steps, strict=True)):
            k, first, last = n + self._lead, n == 0, n + 1 == len(self._taps)
            mode = Dsp48(
                adds="pcin" if not first else "c" if self._bias else "",
                a_from="a" if first else "acin",
                a_regs=1 if first else 2,
                feeds=not last,
                last=last,
            )
            nets: dict[str, Value] = {
                "ce": pipe.ce,
                "ce_a2": step,
                "ce_p": pipe.ce,
                mode.a_from: samples,
                "b": Const(tap % (1 << B_WIDTH), B_WIDTH),
            }
            if not first:
                nets["ce_a1"] = pipe.ce
            if mode.adds:
                nets[mode.adds] = total
            total = nets["p" if last else "pcout"] = Signal(P_WIDTH, name=f"acc{k}")
            if not last:
                samples = nets["acout"] = Signal(30, name=f"tap{k}")
            place_dsp48(m, pipe.platform, mode, f"cell{k}", nets)
        return total.as_signed()
