"""Transposed form: one input times all taps, added into a chain of accumulators."""

from __future__ import annotations

from amaranth.hdl import Module

from fxfir.filters import FixedFir
from fxfir.rtl.arith.node import Exact, add, mul_const, odd_part, register, shift_left, sub
from fxfir.rtl.fir.parallel import (
    ParallelFir,
    checked,
    common_shift,
    delay_line,
    single_tap,
)
from fxfir.rtl.pipeline import Pipeline

__all__ = ["Transposed"]


class Transposed(ParallelFir):
    """FIR filter in transposed form, one sample per clock, with the shortest latency.

    The delays are the accumulators between the adders, so there is no adder tree. Taps that
    differ by a sign and a power of two only share one multiplier; +-1 and powers of two have
    none; a zero tap is a plain delay, and zeros before the first tap delay the input instead.

    Parameters
    ----------
    filter : FixedFir

    Raises
    ------
    ArchitectureError
        If `filter` is not a FixedFir.

    Members
    -------
    i : In(stream.Signature(shape of filter.input))
    o : Out(stream.Signature(shape of filter.output.to))

    Notes
    -----
    Latency: input, product and accumulator registers, up to two for the cast. Interval 1. Ready
    is low for (taps + 1) edges after reset, while zeros fill the accumulators.

    Examples
    --------
    >>> from fxfir.fixed import SQ, Cast
    >>> fir = Transposed(FixedFir(taps=(3, 5, 7, 5, 3), coeff=SQ(1, 3), input=SQ(1, 7),
    ...                           output=Cast(to=SQ(1, 7))))
    >>> fir.timing
    Timing(latency=5, interval=1, startup=6)
    """

    def __init__(self, filter: FixedFir) -> None:
        taps = checked(filter, "transposed").taps
        shift = common_shift(filter)
        used = [k for k, tap in enumerate(taps) if tap]
        self._lead = used[0]
        self._taps = [tap >> shift for tap in taps[used[0] : used[-1] + 1]]
        # A chain that starts with a negative tap carries minus its sum until a positive one comes.
        # If none comes, the products carry the sign.
        self._sign = 1 if any(tap > 0 for tap in taps) else -1
        self._multiplies = self._sign < 0 or any(abs(odd_part(taps[k])[0]) != 1 for k in used)
        stages = 1 + self._multiplies + (len(self._taps) > 1)
        flush = self._lead
        if len(self._taps) > 1:
            flush += len(self._taps) + self._multiplies
        super().__init__(filter, name="transposed", sum_stages=stages, flush=flush)

    def _sum(self, m: Module, pipe: Pipeline, x: Exact) -> Exact:
        if len(self._taps) == 1:
            return single_tap(m, pipe, x, self._lead, self._taps[0])
        x = delay_line(m, pipe, x, self._lead + 1)[-1]
        products = self._products(m, pipe, x)
        stage = 2 + self._multiplies
        step = pipe.step(m, stage)
        acc: Exact | None = None
        minus = False
        for k in range(len(self._taps) - 1, 0, -1):
            total, minus = self._add(products, acc, minus, self._sign * self._taps[k])
            acc = register(m, total, f"acc{k + self._lead}", en=step)
        # The last sum is no history, so it needs no register that moves with samples only.
        return self._add(products, acc, minus, self._sign * self._taps[0])[0]

    def _products(self, m: Module, pipe: Pipeline, x: Exact) -> dict[int, Exact]:
        """Return x times each odd part, signs apart, all in one stage."""
        odds = sorted({abs(odd_part(tap)[0]) for tap in self._taps if tap})
        if not self._multiplies:
            return {1: x}
        return {
            odd: register(m, mul_const(x, self._sign * odd), f"product{odd}", en=pipe.ce)
            for odd in odds
        }

    @staticmethod
    def _add(
        products: dict[int, Exact], acc: Exact | None, minus: bool, tap: int
    ) -> tuple[Exact, bool]:
        """Return the next accumulator and whether it stands for minus the sum."""
        if tap == 0:
            assert acc is not None
            return acc, minus
        product = _scaled(products, tap)
        if acc is None:
            return product, tap < 0
        if minus:
            return (add(acc, product), True) if tap < 0 else (sub(product, acc), False)
        return (sub(acc, product) if tap < 0 else add(acc, product)), False


def _scaled(products: dict[int, Exact], tap: int) -> Exact:
    odd, shift = odd_part(tap)
    return shift_left(products[abs(odd)], shift)
