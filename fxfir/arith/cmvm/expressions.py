"""Sums of shifted, signed terms, and the elimination of pairs that occur in them more than once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from random import Random

__all__ = ["Expressions", "Pair"]

Position = tuple[int, int]
"""Node and shift."""


@dataclass(frozen=True, slots=True, order=True)
class Pair:
    """first + sign * second * 2**distance, whatever both are shifted by and whatever sign."""

    first: int
    second: int
    distance: int
    sign: int


class Expressions:
    """Rows of terms over numbered nodes; new nodes are pairs of terms.

    Parameters
    ----------
    rows : sequence of mapping of (node, shift) to sign
        Each row is the sum of sign * node * 2**shift, signs +1 or -1.
    n_nodes : int
        Nodes that exist; new ones are numbered from here.

    Attributes
    ----------
    rows : list of dict of (node, shift) to sign
    pairs : list of Pair
        New nodes: node n_nodes + k is pairs[k], shifted left by what makes it whole.
    """

    def __init__(self, rows: Sequence[dict[Position, int]], n_nodes: int) -> None:
        self.rows = [dict(row) for row in rows]
        self.n_nodes = n_nodes
        self.pairs: list[Pair] = []
        self._counts: Counter[Pair] = Counter()
        self._places: dict[Pair, Counter[int]] = {}
        self._heap: list[tuple[int, float, Pair]] = []
        for index, row in enumerate(self.rows):
            terms = list(row.items())
            for k, (position, sign) in enumerate(terms):
                for other, other_sign in terms[:k]:
                    self._count(index, _pair(other, other_sign, position, sign))

    @property
    def n_adders(self) -> int:
        """Adders of all pairs and of the sums that are left."""
        return len(self.pairs) + sum(max(len(row) - 1, 0) for row in self.rows)

    def eliminate(self, random: Random | None = None) -> None:
        """Replace the pair that occurs most, until none occurs twice.

        Parameters
        ----------
        random : Random, optional
            Which of equals comes first; without it, the lowest.
        """

        def entry(pair: Pair) -> tuple[int, float, Pair]:
            return -self._counts[pair], random.random() if random else 0.0, pair

        self._heap = [entry(p) for p in sorted(self._counts) if self._counts[p] > 1]
        heapify(self._heap)
        while self._heap:
            count, _, pair = heappop(self._heap)
            if self._counts[pair] != -count:
                if 1 < self._counts[pair] < -count:
                    heappush(self._heap, entry(pair))
                continue
            found = list(self._occurrences(pair))
            if len(found) > 1:
                for grown in self._replace(pair, found):
                    if self._counts[grown] > 1:
                        heappush(self._heap, entry(grown))

    def _occurrences(self, pair: Pair) -> Iterator[tuple[int, Position, Position]]:
        """Yield row and both positions of each occurrence; none shares a term with another."""
        for index in sorted(self._places[pair]):
            row = self.rows[index]
            used: set[Position] = set()
            for position in sorted(row):
                other = (pair.second, position[1] + pair.distance)
                if (
                    position[0] == pair.first
                    and row.get(other, 0) * row[position] == pair.sign
                    and other != position
                    and used.isdisjoint((position, other))
                ):
                    used |= {position, other}
                    yield index, position, other

    def _replace(self, pair: Pair, found: Sequence[tuple[int, Position, Position]]) -> list[Pair]:
        """Make the pair a node and return the pairs that may now occur more often."""
        node = self.n_nodes + len(self.pairs)
        self.pairs.append(pair)
        grown: dict[Pair, None] = {}
        for index, position, other in found:
            row = self.rows[index]
            # A sum of two equal new terms may have moved or cancelled one of these.
            if row.get(position, 0) * row.get(other, 0) == pair.sign:
                sign = row[position]
                self._remove(index, position)
                self._remove(index, other)
                new = (node, min(position[1], other[1]))
                grown |= dict.fromkeys(self._insert(index, new, sign))
        return list(grown)

    def _remove(self, index: int, position: Position) -> None:
        row = self.rows[index]
        sign = row.pop(position)
        for other, other_sign in row.items():
            pair = _pair(position, sign, other, other_sign)
            places = self._places[pair]
            self._counts[pair] -= 1
            places[index] -= 1
            if not places[index]:
                del places[index]

    def _insert(self, index: int, position: Position, sign: int) -> list[Pair]:
        """Add a term to a row; equal terms make one of the next higher shift, or nothing."""
        row = self.rows[index]
        while position in row:
            held = row[position]
            self._remove(index, position)
            if held != sign:
                return []
            position = (position[0], position[1] + 1)
        grown = [_pair(position, sign, other, held) for other, held in row.items()]
        for pair in grown:
            self._count(index, pair)
        row[position] = sign
        return grown

    def _count(self, index: int, pair: Pair) -> None:
        self._counts[pair] += 1
        self._places.setdefault(pair, Counter())[index] += 1


def _pair(first: Position, first_sign: int, second: Position, second_sign: int) -> Pair:
    if first > second:
        first, second = second, first
    return Pair(first[0], second[0], second[1] - first[1], first_sign * second_sign)
