"""Small pieces of layout shared by the printers."""

from __future__ import annotations

from fxfir.emit.rtlil import string

__all__ = ["INDENT", "attributes", "fill", "span", "wrap"]

INDENT = "    "
_WIDTH = 96


def span(width: int) -> str:
    """Range of a vector, nothing for one bit.

    >>> span(8), span(1)
    ('[7:0]', '')
    """
    return f"[{width - 1}:0]" if width > 1 else ""


def wrap(text: str) -> list[str]:
    """Break a long statement at spaces; continuation lines are indented."""
    if len(text) <= _WIDTH:
        return [text]
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > _WIDTH:
            lines.append(line)
            line = INDENT + word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]


def fill(head: str, names: list[str]) -> list[str]:
    """Declare many names of one shape: ``reg [7:0] a, b, c;``."""
    lines: list[str] = []
    line = f"{head} "
    for k, name in enumerate(names):
        word = name + (";" if k + 1 == len(names) else ",")
        if len(line) + len(word) > _WIDTH and line.strip() != head:
            lines.append(line.rstrip())
            line = INDENT
        line += f"{word} "
    return [*lines, line.rstrip()]


def attributes(values: dict[str, str]) -> str:
    """Verilog attributes in front of a declaration; values are RTLIL text."""
    if not values:
        return ""
    words = [f"{name} = {parameter(value)}" for name, value in sorted(values.items())]
    return f"(* {', '.join(words)} *) "


def parameter(text: str) -> str:
    """RTLIL parameter value -> Verilog.

    >>> parameter('"foo"'), parameter("3"), parameter("4'0101"), parameter('real "1.5"')
    ('"foo"', '3', "4'b0101", '1.5')
    """
    mark, _, value = text.partition(" ")
    if mark == "real":
        return value.strip('"')
    if mark == "signed":
        width, _, digits = value.partition("'")
        number = int(digits, 2)
        if digits[0] == "1":
            return f"-{width}'sd{(1 << int(width)) - number}"
        return f"{width}'sd{number}"
    if text.startswith('"'):
        escaped = string(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    width, quote, digits = text.partition("'")
    return f"{width}'b{digits}" if quote else text
