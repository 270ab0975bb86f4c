"""Serial form: one multiplier for all taps, samples and taps in memories."""

from __future__ import annotations

from typing import Any

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib.memory import Memory, MemoryData

from fxfir.errors import ArchitectureError
from fxfir.filters import FixedFir
from fxfir.rtl.arith.node import (
    Exact,
    add,
    constant,
    mul,
    mul_const,
    register,
    select,
    shape_of,
    sized,
    sub,
    word,
)
from fxfir.rtl.core import Core, lane_shape
from fxfir.rtl.fir.parallel import checked, common_shift, fir_requantiser
from fxfir.rtl.fir.symmetric import mirror
from fxfir.rtl.timing import Timing

__all__ = ["Serial"]


class Serial(Core):
    """FIR filter with one multiplier, one pass over the taps for each sample.

    Samples live in a memory, taps in a ROM; both become block or distributed RAM. A pass takes
    one clock for each nonzero tap. With `fold`, samples that meet the same magnitude are added
    before the multiplier and a pass takes half as many; the sample memory is then read twice.

    Parameters
    ----------
    filter : FixedFir
    fold : bool, optional
        Whether to add mirrored samples first; if left out, wherever the taps are symmetric or
        antisymmetric and more than one differs from zero.

    Raises
    ------
    ArchitectureError
        If `filter` is not a FixedFir, or `fold` is asked for and its taps have no symmetry.

    Members
    -------
    i : In(stream.Signature(shape of filter.input))
    o : Out(stream.Signature(shape of filter.output.to))

    Notes
    -----
    Interval: the number of steps, one for each nonzero tap or pair. Latency: steps + 5, + 1
    where the cast rounds and saturates, + 1 when folded. The memory is not cleared by a reset;
    a sample that was not written since is read as zero, for as long as one lap of the memory.

    A sample waits in the output register while the next pass runs; the pass stops only if its
    own result finds that register still full.

    Examples
    --------
    >>> from fxfir.fixed import SQ, Cast
    >>> fir = FixedFir(taps=(3, 5, 7, 5, 3), coeff=SQ(1, 3), input=SQ(1, 7),
    ...                output=Cast(to=SQ(1, 7)))
    >>> Serial(fir).timing
    Timing(latency=10, interval=3, startup=0)
    >>> Serial(fir, fold=False).timing
    Timing(latency=11, interval=5, startup=0)
    """

    filter: FixedFir

    def __init__(self, filter: FixedFir, *, fold: bool | None = None) -> None:
        taps = checked(filter, "serial").taps
        used = [k for k, tap in enumerate(taps) if tap]
        symmetry = mirror(taps)
        foldable = symmetry != 0 and len(used) > 1
        if fold and not foldable:
            raise ArchitectureError(
                "fold of architecture 'serial' needs two or more taps that are symmetric or "
                f"antisymmetric, got {_some(taps)}"
            )
        self._fold = foldable if fold is None else bool(fold)
        shift = common_shift(filter)
        # Oldest sample first: the next sample may then be written while the last one is read.
        ages = sorted(used, reverse=True)
        self._mirrored: list[int] = []
        if self._fold:
            ends = used[0] + used[-1]
            ages = [k for k in ages if 2 * k >= ends]
            self._mirrored = [ends - k for k in ages]
        self._ages = ages
        self._taps = [taps[k] >> shift for k in ages]
        self._centre = self._fold and ages[-1] == self._mirrored[-1]
        self._requantiser = fir_requantiser(filter)
        steps = len(ages)
        latency = steps + 4 + self._fold + max(1, self._requantiser.stages)
        super().__init__(
            filter,
            architecture={"name": "serial", "fold": self._fold},
            timing=Timing(latency=latency, interval=steps),
        )

    @property
    def _depth(self) -> int:
        """Words of the sample memory: a power of two that holds every age.

        The next sample may be written while the last step reads. It replaces the sample of age
        `depth`, counted from there depth - 1, which that step must not be reading.
        """
        depth = 1 << max(1, self._ages[0].bit_length())
        last = {self._ages[-1], *self._mirrored[-1:]}
        return 2 * depth if depth - 1 in last else depth

    def elaborate(self, platform: Any) -> Module:
        """Build control, memories, multiplier, accumulator and cast."""
        m = Module()
        steps = len(self._ages)
        ce, accept, busy, last, done = (
            Signal(name=name) for name in ("ce", "accept", "busy", "last", "done")
        )
        step = Signal(range(max(2, steps)), name="step")
        m.d.comb += [
            # The pass stops only where its result would run into one that is not taken.
            ce.eq(self.o.ready | ~self.o.valid | ~done),
            last.eq(step == steps - 1),
            self.i.ready.eq(ce & (~busy | last)),
            accept.eq(self.i.valid & self.i.ready),
        ]
        with m.If(accept):
            m.d.sync += busy.eq(1)
        with m.Elif(ce & last):
            m.d.sync += busy.eq(0)
        run = Signal(name="run")
        m.d.comb += run.eq(ce & busy)
        if steps > 1:
            with m.If(run):
                m.d.sync += step.eq(Mux(last, 0, step + 1))
        x = self._samples(m, ce, run, accept, step)
        product = register(m, self._product(m, ce, step, x), "product", en=ce)
        at_product = 3 + self._fold
        adding = _delayed(m, busy, "adding", at_product, ce)
        ending = _delayed(m, busy & last, "ending", at_product, ce)
        acc = self._accumulate(m, product, ending, ce & adding)
        total = _delayed(m, ending, "total", 1, ce)
        self._output(m, acc, total, done, ce)
        return m

    def _samples(self, m: Module, ce: Value, run: Value, accept: Value, step: Signal) -> Exact:
        """Write the input, read what each step needs, read zero for what was never written."""
        depth, fmt = self._depth, self.filter.input
        m.submodules.samples = memory = Memory(
            data=MemoryData(shape=lane_shape(fmt), depth=depth, init=[])
        )
        head = Signal(range(depth), name="head")
        full = Signal(name="full")
        write = memory.write_port()
        m.d.comb += [write.addr.eq(head), write.data.eq(self.i.payload), write.en.eq(accept)]
        with m.If(accept):
            m.d.sync += head.eq(head + 1)
            with m.If(head == depth - 1):
                m.d.sync += full.eq(1)

        def read(ages: list[int], name: str) -> Exact:
            port = memory.read_port()
            slot = self._slot(m, run, step, ages, name)
            live = Signal(name=f"{name}_live", reset_less=True)
            m.d.comb += [port.addr.eq(slot), port.en.eq(run)]
            with m.If(run):
                # Since reset the slots below `head` were written, and all of them after a lap.
                m.d.sync += live.eq(full | (slot < head))
            masked = select(live, word(port.data, fmt), constant(0))
            return register(m, masked, name, en=ce)

        if not self._fold:
            return read(self._ages, "x")
        older, newer = read(self._ages, "older"), read(self._mirrored, "newer")
        if self._centre:
            # The middle tap meets one sample, which both ports read in the last step.
            at_centre = _delayed(m, step == len(self._ages) - 1, "at_centre", 2, ce)
            newer = select(at_centre, constant(0), newer)
        sign = self.filter.taps[self._ages[0]] * self.filter.taps[self._mirrored[0]]
        return register(m, (sub if sign < 0 else add)(older, newer), "x", en=ce)

    def _slot(self, m: Module, run: Value, step: Signal, ages: list[int], name: str) -> Signal:
        """Return the slot that each step reads: a pointer that strides from age to age."""
        depth = self._depth
        steps = len(ages)
        # From the last age of a pass to the first of the next, which is one sample later.
        strides = [
            (ages[k] - ages[k + 1] if k + 1 < steps else 1 + ages[k] - ages[0]) % depth
            for k in range(steps)
        ]
        slot = Signal(range(depth), init=-ages[0] % depth, name=f"{name}_slot")
        if len(set(strides)) == 1:
            with m.If(run):
                m.d.sync += slot.eq(slot + strides[0])
            return slot
        stride = Signal(range(depth), init=strides[0], name=f"{name}_stride")
        usual = max(strides, key=strides.count)
        with m.If(run):
            m.d.sync += slot.eq(slot + stride)
            with m.Switch(step):
                for k in range(steps):
                    if strides[(k + 1) % steps] != usual:
                        with m.Case(k):
                            m.d.sync += stride.eq(strides[(k + 1) % steps])
                with m.Default():
                    m.d.sync += stride.eq(usual)
        return slot

    def _product(self, m: Module, ce: Value, step: Signal, x: Exact) -> Exact:
        """Multiply the sample of stage 2 (3 if folded) by its tap, read from a ROM."""
        if len(set(self._taps)) == 1:
            return mul_const(x, self._taps[0])
        lo, hi = min(self._taps), max(self._taps)
        m.submodules.taps = memory = Memory(
            data=MemoryData(shape=shape_of(lo, hi), depth=len(self._taps), init=self._taps)
        )
        port = memory.read_port()
        m.d.comb += [
            port.addr.eq(_delayed(m, step, "tap_step", int(self._fold), ce)),
            port.en.eq(ce),
        ]
        tap = register(m, sized(port.data, lo, hi), "tap", en=ce)
        return mul(x, tap)

    def _accumulate(self, m: Module, product: Exact, ending: Value, en: Value) -> Exact:
        """Add the products of a pass; any part of the sum lies within the range of the whole."""
        shift = common_shift(self.filter)
        lo, hi = (bound >> shift for bound in self.filter.acc_range)
        lo, hi = min(lo, 0), max(hi, 0)
        held = Signal(shape_of(lo, hi), name="acc", reset_less=True)
        acc = Exact(value=held, lo=lo, hi=hi)
        fresh = Signal(init=1, name="fresh")
        before = select(fresh, constant(0), acc)
        with m.If(en):
            m.d.sync += held.eq(sized(before.value + product.value, lo, hi).value)
            m.d.sync += fresh.eq(ending)
        return acc

    def _output(self, m: Module, acc: Exact, total: Value, done: Signal, ce: Value) -> None:
        """Cast the total into the output register, once that is free."""
        stages = self._requantiser.stages
        held = stages == 2
        m.d.comb += done.eq(_delayed(m, total, "rounded", int(held), ce))
        load = ce & done
        if stages == 0:
            y = register(m, self._requantiser.combinational(m, acc, "sum"), "y", en=load)
        else:
            y = self._requantiser.pipelined(m, acc, "y", enables=[ce] * held + [load])
        valid = Signal(name="valid")
        with m.If(load):
            m.d.sync += valid.eq(1)
        with m.Elif(self.o.ready):
            m.d.sync += valid.eq(0)
        m.d.comb += [self.o.payload.eq(y.value), self.o.valid.eq(valid)]


def _delayed(m: Module, value: Value, name: str, edges: int, ce: Value) -> Value:
    """Delay control bits by a number of moves."""
    for k in range(edges):
        held = Signal(len(value), name=f"{name}{k + 1}")
        with m.If(ce):
            m.d.sync += held.eq(value)
        value = held
    return value


def _some(taps: tuple[int, ...]) -> str:
    """Taps for a message: all of them, or the first few."""
    shown = ", ".join(str(tap) for tap in taps[:6])
    return f"[{shown}]" if len(taps) <= 6 else f"[{shown}, ...] ({len(taps)} taps)"
