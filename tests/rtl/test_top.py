"""The ports of an emitted core: names, widths, padding, polarity, and no wait on the output."""

import pytest
from amaranth.hdl import ClockDomain, Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from fxfir.errors import ArchitectureError
from fxfir.filters import Bank, Interleave, Parallel
from fxfir.fixed import SQ, UQ
from fxfir.rtl import INTERFACES, build, ports, wrap
from fxfir.rtl.fir import Transposed
from tests.rtl.cases import FIRS, fir
from tests.rtl.simulate import expected

TWO = Parallel(
    filters=[
        fir([1, -3], input=SQ(1, 9), width=11),
        fir([3, 5], input=UQ(0, 3), width=5, signed=False),
    ]
)


def table(core, *args):
    return [(p.name, p.dir, p.width) for p in ports(core, *args)]


def test_port_names_and_widths():
    core = build(TWO)
    assert table(core) == [
        ("aclk", "in", 1),
        ("aresetn", "in", 1),
        ("s_axis_tdata", "in", 24),
        ("s_axis_tvalid", "in", 1),
        ("s_axis_tready", "out", 1),
        ("m_axis_tdata", "out", 24),
        ("m_axis_tvalid", "out", 1),
        ("m_axis_tready", "in", 1),
    ]
    assert table(core, "stream", False) == [
        ("clk", "in", 1),
        ("rst", "in", 1),
        ("i_payload", "in", 13),
        ("i_valid", "in", 1),
        ("i_ready", "out", 1),
        ("o_payload", "out", 16),
        ("o_valid", "out", 1),
    ]


@pytest.mark.parametrize(("channels", "width"), [(2, 1), (3, 2), (4, 2), (5, 3), (64, 6)])
def test_channels_have_a_number(channels, width):
    core = build(Interleave(filters=[fir([1, -3])], channels=channels))
    assert table(core)[-1] == ("m_axis_tuser", "out", width)
    assert table(core, "stream", False)[-1] == ("o_channel", "out", width)


@pytest.mark.parametrize("channels", [2, 3, 4])
@pytest.mark.parametrize("backpressure", [True, False])
def test_the_number_counts_outputs(channels, backpressure):
    top = wrap(build(Interleave(filters=[fir([1, -3])], channels=channels)), "axis", backpressure)
    port = {p.name: getattr(top, p.name) for p in top.ports}
    seen = []

    async def bench(ctx):
        ctx.set(port["s_axis_tvalid"], 1)
        for clock in range(90):
            active = clock in (0, 50)
            if active:
                seen.clear()
            ctx.set(port["aresetn"], int(not active))
            taken = clock % 3 != 1
            if backpressure:
                ctx.set(port["m_axis_tready"], int(taken))
            if ctx.get(port["m_axis_tvalid"]) and not active and (taken or not backpressure):
                seen.append(ctx.get(port["m_axis_tuser"]))
            await ctx.tick()

    sim = Simulator(top)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()
    assert len(seen) > 15
    assert seen == [k % channels for k in range(len(seen))]


@pytest.mark.parametrize("backpressure", [True, False])
@pytest.mark.parametrize("interface", INTERFACES)
def test_ports_are_members(interface, backpressure):
    top = wrap(build(TWO), interface, backpressure)
    names = [p.name for p in ports(top.core, interface, backpressure)]
    assert list(top.signature.members) == names
    for name in names:
        assert getattr(top, name).name == name


def test_an_unknown_interface_is_refused():
    with pytest.raises(
        ArchitectureError, match=r"interface must be one of axis, stream, got 'ahb'"
    ):
        wrap(build(TWO), "ahb")


@pytest.mark.parametrize("backpressure", [True, False])
@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize("architecture", [None, "serial"])
def test_samples_through_the_ports(interface, backpressure, architecture):
    top = wrap(build(TWO, architecture), interface, backpressure)
    axis = interface == "axis"
    lanes = [[511, -512, 100, -1, 7], [7, 0, 5, 3, 1]]
    want = expected(TWO, lanes)
    # Padding bits of the input hold what must be ignored.
    words = [
        (a & 0x3FF) | 0x2A << 10 | b << 16 | 0x15 << 19 if axis else (a & 0x3FF) | b << 10
        for a, b in zip(*lanes, strict=True)
    ]
    got = [[], []]
    port = {p.name: getattr(top, p.name) for p in top.ports}
    prefix = ("s_axis_t", "m_axis_t", "data") if axis else ("i_", "o_", "payload")
    data, valid, ready = (port[f"{prefix[0]}{n}"] for n in (prefix[2], "valid", "ready"))
    out, out_valid = (port[f"{prefix[1]}{n}"] for n in (prefix[2], "valid"))
    reset = port["aresetn"] if axis else port["rst"]

    async def bench(ctx):
        queue = list(words)
        for clock in range(120):
            active = clock in (0, 40)
            ctx.set(reset, int(active != axis))
            if clock == 41:  # once more, after a reset in mid-stream
                queue = list(words)
                for lane in got:
                    lane.clear()
            ctx.set(valid, int(bool(queue)))
            ctx.set(data, queue[0] if queue else 0)
            if backpressure:
                ctx.set(port[f"{prefix[1]}ready"], 1)
            if ctx.get(out_valid) and not active:
                word = ctx.get(out)
                if axis:
                    assert word >> 11 & 31 == (word >> 10 & 1) * 31, "lane 0 is not sign-extended"
                    assert word >> 21 == 0, "lane 1 is not zero-extended"
                a, b = word & 0x7FF, word >> (16 if axis else 11) & 31
                got[0].append(a - (a >> 10 << 11))
                got[1].append(b)
            if ctx.get(ready) and queue and not active:
                queue.pop(0)
            await ctx.tick()

    sim = Simulator(top)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()
    assert got == want


def test_a_core_in_somebody_elses_design():
    filter = FIRS["asymmetric"]

    class Doubled(wiring.Component):
        """Somebody's own component: their logic in front of a filter."""

        i: In(stream.Signature(7))
        o: Out(stream.Signature(10))

        def elaborate(self, platform):
            m = Module()
            m.submodules.fir = core = Transposed(filter)
            m.d.comb += [
                core.i.payload.eq(self.i.payload << 1),
                core.i.valid.eq(self.i.valid),
                self.i.ready.eq(core.i.ready),
            ]
            wiring.connect(m, core.o, wiring.flipped(self.o))
            return m

    m = Module()
    m.domains.sync = ClockDomain()
    m.submodules.dut = dut = Doubled()
    samples, got = [1, 63, 0, 20], []

    async def bench(ctx):
        queue = list(samples)
        ctx.set(dut.o.ready, 1)
        for _ in range(40):
            ctx.set(dut.i.valid, int(bool(queue)))
            ctx.set(dut.i.payload, queue[0] if queue else 0)
            if ctx.get(dut.o.valid):
                got.append(ctx.get(dut.o.payload))
            if queue and ctx.get(dut.i.ready):
                queue.pop(0)
            await ctx.tick()

    sim = Simulator(m)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()
    want = expected(filter, [[2 * x for x in samples]])[0]
    assert got == [v & 0x3FF for v in want]


def test_a_bank_keeps_one_input():
    core = build(Bank(filters=[FIRS["even"], FIRS["odd"]]))
    assert table(core)[2] == ("s_axis_tdata", "in", 8)
    assert table(core)[5] == ("m_axis_tdata", "out", 32)
