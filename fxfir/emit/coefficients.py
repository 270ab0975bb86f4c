"""`coefficients.csv`: every coefficient of a core, as integer and as exact value."""

from __future__ import annotations

from collections.abc import Iterator

from fxfir.filters import (
    Bank,
    Clip,
    FirMatrix,
    FixedFir,
    FixedSos,
    Interleave,
    Node,
    Parallel,
    Requantise,
    Select,
    Series,
    StateSpace,
    Sum,
    SwitchedFir,
    Table,
)
from fxfir.fixed import Format

__all__ = ["coefficients_text"]

Row = tuple[str, str, int, Format]


def coefficients_text(node: Node) -> str:
    """Return the file's text.

    Parameters
    ----------
    node : Node

    Returns
    -------
    str
        Columns: path of the filter inside the core ("0/1" is the second part of the first), name
        (tap index, set and tap index, or section and coefficient), integer, format, value. The
        value is the exact decimal, which every dyadic number has.
    """
    lines = ["filter,name,integer,format,value"]
    for path, name, word, fmt in _rows(node, ""):
        lines.append(f"{path},{name},{word},{fmt},{exact_decimal(word, fmt.frac)}")
    return "\n".join(lines) + "\n"


def exact_decimal(word: int, frac: int) -> str:
    """Return word * 2**-frac in decimal digits, all of them.

    >>> exact_decimal(-3, 3), exact_decimal(5, -1), exact_decimal(8, 3)
    ('-0.375', '10', '1')
    """
    if frac <= 0:
        return str(word << -frac)
    # 2**-frac = 5**frac / 10**frac, so the digits are an integer product.
    digits = str(abs(word) * 5**frac).rjust(frac + 1, "0")
    text = f"{digits[:-frac]}.{digits[-frac:]}".rstrip("0").rstrip(".")
    return f"-{text}" if word < 0 else text


def _rows(node: Node, path: str) -> Iterator[Row]:
    match node:
        case FixedFir():
            for k, tap in enumerate(node.taps):
                yield path, str(k), tap, node.coeff
        case SwitchedFir():
            for k, row in enumerate(node.taps):
                for i, tap in enumerate(row):
                    yield path, f"{k}.{i}", tap, node.coeff
        case FirMatrix():
            for o, lanes in enumerate(node.taps):
                for i, taps in enumerate(lanes):
                    for k, tap in enumerate(taps):
                        yield path, f"{o}.{i}.{k}", tap, node.coeff
            for o, offset in enumerate(node.offsets):
                frac = node.input.frac + node.coeff.frac
                yield path, f"{o}.offset", offset, Format.holding(offset, offset, frac)
        case FixedSos():
            for k, section in enumerate(node.sections):
                if isinstance(section, StateSpace):
                    for name, word, fmt in section.words():
                        yield path, f"s{k}.{name}", word, fmt
                    continue
                for i, word in enumerate(section.b):
                    yield path, f"s{k}.b{i}", word, section.b_coeff
                for i, word in enumerate(section.a, start=1):
                    yield path, f"s{k}.a{i}", word, section.a_coeff
                for i, word in enumerate(section.feedback or (), start=1):
                    yield path, f"s{k}.e{i}", word, Format.holding(word, word, 0)
        case (
            Series(stages=parts)
            | Bank(filters=parts)
            | Parallel(filters=parts)
            | Interleave(filters=parts)
        ):
            for k, part in enumerate(parts):
                yield from _rows(part, f"{path}/{k}" if path else str(k))
        case Clip():
            yield path, "lo", node.lo, node.input
            yield path, "hi", node.hi, node.input
        case Table():
            for k, entry in enumerate(node.words):
                yield path, str(k), entry, node.to
        case Requantise() | Select() | Sum():
            return
