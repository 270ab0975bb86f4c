"""Compositions of any cores keep the contract: lanes in step, timing exact, full rate kept."""

import random
import re

import pytest
from amaranth.back import rtlil
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.errors import ArchitectureError
from fxfir.filters import Bank, Direct, FixedFir, FixedSos, Parallel, Requantise, Series
from fxfir.fixed import SQ, UQ, Cast, Overflow, Rounding
from fxfir.rtl import build
from fxfir.rtl import fir as rtl_fir
from fxfir.rtl.lanes import Bank as BankCore
from fxfir.rtl.series import Series as SeriesCore
from tests.rtl import contract
from tests.rtl.cases import fir, firs

X = SQ(1, 7)


def band(taps, **options) -> FixedFir:
    return fir(taps, input=X, **options)


def stage(taps) -> FixedFir:
    """Reads what it gives."""
    return FixedFir(taps=taps, coeff=SQ(1, 7), input=X, output=Cast(to=X))


def section(form) -> FixedSos:
    """One resonant section that reads and gives `X`."""
    state = None if form == "df1" else Cast(to=SQ(2, 10))
    biquad = Direct(
        form=form,
        b=(40, 10, -40),
        a=(-100, 57),
        b_coeff=SQ(2, 6),
        a_coeff=SQ(2, 6),
        state=state,
        out=Cast(to=X),
    )
    return FixedSos(sections=[biquad], input=X, output=Cast(to=X))


LOW, MID, HIGH = band([9, 31, 9]), band([-9, 0, 61, 0, -9], width=7), band([5, -9, 44, -77, 3])
ONE = Requantise(input=X, cast=Cast(to=UQ(0, 5), rounding=Rounding.CEIL))

COMPOSITIONS = {
    "bank_same": (Bank(filters=[LOW, MID, HIGH]), "transposed"),
    "bank_of_one": (Bank(filters=[LOW]), None),
    "bank_mixed_latency": (
        Bank(filters=[LOW, MID, HIGH, ONE]),
        {"filters": ["direct", "symmetric", "transposed", None]},
    ),
    "bank_mixed_interval": (
        Bank(filters=[HIGH, MID, ONE, LOW]),
        {"filters": [{"name": "serial", "fold": False}, "transposed", None, "serial"]},
    ),
    "bank_waits_long": (
        # A short pass behind a long latency: several results wait at once.
        Bank(filters=[Series(stages=[stage([1, 2, 3])] * 3), ONE, stage([50, 60])]),
        {"filters": [{"stages": ["serial", "serial", "serial"]}, None, "serial"]},
    ),
    "parallel_mixed": (
        Parallel(filters=[LOW, fir([3, 5], input=UQ(0, 3)), ONE, MID]),
        {"filters": ["direct", "serial", None, "transposed"]},
    ),
    "parallel_of_adders_and_cells": (
        Parallel(filters=[HIGH, fir([3, 5, 0, 7], input=UQ(0, 3)), MID]),
        {"filters": ["multiplierless", "systolic", "multiplierless"]},
    ),
    "series_of_adders_and_cells": (
        Series(stages=[stage([30, 60, 31]), stage([1, -20, 3]), stage([5, 5])]),
        {"stages": ["systolic", "multiplierless", "serial"]},
    ),
    "parallel_full_rate": (
        Parallel(filters=[LOW, fir([3, 5], input=UQ(0, 3)), ONE]),
        {"filters": ["direct", "transposed", None]},
    ),
    "series_full_rate": (Series(stages=[stage([30, 60, 30]), stage([1, 2, 3, 4, 5, 6])]), "direct"),
    "series_slow_first": (
        Series(stages=[stage([30, 60, 31]), stage([1, 2, 3])]),
        {"stages": ["serial", "transposed"]},
    ),
    "series_slow_last": (
        Series(stages=[stage([1, 2, 3]), ONE, fir([3, 1, 2, 9], input=UQ(0, 5))]),
        {"stages": ["transposed", None, "serial"]},
    ),
    "series_long_startup_behind": (
        Series(stages=[Requantise(input=X, cast=Cast(to=X)), stage(range(1, 31))]),
        "transposed",
    ),
    "bank_of_both_kinds": (Bank(filters=[stage([90, 20]), section("df2t"), LOW]), None),
    "series_of_both_kinds": (
        Series(stages=[stage([90, 20, 3]), section("df1"), stage([64, 64])]),
        "serial",
    ),
    "parallel_of_both_kinds": (
        Parallel(filters=[section("df1"), stage([90, 20, 3]), section("df2t")]),
        {"filters": ["serial", "direct", "parallel"]},
    ),
    "nested": (
        Series(
            stages=[
                Bank(filters=[stage([90, 20]), Series(stages=[stage([1, 99, 1])] * 2)]),
                Parallel(filters=[stage([64, 64]), Bank(filters=[LOW, MID])]),
            ]
        ),
        None,
    ),
    "nested_mixed": (
        Series(
            stages=[
                Bank(filters=[stage([90, 20, 3]), stage([7, 99, 1])]),
                Parallel(filters=[stage([64, 64]), Bank(filters=[LOW, MID])]),
            ]
        ),
        {
            "stages": [
                {"filters": ["serial", "direct"]},
                {"filters": [None, {"filters": ["serial", "symmetric"]}]},
            ]
        },
    ),
}


@pytest.mark.parametrize(("node", "architecture"), COMPOSITIONS.values(), ids=COMPOSITIONS)
def test_contract(node, architecture, seed):
    rng = random.Random(seed)
    contract.check_all(lambda: build(node, architecture), node, rng, samples=20)


@pytest.mark.parametrize("case", ["bank_mixed_interval", "nested_mixed", "bank_waits_long"])
def test_reset_at_every_phase(case, seed):
    node, architecture = COMPOSITIONS[case]
    rng = random.Random(seed)
    make = lambda: build(node, architecture)  # noqa: E731
    timing = make().timing
    lanes = contract.samples_for(node, 9, rng)
    start = timing.startup + timing.latency + 5 * timing.interval
    for phase in range(timing.interval + 1):
        contract.check_reset(make, node, lanes, start + phase, rng, stalled=phase % 2 == 1)


def test_timing_adds_up():
    slow = Series(stages=[stage([1, 2, 3]), stage([7, 9, 11, 13])])
    core = build(slow, {"stages": ["transposed", "serial"]})
    parts = [rtl_fir.Transposed(slow.stages[0]).timing, build(slow.stages[1], "serial").timing]
    assert core.timing.latency == sum(t.latency for t in parts)
    assert core.timing.interval == parts[1].interval == 4
    bank = build(Bank(filters=[LOW, HIGH]), {"filters": ["transposed", "direct"]})
    assert bank.timing == build(HIGH, "direct").timing
    assert bank.timing.interval == 1


def test_lanes_share_the_registers_that_delay_their_input():
    bank = Bank(filters=[LOW, MID, HIGH, ONE])
    core = build(bank, {"filters": ["transposed", "transposed", "direct", None]})
    delays = [core.timing.latency - build(f, "transposed").timing.latency for f in (LOW, MID)]
    assert delays[0] == delays[1] > 0
    longest = core.timing.latency - build(ONE).timing.latency
    text = rtlil.convert(core, emit_src=False)
    own = next(part for part in text.split("\nend\n") if "module \\top\n" in part)
    assert len(re.findall(r"wire width 8 signed \\x_d\d+\b", own)) == longest


@st.composite
def nodes(draw, depth=2):
    """One lane in, any number out; the formats that meet are fixed."""
    kind = draw(st.sampled_from(["fir", "cast", "series", "bank"] if depth else ["fir", "cast"]))
    cast = Cast(
        to=X, rounding=draw(st.sampled_from(Rounding)), overflow=draw(st.sampled_from(Overflow))
    )
    if kind == "fir":
        return draw(firs(input=X, output=X))
    if kind == "cast":
        return Requantise(input=X, cast=cast)
    parts = draw(st.lists(nodes(depth=depth - 1), min_size=1, max_size=3))
    if kind == "bank":
        return Bank(filters=parts)
    row = [parts[0]]
    for part in parts[1:]:
        lanes = row[-1].n_out
        row.append(part if lanes == 1 else Parallel(filters=[part] * lanes))
    return Series(stages=row)


@st.composite
def choices(draw, node):
    if isinstance(node, FixedFir):
        return draw(st.sampled_from([None, "direct", "transposed", "serial"]))
    if isinstance(node, Requantise):
        return None
    field = "stages" if isinstance(node, Series) else "filters"
    return {field: [draw(choices(part)) for part in getattr(node, field)]}


@given(data=st.data(), seed=st.integers(0, 2**32))
@settings(max_examples=20)
def test_any_composition(data, seed):
    node = data.draw(nodes())
    architecture = data.draw(choices(node))
    contract.check_all(lambda: build(node, architecture), node, random.Random(seed), samples=10)


@pytest.mark.slow
@given(data=st.data(), seed=st.integers(0, 2**32))
@settings(max_examples=200)
def test_very_many_compositions(data, seed):
    node = data.draw(nodes(depth=3))
    architecture = data.draw(choices(node))
    contract.check_all(lambda: build(node, architecture), node, random.Random(seed))


def test_cores_must_match_their_filters():
    with pytest.raises(ArchitectureError, match=r"needs a core for filters\[1\]"):
        BankCore(Bank(filters=[LOW, MID]), [rtl_fir.Direct(LOW), rtl_fir.Direct(LOW)])
    with pytest.raises(ArchitectureError, match=r"'bank' needs 2 cores, got 1"):
        BankCore(Bank(filters=[LOW, MID]), [rtl_fir.Direct(LOW)])
    row = Series(stages=[stage([1, 2]), stage([3, 4])])
    with pytest.raises(ArchitectureError, match=r"needs a core for stages\[0\]"):
        SeriesCore(row, [rtl_fir.Direct(s) for s in reversed(row.stages)])
    with pytest.raises(ArchitectureError, match=r"'series' needs 2 cores, got 0"):
        SeriesCore(row, [])


def test_every_fir_architecture_stands_in_a_composition():
    def inside(architecture):
        if isinstance(architecture, str):
            return {architecture}
        if not isinstance(architecture, dict):
            return set()
        if "name" in architecture:
            return {architecture["name"]}
        return set().union(*(inside(a) for part in architecture.values() for a in part))

    used = set().union(*(inside(a) for _, a in COMPOSITIONS.values()))
    assert used >= set(rtl_fir.ARCHITECTURES)
