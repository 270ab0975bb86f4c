"""The promises of every core, checked against a definition in plain integers.

Each check builds its own core through `make`, so that it can be handed a broken one.
"""

import random
from collections.abc import Callable, Sequence
from itertools import count, islice, pairwise

from fxfir.filters import FixedFir, Node
from fxfir.rtl import Core
from tests.rtl.simulate import expected, frames, run

Make = Callable[[], Core]


def samples_for(node: Node, count: int, rng: random.Random) -> list[list[int]]:
    """Lanes of random words, the ends of the range more often than chance would have it."""
    return [
        [
            rng.choice([rng.randint(f.lo, f.hi), rng.randint(f.lo, f.hi), f.lo, f.hi])
            for _ in range(count)
        ]
        for f in node.inputs
    ]


def worst_case(fir: FixedFir) -> list[int]:
    """Drive the accumulator to its largest sum, then to its smallest."""
    lo, hi = fir.input.lo, fir.input.hi
    up = [hi if tap > 0 else lo for tap in reversed(fir.taps)]
    down = [lo if tap > 0 else hi for tap in reversed(fir.taps)]
    return up + down


def check_numbers_and_timing(make: Make, node: Node, lanes: Sequence[Sequence[int]]) -> None:
    """Same integers, and latency, interval and start-up as declared, from power-up on."""
    core = make()
    timing = core.timing
    trace = run(core, frames(lanes))
    assert trace.lanes == expected(node, lanes)
    assert trace.first_ready == timing.startup
    assert trace.accepted_at[0] == timing.startup
    assert {b - a for a, b in pairwise(trace.accepted_at)} <= {timing.interval}
    taken = zip(trace.accepted_at, trace.emitted_at, strict=True)
    assert {emitted - accepted for accepted, emitted in taken} == {timing.latency}
    if timing.interval == 1:
        edges = trace.emitted_at[-1] - trace.accepted_at[0] + 1
        assert edges == len(lanes[0]) + timing.latency


def check_gaps_and_stalls(
    make: Make, node: Node, lanes: Sequence[Sequence[int]], rng: random.Random
) -> None:
    """No pattern of gaps and stalls loses, repeats, reorders or changes a sample."""
    edges = 3 * len(lanes[0])
    for gap, stall in (rng.choice([(0.5, 0.0), (0.0, 0.5)]), (rng.random(), rng.random())):
        trace = run(
            make(),
            frames(lanes),
            gaps=[rng.random() < gap for _ in range(edges)],
            stalls=[rng.random() < stall for _ in range(edges)],
        )
        assert trace.lanes == expected(node, lanes)


def check_no_bubbles(
    make: Make, node: Node, lanes: Sequence[Sequence[int]], rng: random.Random
) -> None:
    """At full rate and with a full source, every edge with ready high moves a sample."""
    core = make()
    assert core.timing.interval == 1
    stalls = [rng.random() < 0.4 for _ in range(4 * len(lanes[0]) + core.timing.startup)]
    trace = run(core, frames(lanes), stalls=stalls)
    first = trace.emitted_at[0]
    stalled = {edge for edge, stall in enumerate(stalls) if stall}
    open_edges = (edge for edge in count(first) if edge not in stalled)
    assert trace.emitted_at == list(islice(open_edges, len(lanes[0])))


def check_reset(
    make: Make,
    node: Node,
    lanes: Sequence[Sequence[int]],
    edge: int,
    rng: random.Random,
    *,
    stalled: bool = False,
) -> None:
    """One clock of reset in mid-stream: what follows is as if the history were zero."""
    dirt = frames(samples_for(node, 200, rng))
    core = make()
    trace = run(
        core,
        dirt,
        stalls=[stalled and rng.random() < 0.5 for _ in range(edge)],
        resets=[edge],
        restart=frames(lanes),
    )
    assert trace.lanes == expected(node, lanes)
    assert trace.first_ready == core.timing.startup
    assert trace.emitted_at[0] - trace.accepted_at[0] == core.timing.latency


def check_all(make: Make, node: Node, rng: random.Random, *, samples: int = 24) -> None:
    """Run every check once."""
    lanes = samples_for(node, samples, rng)
    check_numbers_and_timing(make, node, lanes)
    check_gaps_and_stalls(make, node, lanes, rng)
    timing = make().timing
    if timing.interval == 1:
        check_no_bubbles(make, node, lanes, rng)
    edge = timing.startup + rng.randint(1, 2 * timing.interval + timing.latency)
    check_reset(make, node, lanes, edge, rng, stalled=rng.random() < 0.5)
