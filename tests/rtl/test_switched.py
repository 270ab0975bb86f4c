"""Sets of taps on shared gates: every architecture, target and symmetry keeps the contract."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.errors import ArchitectureError
from fxfir.filters import Clip, FixedFir, Parallel, Series, SwitchedFir
from fxfir.fixed import SQ, UQ, Cast, Overflow, Rounding
from fxfir.rtl import TARGETS, architecture_names, build
from fxfir.rtl.fir import SETS, SwitchedDirect, SwitchedSerial
from tests.rtl import cases, contract

X = SQ(1, 7)
AT = {"coeff": SQ(1, 7), "input": X, "output": Cast(to=X)}
NODES = {
    "two": SwitchedFir(taps=((3, -70, 0, 101), (5, 1, 2)), **AT),
    "symmetric": SwitchedFir(
        taps=((3, -70, -70, 3), (5, 1, 1, 5), (0, 99, 99)),
        **AT | {"output": Cast(to=X, rounding=Rounding.TO_ZERO)},
    ),
    "antisymmetric": SwitchedFir(
        taps=((3, -70, 0, 70, -3), (5, 1, 0, -1, -5)),
        **AT | {"input": UQ(0, 6), "output": Cast(to=SQ(1, 4), overflow=Overflow.WRAP)},
    ),
    "both_symmetries": SwitchedFir(taps=((3, 0, -3), (5, 9, 5)), **AT),
    "one_tap": SwitchedFir(taps=((3,), (5,), (-128,)), **AT),
    "one_late_tap": SwitchedFir(taps=((0, 0, 3), (0, 0, 5)), **AT),
    "all_the_same": SwitchedFir(taps=((1, 1), (1, 1)), **AT),
    "five": SwitchedFir(taps=tuple((k, 2, 64, 2, k) for k in range(5)), **AT),
}
ARCHITECTURES = [
    {"name": "direct"},
    {"name": "serial"},
    {"name": "serial", "fold": False},
    {"name": "serial", "multipliers": 2},
    {"name": "serial", "memory": "block"},
]


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=str)
@pytest.mark.parametrize("node", NODES.values(), ids=NODES)
def test_contract(node, architecture, seed):
    contract.check_all(lambda: build(node, architecture), node, random.Random(seed), samples=30)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", SETS)
def test_every_target(name, target, seed):
    for node in (NODES["symmetric"], NODES["five"]):
        contract.check_all(
            lambda node=node: build(node, name, target=target), node, random.Random(seed)
        )


@st.composite
def switched(draw):
    first = draw(cases.firs())
    words = st.integers(first.coeff.lo, first.coeff.hi)
    rows = st.lists(words, min_size=first.n_taps, max_size=first.n_taps).filter(any)
    others = draw(st.lists(rows, min_size=1, max_size=4))
    return SwitchedFir(
        taps=(first.taps, *others), coeff=first.coeff, input=first.input, output=first.output
    )


@settings(max_examples=25)
@given(switched(), st.sampled_from(list(SETS)), st.randoms(use_true_random=False))
def test_any_sets(node, name, rng):
    contract.check_all(lambda: build(node, name), node, rng, samples=16)


def test_a_sequence_without_pause_changes_the_set_with_every_sample():
    node = NODES["five"]
    x = [127, -128] * 20
    numbers = [n % 8 for n in range(40)]
    for name in SETS:
        contract.check_numbers_and_timing(lambda name=name: build(node, name), node, [x, numbers])


def test_inside_compositions(seed):
    row = Series(
        stages=(
            Parallel(
                filters=(
                    FixedFir(taps=(90, 20), **AT),
                    Clip(input=UQ(2, 0), lo=0, hi=2),
                )
            ),
            NODES["symmetric"],
            Clip.relu(X),
        )
    )
    contract.check_all(lambda: build(row, "serial"), row, random.Random(seed))


def test_hardware_is_shared():
    deep = SwitchedFir(taps=tuple(tuple(range(k, k + 20)) for k in range(1, 9)), **AT)
    core = build(deep, "serial")
    assert core.timing.interval == 20
    assert core.architecture["multipliers"] == 1
    assert build(deep, core.architecture).architecture == core.architecture
    assert build(deep, "serial", clocks=5).architecture["multipliers"] == 4
    assert core.multipliers_for(10) == 2
    assert architecture_names(deep) == ["direct", "serial"]
    assert build(NODES["symmetric"]).architecture == {"name": "direct"}
    assert build(NODES["symmetric"], "serial").timing.interval == 2


def test_another_set_is_seen(seed):
    node = NODES["five"]
    other = replace(node, taps=(*node.taps[:4], (4, 2, 64, 2, 3)))
    for name in SETS:
        with pytest.raises(AssertionError):
            contract.check_all(lambda name=name: build(other, name), node, random.Random(seed))


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: build(NODES["two"], "transposed"), "one of auto, direct, serial"),
        (lambda: build(NODES["two"], {"name": "serial", "fold": True}), "got 2 sets that are not"),
        (lambda: build(NODES["two"], {"name": "serial", "memory": "disk"}), "got 'disk'"),
        (lambda: build(NODES["two"], {"name": "serial", "multipliers": 0}), "got 0"),
        (lambda: build(NODES["two"], {"name": "serial", "clocks": 0}), "clocks of .* got 0"),
        (lambda: SwitchedDirect(FixedFir(taps=(1,), **AT)), "builds a SwitchedFir, got a FixedFir"),
        (lambda: SwitchedSerial(FixedFir(taps=(1,), **AT)), "builds a SwitchedFir, got a FixedFir"),
    ],
)
def test_what_is_refused(make, sentence):
    with pytest.raises(ArchitectureError, match=sentence):
        make()
