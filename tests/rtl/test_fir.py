"""Every FIR architecture keeps the contract; a new line in ARCHITECTURES is tested with it."""

import inspect
import random
import re

import pytest
from amaranth.back import rtlil
from amaranth.sim import Simulator
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.errors import ArchitectureError
from fxfir.filters import FixedFir
from fxfir.fixed import SQ, Cast, Rounding
from fxfir.rtl import TARGETS, build
from fxfir.rtl.fir import (
    ARCHITECTURES,
    Direct,
    Multiplierless,
    Serial,
    Symmetric,
    Systolic,
    Transposed,
    mirror,
)
from fxfir.rtl.fir.serial_plan import foldable
from fxfir.rtl.fir.serial_store import MEMORIES
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
VARIANTS["multiplierless_transposed"] = (Multiplierless, {"form": "transposed"})
VARIANTS["multiplierless_two_levels"] = (Multiplierless, {"form": "direct", "pipeline": 2})
VARIANTS["symmetric_mac16"] = (Symmetric, {"target": "ice40", "mac16": True})
VARIANTS["serial_flat"] = (Serial, {"fold": False})
VARIANTS["serial_block"] = (Serial, {"memory": "block"})
VARIANTS["serial_flat_block"] = (Serial, {"fold": False, "memory": "block"})
VARIANTS["serial_two"] = (Serial, {"multipliers": 2})
VARIANTS["serial_two_block"] = (Serial, {"multipliers": 2, "memory": "block"})
VARIANTS["serial_ecp5"] = (Serial, {"target": "ecp5"})
VARIANTS["serial_ice40"] = (Serial, {"target": "ice40"})
VARIANTS["serial_flat_three"] = (Serial, {"fold": False, "multipliers": 3})
VARIANTS |= {
    f"{name}_{target}": (cls, {"target": target})
    for name, cls in ARCHITECTURES.items()
    for target in TARGETS
    if target != "generic" and "target" in inspect.signature(cls).parameters
}

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
        filter = FIRS["odd"]
        core = cls(filter, **options)
        interval = core.timing.interval
        assert interval > 1
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


@pytest.mark.parametrize("cls", [Direct, Transposed, Symmetric, Systolic])
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
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"fold": False},
        {"memory": "block"},
        {"multipliers": 2},
        {"fold": False, "multipliers": 2},
    ],
    ids=["auto", "flat", "block", "two", "flat_two"],
)
def test_serial_survives_a_reset_at_every_phase_of_a_pass(case, options, seed):
    filter = FIRS[case]
    rng = random.Random(seed)
    make = lambda: Serial(filter, **options)  # noqa: E731
    timing = make().timing
    lanes = contract.samples_for(filter, filter.n_taps + 2, rng)
    # Far enough for the memory to have wrapped, then each phase in turn.
    start = timing.startup + timing.interval * (2 * filter.n_taps + 3)
    for phase in range(timing.interval + 1):
        contract.check_reset(make, filter, lanes, start + phase, rng)


@pytest.mark.parametrize("cls", [Direct, Transposed, Symmetric, Multiplierless])
@pytest.mark.parametrize("case", ["half_band", "moving_sum", "anti_odd", "late_tap"])
def test_reset_in_mid_stream(cls, case, seed):
    filter = FIRS[case]
    rng = random.Random(seed)
    make = lambda: cls(filter)  # noqa: E731
    lanes = contract.samples_for(filter, filter.n_taps + 2, rng)
    startup = make().timing.startup
    for edge in (1, startup // 2 + 1, startup + filter.n_taps + 9):
        contract.check_reset(make, filter, lanes, edge, rng, stalled=edge % 2 == 0)


@given(
    filter=firs(),
    name=st.sampled_from(sorted(ARCHITECTURES)),
    target=st.sampled_from(TARGETS),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=40)
def test_any_filter_in_any_architecture(filter, name, target, seed):
    if name == "symmetric" and not mirror(filter.taps):
        name = "direct"
    make = lambda: build(filter, name, target=target)  # noqa: E731
    contract.check_all(make, filter, random.Random(seed), samples=12)


@pytest.mark.slow
@given(
    filter=firs(),
    name=st.sampled_from(sorted(ARCHITECTURES)),
    target=st.sampled_from(TARGETS),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=600)
def test_very_many_filters(filter, name, target, seed):
    if name == "symmetric" and not mirror(filter.taps):
        name = "transposed"
    contract.check_all(lambda: build(filter, name, target=target), filter, random.Random(seed))


@pytest.mark.parametrize("case", ["asymmetric", "odd", "anti_even", "half_band", "unsigned_input"])
@pytest.mark.parametrize("memory", MEMORIES)
def test_serial_in_one_block_of_the_ice40(case, memory, seed):
    filter = FIRS[case]
    options = {"mac16": True, "memory": memory, "target": "ice40"}
    core = Serial(filter, **options)
    steps = Serial(filter, memory=memory, target="ice40").timing.interval
    assert core.timing.interval == steps + 1
    assert core.timing.latency <= core.timing.interval + 6
    assert build(filter, core.architecture, target="ice40").timing == core.timing
    contract.check_all(lambda: Serial(filter, **options), filter, random.Random(seed))


@given(filter=firs(input=SQ(1, 15)), fold=st.booleans())
@settings(max_examples=40)
def test_serial_keeps_its_latency_on_every_target(filter, fold):
    for target in TARGETS:
        core = Serial(filter, fold=fold and foldable(filter.taps), target=target)
        if filter.coeff.width <= 16 and core.timing.interval > 1:
            assert core.timing.latency <= core.timing.interval + 6
        again = build(filter, core.architecture, target=target)
        assert (again.architecture, again.timing) == (core.architecture, core.timing)


@given(filter=firs(), clocks=st.integers(1, 12), fold=st.booleans())
@settings(max_examples=60)
def test_serial_takes_the_fewest_multipliers_that_keep_the_pace(filter, clocks, fold):
    options = {"fold": fold and foldable(filter.taps)}
    core = Serial(filter, clocks=clocks, **options)
    count = core.architecture["multipliers"]
    assert core.timing.interval <= clocks
    assert core.multipliers_for(clocks) == count
    if count > 1:
        assert Serial(filter, multipliers=count - 1, **options).timing.interval > clocks
    assert Serial(filter, multipliers=count, **options).architecture == core.architecture


@given(filter=firs(), multipliers=st.integers(1, 4), memory=st.sampled_from(["auto", *MEMORIES]))
@settings(max_examples=60)
def test_serial_is_as_fast_as_promised(filter, multipliers, memory):
    used = [k for k, tap in enumerate(filter.taps) if tap]
    pairs = sum(2 * k <= used[0] + used[-1] for k in used)
    for fold in (None, False):
        core = Serial(filter, fold=fold, multipliers=multipliers, memory=memory)
        timing = core.timing
        steps = pairs if core.architecture["fold"] else len(used)
        assert timing.interval == -(-steps // multipliers)
        levels = (core.architecture["multipliers"] - 1).bit_length()
        assert timing.latency <= timing.interval + 6 + levels
        # Memories are written once after a reset; a single step has a delay line.
        assert timing.startup < max(3, 2 * filter.n_taps)


@given(
    filter=firs(),
    multipliers=st.integers(1, 4),
    memory=st.sampled_from(MEMORIES),
    fold=st.booleans(),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=30)
def test_any_filter_with_any_options_of_serial(filter, multipliers, memory, fold, seed):
    options = {"fold": fold and foldable(filter.taps), "multipliers": multipliers}
    make = lambda: Serial(filter, memory=memory, **options)  # noqa: E731
    contract.check_all(make, filter, random.Random(seed), samples=12)


def _multipliers(core) -> int:
    return len(re.findall(r"cell \$mul ", rtlil.convert(core, emit_src=False)))


LONG = [3, -7, 11, -19, 23, 37, -41, 59, 61, 83]


@pytest.mark.parametrize(
    ("cls", "taps", "multipliers"),
    [
        (Direct, LONG, 10),
        (Transposed, LONG, 10),
        (Systolic, LONG, 10),
        (Systolic, [1, -2, 64, 0, -1], 0),
        (Symmetric, LONG + LONG[::-1], 10),
        (Symmetric, [*LONG, 101, *LONG[::-1]], 11),
        (Symmetric, [*LONG, 0, *(-t for t in LONG[::-1])], 10),
        (Serial, LONG, 1),
        (Multiplierless, LONG, 0),
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


def test_blocks_of_another_target_are_refused():
    with pytest.raises(ArchitectureError, match=r"mac16 .* needs target ice40, got 'ecp5'"):
        Symmetric(fir([3, 3]), target="ecp5", mac16=True)
    core = build(FIRS["even"], {"name": "symmetric", "mac16": True}, target="ice40")
    assert core.architecture == {"name": "symmetric", "mac16": True}


def test_what_serial_makes_of_its_options():
    def options(taps, **given):
        architecture = Serial(fir(taps), **given).architecture
        assert architecture.pop("name") == "serial"
        return tuple(architecture.values())

    assert options([1, 2, 1]) == (True, 1, "distributed")
    assert options([1, 2, 3]) == (False, 1, "distributed")
    assert options([1, 2, 3], memory="block") == (False, 1, "block")
    # Four multipliers for nine taps would be as fast as three.
    assert options(range(1, 10), multipliers=4) == (False, 3, "distributed")
    assert options([5] * 100, fold=False) == (False, 1, "block")
    assert options([5] * 100) == (True, 1, "distributed")
    assert options([5] * 100, fold=False, multipliers=2) == (False, 2, "distributed")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"fold": True}, "fold of architecture 'serial' needs"),
        ({"multipliers": 0}, "multipliers of architecture 'serial' must be 1 or more, got 0"),
        ({"mac16": True}, "mac16 of architecture 'serial' needs target ice40"),
        ({"clocks": 0}, "clocks of architecture 'serial' must be 1 or more, got 0"),
        ({"multipliers": True}, "must be 1 or more, got True"),
        ({"multipliers": 1.5}, "must be 1 or more, got 1.5"),
        ({"memory": "rom"}, "memory of architecture 'serial' must be one of auto, distributed,"),
    ],
)
def test_what_serial_refuses(options, sentence):
    with pytest.raises(ArchitectureError, match=re.escape(sentence)):
        Serial(fir([1, 2, 3]), **options)


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


def _long(n_taps: int, *, rounding=Rounding.HALF_EVEN, sign: int = 1) -> FixedFir:
    """Mirrored taps of 16 bits, as many products as half of them."""
    rng = random.Random(n_taps)
    half = [rng.randrange(-32767, 32768, 2) for _ in range(n_taps // 2)]
    taps = [*half, *(sign * tap for tap in reversed(half))]
    cast = Cast(to=SQ(1, 15), rounding=rounding)
    return FixedFir(taps=taps, coeff=SQ(1, 15), input=SQ(1, 15), output=cast)


LONG = {
    "two_pieces": _long(14),
    "three_pieces": _long(22, rounding=Rounding.HALF_UP),
    "antisymmetric": _long(36, sign=-1),
}


@pytest.mark.parametrize("case", LONG)
def test_long_filters_on_ecp5(case, seed):
    """Carries beside the tree, and a reset that leaves what is in flight to drain."""
    filter, rng = LONG[case], random.Random(seed)
    make = lambda: Symmetric(filter, target="ecp5")  # noqa: E731
    contract.check_all(make, filter, rng)
    drive = contract.worst_case(filter)
    contract.check_numbers_and_timing(make, filter, [drive])
    latency = make().timing.latency
    for phase in range(0, latency + 2, 2):
        edge = make().timing.startup + phase
        contract.check_reset(make, filter, [drive], edge, rng, stalled=phase % 4 == 0)
    names = {
        net.split()[-1].removeprefix("\\")
        for net in rtlil.convert(make(), emit_src=False).splitlines()
        if net.lstrip().startswith("wire")
    }
    assert ("acc_c9" in names) == (case != "two_pieces")
    assert ("acc_c15" in names) == (case == "two_pieces")
    # Where the tree is deep enough, its next sums are cut once.
    assert any(re.fullmatch(r"sum7_\d+_c18", name) for name in names) == (case != "two_pieces")
