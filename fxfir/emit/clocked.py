"""Clocked blocks as text."""

from __future__ import annotations

from fxfir.emit.expression import Texts, literal
from fxfir.emit.netlist import Bits
from fxfir.emit.signals import Plan
from fxfir.emit.statements import Always, Condition, If, Set
from fxfir.emit.wrap import INDENT, wrap

__all__ = ["clocked_lines", "indented"]


def clocked_lines(block: Always, plan: Plan, texts: Texts) -> list[str]:
    """Lines of one ``always`` block."""
    edge = "posedge" if block.rising else "negedge"
    events = f"{edge} {texts.vector((block.clk,)).text}"
    if block.arst:
        events += f" or posedge {texts.vector((block.arst,)).text}"
    body = _Printer(plan, texts).body(block.body)
    return [f"always @({events}) begin", *indented(body), "end"]


def indented(lines: list[str]) -> list[str]:
    """Lines one step further to the right."""
    return [INDENT + line for line in lines]


class _Printer:
    def __init__(self, plan: Plan, texts: Texts) -> None:
        self.plan = plan
        self.texts = texts

    def body(self, body: list[Set | If]) -> list[str]:
        lines: list[str] = []
        for statement in body:
            if isinstance(statement, Set):
                lines += self.set(statement)
            else:
                lines += self.case(statement) or self.chain(statement)
        return lines

    def set(self, statement: Set) -> list[str]:
        register, low, rhs = statement.register, statement.low, statement.rhs
        signal = self.plan.whole[register.q]
        width = len(rhs)
        name = signal.name
        if width < len(register.q):
            name += f"[{low}]" if width == 1 else f"[{low + width - 1}:{low}]"
            text = self.texts.value(rhs)
        elif max(rhs) < 2:
            text = literal(rhs, signal.signed)
        else:
            text = self.texts.value(rhs)
        return wrap(f"{name} <= {text};")

    def chain(self, statement: If) -> list[str]:
        lines: list[str] = []
        for k, (test, inner) in enumerate(statement.branches):
            head = "end else " if k else ""
            if test is not None:
                head += f"if ({self.texts.condition(test)}) "
            lines += [*wrap(f"{head}begin"), *indented(self.body(inner))]
        return [*lines, "end"]

    def case(self, statement: If) -> list[str]:
        """Print a chain that compares one vector with constants as a ``case``, else nothing."""
        tests = [test for test, _ in statement.branches if test is not None]
        bits = _compared(tests)
        if bits is None or len(tests) < 3:
            return []
        lines = [f"case ({self.texts.unsigned(bits)})"]
        default = False
        for test, inner in statement.branches:
            if test is None:
                label, default = "default", True
            else:
                values = [tuple(want for _, want in reversed(row)) for row in test]
                label = ", ".join(literal(value, False) for value in values)
            lines += indented([*wrap(f"{label}: begin"), *indented(self.body(inner)), "end"])
        if not default:
            lines.append(f"{INDENT}default: begin end")
        return [*lines, "endcase"]


def _compared(tests: list[Condition]) -> Bits | None:
    """The vector that all conditions compare with constants, each constant once."""
    rows = [row for test in tests for row in test]
    vectors = {tuple(bit for bit, _ in reversed(row)) for row in rows}
    if len(vectors) != 1 or len(set(rows)) != len(rows):
        return None
    (bits,) = vectors
    return bits if len(bits) > 1 else None
