"""Direct form: a tapped delay line, one registered multiplier for each tap, an adder tree."""

from __future__ import annotations

from amaranth.hdl import Module

from fxfir.filters import FixedFir
from fxfir.rtl.arith.node import Exact, constant, neg, odd_part, register
from fxfir.rtl.arith.targets import multiplier
from fxfir.rtl.arith.tree import Term, sum_terms, tree_stage
from fxfir.rtl.fir.alone import SingleTap
from fxfir.rtl.fir.parallel import ParallelFir, checked, delay_line
from fxfir.rtl.pipeline import Pipeline

__all__ = ["Direct"]


class Direct(ParallelFir):
    """FIR filter in direct form, one sample per clock.

    Every multiplier and every adder stands between registers; the adders form a balanced tree.
    Zero taps cost their delay only; taps that are powers of two have no multiplier.

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
    Latency: 2 stages up to the products, one for each level of adders, up to two for the cast.
    Interval 1. Ready is low for (taps - 1) edges after reset, while zeros fill the delay line.

    Examples
    --------
    >>> from fxfir.fixed import SQ, Cast
    >>> fir = Direct(FixedFir(taps=(3, 5, 7, 5, 3), coeff=SQ(1, 3), input=SQ(1, 7),
    ...                       output=Cast(to=SQ(1, 7))))
    >>> fir.timing
    Timing(latency=7, interval=1, startup=4)
    """

    def __init__(self, filter: FixedFir, *, target: str = "generic") -> None:
        taps = checked(filter, "direct").taps
        used = {k: odd_part(tap) for k, tap in enumerate(taps) if tap}
        self._used = used
        self._multiplier = multiplier(target)
        self._alone = SingleTap(filter, self._multiplier) if len(used) == 1 else None
        if self._alone:
            super().__init__(
                filter,
                name="direct",
                sum_stages=self._alone.stage,
                flush=self._alone.age,
                held=self._alone.held,
            )
            return
        self._input = (filter.input.lo, filter.input.hi)
        # No positive term would leave a negative root: one more stage takes the sign away.
        self._negate = all(odd == -1 for odd, _ in used.values())
        root = tree_stage(self._stage(odd) for odd, _ in used.values())
        super().__init__(filter, name="direct", sum_stages=root + self._negate, flush=max(used))

    def _stage(self, odd: int) -> int:
        """Stage that holds the sample times an odd factor."""
        if abs(odd) == 1:
            return 1
        return 1 + self._multiplier.stages(self._input, (odd, odd), held=True)

    def _sum(self, m: Module, pipe: Pipeline, x: Exact) -> Exact:
        if self._alone:
            return self._alone.build(m, pipe, x)
        line = delay_line(m, pipe, x, max(self._used) + 1)
        arrivals: dict[int, list[Term]] = {}
        for k, (odd, shift) in self._used.items():
            if abs(odd) == 1:
                term = Term(x=line[k], name=f"x{k}", shift=shift, minus=odd < 0)
            else:
                name = f"product{k}"
                held = self._multiplier.multiply(
                    m, line[k], constant(odd), name, en=pipe.ce, platform=pipe.platform, held=True
                )
                term = Term(x=held, name=name, shift=shift)
            arrivals.setdefault(self._stage(odd), []).append(term)
        root = sum_terms(m, arrivals, en=pipe.ce, root="acc")
        if self._negate:
            return neg(register(m, root.x, "minus_acc", en=pipe.ce))
        return root.x
