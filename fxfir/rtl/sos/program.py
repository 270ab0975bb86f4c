"""A cascade as operations of one multiplier, and their places in time.

A pass over the program takes one sample through all sections. Slot j of a pass is issued at edge
j, and then walks down a pipeline of fixed depth; with d registers from operand to product:

=======  ==================================================================================
edge     work of the operation issued in slot j
=======  ==================================================================================
j        its addresses stand at the memories
j+1      its old sample and its coefficient have been read
j+2      its operand is chosen: that sample, the input, or the result itself
j+1+d    its product is there, and beside it what a new sum starts from
j+2+d    product plus start, or plus the sum so far
j+3+d    the finished sum is cast: the result, which can be the operand of slot j+2+d
j+4+d    the result is written; slots from j+5+d on can read it
=======  ==================================================================================

A section of five products, only the last of which needs its input, hides the three registers of
a DSP block.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from fxfir.arith.reach import Reach
from fxfir.fixed import Cast, Format

__all__ = [
    "FORWARD",
    "INPUT",
    "Base",
    "Block",
    "End",
    "Op",
    "Program",
    "Read",
    "Stages",
    "Word",
    "schedule",
]

Block = dict[int, "Op"]
"""Operations by slot, counted from the first: their distances are fixed."""

FORWARD = 3
"""Slots from an operation to the first whose base can be the word it made."""

INPUT = "x"
"""Name of the input's history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """Distances in the pipeline, in slots.

    Parameters
    ----------
    multiply : int
        Registers from operand and coefficient to their product, at least 2.
    """

    multiply: int

    @property
    def forward(self) -> int:
        """From an operation to the first whose operand can be the result it made."""
        return self.multiply + 2

    @property
    def write(self) -> int:
        """From an operation to the edge that writes what it made."""
        return self.multiply + 4

    @property
    def visible(self) -> int:
        """From an operation to the first that can read the sample it wrote."""
        return self.multiply + 5

    @property
    def kept(self) -> int:
        """From an operation to the first whose base can be the state it wrote."""
        return 6


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
    used : bool
        Whether `coeff` is not zero, here or in a cascade of the same structure.
    """

    coeff: int
    read: Read
    frac: int
    base: Base = Base.SUM
    base_word: str = ""
    end: End | None = None
    used: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A scheduled cascade.

    Attributes
    ----------
    ops : dict of int to Op
        By slot; slots without one are idle.
    stages : Stages
    interval : int
        Slots of a pass.
    words : dict of str to Word
        Every quantity that is an operand, a state or a result.
    histories, states : tuple of str
        Words of the two memories, in the order of their addresses: two samples of each history,
        one of each state.
    forwarded : frozenset of int
        Slots whose operand is the result.
    error_at : dict of int to str
        Slots whose write stage stores a rounding error, that of the slot before.
    input_at : int or None
        Slot whose write stage stores the input; None if no older input is ever read.
    result_at : int
        Slot whose result the output cast reads.
    """

    ops: dict[int, Op]
    stages: Stages
    interval: int
    words: dict[str, Word]
    histories: tuple[str, ...]
    states: tuple[str, ...]
    forwarded: frozenset[int]
    error_at: dict[int, str]
    input_at: int | None
    result_at: int

    def sums(self) -> Iterable[list[int]]:
        """Give the slots of each sum, the one that ends it last."""
        chain: list[int] = []
        for slot, op in sorted(self.ops.items()):
            chain.append(slot)
            if op.end is not None:
                yield chain
                chain = []


def schedule(
    words: Mapping[str, Word],
    blocks: Sequence[Block],
    stages: Stages,
    *,
    channels: int = 1,
    output: str,
) -> Program:
    """Give every operation its slot.

    Parameters
    ----------
    words : mapping of str to Word
    blocks : sequence of Block
        In the order of the cascade; each starts as early as the words it reads allow.
    stages : Stages
    channels : int, optional
        Passes from a sample to the next one of the same history.
    output : str
        Word that leaves.

    Returns
    -------
    Program
    """
    ops: dict[int, Op] = {}
    written: dict[str, int] = {}
    forwarded: set[int] = set()
    free = 0
    for block in blocks:
        start = free
        while (found := _operands(block, start, ops, written, stages)) is None:
            start += 1
        forwarded |= found
        for offset, op in block.items():
            ops[start + offset] = op
            if op.end is not None and op.end.write:
                written[op.end.write] = start + offset
        free = start + max(block) + 1
    stored = {
        op.read.word
        for slot, op in ops.items()
        if slot not in forwarded and (op.read.word, op.read.age) != (INPUT, 0)
    }
    histories = tuple(word for word in words if word in stored)
    # No operation writes one slot after a result: whoever reads that result comes later.
    error_at = {
        slot + 1: op.end.error
        for slot, op in ops.items()
        if op.end is not None and op.end.error in histories
    }
    result_at = written[output]
    written |= {word: slot for slot, word in error_at.items()}
    input_at = None
    if INPUT in histories:
        taken = {slot for slot, op in ops.items() if op.end is not None and op.end.write}
        input_at = next(s for s in range(free + 2) if s not in taken | error_at.keys())
        written[INPUT] = input_at
    kept = {op.end.keep: slot for slot, op in ops.items() if op.end is not None and op.end.keep}
    return Program(
        ops=ops,
        stages=stages,
        interval=_interval(ops, written, kept, stages, channels),
        words=dict(words),
        histories=histories,
        states=tuple(kept),
        forwarded=frozenset(forwarded),
        error_at=error_at,
        input_at=input_at,
        result_at=result_at,
    )


def _operands(
    block: Block, start: int, ops: Mapping[int, Op], written: Mapping[str, int], stages: Stages
) -> set[int] | None:
    """Return the slots of a block that take the result; None if one of them finds no operand."""
    block = {start + offset: op for offset, op in block.items()}
    ends = [slot for slot, op in {**ops, **block}.items() if op.end is not None]
    found = set()
    for slot, op in block.items():
        if op.read.word not in written or op.read.word == INPUT:
            continue
        made = written[op.read.word]
        if op.read.age == 0:
            last = max((end for end in ends if end <= slot - stages.forward), default=None)
            if made == last:
                found.add(slot)
            elif slot < made + stages.visible:
                return None
        elif op.read.age == 2 and slot > made + stages.write - 2:
            # The newest sample replaces this one.
            raise ValueError(f"slot {slot} must read {op.read.word} before slot {made} replaces it")
    return found


def _interval(
    ops: Mapping[int, Op],
    written: Mapping[str, int],
    kept: Mapping[str, int],
    stages: Stages,
    channels: int,
) -> int:
    """Slots of a pass: all that is issued, and until the next pass finds what it reads."""
    slots = max([*ops, *written.values()]) + 1
    for slot, op in ops.items():
        passes = op.read.age * channels
        if passes and op.read.word in written:
            slots = max(slots, -(-(written[op.read.word] + stages.visible - slot) // passes))
        if op.base is Base.STATE:
            slots = max(slots, -(-(kept[op.base_word] + stages.kept - slot) // channels))
        if (op.read.word, op.read.age) == (INPUT, 0):
            # The input register must hold until its operand is taken, and its word written.
            slots = max(slots, slot + 2)
    if INPUT in written:
        slots = max(slots, written[INPUT] + stages.write)
    return slots
