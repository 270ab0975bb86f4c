"""The module text: ports, declarations, initial values, logic, clocked blocks, black boxes."""

from __future__ import annotations

from collections.abc import Sequence

from fxfir.emit.choice import segments, tree
from fxfir.emit.clocked import clocked_lines
from fxfir.emit.expression import Texts, literal
from fxfir.emit.names import natural
from fxfir.emit.netlist import Bits, Choice, Memory, Op, Register
from fxfir.emit.order import Drivers, sorted_by_stem, topological
from fxfir.emit.primitives import instance_lines, memory_block, memory_fill
from fxfir.emit.signals import Plan, Signal
from fxfir.emit.simplify import Driver
from fxfir.emit.statements import Always
from fxfir.emit.wrap import INDENT, attributes, fill, span, wrap

__all__ = ["Layout"]


class Layout:
    """Print a planned netlist.

    Parameters
    ----------
    plan : Plan
    always : list of Always
    skip : set of int
        Ids of choices that are written in clocked blocks.
    driven : dict of int to (Driver, int)
    steps : dict of int to int
        Distance of each driver from the inputs.
    """

    def __init__(
        self,
        plan: Plan,
        always: list[Always],
        skip: set[int],
        driven: Drivers,
        steps: dict[int, int],
    ) -> None:
        self.plan = plan
        self.netlist = plan.netlist
        self.always = always
        self.skip = skip
        self.driven = driven
        self.steps = steps
        self.logic: list[str] = []
        self.texts = Texts(plan, self._declare)
        self.memories = {id(m): plan.label(m.path) for m in self.netlist.memories}
        self.boxes = {id(b): plan.label(b.path) for b in self.netlist.instances}

    def text(self, name: str, header: Sequence[str]) -> str:
        """Return the whole module."""
        self._logic()
        clocked = [
            line
            for block in self.always
            for line in (*clocked_lines(block, self.plan, self.texts), "")
        ]
        for memory in self.netlist.memories:
            block = memory_block(memory, self.memories[id(memory)], self.texts)
            clocked += [*block, ""] if block else []
        boxes = [
            line
            for box in self.netlist.instances
            for line in (*instance_lines(box, self.boxes[id(box)], self.texts), "")
        ]
        outputs = self._outputs()
        lines = [f"// {line}".rstrip() for line in header]
        lines += self._head(name)
        for part in (self._declarations(), self._initial(), self.logic, boxes, clocked, outputs):
            while part and not part[-1]:
                part.pop()
            if part:
                lines += ["", *(INDENT + line if line else "" for line in part)]
        return "\n".join([*lines, "", "endmodule", ""])

    def _head(self, name: str) -> list[str]:
        rows = []
        for port in self.netlist.ports:
            signal = self.plan.whole.get(port.bits)
            own = signal is not None and signal.name == port.name
            kind = "reg" if own and signal is not None and signal.kind == "reg" else "wire"
            way = "input " if port.direction == "input" else "output"
            shape = "signed " * port.signed + span(len(port.bits))
            rows.append((f"{way} {kind:<4}", shape.strip(), port.name))
        if not rows:
            return [f"module {name};"]
        widest = max(len(shape) for _, shape, _ in rows)
        lines = [
            f"{INDENT}{head} {shape:<{widest}} {label}," if widest else f"{INDENT}{head} {label},"
            for head, shape, label in rows
        ]
        lines[-1] = lines[-1][:-1]
        return [f"module {name} (", *lines, ");"]

    def _declarations(self) -> list[str]:
        """Registers in runs of one shape and stem, then memories and what black boxes drive."""
        lines: list[str] = []
        run: list[str] = []
        last: tuple[str, str] | None = None
        ports = {port.name for port in self.netlist.ports}
        for bits, extra in self._registers():
            signal = self.plan.whole[bits]
            if signal.name in ports:
                continue
            shape = f"reg {'signed ' * signal.signed}{span(len(bits))}".rstrip()
            key = (attributes(extra) + shape, natural(signal.name)[0])
            if key != last and run and last is not None:
                lines += fill(last[0], run)
                run = []
            run.append(signal.name)
            last = key
        if run and last is not None:
            lines += fill(last[0], run)
        for memory in self.netlist.memories:
            sign = "signed " * self._holds_signed(memory)
            shape = f"reg {sign}{span(memory.width)}".rstrip()
            label = self.memories[id(memory)]
            words = f"[0:{memory.depth - 1}]"
            lines.append(f"{attributes(memory.attributes)}{shape} {label} {words};")
        for box in self.netlist.instances:
            for bits in box.outputs.values():
                signal = self.plan.whole[bits]
                if signal.name not in ports:
                    sign = "signed " * signal.signed
                    lines.append(f"wire {sign}{span(len(bits))}".rstrip() + f" {signal.name};")
        return lines

    def _registers(self) -> list[tuple[Bits, dict[str, str]]]:
        """Vectors held in registers, memory read registers included."""
        found = [(r.q, r.attributes) for r in self.netlist.registers]
        for memory in self.netlist.memories:
            found += [(read.data, {}) for read in memory.reads if read.clk is not None]
        return found

    def _initial(self) -> list[str]:
        rows = [
            f"{self.plan.whole[r.q].name} = {literal(r.init, self.plan.whole[r.q].signed)};"
            for r in self.netlist.registers
        ]
        body = [INDENT + row for row in rows]
        loop = False
        for memory in self.netlist.memories:
            name = self.memories[id(memory)]
            extra = memory_fill(memory, name, self._holds_signed(memory))
            loop |= any(line.startswith("for") for line in extra)
            body += [INDENT + line for line in extra]
        if not body:
            return []
        lines = ["initial begin", *body, "end"]
        if loop:
            counter = self.plan.table.take("k", "index")
            lines = [f"integer {counter};", *(line.replace("$index", counter) for line in lines)]
        return lines

    def _holds_signed(self, memory: Memory) -> bool:
        """Tell whether the words are read as signed numbers."""
        return all(self.plan.whole[read.data].signed for read in memory.reads)

    def _logic(self) -> None:
        """Wires in an order in which each is declared before it is read."""
        nodes: list[Driver] = list(self.netlist.ops)
        nodes += [c for c in self.netlist.choices if id(c) not in self.skip]
        nodes += [m for m in self.netlist.memories if any(r.clk is None for r in m.reads)]

        def name(node: Driver) -> str:
            signal = self.plan.whole.get(_result(node))
            return signal.name if signal else "~"

        far = len(self.steps) + 1
        nodes = sorted_by_stem(nodes, name, lambda n: self.steps.get(id(n), far))
        for node in topological(nodes, self.driven):
            if isinstance(node, Op):
                if node.y[0] not in self.plan.inline:
                    self._define(self.plan.whole[node.y], self.texts.operation(node, top=True).text)
            elif isinstance(node, Choice):
                self._choice(node)
            elif isinstance(node, Memory):
                for read in node.reads:
                    if read.clk is None:
                        where = self.texts.unsigned(read.addr)
                        text = f"{self.memories[id(node)]}[{where}]"
                        self._define(self.plan.whole[read.data], text)

    def _choice(self, choice: Choice) -> None:
        signal = self.plan.whole[choice.y]
        parts = segments(choice)
        if len(parts) == 1:
            self._define(signal, self.texts.choice(tree(choice, 0, len(choice.y))))
            return
        texts = [self.texts.choice(tree(choice, low, high)) for low, high in parts]
        if not self._is_port(signal):
            sign = "signed " * signal.signed
            self.logic.append(f"wire {sign}{span(len(signal.bits))} {signal.name};")
        for (low, high), text in zip(parts, texts, strict=True):
            where = f"[{high - 1}:{low}]" if high - low > 1 else f"[{low}]"
            self.logic += wrap(f"assign {signal.name}{where} = {text};")

    def _define(self, signal: Signal, text: str) -> None:
        if self._is_port(signal):
            self.logic += wrap(f"assign {signal.name} = {text};")
        else:
            self._declare(signal, text)

    def _declare(self, signal: Signal, text: str) -> None:
        shape = f"wire {'signed ' * signal.signed}{span(len(signal.bits))}".rstrip()
        self.logic += wrap(f"{shape} {signal.name} = {text};")

    def _is_port(self, signal: Signal) -> bool:
        return any(port.name == signal.name for port in self.netlist.ports)

    def _outputs(self) -> list[str]:
        lines = []
        for port in self.netlist.ports:
            signal = self.plan.whole.get(port.bits)
            if port.direction == "output" and (signal is None or signal.name != port.name):
                lines += wrap(f"assign {port.name} = {self.texts.value(port.bits)};")
        return lines


def _result(node: Driver) -> Bits:
    match node:
        case Op() | Choice():
            return node.y
        case Memory():
            return node.reads[0].data
        case Register():
            return node.q
        case _:
            return ()
