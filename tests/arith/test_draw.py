"""The drawing of an adder graph: every node, every wire, well formed, always the same."""

import xml.etree.ElementTree as ElementTree

import pytest

from fxfir.arith import Adder, AdderGraph, Term, csd_graph, transpose
from fxfir.arith.draw import draw_graph

SVG = "{http://www.w3.org/2000/svg}"
BLOCK = csd_graph([23, 0, -56, 1, 815, 1132])


@pytest.mark.parametrize("graph", [BLOCK, transpose(BLOCK), csd_graph([4])])
def test_every_node_and_every_wire_is_drawn(graph) -> None:
    root = ElementTree.fromstring(draw_graph(graph))
    wires = 2 * graph.n_adders + sum(t is not None for t in graph.outputs)
    assert len(list(root.iter(f"{SVG}circle"))) == graph.n_adders
    assert len(list(root.iter(f"{SVG}path"))) == wires
    ends = [r for r in root.iter(f"{SVG}rect") if r.get("class") == "end"]
    assert len(ends) == graph.n_inputs + graph.n_outputs
    spots = [(c.get("cx"), c.get("cy")) for c in root.iter(f"{SVG}circle")]
    assert len(set(spots)) == len(spots)
    assert draw_graph(graph) == draw_graph(AdderGraph.from_json(graph.to_json()))


def test_everything_lies_within_the_picture() -> None:
    root = ElementTree.fromstring(draw_graph(transpose(BLOCK)))
    width, height = int(root.get("width")), int(root.get("height"))
    for circle in root.iter(f"{SVG}circle"):
        assert 0 < int(circle.get("cx")) < width
        assert 0 < int(circle.get("cy")) < height


def test_shifts_signs_and_forms_are_written() -> None:
    adder = Adder(left=Term(node=0), right=Term(node=1, shift=3, negative=True))
    graph = AdderGraph(n_inputs=2, adders=(adder,), outputs=(Term(node=2, negative=True), None))
    text = draw_graph(graph, inputs=["a<", "b"], outputs=["p", "q"])
    assert "&#8722;&#215;8" in text
    assert "<title>a&lt; - 8 b</title>" in text
    assert "<title>p = -a&lt; + 8 b</title>" in text
    assert "<title>q = 0</title>" in text
