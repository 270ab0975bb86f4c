"""The drawing of an adder graph: every node, every wire, well formed, always the same."""

import xml.etree.ElementTree as ElementTree

import pytest

from fxfir.arith import Adder, AdderGraph, Term, csd_graph, draw_graph, solve_matrix, transpose

SVG = "{http://www.w3.org/2000/svg}"
BLOCK = csd_graph([23, 0, -56, 1, 815, 1132])
BANK = solve_matrix([[3, -23, 105, 621, 815], [3, 23, 105, -621, 815]], effort="quick")


def boxes(root) -> list[tuple[float, float, str]]:
    found = [r for r in root.iter(f"{SVG}rect") if r.get("class")]
    return [(float(r.get("x")), float(r.get("y")), r.get("class")) for r in found]


@pytest.mark.parametrize("graph", [BLOCK, transpose(BLOCK), csd_graph([4]), BANK])
def test_every_node_and_every_term_is_drawn(graph) -> None:
    root = ElementTree.fromstring(draw_graph(graph))
    kinds = [kind for _, _, kind in boxes(root)]
    assert kinds.count("input") == graph.n_inputs
    assert kinds.count("node") == graph.n_adders
    assert kinds.count("output") == graph.n_outputs
    terms = [t for a in graph.adders for t in (a.left, a.right)]
    terms += [t for t in graph.outputs if t is not None]
    labels = [t.text for t in root.iter(f"{SVG}text") if "shift" in t.get("class", "")]
    assert sorted(labels) == sorted(
        ("-" if t.negative else "")
        + (f"<<{t.shift}" if t.shift > 0 else f">>{-t.shift}" if t.shift else "")
        for t in terms
        if t.shift or t.negative
    )
    red = [p for p in root.iter(f"{SVG}path") if p.get("class") == "wire minus"]
    assert len(red) == sum(t.negative for t in terms)
    assert draw_graph(graph) == draw_graph(AdderGraph.from_json(graph.to_json()))


@pytest.mark.parametrize("graph", [transpose(BLOCK), BANK])
def test_boxes_lie_within_the_picture_and_apart(graph) -> None:
    root = ElementTree.fromstring(draw_graph(graph))
    width, height = (float(v) for v in root.get("viewBox").split()[2:])
    found = boxes(root)
    for k, (x, y, _) in enumerate(found):
        assert 0 < x < width - 90
        assert 0 < y < height - 28
        assert all(x != u or abs(y - v) >= 28 for u, v, _ in found[:k])


def test_no_wire_runs_behind_a_box() -> None:
    # A wire that passes a column is a level line there, at a height where no box stands.
    root = ElementTree.fromstring(draw_graph(BANK))
    found = boxes(root)
    lines = [p.get("d") for p in root.iter(f"{SVG}path") if "H" in p.get("d")]
    assert lines
    for line in lines:
        start, _ = line[1:].split("H")
        x, y = map(float, start.split())
        assert all(u != x or not v <= y <= v + 28 for u, v, _ in found)


def test_names_and_forms_are_written() -> None:
    adder = Adder(left=Term(node=0), right=Term(node=1, shift=3, negative=True))
    graph = AdderGraph(n_inputs=2, adders=(adder,), outputs=(Term(node=2, negative=True), None))
    text = draw_graph(graph, inputs=["a<", "b"], outputs=["p", "q"])
    assert ">-&lt;&lt;3<" in text
    assert "<title>a&lt; - 8b</title>" in text
    assert "<title>p = -a&lt; + 8b</title>" in text
    assert "<title>q = 0</title>" in text
