"""Multipliers of a serial filter: from the samples of a step to the sum of their products."""

from __future__ import annotations

from typing import Any

from amaranth.hdl import Module
from amaranth.lib.memory import Memory, MemoryData

from fxfir.fixed import Format
from fxfir.rtl.arith.multiplier import Bounds
from fxfir.rtl.arith.node import (
    Exact,
    add,
    constant,
    mul_const,
    register,
    select,
    shape_of,
    sized,
    sub,
)
from fxfir.rtl.arith.targets import multiplier
from fxfir.rtl.arith.tree import Term, sum_terms, tree_stage
from fxfir.rtl.fir.serial_control import Control
from fxfir.rtl.fir.serial_plan import Lane, Plan

__all__ = ["factors", "operands", "products", "sum_stages"]

_LOGIC_WORDS = 512


def sum_stages(plan: Plan, fmt: Format, target: str) -> int:
    """Return the registers from the samples of a step to the sum of all products, its included.

    Parameters
    ----------
    plan : Plan
    fmt : Format
        Of a sample.
    target : str
    """
    return tree_stage(_stages(lane, fmt, target) for lane in plan.lanes)


def _stages(lane: Lane, fmt: Format, target: str) -> int:
    """Return the stage of a lane's product."""
    if not lane.multiplies:
        return 1
    sample, taps = operands(lane, fmt)
    return multiplier(target).stages(sample, taps, held=lane.older is None)


def operands(lane: Lane, fmt: Format) -> tuple[Bounds, Bounds]:
    """Return the ranges of what a lane multiplies: samples of `fmt` or their sums, and taps."""
    sample = (fmt.lo, fmt.hi)
    if lane.older is not None:
        far = (-fmt.hi, -fmt.lo) if lane.sign < 0 else sample
        sample = (fmt.lo + far[0], fmt.hi + far[1])
    return sample, (min(lane.taps), max(lane.taps))


def products(
    m: Module,
    plan: Plan,
    control: Control,
    x: list[Exact],
    *,
    fmt: Format,
    block: bool,
    target: str,
    platform: Any,
) -> Exact:
    """Multiply the samples of a step by their taps and add the products.

    Parameters
    ----------
    m : Module
    plan : Plan
    control : Control
    x : list of Exact
        For each bank the word of a step, two edges after that step.
    fmt : Format
        Of a sample.
    block : bool
        Whether the taps' ROMs are block memories.
    target : str
    platform : object
        What `elaborate` was given.

    Returns
    -------
    Exact
        In a register, `sum_stages` edges behind `x`.
    """
    found: dict[int, list[Term]] = {}
    for k, lane in enumerate(plan.lanes):
        suffix = str(k) if len(plan.lanes) > 1 else ""
        name = f"product{suffix}"
        if not lane.multiplies:
            sample = add_mirrored(m, lane, control, x, suffix)
            product = register(m, mul_const(sample, lane.taps[0]), name, en=control.ce)
        else:
            sample, tap = factors(m, lane, control, x, suffix, block=block)
            product = multiplier(target).multiply(
                m,
                sample,
                tap,
                name,
                en=control.ce,
                platform=platform,
                held=lane.older is None,
            )
        found.setdefault(_stages(lane, fmt, target), []).append(Term(x=product, name=name))
    if len(plan.lanes) == 1:
        return product
    root = sum_terms(m, found, en=control.ce, root="products")
    return register(m, root.x, root.name, en=control.ce)


def factors(
    m: Module, lane: Lane, control: Control, x: list[Exact], suffix: str = "", *, block: bool
) -> tuple[Exact, Exact]:
    """Return what a lane multiplies in a step: the sample, and the tap from its ROM.

    Parameters
    ----------
    m : Module
    lane : Lane
    control : Control
    x : list of Exact
        As for `products`; the tap is held in a register beside them.
    suffix : str, optional
        Of the names.
    block : bool
        Whether the ROM is a block memory.
    """
    return add_mirrored(m, lane, control, x, suffix), _tap(m, lane, control, suffix, block=block)


def add_mirrored(m: Module, lane: Lane, control: Control, x: list[Exact], suffix: str) -> Exact:
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


def _tap(m: Module, lane: Lane, control: Control, suffix: str, *, block: bool) -> Exact:
    """Return the tap of a step in a register beside the samples, or the only one there is."""
    if len({*lane.taps}) == 1:
        return constant(lane.taps[0])
    lo, hi = min(lane.taps), max(lane.taps)
    m.submodules[f"taps{suffix}"] = memory = Memory(
        data=MemoryData(shape=shape_of(lo, hi), depth=len(lane.taps), init=lane.taps),
        attrs=_style(block, sets=control.place is not control.step, words=len(lane.taps)),
    )
    if block:
        port = memory.read_port()
        m.d.comb += [port.addr.eq(control.place), port.en.eq(control.ce)]
    else:
        port = memory.read_port(domain="comb")
        m.d.comb += port.addr.eq(control.place_before)
    return register(m, sized(port.data, lo, hi), f"tap{suffix}", en=control.ce)


def _style(block: bool, *, sets: bool, words: int) -> dict[str, Any]:
    """Return where a ROM is to be: tools put several sets of taps into a slow block unasked."""
    if block:
        return {"ram_style": "block"}
    return {"syn_romstyle": "logic"} if sets and words <= _LOGIC_WORDS else {}
