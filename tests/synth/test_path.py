"""A report of nextpnr in the words of the text."""

import json
from pathlib import Path
from typing import Any

import pytest

from fxfir.errors import SynthesisError
from fxfir.synth.path import read_names, read_path
from fxfir.synth.place import read_report

NET: dict[str, Any] = {
    "modules": {
        "LUT4": {"attributes": {"blackbox": "1"}, "cells": {}, "netnames": {}},
        "bench_harness": {
            "attributes": {"top": "00000001"},
            "netnames": {
                "dut.x0": {"bits": [5, 6, 7], "hide_name": 0},
                "dut.acc": {"bits": [20, 21], "hide_name": 0, "offset": 4},
                "dut.acc_TRELLIS_FF_Q_1_DI_CCU2C_S0_COUT": {"bits": [30], "hide_name": 0},
                "o": {"bits": [40, 41], "hide_name": 0},
                "dut.s_axis_tready": {"bits": [41], "hide_name": 0},
            },
            "cells": {
                "dut.x0_TRELLIS_FF_Q": {"type": "TRELLIS_FF", "connections": {"Q": [7]}},
                "dut.acc_TRELLIS_FF_Q_1": {"type": "TRELLIS_FF", "connections": {"Q": [21]}},
                "dut.acc_CCU2C_S0": {"type": "CCU2C", "connections": {}},
                "dut.acc_CCU2C_S0_1": {"type": "CCU2C", "connections": {}},
                "q0_TRELLIS_FF_Q_1": {"type": "TRELLIS_FF", "connections": {"Q": [77]}},
            },
        },
    }
}


def step(kind: str, cell: str, delay: float, port: str = "Q", net: str = "") -> dict[str, Any]:
    end = {"cell": cell, "port": port}
    return {"type": kind, "delay": delay, "from": end, "to": end, **({"net": net} if net else {})}


PATH = [
    step("clk-to-q", "dut.x0_TRELLIS_FF_Q", 0.5),
    step("routing", "dut.x0_TRELLIS_FF_Q", 1.25, net="dut.x0[2]"),
    step("logic", "dut.acc_CCU2C_S0$CCU2_COMB0", 0.5, "COUT"),
    step("routing", "x", 0.0, net="dut.acc_TRELLIS_FF_Q_1_DI_CCU2C_S0_COUT"),
    step("logic", "dut.acc_CCU2C_S0_1$CCU2_COMB1", 0.25, "S0"),
    step("routing", "x", 0.5, net="dut.acc_CCU2C_S0_1_S0"),
    step("setup", "dut.acc_TRELLIS_FF_Q_1", 0.125),
]


@pytest.fixture
def names(tmp_path: Path):
    (tmp_path / "net.json").write_text(json.dumps(NET))
    return read_names(tmp_path / "net.json")


def test_registers_have_the_names_of_the_text(names) -> None:
    path = read_path(PATH, names)
    assert (path.start, path.end) == ("x0[2]", "acc[5]")
    assert (path.logic_ns, path.routing_ns) == (1.375, 1.75)


def test_a_carry_chain_is_one_hop(names) -> None:
    chain = read_path(PATH, names).hops[1]
    assert (chain.cell, chain.count, chain.signal) == ("CCU2C", 2, "acc")
    assert (chain.logic_ns, chain.routing_ns) == (0.75, 1.25)


def test_the_edge_of_the_core_is_named_by_its_port(names) -> None:
    steps = [
        step("clk-to-q", "dut.x0_TRELLIS_FF_Q", 0.5),
        step("routing", "x", 1.0, net="o[1]"),
        step("setup", "q0_TRELLIS_FF_Q_1", 0.0),
    ]
    assert read_path(steps, names).end == "output s_axis_tready"
    assert read_path([steps[2], steps[1], steps[0]], names).start == "input s_axis_tready"


def report(**changes: Any) -> dict[str, Any]:
    data = {
        "fmax": {"clk": {"achieved": 123.456, "constraint": 250}},
        "utilization": {"TRELLIS_FF": {"used": 9, "available": 10}, "DCSC": {"used": 0}},
        "critical_paths": [
            {"from": "posedge clk", "to": "<async>", "path": PATH[:1]},
            {"from": "posedge clk", "to": "posedge clk", "path": PATH},
        ],
    }
    return {**data, **changes}


def test_a_report(names) -> None:
    route = read_report(report(), names, seed=7)
    assert (route.seed, route.fmax_mhz, dict(route.used)) == (7, 123.46, {"TRELLIS_FF": 9})
    assert route.path.end == "acc[5]"
    json.dumps(route.path.to_json(), allow_nan=False)


@pytest.mark.parametrize("changes", [{"fmax": {}}, {"fmax": None}, {"critical_paths": []}])
def test_a_report_without_a_clock_is_refused(names, changes: dict[str, Any]) -> None:
    with pytest.raises(SynthesisError, match="must hold a"):
        read_report(report(**changes), names, seed=1)
