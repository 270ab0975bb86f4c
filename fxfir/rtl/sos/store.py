"""A small memory of numbers that is never cleared, read through two registers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib.memory import Memory, MemoryData

from fxfir.rtl.arith import node
from fxfir.rtl.arith.blockram import block_memory
from fxfir.rtl.arith.node import Exact
from fxfir.rtl.sos.plan import Bounds, hull

__all__ = ["MEMORIES", "Store", "place_among", "power_of_two"]

MEMORIES = ("distributed", "block")
"""What the samples are kept in; both take two edges from an address to a register."""


class Store:
    """One read and one write port; a word must not be read at the edge that writes it.

    Parameters
    ----------
    m : Module
    name : str
        Name of the memory and prefix of its ports.
    words : sequence of tuple of int
        Ranges of what it holds; a memory word is wide enough for all.
    depth : int
        Memory words, a power of two.
    memory : str
        One of `MEMORIES`.
    ce : Value
        The machine moves at the next edge.
    target : str
    platform : object
        What `elaborate` was given.

    Attributes
    ----------
    word : Exact
        What was read: the word of the address two moves ago, in a register.
    """

    def __init__(
        self,
        m: Module,
        name: str,
        words: Sequence[Bounds],
        *,
        depth: int,
        memory: str,
        ce: Value,
        target: str,
        platform: Any,
    ) -> None:
        self._m = m
        self._ce = ce
        lo, hi = hull(words)
        shape = node.shape_of(lo, hi)
        bits = range(depth)
        self._read_at = Signal(bits, name=f"{name}_read_at")
        self._write_at = Signal(bits, name=f"{name}_write_at")
        self._write = Signal(name=f"{name}_write")
        self._write_word = Signal(shape, name=f"{name}_write_word")
        if memory == "block":
            word = block_memory(
                m,
                name,
                shape=shape,
                depth=depth,
                write=self._write,
                write_at=self._write_at,
                write_word=self._write_word,
                read_at=self._read_at,
                read=f"{name}_word",
                en=ce,
                target=target,
                platform=platform,
            )
        else:
            word = self._distributed(name, shape, depth)
        self.word = node.sized(word, lo, hi)

    def _distributed(self, name: str, shape: Any, depth: int) -> Signal:
        """Build a memory of look-up tables between registers of the address and of the word."""
        m = self._m
        m.submodules[name] = memory = Memory(
            data=MemoryData(shape=shape, depth=depth, init=[]),
            attrs={"ram_style": "distributed"},
        )
        sink, source = memory.write_port(), memory.read_port(domain="comb")
        at = Signal(range(depth), name=f"{name}_at", reset_less=True)
        word = Signal(shape, name=f"{name}_word", reset_less=True)
        m.d.comb += [
            sink.addr.eq(self._write_at),
            sink.data.eq(self._write_word),
            sink.en.eq(self._write),
            source.addr.eq(at),
        ]
        with m.If(self._ce):
            m.d.sync += [at.eq(self._read_at), word.eq(source.data)]
        return word

    def read(self, address: Value) -> None:
        """Say what to read."""
        self._m.d.comb += self._read_at.eq(address)

    def write(self, address: Value, word: Exact, en: Value) -> None:
        """Write at the next edge at which the machine moves.

        Parameters
        ----------
        address : Value
        word : Exact
            While `en` is 1 within the range of the memory's words, otherwise anything.
        en : Value
        """
        width = len(self._write_word)
        self._m.d.comb += [
            self._write_at.eq(address),
            self._write.eq(self._ce & en),
            self._write_word.eq(node.extend(word, max(width, word.width))[:width]),
        ]


def power_of_two(count: int) -> int:
    """Least power of two that is not below a count."""
    return 1 << (count - 1).bit_length()


def place_among(place: Value, words: Sequence[str]) -> Value:
    """Return a place among so many words with all bits of its address."""
    bits = (len(words) - 1).bit_length()
    return Cat(place, Const(0, bits))[:bits]
