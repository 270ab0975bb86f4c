"""Both benches of a core folder pass on the core, and fail on every way of breaking it."""

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from fxfir import emit, model, rtl
from fxfir.emit.verilog_bench import phases
from fxfir.filters import (
    Bank,
    Clip,
    Direct,
    FirMatrix,
    FixedFir,
    FixedSos,
    Parallel,
    Select,
    Series,
    Sum,
    SwitchedFir,
    Table,
)
from fxfir.fixed import SQ, UQ, Cast

Q15 = SQ(1, 15)


def fir(taps, fmt=Q15):
    return FixedFir(taps=taps, coeff=SQ(1, 15), input=fmt, output=Cast(to=fmt))


def sos():
    section = Direct(
        form="df1",
        b=(300, 600, 300),
        a=(-1200, 700),
        b_coeff=SQ(4, 10),
        a_coeff=SQ(4, 10),
        state=None,
        out=Cast(to=SQ(2, 9)),
    )
    return FixedSos(sections=(section, section), input=SQ(1, 9), output=Cast(to=SQ(1, 9)))


def sets(fmt=Q15):
    taps = ((3000, -20000, 11111), (5, 9000), (-30000, 20000, 701))
    return SwitchedFir(taps=taps, coeff=SQ(1, 15), input=fmt, output=Cast(to=fmt))


def choice():
    """What has no cast at its end, and lanes of several kinds at its start."""
    few = SQ(1, 5)
    table = Table(input=few, words=[(7 * k) % 64 - 32 for k in range(64)], to=few)
    total = Sum(inputs=(few, few), output=Cast(to=few))
    beside = Parallel(filters=(Select(input=few, count=3, index=UQ(2, 0)), total))
    return Series(stages=(beside, Parallel(filters=(Clip.relu(few), table))))


NINE = (-401, 903, -1501, 2001, -3007, 5001, 7003, 9001, 11003)

CASES = {
    "direct": (fir((3000, -20000, 11111, 0, 701)), "direct", "axis", True),
    "transposed": (fir((3000, -20000, 11111, 0, 701)), "transposed", "stream", True),
    "no_ready": (fir((3000, -20000, 11111, -20000, 3000)), "symmetric", "axis", False),
    "one_by_one": (fir((3000, -20000, 11111, 0, 701)), "serial", "axis", True),
    "serial_no_ready": (fir((3000, -20000, 11111)), "serial", "stream", False),
    "biquads": (sos(), "parallel", "axis", True),
    "biquads_serial": (sos(), "serial", "stream", True),
    "bank": (
        Bank(filters=(fir((1, 2), SQ(1, 11)), fir((-30000, 9000), SQ(1, 11)))),
        "transposed",
        "axis",
        True,
    ),
    "lanes": (
        Parallel(filters=(fir((16000, 2), SQ(1, 11)), fir((9000, 6000), UQ(0, 5)))),
        "direct",
        "axis",
        True,
    ),
    "sets": (sets(), "direct", "axis", True),
    "sets_serial": (Series(stages=(sets(SQ(1, 11)), Clip.relu(SQ(1, 11)))), None, "stream", False),
    "matrix": (
        FirMatrix(
            taps=[[[300, -20, 300], [77]], [[5], [300, 0, 300]]],
            coeff=SQ(1, 9),
            input=SQ(1, 5),
            output=Cast(to=SQ(1, 7)),
            offsets=[100, -3],
        ),
        "multiplierless",
        "axis",
        True,
    ),
    "choice": (choice(), None, "axis", True),
    "ecp5_pairs": (fir((3000, -20000, 11111, -20000, 3000)), "symmetric", "axis", True),
    "ecp5_carries": (fir((*NINE, *NINE[::-1])), "symmetric", "axis", True),
    "ecp5_wide": (
        FixedFir(
            taps=(30001, -123457, 1, 524287),
            coeff=SQ(1, 19),
            input=SQ(2, 38),
            output=Cast(to=SQ(2, 30)),
        ),
        "transposed",
        "stream",
        True,
    ),
    "xc7_pairs": (fir((3000, -20000, 11111, -20000, 3000)), "symmetric", "axis", True),
    "xc7_minus": (fir((3000, -20000, 11111, -11111, 20000, -3000)), "symmetric", "stream", True),
    "xc7_half_band": (
        fir((300, 0, -2000, 0, 11111, 20000, 11111, 0, -2000, 0, 300)),
        "symmetric",
        "axis",
        True,
    ),
    "xc7_chain": (fir((30001, 0, -12345, 1, 5)), "transposed", "axis", False),
    "ice40_pairs": (
        fir((3001, -20000, 11111, -20000, 3001)),
        {"name": "symmetric", "mac16": True},
        "axis",
        True,
    ),
    "ice40_single": (
        FixedFir(
            taps=(3, -20001, 65535, 60001),
            coeff=SQ(2, 16),
            input=UQ(0, 16),
            output=Cast(to=UQ(0, 16)),
        ),
        "direct",
        "stream",
        True,
    ),
    "xc7_row": (fir((0, 3000, -20000, 11111, 0, 701)), "systolic", "stream", True),
    "xc7_bank": (
        Bank(filters=(fir((9000, 3001, 3001, 9000), SQ(1, 11)), fir((-30000, 9001), SQ(1, 11)))),
        "systolic",
        "axis",
        True,
    ),
    "ecp5_row": (fir((3000, -20000, 11111, 0, -4)), "systolic", "axis", True),
    "xc7_wide": (
        FixedFir(
            taps=(30001, -123457, 1, 524287),
            coeff=SQ(1, 19),
            input=SQ(2, 38),
            output=Cast(to=SQ(2, 30)),
        ),
        "direct",
        "stream",
        True,
    ),
    "ecp5_serial": (fir((3000, -20000, 11111, 0, 701)), "serial", "axis", True),
    "ecp5_block": (
        fir((3000, -20000, 11111, -20000, 3000)),
        {"name": "serial", "memory": "block", "multipliers": 2},
        "stream",
        True,
    ),
    "ice40_serial": (fir((3000, -20000, 11111, -20000, 3000)), "serial", "axis", True),
    "ice40_mac16": (
        fir((3000, -20000, 11111, -20000, 3001)),
        {"name": "serial", "mac16": True},
        "axis",
        True,
    ),
    "ice40_bank": (
        Bank(filters=(fir((9000, 3001, 3002, 9000), SQ(1, 11)), fir((-30000, 9001), SQ(1, 11)))),
        "serial",
        "axis",
        True,
    ),
    "ecp5_memories": (
        Bank(filters=(fir((9000, 3001, 3002, 9000), SQ(1, 11)), fir((-30000, 9001), SQ(1, 11)))),
        {"name": "serial", "memory": "block"},
        "axis",
        True,
    ),
    "ecp5_bank": (
        Bank(filters=(fir((9000, 3001, 3001, 9000), SQ(1, 11)), fir((-30000, 9001), SQ(1, 11)))),
        "direct",
        "axis",
        True,
    ),
}


def target(case):
    """A case for a target of its own is named after it."""
    name = case.split("_")[0]
    return name if name in rtl.TARGETS else "generic"


@cache
def files(case):
    node, architecture, interface, backpressure = CASES[case]
    core = rtl.build(node, architecture, target=target(case))
    rng = np.random.default_rng(1)
    x = np.array([rng.integers(f.lo, f.hi + 1, 300) for f in node.inputs])
    for lane, fmt in zip(x, node.inputs, strict=True):
        lane[:12] = 0
        lane[0], lane[20:30], lane[30:40] = fmt.hi, fmt.hi, fmt.lo
    y = np.asarray(model.run(node, x[0] if node.n_in == 1 else x)).reshape(node.n_out, -1)
    return emit.core_files(
        emit.CoreSource(
            node=node,
            core=core,
            name=case,
            interface=interface,
            backpressure=backpressure,
            target=target(case),
            stimulus=x,
            expected=y,
        )
    )


def put(folder: Path, case: str, **changed: str) -> Path:
    for name, text in {**files(case), **changed}.items():
        (folder / name).write_text(text)
    return folder


def run_verilog(folder: Path, case: str) -> str:
    """Output of the plain Verilog bench."""
    subprocess.run(
        ["iverilog", "-g2001", "-s", f"{case}_tb", "-o", "tb", f"{case}_tb.v", f"{case}.v"],
        cwd=folder,
        check=True,
    )
    done = subprocess.run(
        ["vvp", "-n", "tb"], cwd=folder, capture_output=True, text=True, timeout=120
    )
    return done.stdout


def run_cocotb(folder: Path, case: str) -> subprocess.CompletedProcess[str]:
    """The cocotb bench, as its Makefile starts it: a process that cannot import fxfir."""
    hide = folder / "hide"
    hide.mkdir(exist_ok=True)
    (hide / "fxfir.py").write_text("raise ImportError('the bench must not need fxfir')\n")
    return subprocess.run(
        ["make", f"PYTHON={sys.executable}"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(hide)},
    )


@pytest.mark.sim
@pytest.mark.parametrize("case", CASES)
def test_the_plain_verilog_bench_passes(case, icarus, tmp_path):
    put(tmp_path, case)
    done = subprocess.run(["make", "tb"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"PASS: {case}" in done.stdout
    assert done.stderr == "", "iverilog -Wall must be silent"


@pytest.mark.sim
@pytest.mark.parametrize("case", CASES)
def test_the_cocotb_bench_passes_without_fxfir(case, icarus, tmp_path):
    done = run_cocotb(put(tmp_path, case), case)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert f"PASS: {case}, 6 tests" in done.stdout


def replaced(pattern: str, new: str, text: str) -> str:
    """Text with the first match changed; the pattern must match."""
    found, count = re.subn(pattern, new, text, count=1)
    assert count == 1, f"nothing in the text matches {pattern}"
    return found


BREAKS = {
    "a coefficient bit": ("direct", r"sd3000\b|sd375\b", lambda m: f"sd{int(m[0][2:]) ^ 1}"),
    "a pipeline register": ("direct", r"valid2 <= valid1;", "valid2 <= 1'b0 & valid1;"),
    "one register less of latency": ("direct", r"m_axis_tvalid <= (\w+) \|", None),
    "the enable": ("direct", r"if \(ce\) begin", "if (1'b1) begin"),
    "the reset": ("transposed", r"if \(rst\) begin", "if (1'b0) begin"),
    "the reset of the enable": (
        "direct",
        r"if \(rst\) begin\n(\s+)ce <= 1'b1;",
        "if (1'b0) begin\n ce <= 1'b1;",
    ),
    "sign extension": ("lanes", r"assign m_axis_tdata = \{", "assign m_axis_tdata = ~{"),
    "a sign in a vendor's block": ("ecp5_pairs", r"A_SIGNED & a_q\[17\]", "1'b0"),
    "a vendor's block that runs on": ("ecp5_bank", r"\.ce\(ce\)", ".ce(1'b1)"),
    "a sign in a pre-adder": ("xc7_minus", r"d_q - a2_q", "d_q + a2_q"),
    "a register between blocks": ("xc7_minus", r"a1_q <= acin;", "a1_q <= ~acin;"),
    "a last bit of 17": ("ice40_pairs", r"odd\[2\] \?", "1'b0 ?"),
    "history between blocks": ("xc7_row", r"\.ce_a2\(step5\)", ".ce_a2(ce)"),
    "the rounding constant": ("xc7_pairs", r"\} \+ c;", "};"),
    "an unknown state": ("biquads", "", None),
    "input ready stuck": (
        "one_by_one",
        r"assign s_axis_tready = .*;",
        "assign s_axis_tready = 1'b0;",
    ),
}


def broken(what: str) -> tuple[str, str]:
    case, pattern, new = BREAKS[what]
    text = files(case)[f"{case}.v"]
    if what == "an unknown state":
        # A recursive filter is not flushed: what it starts with stays.
        return case, re.sub(r"(\w+) = (\d+)'sd0;", r"\1 = {\2{1'bx}};", text)
    if what == "one register less of latency":
        held = re.search(pattern, text)
        assert held is not None
        earlier = re.search(rf"{held[1]} <= (\w+);", text)
        assert earlier is not None
        return case, text.replace(held[0], f"m_axis_tvalid <= {earlier[1]} |")
    return case, replaced(pattern, new, text)


@pytest.mark.sim
@pytest.mark.parametrize("what", BREAKS)
def test_the_plain_verilog_bench_sees_it(what, icarus, tmp_path):
    case, text = broken(what)
    out = run_verilog(put(tmp_path, case, **{f"{case}.v": text}), case)
    assert "FAIL" in out
    assert "PASS" not in out


@pytest.mark.sim
@pytest.mark.parametrize("what", BREAKS)
def test_the_cocotb_bench_sees_it(what, icarus, tmp_path):
    case, text = broken(what)
    done = run_cocotb(put(tmp_path, case, **{f"{case}.v": text}), case)
    assert done.returncode != 0
    assert "FAIL:" in done.stderr


@pytest.mark.sim
def test_a_history_that_only_a_late_start_shows_is_seen_by_both(icarus, tmp_path):
    # Start-up leaves the last word of one memory alone; a sample at once hides that.
    golden = Path(__file__).parents[2] / "hdl" / "cores" / "serial64"
    folder = tmp_path / "serial64"
    shutil.copytree(golden, folder)
    path = folder / "serial64.v"
    late = replaced(r"wrote_at <= head;", "late <= head; wrote_at <= late;", path.read_text())
    path.write_text(replaced(r"integer k;", "reg [4:0] late = 5'd0; integer k;", late))
    assert "FAIL: serial64, sample 0" in run_verilog(folder, "serial64")
    done = run_cocotb(folder, "serial64")
    assert done.returncode != 0
    assert "FAIL: 5 of 6 tests passed, 1 failed" in done.stderr


@pytest.mark.sim
def test_a_dropped_sample_is_seen_by_both(icarus, tmp_path):
    case = "direct"
    put(tmp_path, case)
    path = tmp_path / f"{case}.v"
    text = path.read_text().replace(f"module {case} (", f"module {case}_inner (", 1)
    start = text.index("(", text.index(f"module {case}_inner"))
    head = text[start : text.index(");", start) + 2]
    names = re.findall(r"(\w+),?\n", head)
    # A shell that swallows the fortieth sample: the source sees it taken, the core does not.
    pins = ", ".join(
        f".{n}({n if n != 's_axis_tvalid' else 's_axis_tvalid & ~eat'})" for n in names
    )
    shell = (
        f"module {case} {head.replace('output reg ', 'output wire')}\n"
        "reg [9:0] n; wire eat = n == 10'd40; initial n = 10'd0;\n"
        "always @(posedge aclk) if (!aresetn) n <= 10'd0;\n"
        "else if (s_axis_tvalid & s_axis_tready) n <= n + 10'd1;\n"
        f"{case}_inner inner ({pins});\nendmodule\n"
    )
    path.write_text(shell + text)
    assert "FAIL" in run_verilog(tmp_path, case)
    assert run_cocotb(tmp_path, case).returncode != 0


@pytest.mark.sim
def test_a_bench_that_runs_no_test_fails(icarus, tmp_path):
    case = "direct"
    text = files(case)[f"test_{case}.py"]
    put(tmp_path, case, **{f"test_{case}.py": text.replace("@cocotb.test()\n", "")})
    done = run_cocotb(tmp_path, case)
    assert done.returncode != 0
    assert "FAIL:" in done.stderr


@pytest.mark.sim
def test_a_bench_that_lost_one_test_fails(icarus, tmp_path):
    case = "direct"
    text = files(case)[f"test_{case}.py"]
    put(tmp_path, case, **{f"test_{case}.py": text.replace("@cocotb.test()\n", "", 1)})
    done = run_cocotb(tmp_path, case)
    assert done.returncode != 0
    assert "FAIL: 5 of 6 tests passed, 0 failed" in done.stderr


@pytest.mark.parametrize("interval", [1, 2, 5, 16, 24, 64, 256])
def test_resets_meet_a_serial_pass_at_many_places(interval):
    timing = {"latency": interval + 6, "interval": interval, "startup": 0}
    assert len({phase % interval for phase in phases(timing)}) >= min(interval, 24)


def test_benches_are_the_same_bytes_again():
    first = files("bank")["bank_tb.v"]
    files.cache_clear()
    assert files("bank")["bank_tb.v"] == first
