"""A picture of an adder graph, as SVG text: the same bytes for the same graph."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from fxfir.arith.adder import Form, Term
from fxfir.arith.graph import AdderGraph

__all__ = ["draw_graph"]

_COLUMN, _ROW, _MARGIN = 118, 34, 46
_RADIUS = 11
_STYLE = (
    "text{font:12px sans-serif;fill:#222;paint-order:stroke;stroke:#fff;stroke-width:3px}"
    "text.small,text.minus{font-size:10px;fill:#666}text.minus{fill:#c33}"
    "path{fill:none;stroke:#888}path.minus{stroke:#c33}"
    "circle{fill:#fff;stroke:#246;stroke-width:1.5}rect.end{fill:#eef3f8;stroke:#246}"
)


def draw_graph(
    graph: AdderGraph,
    *,
    inputs: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
) -> str:
    """Return a drawing of a graph: inputs on the left, a column for each level of adders.

    A line says what an operand is multiplied by, where that is not 1; what is subtracted is red.
    Beside an adder of a graph with one input stands the constant it multiplies by; the others
    show their linear form where the pointer rests on them.

    Parameters
    ----------
    graph : AdderGraph
    inputs, outputs : sequence of str, shapes (n_inputs,) and (n_outputs,), optional
        Names; x0, x1, ... and y0, y1, ... if left out.

    Returns
    -------
    str
        SVG 1.1.

    Examples
    --------
    >>> from fxfir.arith.csd import csd_graph
    >>> draw_graph(csd_graph([5, 7])).count("<circle")
    2
    """
    names = list(inputs or (f"x{k}" for k in range(graph.n_inputs)))
    ends = list(outputs or (f"y{k}" for k in range(graph.n_outputs)))
    places = _places(graph)
    last = max(graph.levels, default=0) + 1
    spots = _rows([places[t.node][1] if t is not None else 0.0 for t in graph.outputs])
    rows = max([row for _, row in places] + spots, default=0.0)
    width = 2 * _MARGIN + last * _COLUMN + 60
    height = 2 * _MARGIN + round(rows * _ROW)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">',
        f"<style>{_STYLE}</style>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    points = [_point(*place) for place in places]
    for k, adder in enumerate(graph.adders):
        x, y = points[graph.n_inputs + k]
        upper, lower = adder.left, adder.right
        if points[lower.node][1] < points[upper.node][1]:
            upper, lower = lower, upper
        # Apart by a little, so that two operands from one node are seen to be two.
        lines += _wire(points[upper.node], (x, y - 5), upper)
        lines += _wire(points[lower.node], (x, y + 5), lower)
    for term, row in zip(graph.outputs, spots, strict=True):
        if term is not None:
            lines += _wire(points[term.node], _point(last, row), term)
    for k, (x, y) in enumerate(points[: graph.n_inputs]):
        lines += _end(x, y, names[k], names[k])
    for k, (x, y) in enumerate(points[graph.n_inputs :]):
        lines += _adder(x, y, graph, k, names)
    for k, (form, row) in enumerate(zip(graph.coefficients(), spots, strict=True)):
        lines += _end(*_point(last, row), ends[k], f"{ends[k]} = {_text(form, names)}")
    return "\n".join([*lines, "</svg>"]) + "\n"


def _places(graph: AdderGraph) -> list[tuple[int, float]]:
    """Return column and row of every node; a node stands near the middle of its operands."""
    levels = graph.levels
    rows = [float(k) for k in range(graph.n_inputs)] + [0.0] * graph.n_adders
    tallest = max(levels.count(level) for level in set(levels))
    # One input stands at half height, so that its lines fan out.
    if graph.n_inputs < tallest:
        offset = (tallest - graph.n_inputs) / 2
        rows[: graph.n_inputs] = [offset + k for k in range(graph.n_inputs)]
    for level in range(1, max(levels, default=0) + 1):
        nodes = [n for n in range(graph.n_inputs, len(levels)) if levels[n] == level]
        wished = []
        for node in nodes:
            adder = graph.adders[node - graph.n_inputs]
            wished.append((rows[adder.left.node] + rows[adder.right.node]) / 2)
        for node, row in zip(nodes, _rows(wished), strict=True):
            rows[node] = row
    return list(zip(levels, rows, strict=True))


def _rows(wished: Sequence[float]) -> list[float]:
    """Return rows in the order of those wished for, at least 1 apart, none above 0."""
    order = sorted(range(len(wished)), key=lambda k: (wished[k], k))
    rows = [0.0] * len(wished)
    # What must move down for the one above moves half of the way up again as a whole.
    free = 0.0
    for k in order:
        rows[k] = max(wished[k], free)
        free = rows[k] + 1
    pushed = max((rows[k] - wished[k] for k in order), default=0.0)
    first = min(rows, default=0.0)
    shift = min(pushed / 2, first)
    return [row - shift for row in rows]


def _point(column: float, row: float) -> tuple[int, int]:
    return round(_MARGIN + column * _COLUMN), round(_MARGIN + row * _ROW)


def _wire(start: tuple[int, int], end: tuple[int, int], term: Term) -> list[str]:
    """Draw an operand, its factor near the reader's end."""
    (x0, y0), (x1, y1) = start, end
    bend = max((x1 - x0) // 2, 30)
    kind = ' class="minus"' if term.negative else ""
    lines = [f'<path{kind} d="M{x0} {y0}C{x0 + bend} {y0} {x1 - bend} {y1} {x1} {y1}"/>']
    text = "&#8722;" if term.negative else ""
    if term.shift > 0:
        text += f"&#215;{1 << term.shift}"
    elif term.shift < 0:
        text += f"/{1 << -term.shift}"
    if text:
        # Most of the way along the curve, where the wires of a node have come apart.
        x, y = round(x0 + 0.72 * (x1 - x0)), round(y0 + 0.86 * (y1 - y0))
        kind = "minus" if term.negative else "small"
        lines.append(f'<text class="{kind}" x="{x}" y="{y - 3}" text-anchor="middle">{text}</text>')
    return lines


def _adder(x: int, y: int, graph: AdderGraph, k: int, names: Sequence[str]) -> list[str]:
    form = graph.forms[graph.n_inputs + k]
    sign = "&#8722;" if graph.adders[k].right.negative else "+"
    lines = [
        f"<g><title>{escape(_text(form, names))}</title>",
        f'<circle cx="{x}" cy="{y}" r="{_RADIUS}"/>',
        f'<text x="{x}" y="{y + 4}" text-anchor="middle">{sign}</text></g>',
    ]
    if graph.n_inputs == 1:
        lines.append(f'<text x="{x + 14}" y="{y - 9}">{form[0]}</text>')
    return lines


def _end(x: int, y: int, name: str, title: str) -> list[str]:
    """Draw an input or an output."""
    width = max(26, 8 * len(name) + 8)
    return [
        f"<g><title>{escape(title)}</title>",
        f'<rect class="end" x="{x - width // 2}" y="{y - 10}" width="{width}" height="20" rx="4"/>',
        f'<text x="{x}" y="{y + 4}" text-anchor="middle">{escape(name)}</text></g>',
    ]


def _text(form: Form, names: Sequence[str]) -> str:
    """Write a linear form: 3 x0 - x2."""
    text = ""
    for c, name in zip(form, names, strict=True):
        if c:
            sign = "-" if c < 0 else "+"
            text += f" {sign} " if text else ("-" if c < 0 else "")
            text += name if abs(c) == 1 else f"{abs(c)} {name}"
    return text or "0"
