"""Symmetric form: taps of one magnitude share a multiplier behind registered pre-adders."""

from __future__ import annotations

from amaranth.hdl import Module

from fxfir.errors import ArchitectureError
from fxfir.filters import FixedFir
from fxfir.rtl.arith.carries import Carries, Uncarried
from fxfir.rtl.arith.ice40 import Ice40
from fxfir.rtl.arith.node import Exact, constant, neg, odd_part, register
from fxfir.rtl.arith.round_saturate import RoundSaturate
from fxfir.rtl.arith.targets import multiplier
from fxfir.rtl.arith.tree import Term, sum_terms, tree_stage
from fxfir.rtl.fir.cascade import whole
from fxfir.rtl.fir.parallel import (
    ParallelFir,
    checked,
    common_shift,
    history,
    small_requantiser,
)
from fxfir.rtl.pipeline import Pipeline

__all__ = ["Symmetric", "mirror"]

_FEW, _LONG, _SHORT = 8, 15, 9
"""Bits between the cuts of the first sums: long pieces for few products, short ones for more.

Measured on ECP5: the more blocks, the longer the ways from them. A cut costs two or three cells for
each sum, and its counter.
"""


def mirror(taps: tuple[int, ...]) -> int:
    """Tell how taps mirror about their middle, zeros before and behind them left out.

    Returns
    -------
    int
        1 if symmetric, -1 if antisymmetric, 0 if neither.

    Examples
    --------
    >>> mirror((1, 2, 1)), mirror((0, 1, 0, -1)), mirror((1, 2, 3))
    (1, -1, 0)
    """
    core = _core(taps)
    reverse = core[::-1]
    if core == reverse:
        return 1
    return -1 if core == tuple(-tap for tap in reverse) else 0


def _core(taps: tuple[int, ...]) -> tuple[int, ...]:
    used = [k for k, tap in enumerate(taps) if tap]
    return taps[used[0] : used[-1] + 1]


class Symmetric(ParallelFir):
    """FIR filter with symmetric or antisymmetric taps, one sample per clock.

    The samples that meet the same magnitude are added first, so a filter of n taps has n/2
    multipliers or fewer: further taps of that magnitude join the same pre-adders. Even and odd
    lengths and both symmetries are found from the taps; zero taps cost their delay only.

    Parameters
    ----------
    filter : FixedFir
    target : str, optional
        One of `fxfir.rtl.TARGETS`.
    mac16 : bool, optional
        With target "ice40": products in SB_MAC16 blocks with all their registers. Only for
        synthesis without ``synth_ice40 -dsp``: that pass takes the registers out of an SB_MAC16
        that is there.

    Raises
    ------
    ArchitectureError
        If `filter` is not a FixedFir, its taps are neither symmetric nor antisymmetric, or the
        target is unknown.

    Members
    -------
    i : In(stream.Signature(shape of filter.input))
    o : Out(stream.Signature(shape of filter.output.to))

    Notes
    -----
    Latency: 3 stages up to the products of pairs (5 on ecp5), one for each level of adders, up to
    three for the cast. Interval 1. Ready is low for (taps - 1) edges after reset, while zeros
    fill the delay line.

    Examples
    --------
    >>> from fxfir.fixed import SQ, Cast
    >>> fir = Symmetric(FixedFir(taps=(3, 5, 7, 5, 3), coeff=SQ(1, 3), input=SQ(1, 7),
    ...                          output=Cast(to=SQ(1, 7))))
    >>> fir.timing
    Timing(latency=8, interval=1, startup=4)
    """

    def __init__(self, filter: FixedFir, *, target: str = "generic", mac16: bool = False) -> None:
        taps = checked(filter, "symmetric").taps
        if not mirror(taps):
            raise ArchitectureError(_asymmetry(taps))
        self._multiplier = multiplier(target)
        if mac16:
            if target != "ice40":
                raise ArchitectureError(
                    f"mac16 of architecture 'symmetric' needs target ice40, got {target!r}"
                )
            self._multiplier = Ice40()
        self._lay_out(filter)
        if mac16:
            self.architecture["mac16"] = True

    def _lay_out(self, filter: FixedFir) -> None:
        """Plan the sum for the multiplier, and declare its timing."""
        taps = filter.taps
        used = [k for k, tap in enumerate(taps) if tap]
        self._whole = whole(filter, self._multiplier, fold=True)
        if self._whole:
            super().__init__(
                filter,
                name="symmetric",
                sum_stages=self._whole.stage,
                flush=self._whole.age,
                held=self._whole.held,
                requantiser=self._whole.requantiser,
            )
            return
        self._length = used[-1] + 1
        self._taps = taps
        self._input = (filter.input.lo, filter.input.hi)
        # Mirrored taps stand next to each other, so that they meet in the first adder.
        order = sorted(used, key=lambda k: (min(k, used[0] + used[-1] - k), k))
        self._plain = [k for k in order if abs(odd_part(taps[k])[0]) == 1]
        self._groups: dict[int, list[int]] = {}
        for k in order:
            if k not in self._plain:
                self._groups.setdefault(abs(taps[k]), []).append(k)
        # Without pairs there is nothing to register in front of the multipliers.
        self._single = all(len(group) == 1 for group in self._groups.values())
        self._late = self._multiplier.slow_entry and not self._single
        stages = [2] * len(self._plain)
        stages += [self._stage(group) for group in self._groups.values()]
        self._negate = not self._groups and all(taps[k] < 0 for k in self._plain)
        self._sum_stage = tree_stage(stages) + self._negate
        requantiser = small_requantiser(filter)
        slow = self._multiplier.slow_exit
        self._cuts: list[int] = []
        if slow and isinstance(requantiser, RoundSaturate):
            piece = _LONG if len(self._groups) <= _FEW else _SHORT
            # The tree leaves out the low zeros that all products have.
            cuts = requantiser.cuts(piece=piece, terms=len(stages), width=filter.acc.width)
            self._cuts = [cut + common_shift(filter) for cut in cuts]
        super().__init__(
            filter,
            name="symmetric",
            sum_stages=self._sum_stage,
            requantiser=requantiser,
            flush=self._length - 1,
            held=len(stages) == 1,
            drain=slow,
        )

    def _stage(self, group: list[int]) -> int:
        """Stage that holds the product of a group's samples."""
        # The last adder in front of the multiplier enters that one's own register.
        entered = max(2, tree_stage([1] * len(group)))
        return entered - 1 + self._late + self._product_stages(group)

    def _product_stages(self, group: list[int]) -> int:
        factor = self._factor(group)
        plus = sum(self._taps[k] * factor > 0 for k in group)
        minus = len(group) - plus
        lo, hi = self._input
        bounds = (plus * lo - minus * hi, plus * hi - minus * lo)
        held = self._single or self._late
        return self._multiplier.stages(bounds, (factor, factor), held=held)

    def _factor(self, group: list[int]) -> int:
        """Odd factor of a group, negative only if all its taps are."""
        odd = odd_part(abs(self._taps[group[0]]))[0]
        return odd if any(self._taps[k] > 0 for k in group) else -odd

    def _sum(self, m: Module, pipe: Pipeline, x: Exact) -> Exact | Uncarried:
        if self._whole:
            return self._whole.build(m, pipe, x)
        # A sample that is multiplied is taken where it enters the delay line: a stage earlier.
        x_in, *line = history(m, pipe, x, max([self._length - 1, *(k + 1 for k in self._plain)]))
        early = [x_in, *line]
        arrivals: dict[int, list[Term]] = {}
        for k in self._plain:
            odd, shift = odd_part(self._taps[k])
            arrivals.setdefault(2, []).append(
                Term(x=line[k], name=f"x{k}", shift=shift, minus=odd < 0)
            )
        for group in self._groups.values():
            product = self._product(m, pipe, early, group)
            if self._held:
                return product.x
            arrivals.setdefault(self._stage(group), []).append(product)
        carries = Carries(self._cuts, last=self._sum_stage)
        root = sum_terms(m, arrivals, en=pipe.ce, root="acc", adder=carries.add)
        if self._negate:
            return neg(register(m, root.x, "minus_acc", en=pipe.ce))
        return carries.join(m, root, stage=self._sum_stage, en=pipe.ce)

    def _product(self, m: Module, pipe: Pipeline, early: list[Exact], group: list[int]) -> Term:
        """Add the samples of one magnitude, then multiply once."""
        first = group[0]
        term = Term(x=early[first], name=f"x{first}")
        if len(group) > 1:
            terms = [Term(x=early[k], name=f"x{k}", minus=self._taps[k] < 0) for k in group]
            term = sum_terms(m, {1: terms}, en=pipe.ce, root=f"pre{first}", prefix=f"pre{first}_")
        name = f"product{first}"
        entry = term.name if len(group) > 1 else f"{term.name}_q"
        x = register(m, term.x, entry, en=pipe.ce) if self._late else term.x
        held = self._multiplier.multiply(
            m,
            x,
            constant(self._factor(group)),
            name,
            en=pipe.ce,
            platform=pipe.platform,
            held=self._single or self._late,
            entry=f"{entry}_in" if self._late else entry,
        )
        # A product of several blocks comes from the last adder of its own.
        one_block = self._multiplier.stages((0, 1), (0, 1), held=self._single or self._late)
        far = self._multiplier.slow_exit and self._product_stages(group) == one_block
        return Term(x=held, name=name, shift=odd_part(self._taps[first])[1], far=far)


def _asymmetry(taps: tuple[int, ...]) -> str:
    """Name the outermost tap that fits neither symmetry."""
    offset = next(k for k, tap in enumerate(taps) if tap)
    core = _core(taps)
    last = len(core) - 1
    signs = {1, -1}
    for k in range((last + 2) // 2):
        a, b = core[k], core[last - k]
        signs -= {sign for sign in signs if a != sign * b}
        if not signs:
            break
    return (
        "architecture 'symmetric' needs taps that are symmetric or antisymmetric, "
        f"got taps[{offset + k}] = {a} and taps[{offset + last - k}] = {b}"
    )
