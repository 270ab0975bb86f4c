"""Every FIR architecture keeps the contract; a new line in ARCHITECTURES is tested with it."""

import random
import re

import pytest
from amaranth.back import rtlil
from amaranth.sim import Simulator
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.errors import ArchitectureError
from fxfir.filters import FixedFir
from fxfir.fixed import SQ, Cast
from fxfir.rtl import build
from fxfir.rtl.fir import ARCHITECTURES, Direct, Serial, Symmetric, Transposed, mirror
from tests.rtl import contract
from tests.rtl.cases import FIRS, fir, firs


def _mirrored(taps) -> bool:
    while taps[0] == 0:
        taps = taps[1:]
    while taps[-1] == 0:
        taps = taps[:-1]
    back = taps[::-1]
    return taps == back or taps == tuple(-t for t in back)


# Name, class and options; `symmetric` and a forced fold need taps that allow them.
VARIANTS = {name: (cls, {}) for name, cls in ARCHITECTURES.items()}
VARIANTS["serial_flat"] = (Serial, {"fold": False})

CASES = [
    pytest.param(cls, options, filter, id=f"{variant}-{case}")
    for variant, (cls, options) in VARIANTS.items()
    for case, filter in FIRS.items()
    if cls is not Symmetric or _mirrored(filter.taps)
]


def test_every_architecture_is_covered():
    covered = {case.values[0] for case in CASES}
    assert covered == set(ARCHITECTURES.values())
    assert sum(_mirrored(f.taps) for f in FIRS.values()) >= 10


@pytest.mark.parametrize(("cls", "options", "filter"), CASES)
def test_numbers_timing_gaps_and_stalls(cls, options, filter, seed):
    rng = random.Random(seed)
    make = lambda: cls(filter, **options)  # noqa: E731
    drive = contract.worst_case(filter)
    drive += contract.samples_for(filter, 12, rng)[0]
    contract.check_numbers_and_timing(make, filter, [drive])
    contract.check_gaps_and_stalls(make, filter, [drive], rng)


@pytest.mark.parametrize(("cls", "options"), VARIANTS.values(), ids=VARIANTS)
def test_random_stalls_cost_no_bubbles_at_full_rate(cls, options, seed):
    filter = FIRS["even"]
    if cls is Serial:
        # Each pass is paid for, but a sink that stalls less than a pass costs nothing.
        core = cls(filter, **options)
        interval = core.timing.interval
        lanes = contract.samples_for(filter, 12, random.Random(seed))
        stalls = ([1] * (interval - 1) + [0]) * 40
        trace = contract.run(core, contract.frames(lanes), stalls=stalls)
        assert {b - a for a, b in zip(trace.accepted_at, trace.accepted_at[1:], strict=False)} == {
            interval
        }
        return
    rng = random.Random(seed)
    lanes = contract.samples_for(filter, 40, rng)
    contract.check_no_bubbles(lambda: cls(filter, **options), filter, lanes, rng)


@pytest.mark.parametrize("cls", [Direct, Transposed, Symmetric])
def test_ready_of_the_input_does_not_wait_for_that_of_the_output(cls):
    """It falls one edge after a stall begins, and rises one edge after the stall ends."""
    core = cls(FIRS["even"])
    timing = core.timing
    seen = []

    async def bench(ctx):
        ctx.set(core.i.valid, 1)
        ctx.set(core.o.ready, 1)
        for _ in range(timing.startup + timing.latency + 3):
            await ctx.tick()
        for ready in (0, 0, 1, 1, 0, 1, 0, 0, 1, 1):
            ctx.set(core.o.ready, 1 - ready)
            other = ctx.get(core.i.ready)
            ctx.set(core.o.ready, ready)
            assert ctx.get(core.i.ready) == other
            seen.append(other)
            await ctx.tick()

    sim = Simulator(core)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()
    assert seen == [1, 0, 0, 1, 1, 0, 1, 0, 0, 1]


@pytest.mark.parametrize("case", ["asymmetric", "half_band", "one_tap", "moving_average"])
@pytest.mark.parametrize("options", [{}, {"fold": False}], ids=["auto", "flat"])
def test_serial_survives_a_reset_at_every_phase_of_a_pass(case, options, seed):
    filter = FIRS[case]
    rng = random.Random(seed)
    make = lambda: Serial(filter, **options)  # noqa: E731
    timing = make().timing
    lanes = contract.samples_for(filter, filter.n_taps + 2, rng)
    # Far enough for the memory to have wrapped, then each phase in turn.
    start = timing.interval * (2 * filter.n_taps + 3)
    for phase in range(timing.interval + 1):
        contract.check_reset(make, filter, lanes, start + phase, rng)


@pytest.mark.parametrize("cls", [Direct, Transposed, Symmetric])
@pytest.mark.parametrize("case", ["half_band", "moving_sum", "anti_odd", "late_tap"])
def test_reset_in_mid_stream(cls, case, seed):
    filter = FIRS[case]
    rng = random.Random(seed)
    make = lambda: cls(filter)  # noqa: E731
    lanes = contract.samples_for(filter, filter.n_taps + 2, rng)
    startup = make().timing.startup
    for edge in (1, startup // 2 + 1, startup + filter.n_taps + 9):
        contract.check_reset(make, filter, lanes, edge, rng, stalled=edge % 2 == 0)


@given(filter=firs(), name=st.sampled_from(sorted(ARCHITECTURES)), seed=st.integers(0, 2**32))
@settings(max_examples=30)
def test_any_filter_in_any_architecture(filter, name, seed):
    if name == "symmetric" and not mirror(filter.taps):
        name = "direct"
    contract.check_all(lambda: build(filter, name), filter, random.Random(seed), samples=12)


@pytest.mark.slow
@given(filter=firs(), name=st.sampled_from(sorted(ARCHITECTURES)), seed=st.integers(0, 2**32))
@settings(max_examples=600)
def test_very_many_filters(filter, name, seed):
    if name == "symmetric" and not mirror(filter.taps):
        name = "transposed"
    contract.check_all(lambda: build(filter, name), filter, random.Random(seed))


@given(filter=firs())
@settings(max_examples=60)
def test_serial_is_as_fast_as_promised(filter):
    for options in ({}, {"fold": False}):
        timing = Serial(filter, **options).timing
        assert timing.interval <= sum(t != 0 for t in filter.taps)
        assert timing.latency <= filter.n_taps + 6
        assert timing.startup == 0


def _multipliers(core) -> int:
    return len(re.findall(r"cell \$mul ", rtlil.convert(core, emit_src=False)))


LONG = [3, -7, 11, -19, 23, 37, -41, 59, 61, 83]


@pytest.mark.parametrize(
    ("cls", "taps", "multipliers"),
    [
        (Direct, LONG, 10),
        (Transposed, LONG, 10),
        (Symmetric, LONG + LONG[::-1], 10),
        (Symmetric, [*LONG, 101, *LONG[::-1]], 11),
        (Symmetric, [*LONG, 0, *(-t for t in LONG[::-1])], 10),
        (Serial, LONG, 1),
        (Transposed, [3, 6, -12, 0, 24], 1),
        (Transposed, [1, -2, 64, 0, -1], 0),
        (Direct, [1, -2, 64, 0, -1], 0),
        (Symmetric, [1, -2, 64, -2, 1], 0),
        (Direct, [3, 0, 1, 0, 5], 2),
        (Symmetric, [3, 0, 5, 8, 5, 0, 3], 2),
        (Symmetric, [102] * 5, 1),
        (Transposed, [102] * 5, 1),
        (Serial, [102] * 5, 1),
        (Serial, [-4, 4], 0),
    ],
)
def test_number_of_multipliers(cls, taps, multipliers):
    assert _multipliers(cls(fir(taps, coeff=9))) == multipliers


def test_symmetric_says_which_taps_break_the_symmetry():
    with pytest.raises(
        ArchitectureError,
        match=re.escape(
            "architecture 'symmetric' needs taps that are symmetric or antisymmetric, "
            "got taps[2] = 4 and taps[3] = 3"
        ),
    ):
        Symmetric(fir([0, 2, 4, 3, 2]))
    with pytest.raises(ArchitectureError, match=re.escape("taps[1] = 5 and taps[1] = 5")):
        Symmetric(fir([2, 5, -2]))


def test_fold_needs_a_symmetry():
    with pytest.raises(ArchitectureError, match=re.escape("fold of architecture 'serial' needs")):
        Serial(fir([1, 2, 3]), fold=True)
    assert Serial(fir([1, 2, 1])).architecture == {"name": "serial", "fold": True}
    assert Serial(fir([1, 2, 3])).architecture == {"name": "serial", "fold": False}


@pytest.mark.parametrize("cls", ARCHITECTURES.values())
def test_another_kind_of_filter_is_refused(cls):
    with pytest.raises(ArchitectureError, match=r"builds a FixedFir, got a Cast"):
        cls(Cast(to=SQ(1, 7)))


def test_timing_is_known_before_elaboration_and_every_width_is_exact():
    filter = FixedFir(taps=(1, 2, 3), coeff=SQ(3, 0), input=SQ(1, 15), output=Cast(to=SQ(4, 15)))
    assert Transposed(filter).timing.latency == 3
    # The exact sum fits, so the cast is wiring and the sum enters the output register.
    text = rtlil.convert(Transposed(filter), emit_src=False)
    assert re.search(r"wire width 19 signed \\y\b", text)
