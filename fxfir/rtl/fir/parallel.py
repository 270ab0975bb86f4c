"""What the FIR architectures that take a sample on every edge have in common."""

from __future__ import annotations

from typing import Any

from amaranth.hdl import Module, Value

from fxfir.errors import ArchitectureError
from fxfir.filters import FixedFir
from fxfir.rtl.arith.carries import Uncarried
from fxfir.rtl.arith.node import Exact, mul_const, odd_part, register, word
from fxfir.rtl.arith.preround import Preround
from fxfir.rtl.arith.requantise import Requantiser
from fxfir.rtl.arith.round_saturate import RoundSaturate
from fxfir.rtl.core import Core
from fxfir.rtl.pipeline import Pipeline
from fxfir.rtl.timing import Timing

__all__ = [
    "ParallelFir",
    "checked",
    "common_shift",
    "delay_line",
    "fir_requantiser",
    "history",
    "single_tap",
    "small_requantiser",
]


class ParallelFir(Core):
    """A FIR filter at full rate: history, exact sum, cast, all in one stallable pipeline.

    A subclass says how many stages its sum takes and builds it.

    Parameters
    ----------
    filter : FixedFir
    name : str
        Name of the architecture.
    sum_stages : int
        Stage whose registers hold the exact sum; the input register is stage 1.
    flush : int
        Edges that the history needs to become zero after a reset.
    requantiser : Requantiser, RoundSaturate or Preround, optional
        Another cast than `fir_requantiser(filter)`.
    held : bool, optional
        Whether the sum comes from registers of that stage, or enters them.
    drain : bool, optional
        Of `Pipeline`: whether to spare most registers the reset, if there is time.
    """

    filter: FixedFir

    def __init__(
        self,
        filter: FixedFir,
        *,
        name: str,
        sum_stages: int,
        flush: int,
        held: bool = False,
        requantiser: Requantiser | RoundSaturate | Preround | None = None,
        drain: bool = False,
    ) -> None:
        self._drain = drain
        self._requantiser = requantiser or fir_requantiser(filter)
        self._held = held
        # A register inside a vendor's block cannot be the output register.
        stages = max(self._requantiser.stages, int(held))
        super().__init__(
            filter,
            architecture={"name": name},
            timing=Timing(latency=sum_stages + stages, startup=flush),
        )

    def elaborate(self, platform: Any) -> Module:
        """Build the pipeline around the subclass's sum."""
        m = Module()
        timing, stages = self.timing, self._requantiser.stages
        pipe = Pipeline(
            m,
            self,
            depth=timing.latency,
            flush=timing.startup,
            platform=platform,
            drain=self._drain,
        )
        acc = self._sum(m, pipe, self._entry())
        enables = [pipe.ce] * (stages - 1)
        if isinstance(acc, Uncarried):
            assert isinstance(self._requantiser, RoundSaturate)
            held = acc.held(m, "acc", en=pipe.ce)
            pipe.output(m, self._requantiser.entering(m, held, "y", enables=enables))
            return m
        if stages and not self._held:
            acc = register(m, acc, "acc", en=pipe.ce)
        pipe.output(m, self._requantiser.entering(m, acc, "y", enables=enables))
        return m

    def _entry(self) -> Exact:
        """Return the sample that is offered."""
        return word(self.i.payload, self.filter.input)

    def _sum(self, m: Module, pipe: Pipeline, x: Exact) -> Exact | Uncarried:
        """Return the exact sum, without its `common_shift` low zeros.

        Only for a `RoundSaturate` some of its carries may still be missing.
        It enters the registers of stage `sum_stages`, or is `held` by them.
        """
        raise NotImplementedError(f"{type(self).__name__} builds no sum")


def checked(filter: Any, name: str) -> FixedFir:
    """Return `filter`, or say that the architecture cannot build it.

    Raises
    ------
    ArchitectureError
        If `filter` is not a FixedFir.
    """
    if not isinstance(filter, FixedFir):
        raise ArchitectureError(
            f"architecture {name!r} builds a FixedFir, got a {type(filter).__name__}"
        )
    return filter


def common_shift(filter: FixedFir) -> int:
    """Return the number of low bits that are zero in every tap, and so in every sum."""
    return min(odd_part(tap)[1] for tap in filter.taps if tap)


def fir_requantiser(filter: FixedFir) -> Requantiser:
    """Return the cast of the exact sum without its `common_shift` low zeros."""
    shift = common_shift(filter)
    lo, hi = filter.acc_range
    return Requantiser(filter.output, lo=lo >> shift, hi=hi >> shift, frac=filter.acc.frac - shift)


def small_requantiser(filter: FixedFir) -> Requantiser | RoundSaturate:
    """Return the same cast in fewer cells, where a stage more gives it."""
    shift = common_shift(filter)
    lo, hi = filter.acc_range
    lo, hi, frac = lo >> shift, hi >> shift, filter.acc.frac - shift
    if RoundSaturate.fits(filter.output, lo=lo, hi=hi, frac=frac):
        return RoundSaturate(filter.output, lo=lo, hi=hi, frac=frac)
    return fir_requantiser(filter)


def delay_line(m: Module, pipe: Pipeline, x: Exact, length: int) -> list[Exact]:
    """Build the registers x0 (newest), x1, ... of stage 1, which move with samples only.

    Parameters
    ----------
    m : Module
    pipe : Pipeline
        While it flushes, zeros enter.
    x : Exact
        The input.
    length : int
        Number of registers.

    Returns
    -------
    list of Exact, shape (length,)
    """
    if length == 0:
        return []
    step: Value = pipe.step(m, 1)
    line = [register(m, x, "x0", en=pipe.accept)]
    if pipe.flush:
        # Only this register is cleared; the others have neither reset nor clear.
        with m.If(pipe.flushing):
            m.d.sync += line[0].value.eq(0)
    for k in range(1, length):
        line.append(register(m, line[-1], f"x{k}", en=step))
    return line


def history(m: Module, pipe: Pipeline, x: Exact, length: int) -> list[Exact]:
    """Build the registers x0 (newest), x1, ... of stage 2, which move with samples only.

    Before them stands a register that moves with the pipeline, so that whether all these move is
    known an edge before: their enable is a register.

    Returns
    -------
    list of Exact, shape (length + 1,)
        The register of stage 1, then the history: element k enters x<k>, element k + 1 is x<k>.
    """
    x_in = register(m, x, "x_in", en=pipe.ce)
    control = pipe.history(m)
    line = [register(m, x_in, "x0", en=control.step)]
    if pipe.flush:
        with m.If(control.clear):
            m.d.sync += line[0].value.eq(0)
    for k in range(1, length):
        line.append(register(m, line[-1], f"x{k}", en=control.step))
    return [x_in, *line]


def single_tap(m: Module, pipe: Pipeline, x: Exact, age: int, odd: int) -> Exact:
    """Return x * odd, `age` samples late, entering stage 1 if `odd` is 1, else stage 2."""
    line = delay_line(m, pipe, x, age if odd == 1 else age + 1)
    return mul_const([x, *line][-1], odd)
