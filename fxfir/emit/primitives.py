"""Memories and black boxes as text."""

from __future__ import annotations

from itertools import pairwise

from fxfir.emit.clocked import indented
from fxfir.emit.expression import Texts, literal
from fxfir.emit.flatten import as_bits
from fxfir.emit.netlist import Bits, Instance, Memory, ReadPort, WritePort
from fxfir.emit.wrap import INDENT, attributes, parameter, wrap
from fxfir.errors import NetlistError

__all__ = ["instance_lines", "memory_block", "memory_fill"]


def memory_fill(memory: Memory, name: str, signed: bool) -> list[str]:
    """Initial contents; ``$index`` stands for the loop counter."""
    words = [literal(as_bits(word, memory.width), signed) for word in memory.init]
    if len(set(words)) == 1:
        value = words[0]
        head = f"for ($index = 0; $index < {memory.depth}; $index = $index + 1) begin"
        return [head, f"{INDENT}{name}[$index] = {value};", "end"]
    return [f"{name}[{k}] = {word};" for k, word in enumerate(words)]


def memory_block(memory: Memory, name: str, texts: Texts) -> list[str]:
    """The clocked block of a memory: its writes, then its clocked reads, in one place.

    Synthesis tools know this shape as a block memory. A read gives the old word, unless the port
    is transparent for a write to the same address.
    """
    clocked = [read for read in memory.reads if read.clk is not None]
    clocks = {(w.clk, w.rising) for w in memory.writes} | {(r.clk, r.rising) for r in clocked}
    if not clocks:
        return []
    if len(clocks) > 1:
        raise NetlistError(f"a memory must have one clock, got {len(clocks)} for {name}")
    ((clk, rising),) = clocks
    lines: list[str] = []
    for write in memory.writes:
        lines += _write(write, name, texts)
    for read in clocked:
        lines += _read(read, memory, name, texts)
    edge = "posedge" if rising else "negedge"
    event = f"{edge} {texts.vector((clk or 0,)).text}"
    return [f"always @({event}) begin", *indented(lines), "end"]


def _write(write: WritePort, name: str, texts: Texts) -> list[str]:
    lines: list[str] = []
    where = f"{name}[{texts.unsigned(write.addr)}]"
    for low, high in _runs(write.en):
        en = write.en[low]
        if en == 0:
            continue
        if high - low == len(write.data):
            text = f"{where} <= {texts.value(write.data)};"
        else:
            part = f"[{high - 1}:{low}]" if high - low > 1 else f"[{low}]"
            text = f"{where}{part} <= {texts.vector(write.data[low:high]).text};"
        if en == 1:
            lines += wrap(text)
        else:
            head = f"if ({texts.vector((en,)).text}) begin"
            lines += [head, *indented(wrap(text)), "end"]
    return lines


def _read(read: ReadPort, memory: Memory, name: str, texts: Texts) -> list[str]:
    signal = texts.plan.whole[read.data]
    addr = texts.unsigned(read.addr)
    lines = wrap(f"{signal.name} <= {name}[{addr}];")
    for k in read.transparent:
        # The last assignment wins: the word being written passes through.
        write = memory.writes[k]
        same = f"{texts.vector(write.addr).text} == {addr}"
        for low, high in _runs(write.en):
            en = write.en[low]
            if en == 0:
                continue
            test = same if en == 1 else f"{texts.vector((en,)).text} && {same}"
            part = "" if high - low == memory.width else f"[{high - 1}:{low}]"
            text = f"{signal.name}{part} <= {texts.vector(write.data[low:high]).text};"
            lines += [*wrap(f"if ({test}) begin"), *indented(wrap(text)), "end"]
    en = read.en[0]
    if en == 1:
        return lines
    return [f"if ({texts.vector((en,)).text}) begin", *indented(lines), "end"]


def _runs(en: Bits) -> list[tuple[int, int]]:
    """Ranges of data bits under one enable."""
    cuts = [0, *(k for k in range(1, len(en)) if en[k] != en[k - 1]), len(en)]
    return list(pairwise(cuts))


def instance_lines(box: Instance, name: str, texts: Texts) -> list[str]:
    """Lines of a black box, every port connected by name."""
    values = [f".{key}({parameter(value)})" for key, value in box.parameters.items()]
    ports = [f".{key}({texts.vector(bits).text})" for key, bits in box.inputs.items()]
    ports += [f".{key}({texts.plan.whole[bits].name})" for key, bits in box.outputs.items()]
    lines = [f"{attributes(box.attributes)}{box.kind} " + ("#(" if values else f"{name} (")]
    if values:
        lines += [f"{INDENT}{v}," for v in values]
        lines[-1] = lines[-1][:-1]
        lines.append(f") {name} (")
    lines += [f"{INDENT}{p}," for p in ports]
    if ports:
        lines[-1] = lines[-1][:-1]
    return [*lines, ");"]
