"""Numbers with a binary point and a sign to be applied: what the sums of a section are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from amaranth.hdl import Cat, Const, Module, Signal, Value

from fxfir.arith.reach import Reach
from fxfir.fixed import Format
from fxfir.rtl.arith import node
from fxfir.rtl.arith.node import Exact
from fxfir.rtl.arith.preround import Preround

__all__ = [
    "Output",
    "Term",
    "bias",
    "cast",
    "hold",
    "load",
    "plain",
    "state",
    "total",
    "wide",
    "within",
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Term:
    """The number value * 2**-frac, or its negative.

    Parameters
    ----------
    value : Exact
    frac : int
    minus : bool
        The number is -value: the sum that uses it subtracts, so a sign alone costs no gates.
    """

    value: Exact
    frac: int
    minus: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Output:
    """What a section gives.

    Parameters
    ----------
    entering : Term
        y, as it enters the register of the section's last stage.
    held : Term
        y, from that register.
    """

    entering: Term
    held: Term


def total(terms: Sequence[Term]) -> Term:
    """Return the exact sum, at the finest binary point among the terms.

    Parameters
    ----------
    terms : sequence of Term
        No term at all is 0.

    Returns
    -------
    Term
        Of minus sign only if all terms are.
    """
    # A zero has no binary point of its own.
    terms = [t for t in terms if t.value.lo or t.value.hi]
    if not terms:
        return Term(value=node.constant(0), frac=0)
    frac = max(t.frac for t in terms)
    terms = _inserted(terms, frac)
    minus = all(t.minus for t in terms)
    # A positive term goes first: a sum that starts with a minus would need a negation.
    ordered = sorted(terms, key=lambda t: t.minus)
    acc = node.shift_left(ordered[0].value, frac - ordered[0].frac)
    for term in ordered[1:]:
        aligned = node.shift_left(term.value, frac - term.frac)
        acc = node.add(acc, aligned) if term.minus == minus else node.sub(acc, aligned)
    return Term(value=acc, frac=frac, minus=minus)


def _inserted(terms: list[Term], frac: int) -> list[Term]:
    """Put a constant where another term has only zeros: wiring instead of an addition."""
    for constant in terms:
        number = constant.value.lo << (frac - constant.frac)
        if constant.value.hi != constant.value.lo or constant.minus or number < 0:
            continue
        for term in terms:
            if term is constant or term.minus or number >> (frac - term.frac):
                continue
            x, zeros = term.value, frac - term.frac
            value = Cat(Const(number, zeros), x.value)
            joined = node.sized(
                value.as_signed() if x.signed else value,
                (x.lo << zeros) + number,
                (x.hi << zeros) + number,
            )
            rest = [t for t in terms if t is not term and t is not constant]
            return [Term(value=joined, frac=frac), *rest]
    return terms


def wide(term: Term, frac: int) -> Term:
    """Return the same number with `frac` fraction bits, no fewer than it has."""
    if term.value.lo == term.value.hi == 0:
        return replace(term, frac=frac)
    return replace(term, value=node.shift_left(term.value, frac - term.frac), frac=frac)


def plain(term: Term) -> Exact:
    """Return the value with its sign applied."""
    return node.neg(term.value) if term.minus else term.value


def hold(m: Module, term: Term, name: str, *, en: Value, reset_less: bool = False) -> Term:
    """Hold a number in a register; the sign stays to be applied."""
    return replace(term, value=node.register(m, term.value, name, en=en, reset_less=reset_less))


def state(fmt: Format, name: str, reach: Reach | None = None) -> Term:
    """Return a register for words of `fmt`, cleared by reset, not yet driven.

    Parameters
    ----------
    fmt : Format
    name : str
    reach : Reach, optional
        What the sum that becomes this word can be; without one the register takes any word.
    """
    lo, hi = (fmt.lo, fmt.hi) if reach is None else reach.words
    signal = Signal(node.shape_of(lo, hi), name=name)
    return Term(value=Exact(value=signal, lo=lo, hi=hi), frac=fmt.frac)


def cast(
    m: Module, rule: Preround, terms: Sequence[Term], name: str, reach: Reach | None = None
) -> Term:
    """Sum exactly, then cast, without registers.

    Parameters
    ----------
    m : Module
    rule : Preround
    terms : sequence of Term
        `bias(rule)` is one of them, alone or inside an earlier sum.
    name : str
    reach : Reach, optional
        What the sum without the bias can be, where that is less than its terms suggest.

    Returns
    -------
    Term
    """
    exact = within(plain(wide(total(terms), rule.frac)), rule.frac, rule.bias, reach)
    v = node.wire(m, exact, f"{name}_sum")
    return Term(value=rule.combinational(m, v, name), frac=rule.cast.to.frac)


def within(x: Exact, frac: int, bias: int, reach: Reach | None) -> Exact:
    """Return a sum with the range that is certified for it, where that is the narrower one.

    Parameters
    ----------
    x : Exact
        In units of 2**-frac, `bias` included.
    frac : int
    bias : int
    reach : Reach or None
        Of the sum without the bias; None certifies nothing.
    """
    if reach is None:
        return x
    lo, hi = reach.sums(frac)
    return node.sized(x.value, max(x.lo, lo + bias), min(x.hi, hi + bias))


def bias(rule: Preround) -> list[Term]:
    """Return the constant that the sum before a cast must hold, if there is one."""
    return [Term(value=node.constant(rule.bias), frac=rule.frac)] if rule.bias else []


def load(m: Module, register: Term, value: Term, en: Value) -> None:
    """Drive a register made by `state`."""
    with m.If(en):
        m.d.sync += register.value.value.eq(plain(value).value)
