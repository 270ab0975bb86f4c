"""Sums cut in pieces, whose carries are counted beside the tree and added by who rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from amaranth.hdl import Cat, Const, Module, Value

from fxfir.rtl.arith.node import Exact, add, extend, register, shift_left, sized, wire
from fxfir.rtl.arith.tree import Term, sum_terms, tree_stage

__all__ = ["Carries", "Uncarried"]

_LEAST = 4
"""Bits of a piece: a shorter one gains nothing."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Uncarried:
    """A sum of which some carries are still to be added.

    Parameters
    ----------
    word : Exact
    carries : tuple of (int, Exact)
        Each a place and how many carries of weight 2**place are missing, lowest place first.
    """

    word: Exact
    carries: tuple[tuple[int, Exact], ...]

    @property
    def bounds(self) -> tuple[int, int]:
        """Range of the sum, if `word` falls short by what is missing and no more."""
        return self.word.lo + sum(count.hi << place for place, count in self.carries), self.word.hi

    def held(self, m: Module, name: str, *, en: Value) -> Uncarried:
        """Hold it in registers."""
        counts = ((p, register(m, x, f"{name}_c{p}", en=en)) for p, x in self.carries)
        return Uncarried(word=register(m, self.word, name, en=en), carries=tuple(counts))


class Carries:
    """The carries between the pieces of a tree's first sums.

    Terms that come from far leave no time for a carry through the whole of their sum. It is cut
    at fixed places, so that all the carries of one place have one weight. They join no sum of the
    tree, since its adders have no free input there, and waiting for them would hold every upper
    piece for another stage. A small tree counts them, and the adder that rounds takes their number.

    Parameters
    ----------
    places : sequence of int
        Weights 2**place of the cuts, ascending.
    last : int
        Stage of the register that the root enters.
    """

    def __init__(self, places: Sequence[int], *, last: int) -> None:
        self._places = tuple(places)
        self._last = last
        self._held: dict[int, dict[int, list[Exact]]] = {}

    def add(self, m: Module, a: Term, b: Term, *, stage: int, name: str, en: Value) -> Term | None:
        """Add two terms in pieces, or tell by None that it does not pay.

        Parameters
        ----------
        m : Module
        a, b : Term
        stage : int
            Of the register that the sum enters.
        name : str
            Of that register.
        en : Value
            One bit: the pipeline moves.
        """
        if a.minus or b.minus:
            return None
        shift = min(a.shift, b.shift)
        x, y = (shift_left(term.x, term.shift - shift) for term in (a, b))
        total = add(x, y)
        cuts = [place - shift for place in self._places]
        cuts = [cut for cut in cuts if _LEAST <= cut <= total.width - _LEAST]
        cuts = [cut for cut in cuts if self._in_time(cut + shift, stage)]
        if not (a.far or b.far):
            # Behind the first sums one cut is enough, at one place as long as it is in time there.
            middle = self._places[len(self._places) // 2] - shift if self._held else 0
            cuts = sorted(cuts, key=lambda cut: abs(cut - middle))[: bool(self._held)]
        if not cuts:
            return None
        ends = [0, *cuts]
        left, right = extend(x, total.width), extend(y, total.width)
        pieces = []
        for start, end in pairwise(ends):
            part = sized(left[start:end] + right[start:end], 0, (2 << (end - start)) - 2)
            part = wire(m, part, f"{name}_p{start + shift}")
            pieces.append(part.value[:-1])
            label = f"{name}_c{end + shift}"
            held = register(m, sized(part.value[-1], 0, 1), label, en=en)
            self._held.setdefault(end + shift, {}).setdefault(stage, []).append(held)
        top = ends[-1]
        high = add(_upper(x, total.width, top), _upper(y, total.width, top))
        word = Cat(*pieces, high.value)
        least = total.lo - sum(1 << end for end in cuts)
        kept = sized(word.as_signed() if high.signed else word, least, total.hi)
        return Term(x=kept, name=name, shift=shift)

    def _in_time(self, place: int, stage: int) -> bool:
        """Tell whether a carry more is counted when the root enters its register."""
        held = {k: len(bits) for k, bits in self._held.get(place, {}).items()}
        held[stage] = held.get(stage, 0) + 1
        return tree_stage(_groups(held)) <= self._last

    def join(self, m: Module, total: Term, *, stage: int, en: Value) -> Exact | Uncarried:
        """Count the carries.

        Parameters
        ----------
        m : Module
        total : Term
            The sum without them.
        stage : int
            Of the register that the sum enters.
        en : Value
            One bit: the pipeline moves.

        Returns
        -------
        Exact or Uncarried
            What enters the registers of that stage; an Exact if no sum was cut.
        """
        if not self._held:
            return total.x
        counts = []
        for place, held in sorted(self._held.items()):
            name = f"carries{place}"
            entered, count = _counted(m, held, name, en=en)
            for k in range(entered, stage):
                count = register(m, count, f"{name}_z{k}", en=en)
            counts.append((place - total.shift, count))
        return Uncarried(word=total.x, carries=tuple(counts))


def _groups(held: Mapping[int, int]) -> list[int]:
    """Stages of the counts of four bits or fewer, from how many bits are held in each stage."""
    return [stage + 1 for stage, bits in held.items() for _ in range(-(-bits // 4))]


def _counted(
    m: Module, held: Mapping[int, list[Exact]], name: str, *, en: Value
) -> tuple[int, Exact]:
    """Return the sum of bits held in these stages, and the stage of the register it enters."""
    groups = _groups({stage: len(bits) for stage, bits in held.items()})
    arrivals: dict[int, list[Term]] = {}
    for stage, bits in held.items():
        for k in range(0, len(bits), 4):
            label = f"{name}_{stage + 1}_{k // 4}"
            count = _popcount([bit.value for bit in bits[k : k + 4]])
            if len(groups) == 1:
                return stage + 1, count
            term = Term(x=register(m, count, label, en=en), name=label)
            arrivals.setdefault(stage + 1, []).append(term)
    root = sum_terms(m, arrivals, en=en, root=name, prefix=f"{name}_sum")
    return tree_stage(groups), root.x


def _popcount(bits: Sequence[Value]) -> Exact:
    """Return the sum of up to four bits: each bit of it is one cell that sees them all."""
    odd, two, four = Const(0, 1), Const(0, 1), Const(len(bits) == 4, 1)
    for k, bit in enumerate(bits):
        odd ^= bit
        four &= bit
        for other in bits[:k]:
            two |= bit & other
    return sized(Cat(odd, two & ~four, four), 0, len(bits))


def _upper(x: Exact, width: int, place: int) -> Exact:
    bits = extend(x, width)[place:]
    return sized(bits.as_signed() if x.signed else bits, x.lo >> place, x.hi >> place)
