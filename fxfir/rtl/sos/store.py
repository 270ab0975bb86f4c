"""A small memory of numbers that is never cleared."""

from __future__ import annotations

from collections.abc import Sequence

from amaranth.hdl import Module, Signal, Value
from amaranth.lib.memory import Memory, MemoryData

from fxfir.rtl.arith import node
from fxfir.rtl.arith.node import Exact
from fxfir.rtl.sos.program import Word

__all__ = ["Store"]


class Store:
    """One read and one write port; a word read while it is written is the old one.

    Parameters
    ----------
    m : Module
    name : str
        Name of the memory and prefix of its ports.
    words : sequence of Word
        Ranges of what it holds; a memory word is wide enough for all.
    copies : int
        Memory words for each of `words`.
    ce : Value
        The machine moves at the next edge.
    """

    def __init__(
        self, m: Module, name: str, words: Sequence[Word], *, copies: int, ce: Value
    ) -> None:
        self._m = m
        self._name = name
        self._ce = ce
        self.lo, self.hi = min(0, *(w.lo for w in words)), max(0, *(w.hi for w in words))
        shape = node.shape_of(self.lo, self.hi)
        # A single word would have an address of no bits.
        data = MemoryData(shape=shape, depth=max(2, copies * len(words)), init=[])
        self._memory = m.submodules[name] = Memory(data=data)

    def read(self, address: Value, exists: Value) -> Exact:
        """Read the word at `address`, one edge later.

        Parameters
        ----------
        address : Value
        exists : Value
            One bit, valid with the word: 0 makes it zero, since it is from before the reset.
        """
        port = self._memory.read_port()
        place = self._signal(len(port.addr), "read_at")
        self._m.d.comb += [
            place.eq(address),
            port.addr.eq(place),
            port.en.eq(self._ce),
        ]
        stored = node.sized(port.data, self.lo, self.hi)
        return node.select(exists, stored, node.constant(0))

    def write(self, address: Value, word: Exact, en: Value) -> None:
        """Write at the next edge at which the machine moves.

        Parameters
        ----------
        address : Value
        word : Exact
            While `en` is 1 within the range of the memory's words, otherwise anything.
        en : Value
        """
        port = self._memory.write_port()
        place = self._signal(len(port.addr), "write_at")
        enable = self._signal(1, "write")
        data = self._signal(len(port.data), "write_word")
        self._m.d.comb += [
            place.eq(address),
            enable.eq(self._ce & en),
            data.eq(node.extend(word, max(len(data), word.width))[: len(data)]),
            port.addr.eq(place),
            port.en.eq(enable),
            port.data.eq(data),
        ]

    def _signal(self, width: int, name: str) -> Signal:
        return Signal(width, name=f"{self._name}_{name}")
