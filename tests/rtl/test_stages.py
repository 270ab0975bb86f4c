"""Stages without memory keep the contract, alone and between filters."""

import random

import pytest

from fxfir.errors import ArchitectureError
from fxfir.filters import Bank, Clip, FixedFir, Parallel, Requantise, Select, Series, Sum, Table
from fxfir.fixed import SQ, UQ, Cast, Overflow, Rounding
from fxfir.rtl import build, stages
from tests.rtl import contract

X = SQ(1, 7)
FIR = FixedFir(taps=(90, -20, 3), coeff=SQ(1, 7), input=X, output=Cast(to=X))


def table(fmt, to, seed=1):
    rng = random.Random(seed)
    return Table(input=fmt, words=[rng.randint(to.lo, to.hi) for _ in range(1 << fmt.width)], to=to)


def total(inputs, to, offset=0, **cast):
    return Sum(inputs=inputs, output=Cast(to=to, **cast), offset=offset)


NODES = {
    "relu": Clip.relu(X),
    "relu_unsigned": Clip.relu(UQ(0, 5)),
    "clip": Clip(input=X, lo=-30, hi=99),
    "clip_above_zero": Clip(input=X, lo=20, hi=60),
    "clip_below_zero": Clip(input=X, lo=-60, hi=-20),
    "clip_to_zero": Clip(input=X, lo=0, hi=0),
    "clip_unsigned": Clip(input=UQ(0, 6), lo=5, hi=50),
    "table": table(X, SQ(2, 9)),
    "table_unsigned": table(UQ(0, 5), UQ(0, 3)),
    "table_of_one_bit": table(UQ(1, 0), SQ(1, 3)),
    "sum": total([X, X, SQ(3, 9)], SQ(2, 6)),
    "sum_wraps": total([X, UQ(0, 3)], SQ(1, 4), overflow=Overflow.WRAP, rounding=Rounding.FLOOR),
    "sum_of_one": total([X], SQ(1, 4), rounding=Rounding.HALF_AWAY),
    "sum_offset": total([X, SQ(3, 9)], SQ(2, 6), offset=-777),
    "offset_of_one": total([UQ(0, 5)], SQ(2, 3), offset=-40, rounding=Rounding.HALF_UP),
    "sum_exact": total([X, X], SQ(2, 9)),
    "select": Select(input=X, count=3, index=UQ(2, 0)),
    "select_signed": Select(input=UQ(0, 5), count=5, index=SQ(4, 0)),
    "switched": Series(
        stages=[
            Parallel(filters=[Bank(filters=[FIR, table(X, X)]), Clip(input=UQ(3, 0), lo=0, hi=1)]),
            Select(input=X, count=2, index=UQ(3, 0)),
        ]
    ),
    "relu_between": Series(stages=[FIR, Clip.relu(X), Requantise(input=X, cast=Cast(to=X)), FIR]),
    "hybrid": Series(stages=[Bank(filters=[FIR, table(X, X)]), total([X, X], SQ(1, 6))]),
}


@pytest.mark.parametrize("node", NODES.values(), ids=NODES)
def test_contract(node, seed):
    contract.check_all(lambda: build(node), node, random.Random(seed), samples=40)


def test_every_word_of_a_table(seed):
    node = NODES["table"]
    words = list(range(X.lo, X.hi + 1))
    random.Random(seed).shuffle(words)
    contract.check_numbers_and_timing(lambda: build(node), node, [words])


@pytest.mark.parametrize(
    "wrong",
    [
        (Clip(input=X, lo=-30, hi=98), NODES["clip"]),
        (table(X, SQ(2, 9), seed=2), NODES["table"]),
        (total([X, X, SQ(3, 9)], SQ(2, 6), rounding=Rounding.FLOOR), NODES["sum"]),
    ],
)
def test_another_stage_is_seen(wrong, seed):
    built, node = wrong
    with pytest.raises(AssertionError):
        contract.check_all(lambda: build(built), node, random.Random(seed), samples=200)


def test_cores_build_their_own_kind():
    for core in (stages.Clip, stages.Select, stages.Sum, stages.Table):
        with pytest.raises(ArchitectureError, match="builds a"):
            core(FIR)
