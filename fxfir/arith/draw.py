"""Drawing an adder graph as SVG: a column for each level, wires with their shifts and signs."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from fxfir.arith.adder import Form, Term
from fxfir.arith.graph import AdderGraph

__all__ = ["draw_graph"]

_COLUMN, _ROW, _MARGIN = 170, 42, 24
_WIDTH, _HEIGHT = 92, 28
_PORT = 7
_SWEEPS = 4
_LONGEST = 12
_STYLE = (
    "text{font:13px sans-serif;fill:#1b1f24;text-anchor:middle;dominant-baseline:central}"
    ".wire{fill:none;stroke:#8a94a0;stroke-width:1.4}.minus{stroke:#c2410c}"
    ".shift{font-size:11px;fill:#57606a;text-anchor:end}.shift.minus{fill:#c2410c;stroke:none}"
    ".node{fill:#eef4fb;stroke:#3b6ea5}.input{fill:#f3f4f6;stroke:#6b7280}"
    ".output{fill:#edf7ee;stroke:#3f8f4f}"
)

Spot = tuple[int, int]
"""A node in a column: its own, or one that its value passes on the way to a later reader."""


def draw_graph(
    graph: AdderGraph,
    *,
    inputs: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
) -> str:
    """Return a picture of a graph: inputs left, a column for each level of adders, outputs right.

    A box carries its value where that is short, and its linear form where the pointer rests on it.
    A wire is labelled where it is read: `<<2`, `>>1` where zeros are dropped, `-` and red where it
    is subtracted. Wires pass columns between the boxes, not behind them.

    Parameters
    ----------
    graph : AdderGraph
    inputs, outputs : sequence of str, shapes (n_inputs,) and (n_outputs,), optional
        Names. Inputs are x, or x0, x1, ...; an output without a name shows its value.

    Returns
    -------
    str
        SVG 1.1; the same for the same graph.

    Examples
    --------
    >>> from fxfir.arith.csd import csd_graph
    >>> draw_graph(csd_graph([5, 7])).count('class="node"')
    2
    """
    plain = ["x"] if graph.n_inputs == 1 else [f"x{k}" for k in range(graph.n_inputs)]
    names = list(inputs or plain)
    last = graph.depth + 1
    reads = _reads(graph)
    columns = _columns(graph, reads)
    rows = max(max(map(len, columns)), graph.n_outputs)
    place = {
        spot: (_MARGIN + _WIDTH / 2 + spot[1] * _COLUMN, _height(k, len(column), rows))
        for column in columns
        for k, spot in enumerate(column)
    }
    # A value that leaves the graph is kept until the last level.
    heights = [-1.0 if t is None else place[t.node, graph.depth][1] for t in graph.outputs]
    order = sorted(range(graph.n_outputs), key=lambda k: (heights[k], k))
    x = _MARGIN + _WIDTH / 2 + last * _COLUMN
    ends = {k: (x, _height(row, len(order), rows)) for row, k in enumerate(order)}
    body = [
        _curve(place[spot], place[spot[0], spot[1] + 1], _WIDTH / 2, 0)
        + _line(place[spot[0], spot[1] + 1])
        for column in columns
        for spot in column
        if (spot[0], spot[1] + 1) in place
    ]
    for reader, level, ports in reads:
        for term, port in ports:
            to = place[reader, level] if reader >= 0 else ends[-1 - reader]
            source = place[term.node, level - 1]
            body.append(_wire(source, (to[0], to[1] + port), term))
    levels = graph.levels
    for (node, level), (x, y) in place.items():
        if level == levels[node]:
            kind = "input" if node < graph.n_inputs else "node"
            text = _full(graph.forms[node], names)
            body.append(_box(x, y, kind, text if len(text) <= _LONGEST else f"n{node}", text))
    coefficients = graph.coefficients()
    for k, (x, y) in ends.items():
        text = _full(coefficients[k], names)
        short = text if len(text) <= _LONGEST else f"y{k}"
        name = outputs[k] if outputs else short
        body.append(_box(x, y, "output", name, f"{name} = {text}" if name != text else text))
    width = 2 * _MARGIN + last * _COLUMN + _WIDTH
    height = 2 * _MARGIN + rows * _ROW
    size = f'width="{width}" height="{height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width} {height}">',
            f"<style>{_STYLE}</style>",
            '<rect width="100%" height="100%" fill="#fff"/>',
            *body,
            "</svg>",
            "",
        ]
    )


Reads = list[tuple[int, int, list[tuple[Term, int]]]]


def _reads(graph: AdderGraph) -> Reads:
    """Return for each reader its number, its level and the terms it reads, each with its port.

    Output k is reader -1 - k, one level behind the last.
    """
    used = {t.node for t in graph.outputs if t is not None}
    reads: Reads = [
        (-1 - k, graph.depth + 1, [(t, 0)]) for k, t in enumerate(graph.outputs) if t is not None
    ]
    for k in reversed(range(graph.n_adders)):
        node, adder = graph.n_inputs + k, graph.adders[k]
        if node in used:
            used |= {adder.left.node, adder.right.node}
            ports = [(adder.left, -_PORT), (adder.right, _PORT)]
            reads.append((node, graph.levels[node], ports))
    return reads


def _columns(graph: AdderGraph, reads: Reads) -> list[list[Spot]]:
    """Return the spots of each level from top to bottom, so ordered that wires cross little."""
    levels = graph.levels
    until = dict.fromkeys(range(graph.n_inputs), 0)
    sources: dict[Spot, list[Spot]] = {}
    readers: dict[Spot, list[Spot]] = {}
    for reader, level, ports in reads:
        until.setdefault(reader, level)
        for term, _ in ports:
            until[term.node] = max(until.get(term.node, 0), level - 1)
            if reader >= 0:
                sources.setdefault((reader, level), []).append((term.node, level - 1))
                readers.setdefault((term.node, level - 1), []).append((reader, level))
    columns: list[list[Spot]] = [[] for _ in range(graph.depth + 1)]
    for node in sorted(n for n in until if n >= 0):
        for level in range(levels[node], until[node] + 1):
            columns[level].append((node, level))
            if level > levels[node]:
                sources[node, level] = [(node, level - 1)]
                readers.setdefault((node, level - 1), []).append((node, level))
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        neighbours = sources if forward else readers
        for column in columns if forward else reversed(columns):
            row = {spot: k / len(c) for c in columns for k, spot in enumerate(c)}
            column.sort(
                key=lambda s: (
                    sum(row[n] for n in neighbours[s]) / len(neighbours[s])
                    if neighbours.get(s)
                    else row[s]
                )
            )
    return columns


def _height(row: int, count: int, rows: int) -> float:
    """Return the middle of a row of a column of `count`, which fills the height of `rows`."""
    return _MARGIN + (row + 0.5) * rows * _ROW / count


def _curve(start: tuple[float, float], end: tuple[float, float], before: float, port: float) -> str:
    x0, y0 = start[0] + before, start[1]
    x1, y1 = end[0] - before, end[1] + port
    bend = (x1 - x0) / 2
    path = f"M{x0:g} {y0:g}C{x0 + bend:g} {y0:g} {x1 - bend:g} {y1:g} {x1:g} {y1:g}"
    return f'<path class="wire" d="{path}"/>'


def _line(middle: tuple[float, float]) -> str:
    """Return the wire of a value that passes a column."""
    x, y = middle
    return f'<path class="wire" d="M{x - _WIDTH / 2:g} {y:g}H{x + _WIDTH / 2:g}"/>'


def _wire(start: tuple[float, float], end: tuple[float, float], term: Term) -> str:
    wire = _curve(start, end, _WIDTH / 2, 0)
    text = "-" if term.negative else ""
    if term.shift:
        text += f"<<{term.shift}" if term.shift > 0 else f">>{-term.shift}"
    if not text:
        return wire
    kind = "shift minus" if term.negative else "shift"
    if term.negative:
        wire = wire.replace('class="wire"', 'class="wire minus"')
    x, y = end[0] - _WIDTH / 2 - 4, end[1] + (6 if end[1] > start[1] else -6)
    return f'{wire}<text class="{kind}" x="{x:g}" y="{y:g}">{escape(text)}</text>'


def _box(x: float, y: float, kind: str, text: str, title: str) -> str:
    left, top = x - _WIDTH / 2, y - _HEIGHT / 2
    return (
        f"<g><title>{escape(title)}</title>"
        f'<rect class="{kind}" x="{left:g}" y="{top:g}" width="{_WIDTH}" height="{_HEIGHT}" '
        f'rx="6"/><text x="{x:g}" y="{y:g}">{escape(text)}</text></g>'
    )


def _full(form: Form, names: Sequence[str]) -> str:
    """Return a linear form as text: 3x, or 3x0 - 5x2."""
    parts: list[str] = []
    for c, name in zip(form, names, strict=True):
        if c:
            size = "" if abs(c) == 1 else str(abs(c))
            sign = ("-" if c < 0 else "") if not parts else (" - " if c < 0 else " + ")
            parts.append(f"{sign}{size}{name}")
    return "".join(parts) or "0"
