"""What one multiplier does for all channels: programs laid over each other, binary points aligned.

Every sum is brought to the same distance from the LSB of its own cast, so that one cast serves
sections of different binary points. Where that shifts a product, its coefficient is shifted in
the table, as long as it stays one operand of the multiplier.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fxfir.errors import ArchitectureError
from fxfir.fixed import Cast, Format
from fxfir.rtl.arith.node import shape_of
from fxfir.rtl.sos.program import Base, Program, Read, Stages

__all__ = ["Bounds", "Kind", "Plan", "Sum", "plan"]

Bounds = tuple[int, int]
"""Lowest and highest value; 0 lies between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A cast without its place: what has to be built only once.

    Parameters
    ----------
    cast : Cast
        To a format of no fraction bits.
    exact : bool
        Whether the sum's own last bits are needed, for the error.
    """

    cast: Cast
    exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """A finished sum.

    Parameters
    ----------
    kind : Kind
    bounds : tuple of int
        Range, in units of the accumulator.
    write, keep : str
        History that the result joins and state that it becomes; "" for none.
    dropped : int
        Bits of the error that is kept; 0 if none is.
    """

    kind: Kind
    bounds: Bounds
    write: str
    keep: str
    dropped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A pass of the machine.

    Attributes
    ----------
    stages : Stages
    turns : tuple of int
        Cascades that take turns: those of a group, then groups; empty for a single cascade.
    interval, result_at : int
    input_at : int or None
    histories, states : tuple of str
    forwarded : frozenset of int
    error_at : dict of int to str
        All as in `Program`.
    shift : int
        Bits of the accumulator below the LSB of any cast.
    reads : dict of int to Read
        Operands by slot.
    coeffs : dict of int to tuple of int
        Coefficients by slot: one, one for each of a group, or one for each turn.
    lifts : dict of int to int
        Left shift of a product, by slot.
    products : dict of int to tuple of int
        Range of a product before that, by slot.
    begins : dict of int to (Base, str, int)
        What a sum starts from, by the slot that begins it: base, word and its left shift.
    sums : dict of int to Sum
        By the slot that ends it.
    starts : dict of int to int
        Slot that begins the sum, by the slot that ends it.
    words : dict of str to tuple of int
        Ranges.
    """

    stages: Stages
    turns: tuple[int, ...]
    interval: int
    result_at: int
    input_at: int | None
    histories: tuple[str, ...]
    states: tuple[str, ...]
    forwarded: frozenset[int]
    error_at: dict[int, str]
    shift: int
    reads: dict[int, Read]
    coeffs: dict[int, tuple[int, ...]]
    lifts: dict[int, int]
    products: dict[int, Bounds]
    begins: dict[int, tuple[Base, str, int]]
    sums: dict[int, Sum]
    starts: dict[int, int]
    words: dict[str, Bounds]

    @property
    def operands(self) -> tuple[Bounds, Bounds]:
        """Ranges of what is multiplied: words, and coefficients."""
        return (
            hull(self.words[read.word] for read in self.reads.values()),
            hull((c, c) for row in self.coeffs.values() for c in row),
        )


def plan(programs: Sequence[Program], *, turns: tuple[int, ...] = (), width: int = 18) -> Plan:
    """Lay the programs of all channels over each other.

    Parameters
    ----------
    programs : sequence of Program
        One for all turns, one for each of a group, or one for each turn, the first group first.
    turns : tuple of int, optional
        As in `Plan`.
    width : int, optional
        Bits that a coefficient may grow to.

    Returns
    -------
    Plan

    Raises
    ------
    ArchitectureError
        If the programs differ in more than coefficients and binary points.
    """
    first = programs[0]
    for k, other in enumerate(programs[1:], start=1):
        if _structure(other) != _structure(first):
            raise ArchitectureError(
                "channels of one multiplier must have sections of the same forms, word lengths "
                f"and roundings, got others in channel {k} than in channel 0"
            )
    shift = max(0, *(_shift(program) for program in programs))
    begins = [_begins(program, shift) for program in programs]
    drops = [_drops(program) for program in programs]
    for what, found in (("states", begins), ("errors", drops)):
        if any(other != found[0] for other in found):
            raise ArchitectureError(
                f"channels of one multiplier must have {what} of the same binary points"
            )
    coeffs, lifts = _aligned(programs, shift, width)
    words = {
        name: hull((p.words[name].lo, p.words[name].hi) for p in programs) for name in first.words
    }
    reads = {slot: op.read for slot, op in first.ops.items()}
    chains = list(first.sums())
    return Plan(
        stages=first.stages,
        turns=turns,
        interval=first.interval,
        result_at=first.result_at,
        input_at=first.input_at,
        histories=first.histories,
        states=first.states,
        forwarded=first.forwarded,
        error_at=first.error_at,
        shift=shift,
        reads=reads,
        coeffs=coeffs,
        lifts=lifts,
        products={
            slot: hull((end * c, end * c) for c in coeffs[slot] for end in words[read.word])
            for slot, read in reads.items()
        },
        begins=begins[0],
        sums={
            chain[-1]: _sum(programs, chain, shift, drops[0].get(chain[-1], 0)) for chain in chains
        },
        starts={chain[-1]: chain[0] for chain in chains},
        words=words,
    )


def hull(ends: Iterable[Bounds]) -> Bounds:
    """Lowest and highest of all ends and 0."""
    flat = [end for pair in ends for end in pair]
    return min([0, *flat]), max([0, *flat])


def _structure(program: Program) -> object:
    return (
        [
            (slot, op.read, op.base, op.base_word, _kind(program, slot))
            for slot, op in program.ops.items()
        ],
        program.interval,
        program.error_at,
    )


def _kind(program: Program, slot: int) -> tuple[Kind, str, str] | None:
    """What ends in a slot, binary points aside."""
    end = program.ops[slot].end
    if end is None:
        return None
    to = Format(signed=end.cast.to.signed, width=end.cast.to.width, frac=0)
    cast = Cast(to=to, rounding=end.cast.rounding, overflow=end.cast.overflow)
    return Kind(cast=cast, exact=slot + 1 in program.error_at), end.write, end.keep


def _target(program: Program, chain: Sequence[int]) -> int:
    """Fraction bits of what a sum becomes."""
    end = program.ops[chain[-1]].end
    return 0 if end is None else end.cast.to.frac


def _shift(program: Program) -> int:
    """Bits that the finest sum has below its cast's LSB."""
    shifts = []
    for chain in program.sums():
        terms = [program.ops[slot].frac for slot in chain]
        terms += [
            program.words[program.ops[s].base_word].frac for s in chain[:1] if _based(program, s)
        ]
        shifts.append(max(terms) - _target(program, chain))
    return max(shifts)


def _based(program: Program, slot: int) -> bool:
    return bool(program.ops[slot].base_word)


def _begins(program: Program, shift: int) -> dict[int, tuple[Base, str, int]]:
    found = {}
    for chain in program.sums():
        op = program.ops[chain[0]]
        up = 0
        if op.base_word:
            up = _target(program, chain) + shift - program.words[op.base_word].frac
        found[chain[0]] = (op.base, op.base_word, up)
    return found


def _drops(program: Program) -> dict[int, int]:
    """Bits of each error, by the slot that ends its sum."""
    found = {}
    for chain in program.sums():
        word = program.error_at.get(chain[-1] + 1)
        if word is not None:
            found[chain[-1]] = program.words[word].frac - _target(program, chain)
    return found


def _sum(programs: Sequence[Program], chain: Sequence[int], shift: int, dropped: int) -> Sum:
    """Range of a sum and what becomes of it."""
    ends = []
    for program in programs:
        frac = _target(program, chain) + shift
        base = program.ops[chain[0]].base_word
        lo = hi = 0
        if base:
            word = program.words[base]
            lo, hi = word.lo << (frac - word.frac), word.hi << (frac - word.frac)
        for slot in chain:
            op = program.ops[slot]
            word = program.words[op.read.word]
            products = [op.coeff * end << (frac - op.frac) for end in (word.lo, word.hi)]
            lo, hi = lo + min(products), hi + max(products)
        end = program.ops[chain[-1]].end
        if end is not None and end.reach is not None:
            least, most = end.reach.sums(frac)
            lo, hi = max(lo, least), min(hi, most)
        ends.append((lo, hi))
    found = _kind(programs[0], chain[-1])
    if found is None:
        raise ValueError(f"slot {chain[-1]} must end a sum")
    kind, write, keep = found
    return Sum(kind=kind, bounds=hull(ends), write=write, keep=keep, dropped=dropped)


def _aligned(
    programs: Sequence[Program], shift: int, width: int
) -> tuple[dict[int, tuple[int, ...]], dict[int, int]]:
    """Return coefficients shifted as far as they may grow, and the rest, to shift products by."""
    width = max([width, *(_bits(op.coeff) for program in programs for op in program.ops.values())])
    wanted: dict[int, list[int]] = {}
    for program in programs:
        for chain in program.sums():
            frac = _target(program, chain) + shift
            for slot in chain:
                wanted.setdefault(slot, []).append(frac - program.ops[slot].frac)
    # Each product may be lifted by a range of distances; few that lie in all ranges are wanted.
    ranges = {}
    for slot, ups in wanted.items():
        room = [width - _bits(program.ops[slot].coeff) for program in programs]
        least = max(0, *(up - space for up, space in zip(ups, room, strict=True)))
        ranges[slot] = min(least, *ups), min(ups)
    lifts = _stabbed(ranges)
    coeffs = {
        slot: tuple(
            program.ops[slot].coeff << (up - lifts[slot])
            for program, up in zip(programs, ups, strict=True)
        )
        for slot, ups in wanted.items()
    }
    return coeffs, lifts


def _stabbed(ranges: Mapping[int, Bounds]) -> dict[int, int]:
    """Choose a value in each range, as few different ones as there can be."""
    found: dict[int, int] = {}
    for slot, (_, hi) in sorted(ranges.items(), key=lambda item: item[1][1]):
        if slot not in found:
            found |= {
                other: hi
                for other, (least, most) in ranges.items()
                if other not in found and least <= hi <= most
            }
    return found


def _bits(coeff: int) -> int:
    """Bits of a coefficient in a table that holds negative ones too."""
    return shape_of(min(coeff, -1), coeff).width
