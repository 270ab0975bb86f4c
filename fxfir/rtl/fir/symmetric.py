"""Symmetric form: taps of one magnitude share a multiplier behind registered pre-adders."""

from __future__ import annotations

from dataclasses import replace

from amaranth.hdl import Module

from fxfir.errors import ArchitectureError
from fxfir.filters import FixedFir
from fxfir.rtl.arith.node import Exact, mul_const, neg, odd_part, register
from fxfir.rtl.arith.tree import Term, sum_terms, tree_stage
from fxfir.rtl.fir.parallel import ParallelFir, checked, delay_line, single_tap
from fxfir.rtl.pipeline import Pipeline

__all__ = ["Symmetric", "mirror"]


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

    Raises
    ------
    ArchitectureError
        If `filter` is not a FixedFir, or its taps are neither symmetric nor antisymmetric.

    Members
    -------
    i : In(stream.Signature(shape of filter.input))
    o : Out(stream.Signature(shape of filter.output.to))

    Notes
    -----
    Latency: 3 stages up to the products of pairs, one for each level of adders, up to two for
    the cast. Interval 1. Ready is low for (taps - 1) edges after reset, while zeros fill the
    delay line.

    Examples
    --------
    >>> from fxfir.fixed import SQ, Cast
    >>> fir = Symmetric(FixedFir(taps=(3, 5, 7, 5, 3), coeff=SQ(1, 3), input=SQ(1, 7),
    ...                          output=Cast(to=SQ(1, 7))))
    >>> fir.timing
    Timing(latency=7, interval=1, startup=4)
    """

    def __init__(self, filter: FixedFir) -> None:
        taps = checked(filter, "symmetric").taps
        if not mirror(taps):
            raise ArchitectureError(_asymmetry(taps))
        used = [k for k, tap in enumerate(taps) if tap]
        self._length = used[-1] + 1
        # Mirrored taps stand next to each other, so that they meet in the first adder.
        order = sorted(used, key=lambda k: (min(k, used[0] + used[-1] - k), k))
        self._plain = [k for k in order if abs(odd_part(taps[k])[0]) == 1]
        self._groups: dict[int, list[int]] = {}
        for k in order:
            if k not in self._plain:
                self._groups.setdefault(abs(taps[k]), []).append(k)
        # A tap on its own waits as a sample, not as a wider product, until the pairs are ready.
        self._single_stage = 2 if any(len(g) > 1 for g in self._groups.values()) else 1
        arrivals = [1] * len(self._plain)
        arrivals += [self._stage(group) + 1 for group in self._groups.values()]
        self._negate = not self._groups and all(taps[k] < 0 for k in self._plain)
        super().__init__(
            filter,
            name="symmetric",
            sum_stages=tree_stage(arrivals) + self._negate,
            flush=self._length - 1,
        )

    def _stage(self, group: list[int]) -> int:
        """Stage that holds the sum of the group's samples."""
        return tree_stage([1] * len(group)) if len(group) > 1 else self._single_stage

    def _sum(self, m: Module, pipe: Pipeline, x: Exact) -> Exact:
        taps = self.filter.taps
        if sum(tap != 0 for tap in taps) == 1:
            age = self._length - 1
            return single_tap(m, pipe, x, age, odd_part(taps[age])[0])
        line = delay_line(m, pipe, x, self._length)
        arrivals: dict[int, list[Term]] = {
            1: [
                Term(x=line[k], name=f"x{k}", shift=odd_part(taps[k])[1], minus=taps[k] < 0)
                for k in self._plain
            ]
        }
        products = [self._product(m, pipe, line, group) for group in self._groups.values()]
        if len(products) == 1 and not self._plain:
            return products[0].x
        for group, product in zip(self._groups.values(), products, strict=True):
            held = register(m, product.x, product.name, en=pipe.ce)
            arrivals.setdefault(self._stage(group) + 1, []).append(replace(product, x=held))
        root = sum_terms(m, arrivals, en=pipe.ce, root="acc")
        if self._negate:
            return neg(register(m, root.x, "minus_acc", en=pipe.ce))
        return root.x

    def _product(self, m: Module, pipe: Pipeline, line: list[Exact], group: list[int]) -> Term:
        """Add the samples of one magnitude, then multiply once; the product has no register."""
        taps, first = self.filter.taps, group[0]
        odd, shift = odd_part(abs(taps[first]))
        terms = [Term(x=line[k], name=f"x{k}", minus=taps[k] < 0) for k in group]
        if len(terms) > 1:
            term = sum_terms(m, {1: terms}, en=pipe.ce, root=f"pre{first}", prefix=f"pre{first}_")
            term = replace(term, x=register(m, term.x, term.name, en=pipe.ce))
        else:
            term = terms[0]
            if self._single_stage > 1:
                held = register(m, term.x, f"x{first}_z2", en=pipe.ce)
                term = Term(x=held, name=term.name, minus=term.minus)
        product = mul_const(term.x, -odd if term.minus else odd)
        return Term(x=product, name=f"product{first}", shift=shift)


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
