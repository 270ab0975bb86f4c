"""Multipliers and accumulator of a serial filter: from the samples of a step to the sum."""

from __future__ import annotations

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib.memory import Memory, MemoryData

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
)
from fxfir.rtl.arith.tree import Term, sum_terms, tree_stage
from fxfir.rtl.fir.serial_control import Control
from fxfir.rtl.fir.serial_plan import Lane, Plan

__all__ = ["accumulate", "product_stages", "products", "sum_stages"]


def product_stages(plan: Plan) -> int:
    """Return the registers from the samples of a step to the products, these included."""
    return 2 if any(lane.older is not None for lane in plan.lanes) else 1


def sum_stages(plan: Plan) -> int:
    """Return the registers from the samples of a step to the sum of all products."""
    return tree_stage([product_stages(plan)] * len(plan.lanes))


def products(m: Module, plan: Plan, control: Control, x: list[Exact]) -> Exact:
    """Multiply the samples of a step by their taps and add the products.

    Parameters
    ----------
    m : Module
    plan : Plan
    control : Control
    x : list of Exact
        For each bank the word of a step, two edges after that step.

    Returns
    -------
    Exact
        In a register, `sum_stages` edges behind `x`.
    """
    step = control.delayed(control.step, "tap_step", 1)
    stages = product_stages(plan)
    found = []
    for k, lane in enumerate(plan.lanes):
        suffix = str(k) if len(plan.lanes) > 1 else ""
        sample = _sample(m, lane, control, x, suffix)
        tap = _tap(m, lane, control, step, suffix)
        if stages > 1:
            sample = register(m, sample, f"pre{suffix}", en=control.ce)
            if isinstance(tap, Exact):
                tap = register(m, tap, f"tap{suffix}_z", en=control.ce)
        product = mul(sample, tap) if isinstance(tap, Exact) else mul_const(sample, tap)
        name = f"product{suffix}"
        found.append(Term(x=register(m, product, name, en=control.ce), name=name))
    if len(found) == 1:
        return found[0].x
    root = sum_terms(m, {stages: found}, en=control.ce, root="products")
    return register(m, root.x, root.name, en=control.ce)


def _sample(m: Module, lane: Lane, control: Control, x: list[Exact], suffix: str) -> Exact:
    """Return the sample of a step, or the sum of the two that share a tap."""
    near = x[lane.newer]
    if lane.older is None:
        return near
    far = x[lane.older]
    if lane.alone is not None:
        alone = control.step == lane.alone
        far = select(control.delayed(alone, f"alone{suffix}_", 2), constant(0), far)
    # An antisymmetric filter takes the older sample away.
    return (sub if lane.sign < 0 else add)(near, far)


def _tap(m: Module, lane: Lane, control: Control, step: Value, suffix: str) -> Exact | int:
    """Return the tap of a step in a register beside the samples, or the only one there is."""
    if len({*lane.taps}) == 1:
        return lane.taps[0]
    lo, hi = min(lane.taps), max(lane.taps)
    m.submodules[f"taps{suffix}"] = memory = Memory(
        data=MemoryData(shape=shape_of(lo, hi), depth=len(lane.taps), init=lane.taps)
    )
    port = memory.read_port(domain="comb")
    m.d.comb += port.addr.eq(step)
    return register(m, sized(port.data, lo, hi), f"tap{suffix}", en=control.ce)


def accumulate(
    m: Module, x: Exact, *, bias: int, lo: int, hi: int, first: Value, ce: Value
) -> Exact:
    """Add up the sums of all steps.

    Parameters
    ----------
    m : Module
    x : Exact
    bias : int
        What a pass starts from.
    lo, hi : int
        Range of the total less `bias`; any part of the total lies within it too.
    first : Value
        One bit: `x` belongs to the first step.
    ce : Value

    Returns
    -------
    Exact
        In a register that holds the total one edge after the last step's sum.
    """
    lo, hi = min(lo + bias, 0), max(hi + bias, 0)
    held = Signal(shape_of(lo, hi), name="acc", reset_less=True)
    before = Mux(first, bias, held)
    with m.If(ce):
        m.d.sync += held.eq(sized(before + x.value, lo, hi).value)
    return Exact(value=held, lo=lo, hi=hi)
