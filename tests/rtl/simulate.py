"""Drive a core in Amaranth's simulator: streams with gaps and stalls, every transfer noted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat

from amaranth.hdl import ClockDomain, Module
from amaranth.sim import Simulator

from fxfir.filters import (
    Bank,
    Clip,
    FirMatrix,
    FixedFir,
    FixedSos,
    Interleave,
    Parallel,
    Requantise,
    Select,
    Series,
    Sum,
    SwitchedFir,
    Table,
)
from fxfir.rtl.core import Core
from tests.rtl.sos import oracle


def scratch() -> Module:
    """A module that is looked at and never elaborated; Amaranth would warn of that."""
    m = Module()
    m._MustUse__silence = True
    return m


@dataclass
class Trace:
    """What happened at the edges of one run; edge 0 is the first one out of reset."""

    outputs: list[list[int]] = field(default_factory=list)  # [time][lane]
    accepted_at: list[int] = field(default_factory=list)
    emitted_at: list[int] = field(default_factory=list)
    first_ready: int | None = None

    @property
    def lanes(self) -> list[list[int]]:
        return [list(lane) for lane in zip(*self.outputs, strict=True)]


def pack(values: Sequence[int], formats) -> int:
    """Lane 0 lowest; one lane keeps its sign."""
    if len(formats) == 1:
        return int(values[0])
    word, start = 0, 0
    for value, fmt in zip(values, formats, strict=True):
        word |= (int(value) & ((1 << fmt.width) - 1)) << start
        start += fmt.width
    return word


def unpack(word: int, formats) -> list[int]:
    if len(formats) == 1:
        return [word]
    values = []
    for fmt in formats:
        bits = word & ((1 << fmt.width) - 1)
        values.append(bits - (1 << fmt.width) if fmt.signed and bits >> (fmt.width - 1) else bits)
        word >>= fmt.width
    return values


def run(
    core: Core,
    samples: Sequence[Sequence[int]],
    *,
    gaps: Iterable[int] = (),
    stalls: Iterable[int] = (),
    expect: int | None = None,
    resets: Sequence[int] = (),
    restart: Sequence[Sequence[int]] | None = None,
    limit: int | None = None,
) -> Trace:
    """Send `samples` (`[time][lane]`) and collect the outputs.

    `gaps` and `stalls` hold 1 for an edge without valid, or without ready; they continue with 0.
    `resets` are edges at which reset is active; at the last of them the trace starts again, with
    `restart` as the samples to send. Protocol rules are asserted at every edge.
    """
    m = Module()
    m.domains.sync = domain = ClockDomain()
    m.submodules.core = core
    trace = Trace()
    expect = len(restart if restart is not None else samples) if expect is None else expect
    timing = core.timing
    total = len(samples) + len(restart or ()) + 4
    if limit is None:
        limit = (
            60
            + max(resets, default=0)
            + 2 * timing.startup
            + 4 * (total * timing.interval + timing.latency)
            + 4 * (sum(gaps := list(gaps)) + sum(stalls := list(stalls)))
        )
    last_reset = max(resets, default=None)

    async def bench(ctx):
        nonlocal trace
        queue = list(samples)
        gap, stall = chain(gaps, repeat(0)), chain(stalls, repeat(0))
        edge, held, sent = 0, None, 0
        offered = False
        for clock in range(limit):
            ctx.set(domain.rst, int(clock in resets))
            # A sample once offered stays until it is taken.
            offered = offered or (sent < len(queue) and not next(gap))
            ctx.set(core.i.valid, int(offered))
            if offered:
                ctx.set(core.i.payload, pack(queue[sent], core.filter.inputs))
            else:
                ctx.set(core.i.payload, -1 if core.i.payload.shape().signed else 0)
            ready = not next(stall)
            # valid and payload must not depend on ready, nor on the input.
            ctx.set(core.o.ready, 0)
            before = ctx.get(core.o.valid), ctx.get(core.o.payload)
            ctx.set(core.o.ready, int(ready))
            valid, word = ctx.get(core.o.valid), ctx.get(core.o.payload)
            assert (valid, word) == before, "the output depends on ready"
            if held is not None:
                assert (valid, word) == (1, held), "a payload was not held until taken"
            in_reset = clock in resets
            if clock - 1 in resets:
                assert not valid, "valid after an edge in reset"
            accepts = ctx.get(core.i.ready)
            if not in_reset:
                if accepts and trace.first_ready is None:
                    trace.first_ready = edge
                if offered and accepts:
                    trace.accepted_at.append(edge)
                    sent += 1
                if valid and ready:
                    trace.outputs.append(unpack(word, core.filter.outputs))
                    trace.emitted_at.append(edge)
            held = word if valid and not ready and not in_reset else None
            if offered and accepts and not in_reset:
                offered = False
            await ctx.tick()
            edge += 1
            if clock == last_reset:
                trace = Trace()
                edge, sent, held, offered = 0, 0, None, False
                queue = list(samples if restart is None else restart)
            if len(trace.outputs) >= expect and (last_reset is None or clock > last_reset):
                break
        else:
            raise AssertionError(f"{len(trace.outputs)} of {expect} outputs after {limit} edges")
        # What comes beyond the expected outputs would be a sample made up.
        ctx.set(core.i.valid, 0)
        ctx.set(core.o.ready, 1)
        for _ in range(timing.latency + timing.interval + 4):
            assert not ctx.get(core.o.valid) or expect < len(queue), "an output too many"
            await ctx.tick()

    sim = Simulator(m)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()
    return trace


def expected(node, lanes: Sequence[Sequence[int]]) -> list[list[int]]:
    """Output lanes of a node, from the definition alone, in Python integers."""
    if isinstance(node, FixedFir):
        x = lanes[0]
        sums = [
            sum(tap * x[n - k] for k, tap in enumerate(node.taps) if n >= k) for n in range(len(x))
        ]
        return [[node.output(v, frac=node.acc.frac) for v in sums]]
    if isinstance(node, FirMatrix):
        out = []
        for row, offset in zip(node.taps, node.offsets, strict=True):
            sums = [
                offset
                + sum(
                    c * x[n - k]
                    for part, x in zip(row, lanes, strict=True)
                    for k, c in enumerate(part)
                    if n >= k
                )
                for n in range(len(lanes[0]))
            ]
            out.append([node.output(v, frac=node.input.frac + node.coeff.frac) for v in sums])
        return out
    if isinstance(node, SwitchedFir):
        x, sets = lanes[0], [node.taps[min(s, node.n_sets - 1)] for s in lanes[1]]
        sums = [
            sum(tap * x[n - k] for k, tap in enumerate(sets[n]) if n >= k) for n in range(len(x))
        ]
        return [[node.output(v, frac=node.acc.frac) for v in sums]]
    if isinstance(node, FixedSos):
        return [oracle.run(node, lanes[0])]
    if isinstance(node, Requantise):
        return [[node.cast(v, frac=node.input.frac) for v in lanes[0]]]
    if isinstance(node, Clip):
        return [[sorted((node.lo, v, node.hi))[1] for v in lanes[0]]]
    if isinstance(node, Table):
        return [[node.words[v - node.input.lo] for v in lanes[0]]]
    if isinstance(node, Select):
        return [[f[min(max(f[-1], 0), node.count - 1)] for f in zip(*lanes, strict=True)]]
    if isinstance(node, Sum):
        frac = max(f.frac for f in node.inputs)
        shifts = [frac - f.frac for f in node.inputs]
        return [
            [
                node.output(
                    node.offset + sum(v << s for v, s in zip(frame, shifts, strict=True)), frac=frac
                )
                for frame in zip(*lanes, strict=True)
            ]
        ]
    if isinstance(node, Series):
        for stage in node.stages:
            lanes = expected(stage, lanes)
        return list(lanes)
    if isinstance(node, Bank):
        return [lane for f in node.filters for lane in expected(f, lanes)]
    if isinstance(node, Parallel):
        out, start = [], 0
        for f in node.filters:
            out += expected(f, lanes[start : start + f.n_in])
            start += f.n_in
        return out
    if isinstance(node, Interleave):
        mixed = [[0] * len(lanes[0]) for _ in range(node.n_out)]
        for k, f in enumerate(node.of_channels):
            own = expected(f, [lanes[0][k :: node.channels]])
            for row, y in zip(mixed, own, strict=True):
                row[k :: node.channels] = y
        return mixed
    raise TypeError(type(node).__name__)


def frames(lanes: Sequence[Sequence[int]]) -> list[list[int]]:
    """[lane][time] to [time][lane]."""
    return [list(frame) for frame in zip(*lanes, strict=True)]
