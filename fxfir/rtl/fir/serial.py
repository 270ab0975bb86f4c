"""Serial form: few multipliers for all taps, samples and taps in memories."""

from __future__ import annotations

from typing import Any

from amaranth.hdl import Module, Signal, Value

from fxfir.errors import ArchitectureError
from fxfir.filters import FixedFir
from fxfir.rtl.arith.accumulator import accumulator
from fxfir.rtl.arith.mac16 import MAC16_STAGES, mac16_fits, multiply_accumulate
from fxfir.rtl.arith.node import Exact, register
from fxfir.rtl.arith.preround import Preround
from fxfir.rtl.core import Core, behind_ports
from fxfir.rtl.fir.direct import Direct
from fxfir.rtl.fir.parallel import checked, common_shift
from fxfir.rtl.fir.serial_control import Control
from fxfir.rtl.fir.serial_plan import Plan, fewest, foldable, plan
from fxfir.rtl.fir.serial_store import MEMORIES, Store
from fxfir.rtl.fir.serial_sum import factors, operands, products, sum_stages
from fxfir.rtl.fir.symmetric import Symmetric
from fxfir.rtl.timing import Timing

__all__ = ["Serial", "count", "memory_kind"]

_DISTRIBUTED_WORDS = 64
"""Deepest memory of look-up tables that is chosen without being asked for."""

_ECP5_ROM_WORDS = 256
"""Longest list of taps that stays in look-up tables beside a block memory of samples."""


class Serial(Core):
    """FIR filter that shares multipliers over time: one pass over the taps for each sample.

    Samples live in memories, taps in ROMs. A pass takes one clock for each nonzero tap, divided
    by the number of multipliers. With `fold`, samples that meet the same magnitude are added
    before the multiplier and a pass takes half as many.

    Parameters
    ----------
    filter : FixedFir
    fold : bool, optional
        Whether to add mirrored samples first; if left out, wherever the taps are symmetric or
        antisymmetric and more than one differs from zero.
    multipliers : int, optional
        At most so many are used, and no more than the number of steps asks for; if left out, as
        few as `clocks` asks for, or 1.
    memory : str, optional
        "distributed", "block", or "auto": distributed up to 64 words for each multiplier.

    clocks : int, optional
        Clock cycles from sample to sample that a pass has to fit into.
    mac16 : bool, optional
        With target "ice40" and one multiplier: multiply and accumulate in one SB_MAC16, which
        takes one more clock for each sample to load it. Only for synthesis without
        ``synth_ice40 -dsp``: that pass takes the registers out of an SB_MAC16 that is there.
    target : str, optional
        One of `fxfir.rtl.TARGETS`.

    Raises
    ------
    ArchitectureError
        If `filter` is not a FixedFir, `fold` is asked for and its taps have no symmetry, or
        another option is out of range.

    Members
    -------
    i : In(stream.Signature(shape of filter.input))
    o : Out(stream.Signature(shape of filter.output.to))

    Notes
    -----
    Interval: the number of steps, that is nonzero taps or pairs over multipliers, rounded up.
    Latency: steps + 4, + 1 when folded, + 1 for each level of adders behind several
    multipliers. Ready is low while zeros are written to the memories after a reset: one edge for
    each word of the deepest one. A single step is built as the direct or symmetric form.

    A sample waits in the output register while the next pass runs; the pass stops only if its
    own result finds that register still full.

    Examples
    --------
    >>> from fxfir.fixed import SQ, Cast
    >>> fir = FixedFir(taps=(3, 5, 7, 5, 3), coeff=SQ(1, 3), input=SQ(1, 7),
    ...                output=Cast(to=SQ(1, 7)))
    >>> Serial(fir).timing
    Timing(latency=8, interval=3, startup=4)
    >>> Serial(fir, fold=False).timing
    Timing(latency=9, interval=5, startup=8)
    >>> Serial(fir, fold=False, multipliers=2).timing
    Timing(latency=8, interval=3, startup=4)
    """

    filter: FixedFir

    def __init__(
        self,
        filter: FixedFir,
        *,
        fold: bool | None = None,
        multipliers: int | None = None,
        memory: str = "auto",
        clocks: int | None = None,
        mac16: bool = False,
        target: str = "generic",
    ) -> None:
        self.filter = checked(filter, "serial")
        taps = filter.taps
        can_fold = foldable(taps)
        if fold and not can_fold:
            raise ArchitectureError(
                "fold of architecture 'serial' needs two or more taps that are symmetric or "
                f"antisymmetric, got {_some(taps)}"
            )
        if fold is None:
            # A sum of two 16-bit samples would not fit into a multiplier of the iCE40.
            fold = can_fold and not (target == "ice40" and filter.input.width > 15)
        fold = bool(fold)
        if multipliers is None:
            multipliers = 1
            if clocks is not None:
                multipliers = fewest(taps, fold=fold, clocks=count(clocks, "clocks"))
        count(multipliers, "multipliers")
        self._shift = common_shift(filter)
        self._cast = Preround(filter.output, frac=filter.acc.frac - self._shift)
        # Any part of the total lies within the range of the total.
        lo, hi = ((bound >> self._shift) + self._cast.bias for bound in filter.acc_range)
        self._range = min(lo, 0), max(hi, 0)
        self._target = target
        self._plan, self._memory = self._planned(fold, multipliers, memory)
        self._fused = bool(mac16)
        if self._fused and not self._fits_mac16(self._plan):
            raise ArchitectureError(
                "mac16 of architecture 'serial' needs target ice40 and one multiplier of 16-bit "
                f"operands with 32 bits to add up, got {target}, {len(self._plan.lanes)} "
                f"multipliers, input {filter.input}, acc {filter.acc}"
            )
        if self._fused:
            self._plan, _ = self._planned(fold, multipliers, self._memory, lead=True)
        self._stages = MAC16_STAGES if self._fused else sum_stages(self._plan, filter.input, target)
        self._parallel: Core | None = None
        if self._plan.steps == 1:
            self._parallel = (Symmetric if fold else Direct)(filter, target=target)
            timing = self._parallel.timing
        else:
            timing = Timing(
                latency=self._plan.steps + 3 + self._stages,
                interval=self._plan.steps,
                startup=max(bank.depth for bank in self._plan.banks),
            )
        super().__init__(
            filter,
            architecture={
                "name": "serial",
                "fold": fold,
                "multipliers": len(self._plan.lanes),
                "memory": self._memory,
                **({"mac16": True} if self._fused else {}),
            },
            timing=timing,
        )

    def multipliers_for(self, clocks: int) -> int:
        """Return how many multipliers take a sample every `clocks` cycles, other options equal."""
        return fewest(self.filter.taps, fold=self.architecture["fold"], clocks=clocks)

    def elaborate(self, platform: Any) -> Module:
        """Build control, memories, multipliers, accumulator and cast."""
        if self._parallel is not None:
            return behind_ports(self, self._parallel, platform)
        m, todo = Module(), self._plan
        done = Signal(name="done")
        control = Control(
            m, self, steps=todo.steps, depth=max(bank.depth for bank in todo.banks), done=done
        )
        self._address(m, control)
        store = Store(
            m,
            todo,
            control,
            payload=self._payload(),
            fmt=self.filter.input,
            memory=self._memory,
            target=self._target,
            platform=platform,
        )
        # The sum of a step stands behind its address, its word and the stages of the sum.
        behind = 2 + self._stages
        acc = self._accumulated(
            m,
            control,
            store.x,
            first=control.delayed(control.waiting, "first", behind),
            platform=platform,
        )
        m.d.comb += done.eq(control.delayed(control.last, "ending", behind + 1))
        self._output(m, acc, done, control.ce)
        return m

    def _payload(self) -> Value:
        """Return the sample that is offered."""
        return self.i.payload

    def _address(self, m: Module, control: Control) -> None:
        """Tell where the taps of a step are, if they are not where the step's number says."""

    def _planned(
        self, fold: bool, multipliers: int, memory: str, *, lead: bool = False
    ) -> tuple[Plan, str]:
        """Return the plan and the kind of memory that is meant by "auto"."""
        taps = [tap >> self._shift for tap in self.filter.taps]
        shared = plan(taps, fold=fold, multipliers=multipliers, copies=False, lead=lead)
        memory = memory_kind(memory, shared, self._target)
        if memory == "block":
            shared = plan(taps, fold=fold, multipliers=multipliers, copies=True, lead=lead)
        return shared, memory

    def _fits_mac16(self, todo: Plan) -> bool:
        """Tell whether one block of the iCE40 multiplies and accumulates."""
        (lane, *more), steps = todo.lanes, todo.steps
        ranges = operands(lane, self.filter.input)
        fits = mac16_fits(*ranges, self._range)
        return self._target == "ice40" and not more and steps > 1 and fits and lane.multiplies

    def _accumulated(
        self, m: Module, control: Control, x: list[Exact], *, first: Value, platform: Any
    ) -> Exact:
        """Build the multipliers and the accumulator."""
        lo, hi = self._range
        # The lookup tables of the ECP5 are faster than its block memories without a register.
        deep = self._target != "ecp5" or self._plan.steps > _ECP5_ROM_WORDS
        block = self._memory == "block" and deep
        start, todo = self._cast.bias, self._plan
        shared: dict[str, Any] = {"en": control.ce, "platform": platform}
        if self._fused:
            a, b = factors(m, todo.lanes[0], control, x, block=block)
            return multiply_accumulate(
                m, a, b, "acc", start=start, lo=lo, hi=hi, first=first, **shared
            )
        total = products(
            m,
            todo,
            control,
            x,
            fmt=self.filter.input,
            block=block,
            target=self._target,
            platform=platform,
        )
        return accumulator(self._target).build(
            m, total, "acc", start=start, lo=lo, hi=hi, first=first, **shared
        )

    def _output(self, m: Module, acc: Exact, done: Value, ce: Value) -> None:
        """Cast the total into the output register, once that is free."""
        load = ce & done
        y = register(m, self._cast.combinational(m, acc, "rounded"), "y", en=load)
        valid = Signal(name="valid")
        with m.If(load):
            m.d.sync += valid.eq(1)
        with m.Elif(self.o.ready):
            m.d.sync += valid.eq(0)
        m.d.comb += [self.o.payload.eq(y.value), self.o.valid.eq(valid)]


def memory_kind(memory: str, shared: Plan, target: str) -> str:
    """Return what keeps the samples of a plan that moves them from bank to bank.

    Raises
    ------
    ArchitectureError
        If the memory is unknown.
    """
    if memory not in ("auto", *MEMORIES):
        raise ArchitectureError(
            f"memory of architecture 'serial' must be one of auto, {', '.join(MEMORIES)}, "
            f"got {memory!r}"
        )
    if memory != "auto":
        return memory
    deepest = max(bank.depth for bank in shared.banks)
    return MEMORIES[target == "ice40" or deepest > _DISTRIBUTED_WORDS]


def count(value: Any, name: str) -> int:
    """Return an option that is a positive integer, or say that it is none."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ArchitectureError(f"{name} of architecture 'serial' must be 1 or more, got {value!r}")
    return value


def _some(taps: tuple[int, ...]) -> str:
    """Taps for a message: all of them, or the first few."""
    shown = ", ".join(str(tap) for tap in taps[:6])
    return f"[{shown}]" if len(taps) <= 6 else f"[{shown}, ...] ({len(taps)} taps)"
