"""Test bench of the core in this folder: cocotb tests, and the runner that starts them.

It reads manifest.json and vectors.json beside it and needs cocotb and a simulator, nothing else.

    python3 test_serial64.py      or      pytest test_serial64.py      or      make

Environment: SIM (icarus), SEED (printed by every random test), SIM_BUILD (where to build).
"""

import json
import os
import random
import sys
from pathlib import Path
from xml.etree import ElementTree

import cocotb
from cocotb.triggers import Timer

HERE = Path(__file__).resolve().parent
MANIFEST = json.loads((HERE / "manifest.json").read_text())
VECTORS = json.loads((HERE / "vectors.json").read_text())
TIMING = MANIFEST["timing"]
SEED = int(os.environ.get("SEED", "1"))
TESTS = 6  # the runner wants to see exactly so many pass

NAMES = {
    "axis": ("aclk", "aresetn", "s_axis_tdata", "s_axis_tvalid", "s_axis_tready",
             "m_axis_tdata", "m_axis_tvalid", "m_axis_tready", "m_axis_tuser", "s_axis_tuser"),
    "stream": ("clk", "rst", "i_payload", "i_valid", "i_ready",
               "o_payload", "o_valid", "o_ready", "o_channel", "i_set"),
}  # fmt: skip


def lane_formats(node, side):
    """(signed, width) of each lane on one side of a filter: "in" or "out"."""
    kind = node["type"]
    if kind == "Series":
        return lane_formats(node["stages"][0 if side == "in" else -1], side)
    if kind == "Interleave" or (kind == "Bank" and side == "in"):
        return lane_formats(node["filters"][0], side)
    if kind in ("Bank", "Parallel"):
        return [lane for child in node["filters"] for lane in lane_formats(child, side)]
    if side == "out":
        cast = node.get("cast") or node.get("output")
        # What has no cast gives words of its input's format, but for a table.
        texts = [cast["to"] if cast else node.get("to", node["input"])]
        texts *= len(node["taps"]) if kind == "FirMatrix" else 1
    elif kind == "Sum":
        texts = node["inputs"]
    elif kind == "Select":
        texts = [node["input"]] * node["count"] + [node["index"]]
    elif kind == "FirMatrix":
        texts = [node["input"]] * len(node["taps"][0])
    elif kind == "SwitchedFir":
        texts = [node["input"], f"ufix{(len(node['taps']) - 1).bit_length()}_En0"]
    else:
        texts = [node["input"]]
    return [(text[0] == "s", int(text[4:].partition("_")[0])) for text in texts]


SET_BITS = sum(
    port["width"] for port in MANIFEST["ports"] if port["name"] in ("s_axis_tuser", "i_set")
)


class Lanes:
    """Packs one sample of all lanes into a port word: lane 0 lowest."""

    def __init__(self, side):
        self.formats = lane_formats(MANIFEST["filter"], side)
        byte = MANIFEST["interface"] == "axis"
        self.widths = [-(-w // 8) * 8 if byte else w for _, w in self.formats]
        if side == "in" and SET_BITS:
            # The number of a set has a port of its own and counts as the upper bits of the word.
            self.widths[-1] = SET_BITS

    def word(self, values, noise=None):
        """Port word; `noise` fills the padding, else it is extended by the lane's sign."""
        word = low = 0
        for (_, width), room, value in zip(self.formats, self.widths, values):
            bits = value & ((1 << room) - 1)
            if noise is not None:
                bits = (bits & ((1 << width) - 1)) | (noise.getrandbits(room) >> width << width)
            word |= bits << low
            low += room
        return word


class Bench:
    """Driver, monitor and checker of one core, one clock edge at a time.

    The clock is driven from here: inputs change while it is low, and everything is read just
    before it rises, so no two processes ever race.
    """

    def __init__(self, dut, seed=SEED):
        (clock, reset, i_data, i_valid, i_ready, o_data, o_valid, o_ready, o_channel,
         i_set) = NAMES[MANIFEST["interface"]]  # fmt: skip
        ports = {port["name"] for port in MANIFEST["ports"]}
        self.clock = getattr(dut, clock)
        self.reset = getattr(dut, reset)
        self.reset_on = 0 if reset.endswith("n") else 1
        self.i_data, self.i_valid = getattr(dut, i_data), getattr(dut, i_valid)
        self.i_ready = getattr(dut, i_ready)
        self.i_set = getattr(dut, i_set) if i_set in ports else None
        self.o_data, self.o_valid = getattr(dut, o_data), getattr(dut, o_valid)
        self.o_ready = getattr(dut, o_ready) if o_ready in ports else None
        self.o_channel = getattr(dut, o_channel) if o_channel in ports else None
        self.random = random.Random(seed)
        self.inputs, self.outputs = Lanes("in"), Lanes("out")
        self.samples = list(zip(*VECTORS["input"], strict=True))
        channels = MANIFEST["filter"].get("channels", 1)
        # The channel's number counts as the upper bits of the output word.
        self.expected = [
            self.outputs.word(v) | k % channels << sum(self.outputs.widths)
            for k, v in enumerate(zip(*VECTORS["output"], strict=True))
        ]
        self.held = None  # output word that was offered and not taken
        self.edge = 0  # number of the next edge; 0 is the first one out of reset

    async def power_up(self):
        """Give every input a value, reset released."""
        self.clock.value = 0
        self.reset.value = 1 - self.reset_on
        self.i_valid.value = 0
        self.put(0)
        if self.o_ready is not None:
            self.o_ready.value = 0

    async def tick(self, word=None, ready=True):
        """One clock edge; `word` is offered if not None. Returns (accepted, delivered word)."""
        self.i_valid.value = int(word is not None)
        self.put(self.random.getrandbits(sum(self.inputs.widths)) if word is None else word)
        if self.o_ready is None:
            ready = True
        else:
            self.o_ready.value = int(ready)
        await Timer(5, "ns")
        accepted = word is not None and bool(self.known(self.i_ready, "input ready"))
        valid = self.known(self.o_valid, "output valid")
        delivered = None
        if self.held is not None:
            assert valid, f"edge {self.edge}: valid must stay until ready, it fell"
        if valid:
            data = self.known(self.o_data, "output data while valid")
            if self.o_channel is not None:
                channel = self.known(self.o_channel, "channel number while valid")
                data |= channel << sum(self.outputs.widths)
            assert self.held in (None, data), (
                f"edge {self.edge}: data must hold until ready, {self.held:#x} became {data:#x}"
            )
            self.held = None if ready else data
            delivered = data if ready else None
        self.clock.value = 1
        await Timer(5, "ns")
        self.clock.value = 0
        self.edge += 1
        return accepted, delivered

    def put(self, word):
        """Drive the input's data and the number of the set above it."""
        low = sum(self.inputs.widths) - SET_BITS
        self.i_data.value = word & ((1 << low) - 1)
        if self.i_set is not None:
            self.i_set.value = word >> low

    def known(self, signal, what):
        """Value of a signal, which must have no X and no Z."""
        try:
            return int(signal.value)
        except ValueError:
            raise AssertionError(f"edge {self.edge}: {what} must be known, got {signal.value}") from None

    async def pulse_reset(self, edges=1):
        """Hold reset for a number of edges, offering data all the while."""
        self.reset.value = self.reset_on
        for k in range(edges):
            self.held = None
            self.i_valid.value = 1
            self.put(self.random.getrandbits(sum(self.inputs.widths)))
            await Timer(5, "ns")
            if k:
                assert not self.known(self.o_valid, "output valid in reset"), (
                    "valid must be 0 from the first edge in reset"
                )
            self.clock.value = 1
            await Timer(5, "ns")
            self.clock.value = 0
        self.reset.value = 1 - self.reset_on
        self.held = None
        self.edge = 0

    async def run(self, count, *, gap=0.0, stall=0.0, exact=False, edges=None):
        """Send `count` samples from the start of the vectors and check what comes back.

        gap, stall: chance per edge that the source or the sink holds back. exact: check the
        declared start-up, interval and latency. edges: stop after so many, in mid-stream.
        Returns the number of edges that the sink held back.
        """
        sent = got = stalls = 0
        accepted_at = []
        offer = None
        limit = (count * TIMING["interval"] + TIMING["latency"] + TIMING["startup"] + 16) * (
            1 if exact else 12
        ) + 200
        while got < count:
            if edges is not None and self.edge >= edges:
                return stalls
            assert self.edge < limit, f"{got} of {count} samples came within {limit} edges"
            if offer is None and sent < count and self.random.random() >= gap:
                offer = self.inputs.word(self.samples[sent], self.random)
            ready = self.random.random() >= stall
            stalls += not ready
            edge = self.edge
            accepted, delivered = await self.tick(offer, ready)
            if accepted:
                if exact:
                    due = TIMING["startup"] + sent * TIMING["interval"]
                    assert edge == due, f"sample {sent} must be taken at edge {due}, was at {edge}"
                accepted_at.append(edge)
                sent += 1
                offer = None
            if delivered is not None:
                assert got < sent, f"sample {got} came before it was sent"
                self.check(got, delivered)
                if exact:
                    late = edge - accepted_at[got]
                    assert late == TIMING["latency"], (
                        f"sample {got}: latency must be {TIMING['latency']}, was {late}"
                    )
                got += 1
        return stalls

    def check(self, n, word):
        """Compare one output word, padding included."""
        if word == self.expected[n]:
            return
        start = next((s for s in reversed(VECTORS["stimuli"]) if s["start"] <= n), None)
        where = f" ({start['name']})" if start else ""
        around = ", ".join(f"{w:#x}" for w in self.expected[max(0, n - 2) : n + 3])
        raise AssertionError(
            f"sample {n}{where}: expected {self.expected[n]:#x}, got {word:#x} (expected around "
            f"it: {around})"
        )

    async def drain(self):
        """Nothing more may come."""
        for _ in range(TIMING["startup"] + TIMING["latency"] + TIMING["interval"] + 4):
            _, delivered = await self.tick()
            assert delivered is None, "more samples came out than went in"

    def some(self, wish):
        """A number of samples that keeps slow cores short."""
        return min(len(self.samples), max(24, wish // TIMING["interval"]))


def history(node):
    """Number of samples that FIR filters remember, at most."""
    parts = node.get("stages", []) + node.get("filters", [])
    inside = sum(history(part) for part in parts)
    taps = node.get("taps", [])
    while taps and isinstance(taps[0], list):
        taps = taps[0]  # sets of taps, or lanes of them
    return len(taps) + inside * node.get("channels", 1)


@cocotb.test()
async def power_up_without_reset(dut):
    """Right from the first edge, no reset ever given: no X, right numbers, declared timing."""
    bench = Bench(dut)
    await bench.power_up()
    await bench.run(bench.some(300), exact=True)
    await bench.drain()


@cocotb.test()
async def back_to_back(dut):
    """All vectors at full rate: numbers, start-up, interval and latency as declared."""
    bench = Bench(dut)
    await bench.power_up()
    await bench.pulse_reset(3)
    await bench.run(len(bench.samples), exact=True)
    await bench.drain()


@cocotb.test()
async def gaps_and_stalls(dut):
    """Random gaps and stalls lose, repeat and reorder nothing."""
    for k, (gap, stall) in enumerate([(0.3, 0.3), (0.9, 0.0), (0.0, 0.8), (0.6, 0.6)]):
        dut._log.info("seed %d, gap %.1f, stall %.1f", SEED + k, gap, stall)
        bench = Bench(dut, SEED + k)
        await bench.power_up()
        await bench.pulse_reset()
        await bench.run(bench.some(400), gap=gap, stall=stall)
        await bench.drain()


@cocotb.test()
async def stalls_cost_no_more_than_they_last(dut):
    """With data always offered, the run grows by the stalled edges at most."""
    bench = Bench(dut, SEED + 10)
    dut._log.info("seed %d", SEED + 10)
    await bench.power_up()
    await bench.pulse_reset()
    count = bench.some(300)
    stalls = await bench.run(count, stall=0.25)
    free = TIMING["startup"] + (count - 1) * TIMING["interval"] + TIMING["latency"] + 1
    assert bench.edge <= free + stalls, (
        f"{count} samples must take {free} + {stalls} stalled edges at most, took {bench.edge}"
    )


@cocotb.test()
async def reset_in_mid_stream(dut):
    """One edge of reset at any phase: history is zero, what was in flight is gone."""
    bench = Bench(dut, SEED + 20)
    dut._log.info("seed %d", SEED + 20)
    await bench.power_up()
    reach = TIMING["startup"] + TIMING["latency"] + 2 * TIMING["interval"] + 8
    phases = sorted(bench.random.sample(range(1, reach), min(12, reach - 1)))
    for phase in phases:
        stall = 0.0 if bench.random.random() < 0.5 else 0.4
        await bench.pulse_reset()
        await bench.run(len(bench.samples), stall=stall, edges=phase)
        await bench.pulse_reset()
        await bench.run(bench.some(24), exact=True)
    await bench.drain()


@cocotb.test()
async def long_reset_after_stall(dut):
    """Reset with the output stalled and full: valid falls at the first edge and stays low.

    Then a reset after which nothing comes for a while.
    """
    bench = Bench(dut, SEED + 30)
    await bench.power_up()
    await bench.pulse_reset()
    await bench.run(len(bench.samples), stall=1.0, edges=TIMING["startup"] + TIMING["latency"] + 8)
    await bench.pulse_reset(4)
    # The whole memory of the filter comes round once: old samples would show.
    count = max(bench.some(100), history(MANIFEST["filter"]) + 8)
    await bench.run(min(count, len(bench.samples)), exact=True)
    await bench.drain()
    await bench.pulse_reset()
    await bench.drain()
    await bench.run(min(count, len(bench.samples)))
    await bench.drain()


def results(path):
    """(passed, failed) tests in a results file of cocotb."""
    cases = list(ElementTree.parse(path).getroot().iter("testcase"))
    failed = sum(
        any(child.tag in ("failure", "error", "skipped") for child in case) for case in cases
    )
    return len(cases) - failed, failed


def run():
    """Build and simulate; fail unless every test ran and passed.

    cocotb's runner returns, or exits with status 0, where tests failed or none ran: only the
    results file decides.
    """
    from cocotb_tools.runner import get_runner

    sys.path.insert(0, str(HERE))  # the simulator imports this file as its test module
    build = Path(os.environ.get("SIM_BUILD", HERE / "sim_build"))
    runner = get_runner(os.environ.get("SIM", "icarus"))
    runner.build(
        sources=[HERE / MANIFEST["verilog"]],
        hdl_toplevel=MANIFEST["top"],
        build_dir=build,
        always=True,
        timescale=("1ns", "1ps"),
    )
    outcome = build / "results.xml"
    outcome.unlink(missing_ok=True)
    try:
        runner.test(
            hdl_toplevel=MANIFEST["top"],
            test_module=Path(__file__).stem,
            build_dir=build,
            test_dir=build,
            results_xml=str(outcome),
        )
    except SystemExit:
        # Some versions leave this way, with status 0 even where no test ran at all.
        pass
    if not outcome.is_file():
        raise SystemExit("FAIL: the simulator left no results")
    passed, failed = results(outcome)
    if failed or passed != TESTS:
        raise SystemExit(f"FAIL: {passed} of {TESTS} tests passed, {failed} failed")
    print(f"PASS: {MANIFEST['name']}, {passed} tests")


def test_core():
    """Let pytest run the bench."""
    try:
        run()
    except SystemExit as stop:
        raise AssertionError(str(stop)) from None


if __name__ == "__main__":
    run()
