"""Transposed form: one input times all taps, added into a chain of accumulators."""

from __future__ import annotations

from amaranth.hdl import Module

from fxfir.filters import FixedFir
from fxfir.rtl.arith.node import (
    Exact,
    add,
    constant,
    neg,
    odd_part,
    register,
    shift_left,
    sub,
)
from fxfir.rtl.arith.targets import multiplier
from fxfir.rtl.fir.cascade import whole
from fxfir.rtl.fir.parallel import ParallelFir, checked, common_shift, delay_line
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

    def __init__(self, filter: FixedFir, *, target: str = "generic") -> None:
        taps = checked(filter, "transposed").taps
        shift = common_shift(filter)
        self._multiplier = multiplier(target)
        used = [k for k, tap in enumerate(taps) if tap]
        self._whole = whole(filter, self._multiplier, fold=False)
        if self._whole:
            super().__init__(
                filter,
                name="transposed",
                sum_stages=self._whole.stage,
                flush=self._whole.age,
                held=self._whole.held,
                requantiser=self._whole.requantiser,
            )
            return
        self._lead = used[0]
        self._taps = [tap >> shift for tap in taps[used[0] : used[-1] + 1]]
        # A chain that starts with a negative tap carries minus its sum until a positive one comes.
        # If none comes, the products carry the sign.
        self._sign = 1 if any(tap > 0 for tap in taps) else -1
        self._factors = sorted({abs(odd_part(tap)[0]) * self._sign for tap in self._taps if tap})
        bounds = (filter.input.lo, filter.input.hi)
        self._stages = max(self._count(bounds, factor) for factor in self._factors)
        super().__init__(
            filter,
            name="transposed",
            sum_stages=2 + self._stages,
            flush=self._lead + len(self._taps) + self._stages,
        )

    def _count(self, bounds: tuple[int, int], factor: int) -> int:
        """Registers on the way from a sample to its product."""
        if abs(factor) == 1:
            return int(factor < 0)
        return self._multiplier.stages(bounds, (factor, factor), held=True)

    def _sum(self, m: Module, pipe: Pipeline, x: Exact) -> Exact:
        if self._whole:
            return self._whole.build(m, pipe, x)
        x = delay_line(m, pipe, x, self._lead + 1)[-1]
        products = self._products(m, pipe, x)
        step = pipe.step(m, 2 + self._stages)
        acc: Exact | None = None
        minus = False
        for k in range(len(self._taps) - 1, 0, -1):
            total, minus = self._add(products, acc, minus, self._sign * self._taps[k])
            acc = register(m, total, f"acc{k + self._lead}", en=step)
        # The last sum is no history, so it needs no register that moves with samples only.
        return self._add(products, acc, minus, self._sign * self._taps[0])[0]

    def _products(self, m: Module, pipe: Pipeline, x: Exact) -> dict[int, Exact]:
        """Return x times each factor by its magnitude, all from the same stage."""
        bounds = (x.lo, x.hi)
        products: dict[int, Exact] = {}
        for factor in self._factors:
            name = f"product{abs(factor)}"
            if factor == 1:
                held = x
            elif factor == -1:
                held = register(m, neg(x), name, en=pipe.ce)
            else:
                held = self._multiplier.multiply(
                    m, x, constant(factor), name, en=pipe.ce, platform=pipe.platform, held=True
                )
            for k in range(self._count(bounds, factor), self._stages):
                held = register(m, held, f"{name}_z{k + 1}", en=pipe.ce)
            products[abs(factor)] = held
        return products

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
