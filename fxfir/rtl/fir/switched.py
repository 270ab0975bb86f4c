"""Sets of taps in direct form: one delay line, one multiplier for each tap of all sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from amaranth.hdl import Module, Signal, Value

from fxfir.filters import SwitchedFir
from fxfir.rtl.arith.multiplier import Bounds
from fxfir.rtl.arith.node import (
    Exact,
    add,
    constant,
    odd_part,
    register,
    shape_of,
    sized,
    sub,
    word,
)
from fxfir.rtl.arith.requantise import Requantiser
from fxfir.rtl.arith.targets import multiplier
from fxfir.rtl.arith.tree import Term, sum_terms, tree_stage
from fxfir.rtl.core import split_lanes
from fxfir.rtl.fir.parallel import ParallelFir, delay_line
from fxfir.rtl.fir.sets import checked_sets, mirrored, sets_shift
from fxfir.rtl.pipeline import Pipeline

__all__ = ["SwitchedDirect"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """What is multiplied by one tap of the chosen set.

    Parameters
    ----------
    age : int
        Of the sample.
    far : int or None
        Age of the sample that is added to it first, or taken away.
    odd : tuple of int
        Tap of each set over 2**shift.
    shift : int
    """

    age: int
    far: int | None
    odd: tuple[int, ...]
    shift: int


class SwitchedDirect(ParallelFir):
    """FIR filter with sets of taps in direct form, one sample and one set per clock.

    The transposed form cannot do this: its products enter sums of samples whose set is not known
    yet. Where all sets are symmetric, or all antisymmetric, mirrored samples are added first.

    Parameters
    ----------
    filter : SwitchedFir
    target : str, optional
        One of `fxfir.rtl.TARGETS`.

    Raises
    ------
    ArchitectureError
        If `filter` is not a SwitchedFir, or the target is unknown.

    Members
    -------
    i : In(stream.Signature(sample, above it the number of its set))
    o : Out(stream.Signature(shape of filter.output.to))

    Notes
    -----
    Latency: 2 stages up to the products, 3 with pre-adders, one for each level of adders, up to
    two for the cast. Interval 1. Ready is low while zeros fill the delay line.

    A tap that is the same in all sets is a constant and one that is zero in all only a delay. The
    others are chosen in front of a multiplier with two operands that vary.
    """

    filter: SwitchedFir  # type: ignore[assignment]

    def __init__(self, filter: SwitchedFir, *, target: str = "generic") -> None:
        self.filter = node = checked_sets(filter, "direct")
        self._multiplier = multiplier(target)
        shift, self._sign = sets_shift(node), mirrored(node.taps)
        self._places = _places(node.taps, self._sign, shift)
        lo, hi = node.input.lo, node.input.hi
        self._samples: Bounds = (lo, hi)
        if self._sign:
            self._samples = (2 * lo, 2 * hi) if self._sign > 0 else (lo - hi, hi - lo)
        self._range = [bound >> shift for bound in node.acc_range]
        frac = node.acc.frac - shift
        requantiser = Requantiser(node.output, lo=self._range[0], hi=self._range[1], frac=frac)
        self._length = 1 + max(place.far or place.age for place in self._places)
        super().__init__(
            filter,  # type: ignore[arg-type]
            name="direct",
            sum_stages=tree_stage(map(self._stage, self._places)),
            flush=self._length - 1,
            requantiser=requantiser,
            held=len(self._places) == 1,
        )

    def _stage(self, place: _Place) -> int:
        """Stage that holds a place's product."""
        first = 2 if self._sign else 1
        if {*place.odd} == {1}:
            return first
        ends = min(place.odd), max(place.odd)
        return first + self._multiplier.stages(self._bounds(place), ends, held=True)

    def _bounds(self, place: _Place) -> Bounds:
        fmt = self.filter.input
        return self._samples if place.far is not None else (fmt.lo, fmt.hi)

    def _entry(self) -> Exact:
        """Return the sample without the set's number."""
        return word(split_lanes(self.i.payload, self.filter.inputs)[0], self.filter.input)

    def _sum(self, m: Module, pipe: Pipeline, x: Exact) -> Exact:
        chosen: Value = split_lanes(self.i.payload, self.filter.inputs)[1]
        line = delay_line(m, pipe, x, self._length)
        if self._sign:
            held = Signal(chosen.shape(), name="chosen", reset_less=True)
            with m.If(pipe.ce):
                m.d.sync += held.eq(chosen)
            chosen = held
        taps = self._taps(m, pipe, chosen)
        arrivals: dict[int, list[Term]] = {}
        for k, place in enumerate(self._places):
            sample = self._sample(m, pipe, line, place)
            if {*place.odd} == {1}:
                term = Term(x=sample, name=f"x{place.age}", shift=place.shift)
            else:
                name = f"product{place.age}"
                product = self._multiplier.multiply(
                    m, sample, taps[k], name, en=pipe.ce, platform=pipe.platform, held=True
                )
                term = Term(x=product, name=name, shift=place.shift)
            arrivals.setdefault(self._stage(place), []).append(term)
        if len(self._places) == 1:
            ((term,),) = arrivals.values()
            total = term.x
        else:
            total = sum_terms(m, arrivals, en=pipe.ce, root="acc").x
        lo, hi = self._range
        # Of the sets no one reaches the largest and the smallest tap in all places.
        return sized(total.value, min(lo, 0), max(hi, 0))

    def _sample(self, m: Module, pipe: Pipeline, line: Sequence[Exact], place: _Place) -> Exact:
        near = line[place.age]
        if not self._sign:
            return near
        if place.far is not None:
            near = (add if self._sign > 0 else sub)(near, line[place.far])
        return register(m, near, f"pre{place.age}", en=pipe.ce)

    def _taps(self, m: Module, pipe: Pipeline, chosen: Value) -> list[Exact]:
        """Return the chosen set's tap of each place, in registers beside the samples."""
        found = []
        for place in self._places:
            if len({*place.odd}) == 1:
                found.append(constant(place.odd[0]))
                continue
            lo, hi = min(place.odd), max(place.odd)
            tap = Signal(shape_of(lo, hi), name=f"tap{place.age}", reset_less=True)
            found.append(Exact(value=tap, lo=lo, hi=hi))
        with m.If(pipe.ce), m.Switch(chosen):
            for k in range(self.filter.n_sets - 1):
                with m.Case(k):
                    self._load(m, found, k)
            with m.Default():
                self._load(m, found, -1)
        return found

    def _load(self, m: Module, taps: Sequence[Exact], k: int) -> None:
        for tap, place in zip(taps, self._places, strict=True):
            if isinstance(tap.value, Signal):
                m.d.sync += tap.value.eq(place.odd[k])


def _places(taps: Sequence[Sequence[int]], sign: int, shift: int) -> list[_Place]:
    used = [k for k in range(len(taps[0])) if any(row[k] for row in taps)]
    ends = used[0] + used[-1]
    places = []
    for k in used:
        if sign and 2 * k > ends:
            continue
        column = [row[k] >> shift for row in taps]
        zeros = min(odd_part(tap)[1] for tap in column if tap)
        places.append(
            _Place(
                age=k,
                far=ends - k if sign and 2 * k != ends else None,
                odd=tuple(tap >> zeros for tap in column),
                shift=zeros,
            )
        )
    return places
