"""What every core of a cascade must do; each check raises AssertionError where it does not."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

from fxfir.filters import FixedSos, Interleave
from tests.rtl.sos import oracle
from tests.rtl.sos.bench import Trace, drive


def noise(sos: FixedSos | Interleave, n: int, seed: int) -> list[int]:
    """Random words, a third of them at the ends of the input's range."""
    rng = random.Random(seed)
    lo, hi = sos.inputs[0].lo, sos.inputs[0].hi
    return [rng.choice((lo, hi, rng.randint(lo, hi), rng.randint(lo, hi))) for _ in range(n)]


def rails(sos: FixedSos, n: int) -> list[int]:
    """Long runs at both ends: they drive every state as far as it goes."""
    lo, hi = sos.input.lo, sos.input.hi
    return [hi if k % 24 < 12 else lo for k in range(n)]


def chance(seed: int, share: float):
    """Patterns that are 1 with the given probability."""
    rng = random.Random(seed)
    return lambda edge: rng.random() < share


def check_numbers(core, x: Sequence[int], **how) -> Trace:
    trace = drive(core, x, **how)
    want = oracle.run(core.filter, x)
    assert trace.output == want, _difference(trace.output, want)
    return trace


def check_timing(core, n: int = 12) -> None:
    """Latency of every sample, interval between any two, startup: measured as declared."""
    timing = core.timing
    trace = drive(core, noise(core.filter, n, 1))
    accepted = [timing.startup + k * timing.interval for k in range(n)]
    assert trace.ready_at[0] == timing.startup, "startup"
    assert trace.accepted_at == accepted, "interval"
    assert trace.emitted_at == [edge + timing.latency for edge in accepted], "latency"


def check_stalls(core, n: int, seed: int) -> None:
    """Random gaps and stalls change no number, and stalls cost no more than they last."""
    x = noise(core.filter, n, seed)
    for share in (0.3, 0.8):
        check_numbers(
            core, x, valid=chance(seed, share), ready=chance(seed + 1, 1 - share), probe=True
        )
    trace = check_numbers(core, x, ready=chance(seed, 0.7))
    fastest = core.timing.startup + (n - 1) * core.timing.interval + core.timing.latency
    assert trace.emitted_at[-1] <= fastest + trace.stalled, "a stall leaves a bubble"


def check_resets(core, seed: int) -> None:
    """One clock of reset at every phase of a pass: zero history, data at once after it."""
    timing = core.timing
    resets, edge = [], 0
    for phase in range(timing.interval + timing.latency + 1):
        edge += timing.startup + 2 * timing.interval + phase + 1
        resets.append(edge)
    edges = edge + timing.startup + 4 * timing.interval + timing.latency + 1
    x = noise(core.filter, edges, seed)
    trace = drive(core, x, reset_at=resets, limit=edges)
    cuts = [-1, *resets, edges]
    for start, stop in pairwise(cuts):
        sent = [k for k, at in enumerate(trace.accepted_at) if start < at < stop]
        got = [
            word
            for word, at in zip(trace.output, trace.emitted_at, strict=True)
            if start < at < stop
        ]
        assert trace.accepted_at[sent[0]] == start + 1 + timing.startup, "data at once"
        due = sum(trace.accepted_at[k] + timing.latency < stop for k in sent)
        assert len(got) == due, "a sample in flight came out of a reset"
        want = oracle.run(core.filter, [x[k] for k in sent])[:due]
        assert got == want, _difference(got, want)


def _difference(got: list[int], want: list[int]) -> str:
    for n, (a, b) in enumerate(zip(got, want, strict=False)):
        if a != b:
            return f"sample {n}: got {a}, expected {b}"
    return f"got {len(got)} samples, expected {len(want)}"
