"""Registers as clocked statements: if-chains read better than multiplexers before a D input."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fxfir.emit.netlist import Assign, Bits, Choice, Register, Statement

__all__ = ["Always", "Condition", "If", "Set", "blocks", "condition", "reads"]

Condition = tuple[tuple[tuple[int, int], ...], ...]
"""Alternatives, each a row of (net, wanted bit) that must all hold."""


@dataclass(slots=True, eq=False)
class Set:
    """Clock `rhs` into bits low .. low + len(rhs) - 1 of the register."""

    register: Register
    low: int
    rhs: Bits


@dataclass(slots=True, eq=False)
class If:
    """A chain: the first branch whose condition holds; None is the else, and stands last."""

    branches: list[tuple[Condition | None, list[Set | If]]]


@dataclass(slots=True, eq=False)
class Always:
    """One clocked block."""

    clk: int
    rising: bool
    arst: int
    body: list[Set | If]


def condition(sel: Bits, patterns: tuple[str, ...]) -> Condition:
    """Say which nets must have which value for a pattern to match; constants have been judged."""
    return tuple(
        tuple(
            (bit, int(want))
            for bit, want in zip(reversed(sel), pattern, strict=True)
            if want != "-" and bit > 1
        )
        for pattern in patterns
    )


def blocks(registers: list[Register], nexts: dict[Register, Choice]) -> list[Always]:
    """Group registers into clocked blocks.

    Parameters
    ----------
    registers : list of Register
        In the order in which they shall appear.
    nexts : dict of Register to Choice
        Those whose D input is a choice that nothing else reads.

    Returns
    -------
    list of Always
        Registers under the same conditions share a block.
    """
    groups: dict[tuple[int, bool, int], list[list[Set | If]]] = {}
    for register in registers:
        choice = nexts.get(register)
        body: list[Set | If]
        if choice is None:
            body = [Set(register, 0, register.d)]
        else:
            body = _convert(choice.body, choice, register)
            if choice.default != register.q:
                body.insert(0, Set(register, 0, choice.default))
            body = _reset_first(body, register)
        if register.arst:
            reset: Condition = (((register.arst, 1),),)
            clear: list[Set | If] = [Set(register, 0, register.arst_value)]
            body = [If([(reset, clear), *_else(body)])]
        key = (register.clk, register.rising, register.arst)
        groups.setdefault(key, []).append(body)
    return [Always(*key, body) for key, bodies in groups.items() for body in _grouped(bodies)]


def reads(body: list[Set | If]) -> Iterator[tuple[Bits, bool, Register]]:
    """Give every vector read, whether it is a whole right-hand side, and a register it serves."""
    for statement in body:
        if isinstance(statement, Set):
            yield statement.rhs, True, statement.register
        else:
            served = _first(statement)
            for test, inner in statement.branches:
                if served is not None:
                    for alternative in test or ():
                        for bit, _ in alternative:
                            yield (bit,), False, served
                yield from reads(inner)


def _first(statement: Set | If) -> Register | None:
    while isinstance(statement, If):
        inner = next((body for _, body in statement.branches if body), None)
        if inner is None:
            return None
        statement = inner[0]
    return statement.register


def _convert(body: list[Statement], choice: Choice, register: Register) -> list[Set | If]:
    out: list[Set | If] = []
    for statement in body:
        if isinstance(statement, Assign):
            low = 0 if statement.lhs == choice.y else choice.y.index(statement.lhs[0])
            out.append(Set(register, low, statement.rhs))
        else:
            branches: list[tuple[Condition | None, list[Set | If]]] = [
                (
                    condition(statement.sel, patterns) if patterns else None,
                    _convert(inner, choice, register),
                )
                for patterns, inner in statement.cases
            ]
            out.append(If(_chain(branches)))
    return out


def _chain(
    branches: list[tuple[Condition | None, list[Set | If]]],
) -> list[tuple[Condition | None, list[Set | If]]]:
    """Turn ``else begin if ... end`` into ``else if``."""
    test, body = branches[-1]
    if test is None and len(body) == 1 and isinstance(body[0], If):
        return branches[:-1] + body[0].branches
    return branches


def _else(body: list[Set | If]) -> list[tuple[Condition | None, list[Set | If]]]:
    if len(body) == 1 and isinstance(body[0], If):
        return body[0].branches
    return [(None, body)] if body else []


def _reset_first(body: list[Set | If], register: Register) -> list[Set | If]:
    """Amaranth writes the reset last, where it overrides; put it first and the rest into else."""
    last = body[-1]
    if len(body) > 1 and isinstance(last, If) and len(last.branches) == 1:
        test, inner = last.branches[0]
        if len(inner) == 1 and isinstance(inner[0], Set) and inner[0].rhs == register.init:
            return [If([(test, inner), *_else(body[:-1])])]
    return body


def _merge(bodies: list[list[Set | If]]) -> list[Set | If]:
    """Join bodies of different registers; those that are one chain of equal conditions share it."""
    return [statement for body in _grouped(bodies) for statement in body]


def _grouped(bodies: list[list[Set | If]]) -> list[list[Set | If]]:
    """Plain assignments together, one group per chain, one per register with several statements."""
    plain: list[Set | If] = []
    chains: dict[tuple[Condition | None, ...], list[If]] = {}
    rest: list[list[Set | If]] = []
    for body in bodies:
        only = body[0] if len(body) == 1 else None
        if isinstance(only, If):
            chains.setdefault(tuple(test for test, _ in only.branches), []).append(only)
        elif only is not None:
            plain.append(only)
        elif body:
            rest.append(body)
    joined: list[list[Set | If]] = [
        [
            If(
                [
                    (test, _merge([chain.branches[k][1] for chain in same]))
                    for k, test in enumerate(tests)
                ]
            )
        ]
        for tests, same in chains.items()
    ]
    return ([plain] if plain else []) + joined + rest
