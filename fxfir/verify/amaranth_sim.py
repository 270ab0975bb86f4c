"""The amaranth engine: the component itself, rebuilt from the manifest, in Amaranth's simulator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fxfir.verify.bench import Bench
from fxfir.verify.job import Job, to_data, to_trace
from fxfir.verify.target import Pins, Target
from fxfir.verify.trace import Trace

__all__ = ["component", "run_jobs"]

_REPORT_EVERY = 256


def component(target: Target) -> Any:
    """Rebuild the component with its ports from the manifest.

    Parameters
    ----------
    target : Target

    Returns
    -------
    amaranth.lib.wiring.Component
        Ports as in the manifest, the clock and the reset among them.

    Raises
    ------
    ArchitectureError
        If the manifest's architecture is unknown or cannot build the filter.
    """
    from fxfir import rtl

    core = rtl.build(
        target.node,
        target.manifest.get("architecture"),
        target=target.manifest.get("target", "generic"),
    )
    return rtl.wrap(
        core,
        interface=target.manifest["interface"],
        backpressure=target.pins.o_ready is not None,
    )


def run_jobs(
    target: Target,
    jobs: Sequence[Job],
    *,
    progress: Callable[[int], None] | None = None,
    limit_s: float | None = None,
) -> list[Trace]:
    """Simulate the component; arguments as for `fxfir.verify.icarus.run_jobs`.

    Notes
    -----
    The time limit is not needed here: every loop ends, since the bench counts edges.
    """
    del limit_s
    return simulate(lambda: component(target), target, jobs, progress=progress)


def simulate(
    make: Callable[[], Any],
    target: Target,
    jobs: Sequence[Job],
    *,
    progress: Callable[[int], None] | None = None,
) -> list[Trace]:
    """Simulate any component that has the target's ports.

    Parameters
    ----------
    make : callable
        Returns a fresh component; called for every job that starts from power-up.
    target : Target
    jobs : sequence of Job
    progress : callable, optional

    Returns
    -------
    list of Trace
    """
    from amaranth.sim import Simulator

    benches = [Bench(to_data(job, target)) for job in jobs]
    starts = [k for k, job in enumerate(jobs) if k == 0 or job.power_up]
    taken = 0
    for start, end in zip(starts, [*starts[1:], len(jobs)], strict=True):
        top = make()
        simulator = Simulator(top)
        group = benches[start:end]
        simulator.add_testbench(_testbench(top, target.pins, group, taken, progress))
        simulator.run()
        taken += sum(bench.next for bench in group)
        if progress is not None:
            progress(taken)
    return [
        to_trace(bench.result(), job, target, "amaranth")
        for bench, job in zip(benches, jobs, strict=True)
    ]


def _testbench(
    top: Any,
    pins: Pins,
    benches: Sequence[Bench],
    before: int,
    progress: Callable[[int], None] | None,
) -> Callable[[Any], Any]:
    clock, reset = getattr(top, pins.clock), getattr(top, pins.reset)
    i_valid, i_data = getattr(top, pins.i_valid), getattr(top, pins.i_data)
    o_valid, o_data = getattr(top, pins.o_valid), getattr(top, pins.o_data)
    i_ready = getattr(top, pins.i_ready) if pins.i_ready else None
    o_ready = getattr(top, pins.o_ready) if pins.o_ready else None
    o_channel = getattr(top, pins.o_channel) if pins.o_channel else None
    i_set = getattr(top, pins.i_set) if pins.i_set else None
    low = (1 << pins.data_width) - 1
    active = pins.reset_active
    mask = (1 << pins.o_width) - 1
    i_sign = 1 << (pins.data_width - 1) if i_data.shape().signed else 0

    async def run(ctx: Any) -> None:
        # The clock is an ordinary port. Each `set` settles the design before it returns, so only
        # what changes is set, and simulated time never has to move.
        now = before
        for bench in benches:
            was: tuple[int, int, int, int] | None = None
            going = True
            reported = 0
            while going:
                drive = (bench.reset, bench.valid, bench.data, bench.ready)
                if was is None or drive[0] != was[0]:
                    ctx.set(reset, drive[0] if active else 1 - drive[0])
                if was is None or drive[2] != was[2]:
                    ctx.set(i_data, ((drive[2] & low) ^ i_sign) - i_sign)
                    if i_set is not None:
                        ctx.set(i_set, drive[2] >> pins.data_width)
                if was is None or drive[1] != was[1]:
                    ctx.set(i_valid, drive[1])
                if o_ready is not None and (was is None or drive[3] != was[3]):
                    ctx.set(o_ready, drive[3])
                was = drive
                valid = ctx.get(o_valid)
                data = ctx.get(o_data) & mask if valid else 0
                if valid and o_channel is not None:
                    data |= ctx.get(o_channel) << pins.o_width
                going = bench.step(
                    1 if i_ready is None else ctx.get(i_ready),
                    valid,
                    data,
                )
                ctx.set(clock, 1)
                ctx.set(clock, 0)
                if progress is not None and bench.next >= reported + _REPORT_EVERY:
                    reported = bench.next
                    progress(now + reported)
            now += bench.next

    return run
