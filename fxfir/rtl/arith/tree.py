"""Sums of many terms as a pipelined tree of two-input adders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from amaranth.hdl import Module, Value

from fxfir.rtl.arith.node import Exact, add, register, shift_left, sub

__all__ = ["Adder", "Term", "sum_terms", "tree_stage"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Term:
    """One term of a sum: x * 2**shift, or its negative; shift and sign cost no gates.

    Parameters
    ----------
    x : Exact
    name : str
        Name of the register that holds it.
    shift : int, optional
    minus : bool, optional
    far : bool, optional
        Whether the way from that register takes long, as from one inside a block.
    """

    x: Exact
    name: str
    shift: int = 0
    minus: bool = False
    far: bool = False


class Adder(Protocol):
    """Another way to add two terms."""

    def __call__(
        self, m: Module, a: Term, b: Term, *, stage: int, name: str, en: Value
    ) -> Term | None:
        """Return what enters the register `name` of that stage, or None to decline."""


def tree_stage(arrivals: Iterable[int]) -> int:
    """Return the stage whose registers hold the sum of terms that arrive at these stages.

    >>> tree_stage([2, 2, 2, 2, 2])
    5
    >>> tree_stage([1])
    1
    """
    waiting = sorted(arrivals)
    stage, pool = waiting[0], 0
    while True:
        while waiting and waiting[0] == stage:
            waiting.pop(0)
            pool += 1
        if pool == 1 and not waiting:
            return stage
        pool = (pool + 1) // 2
        stage += 1


def sum_terms(
    m: Module,
    arrivals: Mapping[int, Sequence[Term]],
    *,
    en: Value,
    root: str,
    prefix: str = "sum",
    adder: Adder | None = None,
) -> Term:
    """Add terms, each sum but the last in a register; as many levels as the count needs.

    Parameters
    ----------
    m : Module
    arrivals : mapping from stage to sequence of Term
        At least two terms by the pipeline stage whose registers hold them.
    en : Value
        One bit: the pipeline moves.
    root : str
        Name of the register that is to hold the sum.
    prefix : str, optional
        Of the registers before it: `<prefix><stage>_<index>`.
    adder : Adder, optional
        Asked for every sum but the root.

    Returns
    -------
    Term
        What enters a register in stage `tree_stage` of the arrivals. Negative only if all terms
        are.

    Raises
    ------
    ValueError
        If there are fewer than two terms.
    """
    count = sum(map(len, arrivals.values()))
    if count < 2:
        raise ValueError(f"a sum must have at least two terms, got {count}")
    waiting = sorted(arrivals)
    last = max(stage for stage in waiting if arrivals[stage])
    stage = min(stage for stage in waiting if arrivals[stage])
    pool: list[Term] = []
    while True:
        pool = [*pool, *arrivals.get(stage, ())]
        stage += 1
        if len(pool) == 2 and stage > last:
            return _sum(pool[0], pool[1], name=root)
        sums = []
        if len(pool) % 2:
            # The narrowest waits, for its register is pure delay.
            idle = min(pool, key=lambda term: term.x.width)
            pool = [term for term in pool if term is not idle]
            name = f"{idle.name}_z{stage}"
            sums = [replace(idle, x=register(m, idle.x, name, en=en), far=False)]
        pairs = zip(pool[::2], pool[1::2], strict=True)
        pool = []
        for k, (a, b) in enumerate(pairs):
            name = f"{prefix}{stage}_{k}"
            found = adder(m, a, b, stage=stage, name=name, en=en) if adder else None
            pool.append(_held(m, found or _sum(a, b, name=name), en=en))
        pool += sums


def _sum(a: Term, b: Term, *, name: str) -> Term:
    """Add two terms, carrying common zeros and a common sign outside."""
    if a.minus and not b.minus:
        a, b = b, a
    shift = min(a.shift, b.shift)
    left = shift_left(a.x, a.shift - shift)
    right = shift_left(b.x, b.shift - shift)
    total = sub(left, right) if b.minus and not a.minus else add(left, right)
    return Term(x=total, name=name, shift=shift, minus=a.minus and b.minus)


def _held(m: Module, term: Term, *, en: Value) -> Term:
    return replace(term, x=register(m, term.x, term.name, en=en), far=False)
