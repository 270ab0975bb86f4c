"""Each promise is broken once in a hand-written core, and the bench says which."""

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from sim import run

pytestmark = [pytest.mark.sim, pytest.mark.usefixtures("icarus")]

ROOT = Path(__file__).parents[2]
NUMBERS = r"sample \d+, lane 0, at edge \d+ after reset: expected -?\d+, got -?\d+"
CLEARED = "valid1 <= 0; valid2 <= 0;"
READY = "assign s_axis_tready = step;"
VALID = "assign m_axis_tvalid = valid2;"
TIRED = "reg tired = 0; always @(posedge aclk) tired <= valid2 && !m_axis_tready;"

BREAKS = {
    "coefficient_bit": ([("10'sd3", "10'sd2")], NUMBERS),
    "rounding": ([("{1'b0, acc[1]}", "2'b01")], NUMBERS),
    "limit": ([("7'sd63 :", "7'sd62 :")], r"expected 63, got 62"),
    "latency": (
        [
            ("reg valid1, valid2;", "reg valid1, valid2, late = 0; reg signed [9:0] sum = 0;"),
            ("(acc + $signed({1'b0, acc[1]}))", "(sum + $signed({1'b0, sum[1]}))"),
            ("valid2 <= valid1;", "valid2 <= late; late <= valid1; sum <= acc;"),
            (CLEARED, f"{CLEARED} late <= 0;"),
        ],
        r"power_up: latency must be 2, measured 3 at sample 0",
    ),
    "dropped_sample": ([("valid1 <= take;", "valid1 <= take && x0 != 31;")], NUMBERS),
    "history_kept_in_reset": ([("x1 <= 0; x2 <= 0; ", "")], rf"resets: {NUMBERS}"),
    "valid_kept_in_reset": (
        [(CLEARED, "valid1 <= 0;")],
        r"resets: m_axis_tvalid must be 0 in reset|resets: an output must follow an input",
    ),
    "asynchronous_reset": (
        [("@(posedge aclk)", "@(posedge aclk or negedge aresetn)")],
        r"between_edges: (m_axis_tvalid must not follow aresetn between edges|sample 0)",
    ),
    "payload_not_held": (
        [("= {y[6], y};", f"= {{y[6], y}} ^ {{7'd0, tired}}; {TIRED}")],
        r"m_axis_tdata must hold until sample \d+ is taken, got 0x\w+ and then 0x\w+",
    ),
    "valid_dropped": (
        [(VALID, f"{TIRED} {VALID[:-1]} && !tired;")],
        r"m_axis_tvalid must stay until sample \d+ is taken",
    ),
    "unknown_at_power_up": (
        [("x1 = 0; x2 = 0; acc = 0;", "acc = 0;")],
        r"power_up: m_axis_tdata must be known, got .*X",
    ),
    "padding_read": ([("= s_axis_tdata[5:0];", "= s_axis_tdata[6:1];")], r"must be known, got|got"),
    "padding_not_the_sign": (
        [("{y[6], y}", "{1'b0, y}")],
        r"expected the sign in the padding bits, got \d+ for -\d+",
    ),
    "ready_waits_for_valid": (
        [(READY, "assign s_axis_tready = step && s_axis_tvalid;")],
        r"between_edges: s_axis_tready must not follow s_axis_tvalid between edges",
    ),
    "bubble_after_a_stall": (
        [(READY, f"reg was = 1; always @(posedge aclk) was <= step;\n{READY[:-1]} && was;")],
        r"output_stalls: sample \d+ must leave at edge \d+ at the latest after \d+ stalled edges",
    ),
    "never_ready": (
        [(READY, "assign s_axis_tready = 0;")],
        r"a sample must move within \d+ edges, got none from edge 0 on",
    ),
    "valid_for_ever": ([(VALID, "assign m_axis_tvalid = 1;")], r"an output must follow an input"),
    "narrow_port": (
        [("output [7:0] m_axis_tdata;", "output [6:0] m_axis_tdata;")],
        r"m_axis_tdata must have 8 bits, got 7",
    ),
    "not_verilog": ([("endmodule", "")], r"the bench must run to its end, got .*error"),
}
"""Name: changes of the text, and what the bench must say."""


def test_the_whole_core_passes(tiny):
    verdict = run.check(tiny(), samples=40)
    assert verdict.faults == ()
    assert verdict.compared > 300


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_core_is_found(tiny, name):
    changes, sentence = BREAKS[name]
    verdict = run.check(tiny(*changes), samples=40)
    assert not verdict.passed
    assert re.search(sentence, "\n".join(verdict.faults)), verdict.faults


@pytest.mark.parametrize(
    ("timing", "sentence"),
    [
        ({"latency": 2, "interval": 1, "startup": 1}, r"startup must be 1, measured 0"),
        ({"latency": 2, "interval": 2, "startup": 0}, r"interval must be 2, measured 1"),
    ],
)
def test_a_wrong_declaration_is_found(tiny, timing, sentence):
    verdict = run.check(tiny(timing=timing), samples=16)
    assert re.search(sentence, "\n".join(verdict.faults)), verdict.faults


def test_a_simulation_without_end_is_stopped(tiny):
    verdict = run.check(tiny(), limit_s=0.01)
    assert verdict.faults[0] == "the simulation must end within 0.01 s, got no end"


def results(folder, names):
    suite = ElementTree.Element("testsuite")
    for name in names:
        ElementTree.SubElement(suite, "testcase", name=name)
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.ElementTree(root).write(folder / "results.xml")


def test_every_test_must_have_run_once(tmp_path):
    results(tmp_path, run.TESTS)
    assert run.read_results(tmp_path) == []
    results(tmp_path, run.TESTS[1:])
    assert run.read_results(tmp_path) == [f"{run.TESTS[0]}: must run, did not"]
    results(tmp_path, [])
    assert len(run.read_results(tmp_path)) == len(run.TESTS)
    results(tmp_path, [*run.TESTS, run.TESTS[2]])
    assert run.read_results(tmp_path) == [f"{run.TESTS[2]}: must run once, got it again"]


def command(*arguments):
    return subprocess.run(
        [sys.executable, "sim/run.py", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_command_line(tiny, tmp_path):
    good = command(tiny(), "--samples", 8, "--seed", 7)
    assert good.returncode == 0, good.stderr
    assert re.fullmatch(
        r"tiny: ok, 9 tests, \d+ samples, \d+ edges; latency 2, interval 1, startup 0 \(seed 7\)\n",
        good.stdout,
    )
    bad = command(tiny(("10'sd3", "10'sd2")), "--samples", 8)
    assert bad.returncode == 1
    assert re.match(rf"tiny: FAILED \(seed 1\)\n    power_up: {NUMBERS}", bad.stdout)
    none = command(tiny(), tmp_path / "nothing")
    assert none.returncode == 2
    assert none.stdout == ""
    assert re.fullmatch(r"error: .*manifest.json must be readable JSON: .*\n", none.stderr)
