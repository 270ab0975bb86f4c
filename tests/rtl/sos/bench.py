"""Drive a core edge by edge in Amaranth's simulator and check the rules of its ports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from amaranth.hdl import ClockDomain, Module
from amaranth.sim import Simulator

Pattern = Callable[[int], bool]


def always(edge: int) -> bool:
    return True


def listed(pattern: Sequence[bool]) -> Pattern:
    """Repeat a finite pattern for ever."""
    return lambda edge: bool(pattern[edge % len(pattern)])


@dataclass
class Trace:
    """What crossed the ports: words and the edges at which they did.

    `ready_at` lists the edges with ready high; `stalled` counts edges with an output not taken.
    """

    output: list[int] = field(default_factory=list)
    accepted_at: list[int] = field(default_factory=list)
    emitted_at: list[int] = field(default_factory=list)
    ready_at: list[int] = field(default_factory=list)
    stalled: int = 0
    edges: int = 0


class ProtocolError(AssertionError):
    """A rule of the stream was broken."""


def drive(
    core,
    x: Sequence[int],
    *,
    valid: Pattern = always,
    ready: Pattern = always,
    reset_at: Sequence[int] = (),
    n_out: int | None = None,
    limit: int | None = None,
    probe: bool = False,
) -> Trace:
    """Send `x` and collect `n_out` outputs (default: as many), or run `limit` edges.

    Parameters
    ----------
    valid, ready
        Whether the source offers, and the sink takes, at an edge. A word once offered stays.
    reset_at
        Edges at which the synchronous reset is active.
    probe
        At every edge also flip the other side's signals and check which outputs may move.
    """
    n_out = len(x) if n_out is None else n_out
    trace = Trace()
    domain = ClockDomain("sync")
    top = Module()
    top.domains += domain
    top.submodules.core = core

    def outputs(ctx):
        return ctx.get(core.o.valid), ctx.get(core.o.payload)

    async def bench(ctx):
        sent, offered, held = 0, False, None
        edge = 0
        while len(trace.output) < n_out if limit is None else edge < limit:
            if limit is None and edge > 200 * (len(x) + 10):
                raise ProtocolError(f"the core hangs after {len(trace.output)} of {n_out} outputs")
            in_reset = edge in reset_at
            offered = not in_reset and sent < len(x) and (offered or valid(edge))
            taken = ready(edge)
            ctx.set(domain.rst, int(in_reset))
            # What is offered during a reset must not enter.
            ctx.set(core.i.valid, int(offered or in_reset))
            # An idle bus carries noise: nothing may depend on it.
            ctx.set(core.i.payload, x[sent] if offered else (edge * 0x5A5A5A5B) >> 3)
            ctx.set(core.o.ready, int(taken))
            if probe:
                _probe(ctx, core, outputs, offered, taken)
            if held is not None and outputs(ctx) != held:
                raise ProtocolError(f"output {held} was not held, got {outputs(ctx)} at {edge}")
            held = None
            if not in_reset:
                is_ready = ctx.get(core.i.ready)
                if is_ready:
                    trace.ready_at.append(edge)
                if offered and is_ready:
                    trace.accepted_at.append(edge)
                    sent, offered = sent + 1, False
                is_valid, word = outputs(ctx)
                if is_valid and taken:
                    trace.emitted_at.append(edge)
                    trace.output.append(word)
                elif is_valid:
                    held = (1, word)
                    trace.stalled += 1
            await ctx.tick()
            if in_reset and ctx.get(core.o.valid):
                raise ProtocolError(f"valid is 1 after the edge in reset {edge}")
            edge += 1
        trace.edges = edge

    simulator = Simulator(top)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return trace


def _probe(ctx, core, outputs, offered: bool, taken: bool) -> None:
    """Only the input's ready may follow an input, and only the output's ready."""
    before, ready_before = outputs(ctx), ctx.get(core.i.ready)
    ctx.set(core.o.ready, int(not taken))
    if outputs(ctx) != before:
        raise ProtocolError("the output follows its ready")
    ctx.set(core.o.ready, int(taken))
    ctx.set(core.i.valid, int(not offered))
    if outputs(ctx) != before or ctx.get(core.i.ready) != ready_before:
        raise ProtocolError("an output follows the input's valid")
    ctx.set(core.i.valid, int(offered))
