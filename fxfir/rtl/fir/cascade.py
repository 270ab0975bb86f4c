"""A filter as one column of DSP blocks: each adds its product to what its neighbour passes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from amaranth.hdl import Const, Module, Signal, Value

from fxfir.filters import FixedFir
from fxfir.rtl.arith.dsp48 import A_WIDTH, B_WIDTH, P_WIDTH, Dsp48
from fxfir.rtl.arith.multiplier import Bounds, Multiplier
from fxfir.rtl.arith.node import (
    Exact,
    add,
    constant,
    extend,
    mul_const,
    odd_part,
    register,
    sized,
    sub,
)
from fxfir.rtl.arith.preround import Preround
from fxfir.rtl.arith.requantise import Requantiser
from fxfir.rtl.arith.xc7 import place_dsp48, signed_width
from fxfir.rtl.fir.alone import SingleTap
from fxfir.rtl.fir.parallel import common_shift, delay_line, fir_requantiser
from fxfir.rtl.pipeline import Pipeline
from fxfir.rtl.vendor import Vendor

__all__ = ["Cascade", "biased_cast", "fits_dsp48", "whole"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    """One block: (x[near] + x[far]) * tap, added into the sum that is one sample old.

    Parameters
    ----------
    index : int
        Place in the filter of the tap that `near` belongs to.
    tap : int
    near : int
        Delay in samples of what enters the pre-adder's first port.
    far : int or None
        Delay of what its second port sees; None for a tap without a mirror image.
    place : int or None
        Register of the delay line that the second port starts from; None: the neighbour's.
    regs : int
        Registers between, each a sample; 0 if the port stays unused.
    feeds : bool
        Whether the next block starts from these registers.
    first, last : bool
        Place in the column.
    """

    index: int
    tap: int
    near: int
    far: int | None
    place: int | None = None
    regs: int = 0
    feeds: bool = False
    first: bool = False
    last: bool = False


class Cascade:
    """The transposed form in DSP48E1 blocks, mirrored taps sharing one block.

    With acc[j] = acc[j + 1], a sample ago, plus tap j times (x[n] + x[n - far]), the history of
    a filter lies in the accumulators and every block works on the same sample in the same stage:
    no matter how samples and gaps alternate, nothing has to be skewed to meet a travelling sum.
    The distance of mirrored samples grows by two from block to block, which are the two registers
    that the block's own cascade of samples has. So nothing is left for the fabric but the cast,
    and of that the rounding constant enters the first sum.

    A chain along which sums travel without history (`Systolic`) would need the mirrored samples
    in another order than time has: 16 shift-register LUTs for each block.

    Parameters
    ----------
    filter : FixedFir
    fold : bool
        Whether mirrored taps share a block; they must be mirrored then.

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

    stage = 5
    held = True

    def __init__(self, filter: FixedFir, *, fold: bool) -> None:
        shift = common_shift(filter)
        self._cells = _route(_cells([tap >> shift for tap in filter.taps], fold=fold))
        self._minus = fold and _antisymmetric(filter.taps)
        self.requantiser, self._bias = biased_cast(filter)
        self._range = [(bound >> shift) + self._bias for bound in filter.acc_range]
        places = [cell.place for cell in self._cells if cell.place is not None]
        self._length = 1 + max([*places, *(cell.near for cell in self._cells)])
        self.age = self._flush()

    @staticmethod
    def fits(filter: FixedFir, *, fold: bool) -> bool:
        """Tell whether the blocks' words are wide enough, and blocks are worth having at all."""
        lo, hi = filter.input.lo, filter.input.hi
        sample: Bounds = (lo, hi)
        if fold:
            sample = (lo - hi, hi - lo) if _antisymmetric(filter.taps) else (2 * lo, 2 * hi)
        return fits_dsp48(filter, sample)

    def _flush(self) -> int:
        """Count edges until zeros have reached every register that moves with samples."""
        edges, acc = self._length, 0
        for cell in self._cells:
            delay = max(cell.near, cell.far or 0, cell.regs)
            # Sample, pre-adder, product, and the accumulator before it.
            acc = max(delay + 5, acc + 1)
            edges = max(edges, delay + 2)
            if not cell.last:
                edges = max(edges, acc)
        return edges

    def build(self, m: Module, pipe: Pipeline, x: Exact) -> Exact:
        """Return the sum plus the rounding constant of the cast."""
        line = delay_line(m, pipe, x, self._length)
        build = _Blocks if isinstance(pipe.platform, Vendor) else _Gates
        column = build(m, pipe, line, minus=self._minus)
        for cell in self._cells:
            column.add(cell, bias=self._bias if cell.first else 0)
        lo, hi = self._range
        return sized(column.total.value, min(lo, 0), max(hi, 0))


class _Gates:
    """The column as plain gates with the registers of the blocks."""

    def __init__(self, m: Module, pipe: Pipeline, line: list[Exact], *, minus: bool) -> None:
        self.m, self.pipe, self.line, self.minus = m, pipe, line, minus
        self.steps = {"a": pipe.step(m, 2), "p": pipe.step(m, Cascade.stage)}
        self.passed: Exact | None = None
        self.total: Exact = constant(0)

    def add(self, cell: _Cell, *, bias: int) -> None:
        """Add a block behind the last one."""
        m, ce, k = self.m, self.pipe.ce, cell.index
        pre = register(m, self.line[cell.near], f"near{k}", en=ce)
        far = None
        if cell.regs:
            far = self.passed if cell.place is None else self.line[cell.place]
            assert far is not None
            for left in reversed(range(cell.regs)):
                far = register(m, far, f"far{k}" + "_z" * left, en=self.steps["a"])
            if cell.far is not None:
                pre = sub(pre, far) if self.minus else add(pre, far)
        self.passed = far
        pre = register(m, pre, f"pre{k}", en=ce)
        product = register(m, mul_const(pre, cell.tap), f"product{k}", en=ce)
        if cell.first:
            total = add(product, constant(bias)) if bias else product
        else:
            total = add(self.total, product)
        self.total = register(m, total, f"acc{k}", en=self.steps["p"])


class _Blocks(_Gates):
    """The column as modules that hold one DSP48E1 each."""

    def add(self, cell: _Cell, *, bias: int) -> None:
        """Add a block behind the last one."""
        mode = Dsp48(
            adds=("c" if bias else "") if cell.first else "pcin",
            a_from="" if not cell.regs else "acin" if cell.place is None else "a",
            a_regs=cell.regs or 1,
            d=True,
            minus=self.minus and cell.far is not None,
            idle_a=bool(cell.regs) and cell.far is None,
            feeds=cell.feeds,
            last=cell.last,
        )
        ce, a_step = self.pipe.ce, self.steps["a"]
        total = Signal(P_WIDTH, name=f"acc{cell.index}")
        nets: dict[str, Value] = {
            "ce": ce,
            "ce_p": self.steps["p"],
            "b": Const(cell.tap % (1 << B_WIDTH), B_WIDTH),
            "d": extend(self.line[cell.near], A_WIDTH),
            "p" if cell.last else "pcout": total,
        }
        if cell.regs == 2:
            nets["ce_a1"] = a_step
        if cell.regs:
            nets["ce_a2"] = a_step
            if cell.place is None:
                assert self.passed is not None
                nets["acin"] = self.passed.value
            else:
                nets["a"] = extend(self.line[cell.place], 30)
        if not cell.first:
            nets["pcin"] = self.total.value
        elif bias:
            nets["c"] = Const(bias, P_WIDTH)
        if cell.feeds:
            nets["acout"] = passed = Signal(30, name=f"far{cell.index}")
            self.passed = Exact(value=passed, lo=0, hi=(1 << 30) - 1)
        place_dsp48(self.m, self.pipe.platform, mode, f"cell{cell.index}", nets)
        self.total = sized(total.as_signed(), -(1 << (P_WIDTH - 1)), (1 << (P_WIDTH - 1)) - 1)


def biased_cast(filter: FixedFir) -> tuple[Preround | Requantiser, int]:
    """Return the cast of a sum, and what the first block is to add to the sum for it."""
    rounded = Preround(filter.output, frac=filter.acc.frac - common_shift(filter))
    return (rounded, rounded.bias) if rounded.bias else (fir_requantiser(filter), 0)


def fits_dsp48(filter: FixedFir, sample: Bounds) -> bool:
    """Tell whether a filter fits the blocks' words, and has products to be worth a block.

    Parameters
    ----------
    filter : FixedFir
    sample : tuple of int
        Range of what is multiplied.
    """
    shift = common_shift(filter)
    taps = [tap >> shift for tap in filter.taps if tap]
    _, bias = biased_cast(filter)
    lo, hi = filter.acc_range
    return (
        signed_width(sample) <= A_WIDTH
        and max(signed_width((tap, tap)) for tap in taps) <= B_WIDTH
        and signed_width((lo >> shift, (hi >> shift) + bias)) <= P_WIDTH
        and any(abs(odd_part(tap)[0]) != 1 for tap in taps)
    )


def _antisymmetric(taps: Sequence[int]) -> bool:
    used = [tap for tap in taps if tap]
    return used[0] == -used[-1]


def _cells(taps: Sequence[int], *, fold: bool) -> list[_Cell]:
    """Return the blocks from the last one, whose sum leaves the column, to the first one."""
    used = [k for k, tap in enumerate(taps) if tap]
    ends = used[0] + used[-1]
    if fold:
        used = [k for k in used if 2 * k <= ends]
    # The block j places before the last one adds to a sum that is j samples older.
    return [
        _Cell(
            index=k,
            tap=taps[k],
            near=k - j,
            far=ends - k - j if fold and 2 * k != ends else None,
        )
        for j, k in enumerate(used)
    ]


def _route(cells: Sequence[_Cell]) -> list[_Cell]:
    """Find where the second port of each block takes its samples from, first block first."""
    order = [*reversed(cells)]
    passed: int | None = None
    for n, cell in enumerate(order):
        want = cell.far
        if want is None and n + 1 < len(order) and (ahead := order[n + 1].far) is not None:
            # A block without a mirrored sample can hand on the one that the next block needs.
            want = ahead - 2 if ahead > 1 else None
        place, regs = None, 0
        if want is None:
            passed = None
        elif passed is not None and want - passed in (1, 2):
            regs = want - passed
        elif cell.far is not None:
            place, regs = want - 1, 2
        elif want == 0:
            place, regs = 0, 1
        passed = want if regs else None
        order[n] = replace(cell, place=place, regs=regs, first=n == 0, last=n + 1 == len(order))
    following = [*order[1:], None]
    return [
        replace(cell, feeds=bool(after and after.regs and after.place is None))
        for cell, after in zip(order, following, strict=True)
    ]


def whole(filter: FixedFir, multiplier: Multiplier, *, fold: bool) -> SingleTap | Cascade | None:
    """Return what builds the whole sum where taps or target leave no need for adders."""
    if sum(tap != 0 for tap in filter.taps) == 1:
        return SingleTap(filter, multiplier)
    if multiplier.cascades and Cascade.fits(filter, fold=fold):
        return Cascade(filter, fold=fold)
    return None
