"""The files of a core folder: manifest, vectors, coefficients, README, FuseSoC."""

import hashlib
import json
from fractions import Fraction

import numpy as np
import pytest

from fxfir import model, rtl
from fxfir.emit import CoreSource, core_files, manifest
from fxfir.emit.coefficients import exact_decimal
from fxfir.errors import NameRuleError
from fxfir.filters import (
    Bank,
    Direct,
    FixedFir,
    FixedSos,
    Node,
    Parallel,
    Requantise,
    Series,
    from_json,
)
from fxfir.fixed import SQ, UQ, Cast, Format

FIR = FixedFir(taps=(3, -5, 7), coeff=SQ(1, 3), input=SQ(1, 7), output=Cast(to=SQ(1, 7)))
SOS = FixedSos(
    sections=(
        Direct(
            form="df1",
            b=(1, 2, 1),
            a=(-1, 1),
            b_coeff=SQ(3, 2),
            a_coeff=SQ(3, 1),
            state=None,
            out=Cast(to=SQ(2, 9)),
            feedback=(-1, 0),
        ),
    ),
    input=SQ(1, 7),
    output=Cast(to=SQ(1, 7)),
)
CAST = Requantise(input=SQ(1, 7), cast=Cast(to=UQ(1, 3)))
NODES: dict[str, Node] = {
    "fir": FIR,
    "sos": SOS,
    "bank": Bank(filters=(FIR, SOS)),
    "series": Series(stages=(FIR, CAST)),
    "parallel": Parallel(filters=(FIR, FIR)),
    "requantise": CAST,
}


def source(node: Node, **options: object) -> CoreSource:
    stimulus = np.arange(-8, 8) * np.ones((node.n_in, 1), dtype=int)
    expected = model.run(node, stimulus[0] if node.n_in == 1 else stimulus)
    return CoreSource(
        node=node,
        core=rtl.build(node),
        name="lp",
        stimulus=stimulus,
        expected=np.asarray(expected).reshape(node.n_out, -1),
        segments=({"name": "ramp", "start": 0, "length": 16},),
        bounds={"acc_range": None, "error_lsb": None, "error_reason": "not asked for"},
        **options,
    )


@pytest.mark.parametrize("kind", NODES)
def test_the_manifest_rebuilds_the_filter(kind: str) -> None:
    node = NODES[kind]
    data = json.loads(core_files(source(node))["manifest.json"])
    assert data["kind"] == kind
    assert from_json(data["filter"]) == node
    again = rtl.build(node, data["architecture"])
    timing = again.timing
    assert data["timing"] == {
        "latency": timing.latency,
        "interval": timing.interval,
        "startup": timing.startup,
    }


def test_the_keys_of_schema_1() -> None:
    data = manifest(source(FIR))
    assert list(data)[:8] == [
        "schema",
        "fxfir",
        "name",
        "top",
        "verilog",
        "kind",
        "interface",
        "backpressure",
    ]
    assert {"ports", "filter", "architecture", "target", "timing", "hash", "bounds"} <= set(data)
    assert data["schema"] == 1
    assert data["verilog"] == "lp.v"


def test_the_hash_can_be_computed_by_anybody() -> None:
    data = json.loads(core_files(source(FIR))["manifest.json"])
    decided = {k: data[k] for k in ("filter", "architecture", "interface", "target")}
    text = json.dumps(decided, sort_keys=True, separators=(",", ":"))
    assert data["hash"] == hashlib.sha256(text.encode()).hexdigest()
    assert data["hash"] != manifest(source(FIR, interface="stream"))["hash"]


def test_lanes_take_whole_bytes() -> None:
    node = NODES["bank"]
    ports = {p["name"]: p["width"] for p in manifest(source(node))["ports"]}
    assert ports["m_axis_tdata"] == 16
    exact = manifest(source(NODES["series"], interface="stream"))["ports"]
    assert {p["name"]: p["width"] for p in exact}["o_payload"] == 4


@pytest.mark.parametrize("kind", NODES)
def test_vectors(kind: str) -> None:
    made = source(NODES[kind])
    data = json.loads(core_files(made)["vectors.json"])
    assert data["schema"] == 1
    assert np.array_equal(data["input"], made.stimulus)
    assert np.array_equal(data["output"], made.expected)
    assert data["stimuli"] == [{"name": "ramp", "start": 0, "length": 16}]


def test_coefficients() -> None:
    text = core_files(source(NODES["bank"]))["coefficients.csv"]
    assert text.splitlines() == [
        "filter,name,integer,format,value",
        "0,0,3,sfix4_En3,0.375",
        "0,1,-5,sfix4_En3,-0.625",
        "0,2,7,sfix4_En3,0.875",
        "1,s0.b0,1,sfix5_En2,0.25",
        "1,s0.b1,2,sfix5_En2,0.5",
        "1,s0.b2,1,sfix5_En2,0.25",
        "1,s0.a1,-1,sfix4_En1,-0.5",
        "1,s0.a2,1,sfix4_En1,0.5",
        "1,s0.e1,-1,sfix1_En0,-1",
        "1,s0.e2,0,ufix1_En0,0",
    ]


@pytest.mark.parametrize(("word", "frac"), [(0, 5), (-1, 20), (12345, 3), (7, -4), (-8, 3), (1, 0)])
def test_exact_decimals(word: int, frac: int) -> None:
    assert Fraction(exact_decimal(word, frac)) == word * Fraction(2) ** -frac


def test_the_readme_says_ports_and_timing() -> None:
    made = source(FIR)
    text = core_files(made)["README.md"]
    for port in manifest(made)["ports"]:
        assert f"| `{port['name']}` | {port['dir']} | {port['width']} |" in text
    assert f"| latency | {made.core.timing.latency} |" in text


def test_fusesoc_names_the_files() -> None:
    files = core_files(source(FIR))
    text = files["lp.core"]
    assert text.startswith("CAPI=2:\n")
    for line in text.splitlines():
        if line.strip().startswith("- lp"):
            assert line.strip()[2:] in files


def test_the_header_names_filter_timing_and_hash() -> None:
    made = source(FIR)
    head = core_files(made)["lp.v"].split("module")[0]
    assert manifest(made)["hash"] in head
    assert f"latency {made.core.timing.latency}," in head
    assert "sfix8_En7" in head


def test_a_name_that_is_a_port() -> None:
    made = source(FIR)
    broken = CoreSource(
        **{f: getattr(made, f) for f in CoreSource.__dataclass_fields__ if f != "name"},
        name="aclk",
    )
    with pytest.raises(NameRuleError, match="differ from its ports"):
        core_files(broken)


def test_wide_words_stay_exact() -> None:
    wide = Format(signed=True, width=70, frac=0)
    node = FixedFir(taps=(1, 1), coeff=SQ(2, 0), input=wide, output=Cast(to=wide))
    stimulus = np.array([[wide.lo, wide.hi, 1]], dtype=object)
    made = CoreSource(
        node=node,
        core=rtl.build(node),
        name="wide",
        stimulus=stimulus,
        expected=np.asarray(model.run(node, stimulus[0])).reshape(1, -1),
    )
    data = json.loads(core_files(made)["vectors.json"])
    assert data["input"] == [[wide.lo, wide.hi, 1]]
    assert data["output"] == [[wide.lo, -1, wide.hi]]
