"""Sums cut in pieces: word and counted carries together are the sum, and in time."""

import itertools
import random

import pytest
from amaranth.hdl import ClockDomain, Const, Module, Signal, signed
from amaranth.sim import Simulator
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.fixed import SQ, Cast, Format, Rounding
from fxfir.rtl.arith.carries import Carries, Uncarried
from fxfir.rtl.arith.node import Exact, register, shape_of
from fxfir.rtl.arith.round_saturate import RoundSaturate
from fxfir.rtl.arith.tree import Term, sum_terms, tree_stage
from tests.rtl.simulate import scratch

PLACES = (5, 10)

TERM = st.tuples(
    st.integers(1, 3),  # stage
    st.integers(0, 3),  # shift
    st.booleans(),  # minus
    st.sampled_from([(-(1 << 14), (1 << 14) - 1), (0, 4000), (-3000, 5), (-4, 3)]),
)


def summed(terms, values) -> tuple[Exact | Uncarried, int, bool, int]:
    """What enters the root's register, read after enough clocks; its shift, sign and value."""
    m = Module()
    m.domains.sync = ClockDomain()
    arrivals: dict[int, list[Term]] = {}
    sources = []
    for k, (stage, shift, minus, (lo, hi)) in enumerate(terms):
        x = Exact(value=Signal(shape_of(lo, hi), name=f"x{k}"), lo=lo, hi=hi)
        sources.append(x.value)
        term = Term(x=x, name=f"x{k}", shift=shift, minus=minus, far=hi > 5)
        arrivals.setdefault(stage, []).append(term)
    root_stage = tree_stage(stage for stage, *_ in terms)
    carries = Carries(PLACES, last=root_stage)
    root = sum_terms(m, arrivals, en=Const(1, 1), root="acc", adder=carries.add)
    found = carries.join(m, root, stage=root_stage, en=Const(1, 1))
    got = 0

    async def bench(ctx):
        nonlocal got
        for signal, value in zip(sources, values, strict=True):
            ctx.set(signal, value)
        for _ in range(root_stage - min(arrivals) - 1):
            await ctx.tick()
        if isinstance(found, Exact):
            got = ctx.get(found.value)
        else:
            word = ctx.get(found.word.value)
            assert found.word.lo <= word <= found.word.hi
            got = word + sum(ctx.get(count.value) << place for place, count in found.carries)

    sim = Simulator(m)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()
    return found, root.shift, root.minus, got


def drawn(terms, rng) -> list[int]:
    return [rng.choice([lo, hi, rng.randint(lo, hi)]) for *_, (lo, hi) in terms]


def signs(terms) -> list[int]:
    return [(-1 if minus else 1) << shift for _, shift, minus, _ in terms]


def total(terms, values) -> int:
    return sum(sign * value for sign, value in zip(signs(terms), values, strict=True))


@settings(max_examples=60)
@given(terms=st.lists(TERM, min_size=2, max_size=24), seed=st.integers(0, 2**32))
def test_word_and_carries_are_the_sum(terms, seed):
    values = drawn(terms, random.Random(seed))
    found, shift, minus, got = summed(terms, values)
    assert (-got if minus else got) << shift == total(terms, values)
    if isinstance(found, Uncarried):
        lo, hi = found.bounds
        assert lo <= got <= hi
        scaled = [
            [end * sign for end in bounds]
            for sign, bounds in zip(signs(terms), [bounds for *_, bounds in terms], strict=True)
        ]
        assert lo << shift == sum(map(min, scaled))
        assert hi << shift == sum(map(max, scaled))


@pytest.mark.parametrize(
    ("count", "late"),
    [(3, (0, 0)), (5, (0, 0)), (8, (0, 0)), (13, (0, 3)), (32, (4, 8)), (33, (2, 12))],
)
def test_first_sums_of_far_terms_are_cut_and_some_behind_them(count, late):
    """Cut at 5 and 10 the first ones, the next ones at 10, or at 5 where that is too late."""
    terms = [(1, 0, False, (-(1 << 14), (1 << 14) - 1))] * count
    values = drawn(terms, random.Random(count))
    found, _, _, got = summed(terms, values)
    assert isinstance(found, Uncarried)
    assert got == total(terms, values)
    most = {place: x.hi for place, x in found.carries}
    # Sums behind them are cut once, in the middle if their carries are still counted in time.
    assert most == {5: count // 2 + late[0], 10: count // 2 + late[1]}


def test_terms_from_near_and_differences_are_not_cut():
    near = [(1, 0, False, (-4, 3))] * 4
    assert isinstance(summed(near, [3, -4, 3, 2])[0], Exact)
    minus = [(1, 0, True, (0, 4000))] * 4
    assert isinstance(summed(minus, [4000] * 4)[0], Exact)


@pytest.mark.parametrize("rounding", [Rounding.HALF_UP, Rounding.HALF_EVEN])
@pytest.mark.parametrize(
    ("places", "most"), [((2,), 1), ((1,), 3), ((4,), 7), ((6,), 2), ((1, 5), 3), ((4, 7), 7)]
)
def test_every_sum_is_rounded_with_every_count(rounding, places, most):
    """Cuts below the output's LSB, which is bit 4, at it, and above it."""
    lo, hi = -200, 150
    short = sum(most << place for place in places)
    m = scratch()
    word = Exact(value=Signal(shape_of(lo - short, hi), name="word"), lo=lo - short, hi=hi)
    counts = [
        Exact(value=Signal(shape_of(0, most), name=f"count{p}"), lo=0, hi=most) for p in places
    ]
    x = Uncarried(word=word, carries=tuple(zip(places, counts, strict=True)))
    assert x.bounds == (lo, hi)
    cast = Cast(to=SQ(1, 3), rounding=rounding)
    gates = RoundSaturate(cast, lo=lo, hi=hi, frac=7)
    y = register(m, gates.entering(m, x, "y", enables=[Const(1, 1)] * 2), "y")
    drive = [
        (sum_, *missing)
        for missing in itertools.product(range(most + 1), repeat=len(places))
        for sum_ in range(lo, hi + 1)
    ]

    async def bench(ctx):
        for n, (sum_, *missing) in enumerate([*drive, *drive[:2]]):
            rest = sum(count << place for count, place in zip(missing, places, strict=True))
            ctx.set(word.value, sum_ - rest)
            for count, value in zip(counts, missing, strict=True):
                ctx.set(count.value, value)
            await ctx.tick()
            if n >= RoundSaturate.stages - 1:
                was = drive[n - RoundSaturate.stages + 1]
                assert ctx.get(y.value) == cast(was[0], frac=7), was

    sim = Simulator(m)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()


@pytest.mark.parametrize("places", [(2,), (4, 6)])
def test_counts_without_room_are_refused(places):
    """Three bits at 2 meet the half LSB at 3, and at 4 the next count."""
    gates = RoundSaturate(Cast(to=SQ(1, 3)), lo=-1000, hi=1000, frac=7)
    word = Exact(value=Signal(signed(10)), lo=-512, hi=300)
    count = Exact(value=Signal(3), lo=0, hi=7)
    x = Uncarried(word=word, carries=tuple((place, count) for place in places))
    with pytest.raises(ValueError, match="carries must leave each other room"):
        gates.entering(scratch(), x, "y", enables=[Const(1, 1)] * 2)


@pytest.mark.parametrize("terms", [3, 9, 33, 200])
@pytest.mark.parametrize("shift", [1, 4, 9, 12, 15, 40])
def test_places_have_room_for_every_count_and_for_the_half(terms, shift):
    gates = RoundSaturate(
        Cast(to=Format(signed=True, width=8, frac=7 - shift)), lo=-(1 << 50), hi=1 << 50, frac=7
    )
    room = (terms - 2).bit_length()
    places = gates.cuts(piece=9, terms=terms, width=51)
    assert places
    taken = [bit for place in places for bit in range(place, place + room)]
    assert len({*taken, shift - 1}) == len(taken) + 1
