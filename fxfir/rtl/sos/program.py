"""A cascade as operations of one multiplier, and their places in time.

A pass over the program takes one sample through all sections. Slot j of a pass is issued at edge
j, and then walks down a pipeline of fixed depth:

====  =====================================================================================
edge  work of the operation issued in slot j
====  =====================================================================================
j     addresses stand at the memories
j+1   operand times coefficient; the base of a new sum is aligned
j+2   product plus base or plus the sum so far
j+3   the finished sum is cast
j+4   the word is written; it can be read by slots from j+5 on
====  =====================================================================================

A section of five products, only the last of which needs its input, hides the whole pipeline.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from fxfir.arith.reach import Reach
from fxfir.fixed import Cast, Format

__all__ = ["FORWARD", "INPUT", "Base", "Block", "End", "Op", "Program", "Read", "Word", "schedule"]

Block = dict[int, "Op"]
"""Operations by slot, counted from the first: their distances are fixed."""

VISIBLE = 5
"""Slots from an operation to the first that can read the word it writes."""

FORWARD = 3
"""Slots from an operation to the first whose base can be the word it made."""

INPUT = "x"
"""Name of the input's history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A stored quantity: its range and binary point."""

    lo: int
    hi: int
    frac: int

    @classmethod
    def of(cls, fmt: Format) -> Word:
        """Take the whole range of a format."""
        return cls(lo=fmt.lo, hi=fmt.hi, frac=fmt.frac)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """The operand of a product: which history, and how many samples old (0, 1 or 2)."""

    word: str
    age: int


class Base(Enum):
    """What a product is added to."""

    ZERO = "zero"
    """Nothing: it begins a sum."""
    SUM = "sum"
    """The sum of the slots before it."""
    RESULT = "result"
    """The word cast last."""
    STATE = "state"
    """A stored state of the sample before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """What becomes of a finished sum.

    Parameters
    ----------
    cast : Cast
        Makes the sum a word, the result.
    write : str
        History that the result joins; "" for none.
    keep : str
        State that the result becomes; "" for none.
    error : str
        History that the rounding error joins, one slot later; "" for none.
    reach : Reach or None
        What the sum can be, if that is less than the words it is made of suggest.
    """

    cast: Cast
    write: str = ""
    keep: str = ""
    error: str = ""
    reach: Reach | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Op:
    """One multiplication.

    Parameters
    ----------
    coeff : int
    read : Read
    frac : int
        Fraction bits of the product.
    base : Base
    base_word : str
        The word that a base of RESULT or STATE is, for its range and binary point.
    end : End or None
        Given where the sum is complete.
    """

    coeff: int
    read: Read
    frac: int
    base: Base = Base.SUM
    base_word: str = ""
    end: End | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A scheduled cascade.

    Attributes
    ----------
    ops : dict of int to Op
        By slot; slots without one are idle.
    interval : int
        Slots of a pass.
    words : dict of str to Word
        Every stored quantity.
    histories, states : tuple of str
        Words of the two memories, in the order of their addresses: two samples of each history,
        one of each state.
    error_at : dict of int to str
        Slots whose write stage stores a rounding error, that of the slot before.
    input_at : int or None
        Slot whose write stage stores the input; None if no older input is ever read.
    result_at : int
        Slot whose result the output cast reads.
    acc : Word
        The accumulator: it holds every finished sum. A part of one may leave its range, and is
        right modulo its width.
    sums : dict of int to Word
        Finished sums by the slot that ends them.
    """

    ops: dict[int, Op]
    interval: int
    words: dict[str, Word]
    histories: tuple[str, ...]
    states: tuple[str, ...]
    error_at: dict[int, str]
    input_at: int | None
    result_at: int
    acc: Word
    sums: dict[int, Word]


def schedule(words: Mapping[str, Word], blocks: Sequence[Block]) -> Program:
    """Give every operation its slot.

    Parameters
    ----------
    words : mapping of str to Word
    blocks : sequence of Block
        In the order of the cascade; each starts as early as the words it reads allow.

    Returns
    -------
    Program
    """
    ops: dict[int, Op] = {}
    written: dict[str, int] = {}
    free = 0
    for block in blocks:
        ready = [
            written[op.read.word] + VISIBLE - offset
            for offset, op in block.items()
            if op.read.age == 0 and op.read.word != INPUT
        ]
        start = max([free, *ready])
        for offset, op in block.items():
            ops[start + offset] = op
            if op.end is not None and op.end.write:
                written[op.end.write] = start + offset
        free = start + max(block) + 1
    histories = tuple(
        word
        for word in words
        if any(op.read.word == word and (word, op.read.age) != (INPUT, 0) for op in ops.values())
    )
    # No operation writes one slot after a result: whoever reads that result comes later.
    error_at = {
        slot + 1: op.end.error
        for slot, op in ops.items()
        if op.end is not None and op.end.error in histories
    }
    written |= {word: slot for slot, word in error_at.items()}
    input_at = None
    if INPUT in histories:
        taken = {slot for slot, op in ops.items() if op.end is not None and op.end.write}
        input_at = next(s for s in range(free + 2) if s not in taken | error_at.keys())
        written[INPUT] = input_at
    kept = {op.end.keep: slot for slot, op in ops.items() if op.end is not None and op.end.keep}
    interval = _interval(ops, written, kept)
    sums = _sums(words, ops)
    return Program(
        ops=ops,
        interval=interval,
        words=dict(words),
        histories=histories,
        states=tuple(kept),
        error_at=error_at,
        input_at=input_at,
        result_at=max(ops),
        acc=Word(
            lo=min(0, *(s.lo for s in sums.values())),
            hi=max(0, *(s.hi for s in sums.values())),
            frac=max(s.frac for s in sums.values()),
        ),
        sums=sums,
    )


def _interval(ops: Mapping[int, Op], written: Mapping[str, int], kept: Mapping[str, int]) -> int:
    """Slots of a pass: all that is issued, and until the next pass finds what it reads."""
    slots = max([*ops, *written.values()]) + 1
    for slot, op in ops.items():
        if op.read.age and op.read.word in written:
            # Age 2 was written two passes ago.
            slots = max(slots, -(-(written[op.read.word] + VISIBLE - slot) // op.read.age))
        if op.base is Base.STATE:
            slots = max(slots, kept[op.base_word] + VISIBLE - slot)
    if INPUT in written:
        # The input register must hold until its word is written.
        slots = max(slots, written[INPUT] + VISIBLE - 1)
    return slots


def _sums(words: Mapping[str, Word], ops: Mapping[int, Op]) -> dict[int, Word]:
    """Range of every finished sum, at the finest binary point among the terms of all."""
    bases = (op.base_word for op in ops.values() if op.base_word)
    frac = max([op.frac for op in ops.values()] + [words[base].frac for base in bases])
    found = {}
    lo = hi = 0
    for slot, op in sorted(ops.items()):
        if op.base is not Base.SUM:
            word = words[op.base_word] if op.base_word else Word(lo=0, hi=0, frac=frac)
            lo, hi = word.lo << (frac - word.frac), word.hi << (frac - word.frac)
        word = words[op.read.word]
        ends = [op.coeff * end << (frac - op.frac) for end in (word.lo, word.hi)]
        lo, hi = lo + min(ends), hi + max(ends)
        if op.end is not None:
            least, most = (lo, hi) if op.end.reach is None else op.end.reach.sums(frac)
            found[slot] = Word(lo=max(lo, least), hi=min(hi, most), frac=frac)
    return found
