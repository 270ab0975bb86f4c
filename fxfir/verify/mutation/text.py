"""Mutants of the emitted text, token by token.

Every sized number, index, operator, condition and assignment of every module is broken in turn,
so the coverage does not depend on knowing what a line is for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from fxfir.verify.mutation.influence import steers
from fxfir.verify.mutation.mutant import Edit, Mutant, apply_edits
from fxfir.verify.mutation.tokens import (
    Kind,
    Literal,
    Region,
    Statement,
    Token,
    literal,
    statements,
)

__all__ = ["TEXT_MUTATORS", "text_mutants"]

_SWAPS = {
    "+": ("-",),
    "-": ("+",),
    "&": ("|",),
    "|": ("&",),
    "^": ("&",),
    "==": ("!=",),
    "!=": ("==",),
    "<": ("<=", ">="),
    ">": (">=", "<="),
    ">=": (">",),
    "&&": ("||",),
    "||": ("&&",),
    "<<<": (">>>",),
    ">>>": ("<<<", ">>"),
    "*": ("+",),
}
_OPENING = {"(", "{", "[", "=", "?", ":", ",", "&", "|", "~", "<=", "^", "==", "<", "+", "-"}
"""After one of these an operator is a unary one."""

Found = Iterator[tuple[str, str, tuple[Edit, ...], str | None]]


def text_mutants(text: str) -> Iterator[Mutant]:
    """Yield all mutants of a text, each text once, none equal to the original.

    Parameters
    ----------
    text : str
        Verilog as `fxfir.emit` writes it.
    """
    seen = {text}
    parsed = statements(text)
    for mutator in TEXT_MUTATORS.values():
        for kind, what, edits, register in mutator(text, parsed):
            mutated = apply_edits(text, *edits)
            if mutated not in seen:
                seen.add(mutated)
                line = text.count("\n", 0, edits[0].start) + 1
                yield Mutant(
                    kind=kind, where=f"line {line}: {what}", text=mutated, register=register
                )


def constants(text: str, parsed: Sequence[Statement]) -> Found:
    """Each bit of every sized number: coefficients, rounding and saturation constants, values of
    counters. Reset and power-up values of registers that only hold data are wrong as a whole, see
    `_wrong_word`; constants in memories are coefficients.
    """
    control = steers(parsed)
    for s in parsed:
        if s.region in (Region.HEADER, Region.DECLARATION):
            continue
        memory = _is_table_word(s)
        if s.region is Region.INITIAL and not memory:
            continue
        if s.region is Region.CLOCKED and len(s.tokens) == 4 and s.head not in control:
            number = literal(s.tokens[2].text)
            if number is not None:
                new = _wrong_word(number)
                yield "reset value", f"{s.head} becomes {new}", (_swap(s.tokens[2], new),), None
                continue
        kind = "coefficient bit" if memory or s.find("*") is not None else "constant bit"
        for t in s.tokens:
            number = literal(t.text) if t.kind is Kind.NUMBER else None
            if number is None:
                continue
            for bit in range(number.width):
                new = str(number.flipped(bit))
                yield kind, f"{t.text} becomes {new}", (_swap(t, new),), None


def power_up(text: str, parsed: Sequence[Statement]) -> Found:
    """The power-up value of a register, or of all words of a memory, wrong as a whole."""
    for s in parsed:
        at = s.find("=")
        if s.region is not Region.INITIAL or at is None or _is_table_word(s):
            continue
        t = s.tokens[at + 1]
        number = literal(t.text)
        if number is None or s.head in ("for", "if"):
            continue
        new = _wrong_word(number)
        yield "power-up value", f"{s.head} starts with {new}", (_swap(t, new),), s.head


def widths(text: str, parsed: Sequence[Statement]) -> Found:
    """Declared widths one bit narrower, bit indices one off, replications one off."""
    for s in parsed:
        if s.region is Region.HEADER:
            continue
        declared = s.tokens[0].text in ("reg", "wire")
        cut = s.find("=") if declared and s.region is Region.WIRE else None
        for k, t in enumerate(s.tokens):
            if t.kind is not Kind.NUMBER or literal(t.text) is not None:
                continue
            before = s.tokens[k - 1].text if k else ""
            after = s.tokens[k + 1].text if k + 1 < len(s.tokens) else ""
            value = int(t.text)
            in_declaration = declared and (cut is None or k < cut)
            if in_declaration:
                if before == "[" and value > 0:
                    yield "width", f"[{value}: becomes [{value - 1}:", (_swap(t, value - 1),), None
            elif before in ("[", ":") and after in ("]", ":"):
                for new in (value - 1, value + 1):
                    if new >= 0:
                        yield "bit index", f"{value} becomes {new}", (_swap(t, new),), None
            elif before == "{" and after == "{":
                for new in (value - 1, value + 1):
                    if new >= 1:
                        yield "width", f"{{{value}{{ becomes {{{new}{{", (_swap(t, new),), None


def operators(text: str, parsed: Sequence[Statement]) -> Found:
    """Binary operators exchanged, reductions exchanged, inversions left out, operands inverted."""
    for s in parsed:
        if s.region in (Region.HEADER, Region.DECLARATION, Region.INITIAL):
            continue
        start = _value_start(s)
        for k in range(start, len(s.tokens)):
            t = s.tokens[k]
            before = s.tokens[k - 1].text if k else "="
            unary = before in _OPENING
            if t.kind is Kind.NAME and before not in ("[", ":") and not t.text.startswith("$"):
                after = s.tokens[k + 1].text if k + 1 < len(s.tokens) else ""
                if before in ("&", "|", "~", "=", "(", "<=") and after in ("&", "|", ")", ";", "?"):
                    yield (
                        "inverted term",
                        f"{t.text} becomes ~{t.text}",
                        (Edit(start=t.start, end=t.end, new=f"(~{t.text})"),),
                        None,
                    )
            if t.kind is not Kind.OPERATOR:
                continue
            if t.text == "~":
                yield "inversion left out", "~ left out", (_swap(t, ""),), None
            elif t.text == "-" and unary:
                yield "coefficient sign", "- left out", (_swap(t, ""),), None
            else:
                for new in _SWAPS.get(t.text, ()):
                    yield "operator", f"{t.text} becomes {new}", (_swap(t, new),), None


def conditions(text: str, parsed: Sequence[Statement]) -> Found:
    """Enables and resets that always hold, never hold or are inverted."""
    for s in parsed:
        if s.region is not Region.CLOCKED or s.head != "if":
            continue
        first, last = s.tokens[1], s.tokens[-1]
        whole = text[first.start : last.end]
        for new in ("(1'b1)", "(1'b0)", f"(!{whole})"):
            edit = Edit(start=first.start, end=last.end, new=new)
            yield "condition", f"if {whole} becomes if {new}", (edit,), None


def registers(text: str, parsed: Sequence[Statement]) -> Found:
    """A register that keeps its value, has one more in front of it, or skips the one before."""
    values = {
        s.head: text[s.tokens[2].start : s.tokens[-1].start]
        for s in parsed
        if s.region is Region.CLOCKED and len(s.tokens) > 3 and s.tokens[1].text == "<="
    }
    counts: dict[str, int] = {}
    for s in parsed:
        if s.region is Region.CLOCKED:
            counts[s.head] = counts.get(s.head, 0) + 1
    shapes = _shapes(text, parsed)
    for s in parsed:
        at = s.find("<=")
        if s.region is not Region.CLOCKED or s.head in ("if", "for", "always") or at is None:
            continue
        name = s.head
        whole = Edit(start=s.tokens[0].start, end=s.tokens[-1].end, new=";")
        yield "assignment left out", f"{name} keeps its value", (whole,), None
        if at != 1:
            continue
        value = text[s.tokens[2].start : s.tokens[-1].start]
        shape = shapes.get(name)
        # A constant delayed is the constant, so only values that move are delayed.
        if shape is not None and any(t.kind is Kind.NAME for t in s.tokens[2:]):
            extra = f"{name}_mutant <= {value}; {name} <= {name}_mutant;"
            place = _declarations(text, parsed, s.module)
            yield (
                "register added",
                f"{name} comes one edge later",
                (
                    Edit(start=place, end=place, new=f"reg {shape}{name}_mutant = 0;\n    "),
                    Edit(start=s.tokens[0].start, end=s.tokens[-1].end, new=f"begin {extra} end"),
                ),
                None,
            )
        if len(s.tokens) == 4 and counts.get(value, 0) == 1 and value in values:
            yield (
                "register left out",
                f"{name} takes {values[value]} directly",
                (Edit(start=s.tokens[2].start, end=s.tokens[-1].start, new=values[value]),),
                None,
            )


TEXT_MUTATORS: dict[str, Callable[[str, Sequence[Statement]], Found]] = {
    "constants": constants,
    "power_up": power_up,
    "widths": widths,
    "operators": operators,
    "conditions": conditions,
    "registers": registers,
}


def _is_table_word(s: Statement) -> bool:
    """True for `taps[3] = ...` at power-up: a constant, where `samples[k] = ...` is a state."""
    return (
        s.region is Region.INITIAL
        and len(s.tokens) > 3
        and s.tokens[1].text == "["
        and s.tokens[2].kind is Kind.NUMBER
    )


def _wrong_word(number: Literal) -> str:
    """Every other bit wrong, bit 0 among them: two thirds of the range away, never a sign alone.

    One wrong low bit in data that a reset left behind is a real defect, but one that rounding
    hides for nearly all inputs; it says nothing about a bench.
    """
    mask = int("01" * 64, 2) & ((1 << number.width) - 1)
    return f"{number.width}'{'s' if number.signed else ''}h{number.value ^ mask:x}"


def _swap(token: Token, new: object) -> Edit:
    return Edit(start=token.start, end=token.end, new=str(new))


def _value_start(s: Statement) -> int:
    """Index of the first token of what is assigned or asked."""
    if s.head in ("if", "for", "always"):
        return 1
    for k, t in enumerate(s.tokens):
        if t.text in ("=", "<="):
            return k + 1
    return len(s.tokens)


def _shapes(text: str, parsed: Sequence[Statement]) -> dict[str, str]:
    """Declared shape of each register: `signed [7:0] `; memories are left out."""
    shapes: dict[str, str] = {}
    for s in parsed:
        if s.region is Region.DECLARATION and s.head == "reg":
            k = 1
            while s.tokens[k].text == "signed" or s.tokens[k].text == "[":
                k = k + 1 if s.tokens[k].text == "signed" else k + 5
            shape = text[s.tokens[1].start : s.tokens[k].start]
            for j in range(k, len(s.tokens) - 1):
                if s.tokens[j].kind is Kind.NAME and s.tokens[j + 1].text in (",", ";"):
                    shapes[s.tokens[j].text] = shape
        if s.region is Region.HEADER:
            for j, t in enumerate(s.tokens):
                if t.text == "reg" and s.tokens[j - 1].text == "output":
                    k = j + 1
                    while s.tokens[k].text in ("signed", "["):
                        k = k + 1 if s.tokens[k].text == "signed" else k + 5
                    shapes[s.tokens[k].text] = text[s.tokens[j + 1].start : s.tokens[k].start]
    return shapes


def _declarations(text: str, parsed: Sequence[Statement], module: int) -> int:
    """Offset of the first statement behind the header of a module."""
    inside = [s for s in parsed if s.module == module and s.region is not Region.HEADER]
    return inside[0].tokens[0].start
