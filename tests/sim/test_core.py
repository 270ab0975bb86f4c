"""Reading a core folder: padding, vectors, and sentences for manifests that cannot be right."""

import json

import pytest

from sim.core import difference, load
from sim.words import ManifestError
from tests.sim.conftest import MANIFEST


def two_lanes(interface):
    """A manifest of sfix6 and ufix3 in, sfix7 and ufix9 out."""
    cast = {"type": "Requantise", "input": "ufix3_En0", "cast": {"to": "ufix9_En0"}}
    axis = interface == "axis"
    prefix = {"axis": ("s_axis_t", "m_axis_t"), "stream": ("i_", "o_")}[interface]
    data = "data" if axis else "payload"
    ports = [
        ("aclk" if axis else "clk", "in", 1),
        ("aresetn" if axis else "rst", "in", 1),
        (prefix[0] + data, "in", 16 if axis else 9),
        (prefix[0] + "valid", "in", 1),
        (prefix[0] + "ready", "out", 1),
        (prefix[1] + data, "out", 24 if axis else 16),
        (prefix[1] + "valid", "out", 1),
    ]
    return {
        "interface": interface,
        "filter": {"type": "Parallel", "filters": [MANIFEST["filter"], cast]},
        "ports": [dict(zip(("name", "dir", "width"), port, strict=True)) for port in ports],
    }


def test_lanes_fill_whole_bytes(tiny):
    core = load(tiny(**two_lanes("axis")))
    assert not core.stallable
    assert core.n_padding == 7
    assert core.pack([-1, 5], "1010101") == "10101" + "101" + "01" + "111111"
    assert core.unpack(0b0000000_100000000_1_1111110) == [-2, 256]
    # Wrong padding makes another number of it.
    assert core.unpack(0b0000001_100000000_0_1111110) == [126, 768]


def test_lanes_are_packed_without_padding(tiny):
    core = load(tiny(**two_lanes("stream")))
    assert core.n_padding == 0
    assert core.pack([-1, 5], "") == "101111111"
    assert core.unpack(0b100000000_1111110) == [-2, 256]


def ports(**widths):
    return [port | {"width": widths.get(port["name"], port["width"])} for port in MANIFEST["ports"]]


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({"schema": 2}, r"manifest.json must be an object of schema 1"),
        ({"interface": "ahb"}, r"interface must be one of axis, stream, got 'ahb'"),
        ({"filter": {"type": "Comb"}}, r"a filter's type must be one of"),
        ({"filter": {"type": "FixedFir"}}, r"a FixedFir needs the key 'coeff'"),
        ({"verilog": "other.v"}, r"the Verilog must be in the folder, got no other.v"),
        ({"timing": {"latency": 2, "interval": 1}}, r"manifest.json needs the key 'startup'"),
        (
            {"timing": {"latency": 0, "interval": 1, "startup": 0}},
            r"latency must be an integer from 1 on, got 0",
        ),
        (
            {"ports": ports(m_axis_tdata=7)},
            r"port m_axis_tdata must be out, 8 wide, got out, 7 wide",
        ),
        ({"ports": MANIFEST["ports"][1:]}, r"port aclk must be in, 1 wide, got left out"),
        (
            {"ports": [*MANIFEST["ports"], {"name": "tlast", "dir": "in", "width": 1}]},
            r"port tlast must be left out, got in, 1 wide",
        ),
    ],
)
def test_a_bad_manifest_is_refused(tiny, keys, sentence):
    with pytest.raises(ManifestError, match=sentence):
        load(tiny(**keys))


def test_no_manifest(tmp_path):
    with pytest.raises(ManifestError, match=r"manifest.json must be readable JSON"):
        load(tmp_path)


def vectors(folder, given, stated):
    (folder / "vectors.json").write_text(json.dumps({"input": given, "output": stated}))
    return folder


def test_vectors_are_compared_with_numbers_of_our_own(tiny):
    core = load(vectors(tiny(), [[6, 0, 1, -32]], [[3, -6, 9, -17]]))
    assert core.given == [[6], [0], [1], [-32]]
    assert difference(core) == "vectors.json, sample 2, lane 0: expected 10, got 9"
    assert difference(load(vectors(tiny(), [[6, 0, 1, -32]], [[3, -6, 10, -17]]))) is None


@pytest.mark.parametrize(
    ("given", "stated", "sentence"),
    [
        ([[1], [2]], [[0]], r"vectors.json must have 1 input lanes of one length"),
        ([[1, 2]], [[0]], r"must hold an output for each of 2 inputs, got 1"),
        ([[32]], [[0]], r"must fit \[-32, 31\] in input lane 0, got 32 at sample 0"),
        ([[1.5]], [[0]], r"must fit \[-32, 31\] in input lane 0, got 1.5 at sample 0"),
    ],
)
def test_bad_vectors_are_refused(tiny, given, stated, sentence):
    with pytest.raises(ManifestError, match=sentence):
        load(vectors(tiny(), given, stated))
