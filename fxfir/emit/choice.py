"""Combinational choices as trees of conditions.

An ``always @*`` block would say the same in statements, but Icarus 11 never evaluates one whose
inputs do not change after time 0; a continuous assignment has no such trap.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from fxfir.emit.netlist import Assign, Bits, Choice, Statement, Switch
from fxfir.emit.statements import Condition, condition

__all__ = ["Chain", "Tree", "segments", "tree", "unroll"]


@dataclass(slots=True, eq=False)
class Chain:
    """The value of the first branch whose condition holds, else `last`."""

    branches: list[tuple[Condition, Tree]]
    last: Tree


Tree: TypeAlias = "Bits | Chain"


def unroll(choice: Choice, fresh: Callable[[int], Bits]) -> list[Choice]:
    """Split a choice of several switches in a row into one choice per switch.

    A later switch falls back to what the earlier ones gave, in each of its branches; as a net of
    its own that value is written once.
    """
    out: list[Choice] = []
    body: list[Statement] = []
    default = choice.default
    for statement in choice.body:
        if isinstance(statement, Switch) and any(isinstance(s, Switch) for s in body):
            step = fresh(len(choice.y))
            out.append(Choice(step, default, _renamed(body, choice.y, step)))
            default, body = step, []
        body.append(statement)
    return [*out, Choice(choice.y, default, body)]


def segments(choice: Choice) -> list[tuple[int, int]]:
    """Ranges (low, high) of result bits that the statements assign together."""
    cuts = {0, len(choice.y)}
    places = {bit: k for k, bit in enumerate(choice.y)}

    def visit(body: list[Statement]) -> None:
        for statement in body:
            if isinstance(statement, Assign):
                low = places[statement.lhs[0]]
                cuts.update((low, low + len(statement.lhs)))
            else:
                for _, inner in statement.cases:
                    visit(inner)

    visit(choice.body)
    order = sorted(cuts)
    return list(pairwise(order))


def tree(choice: Choice, low: int, high: int) -> Tree:
    """Value of result bits low .. high - 1, which the statements assign together."""
    return _after(choice.body, set(choice.y[low:high]), choice.default[low:high])


def _after(body: list[Statement], target: set[int], now: Tree) -> Tree:
    """Value after the statements, `now` being the value before them."""
    for statement in body:
        if isinstance(statement, Assign):
            if not target.isdisjoint(statement.lhs):
                start = next(k for k, bit in enumerate(statement.lhs) if bit in target)
                now = statement.rhs[start : start + len(target)]
            continue
        branches: list[tuple[Condition, Tree]] = []
        last = now
        for patterns, inner in statement.cases:
            value = _after(inner, target, now)
            if not patterns:
                last = value
                break
            branches.append((condition(statement.sel, patterns), value))
        while branches and branches[-1][1] is last:
            branches.pop()
        now = Chain(branches, last) if branches else last
    return now


def _renamed(body: list[Statement], old: Bits, new: Bits) -> list[Statement]:
    places = dict(zip(old, new, strict=True))
    out: list[Statement] = []
    for statement in body:
        if isinstance(statement, Assign):
            out.append(Assign(tuple([places[b] for b in statement.lhs]), statement.rhs))
        else:
            cases = [(p, _renamed(inner, old, new)) for p, inner in statement.cases]
            out.append(Switch(statement.sel, cases))
    return out
