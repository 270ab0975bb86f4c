"""A bank of FIR filters in one adder graph: the contract, sharing, and what is refused."""

import json
import random
import re

import pytest
from amaranth.back import rtlil
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.errors import ArchitectureError, GraphError
from fxfir.filters import Bank
from fxfir.fixed import SQ
from fxfir.rtl import build
from fxfir.rtl.fir import Multiplierless, MultiplierlessBank
from tests.rtl import contract
from tests.rtl.cases import FIRS, fir, firs

# Casts of no, two and three stages, negative sums, a tap that others lack, powers of two.
MIXED = Bank(
    filters=[FIRS["odd"], FIRS["even"], fir([1, 0, 4], drop=0, width=16), fir([0, 0, -64])]
)
WIRES = Bank(filters=[fir([1, 0, 4], drop=0, width=16), fir([0, 0, -64], drop=0, width=18)])


@pytest.mark.parametrize("bank", [MIXED, WIRES], ids=["mixed", "wires"])
@pytest.mark.parametrize("pipeline", ["full", 2, "none"])
def test_the_contract(bank, pipeline, seed):
    make = lambda: MultiplierlessBank(bank, pipeline=pipeline)  # noqa: E731
    contract.check_all(make, bank, random.Random(seed))


@given(filters=st.lists(firs(input=SQ(1, 7)), min_size=2, max_size=3), seed=st.integers(0, 2**32))
@settings(max_examples=12)
def test_any_bank(filters, seed):
    bank = Bank(filters=filters)
    contract.check_all(lambda: build(bank, "multiplierless"), bank, random.Random(seed), samples=12)


def test_filters_share_what_they_have_in_common():
    taps = [3, -17, 45, 101, 45, -17, 3]
    filters = [fir(taps), fir([3, -17, 46, 101, 46, -17, 3])]
    shared = MultiplierlessBank(Bank(filters=filters))
    alone = [Multiplierless(filter).one_bit_adders for filter in filters]
    assert shared.one_bit_adders < sum(alone)
    pairs = {form for form in shared.graph.forms if sum(map(abs, form)) == 2 and 1 in form}
    assert {(0, 1, 0, 0, 0, 1, 0)} <= pairs


def test_the_same_core_again_without_the_solver(monkeypatch):
    core = build(MIXED, {"name": "multiplierless", "pipeline": 2})
    assert isinstance(core, MultiplierlessBank)
    monkeypatch.setattr("fxfir.arith.cmvm.solve_matrix", None)
    again = build(MIXED, json.loads(json.dumps(core.architecture)))
    assert again.architecture == core.architecture
    assert again.timing == core.timing
    assert rtlil.convert(again, emit_src=False) == rtlil.convert(core, emit_src=False)
    broken = json.loads(json.dumps(core.architecture))
    broken["graph"]["adders"][-1][4] += 1
    with pytest.raises(GraphError, match="of the graph must be"):
        build(MIXED, broken)


@pytest.mark.parametrize(
    ("node", "options", "sentence"),
    [
        (FIRS["odd"], {}, "builds a Bank, got a FixedFir"),
        (Bank(filters=[FIRS["odd"], MIXED]), {}, "got a Bank at filters[1]"),
        (MIXED, {"pipeline": 0}, "a positive number of adders, got 0"),
    ],
)
def test_what_is_refused(node, options, sentence):
    with pytest.raises(ArchitectureError, match=re.escape(sentence)):
        MultiplierlessBank(node, **options)
