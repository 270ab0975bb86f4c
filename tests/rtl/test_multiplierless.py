"""The multiplierless architecture: options, proofs before gates, and the same core again."""

import json
import random
import re
from dataclasses import replace

import pytest
from amaranth.back import rtlil
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.arith import csd_graph
from fxfir.arith.dot import sum_of_products
from fxfir.errors import ArchitectureError, GraphError
from fxfir.filters import Bank, Requantise, Series
from fxfir.fixed import SQ, Cast
from fxfir.rtl import build
from fxfir.rtl.fir import Multiplierless
from tests.rtl import contract
from tests.rtl.cases import FIRS, fir, firs

FORMS = ("direct", "transposed")


@given(
    filter=firs(),
    form=st.sampled_from(FORMS),
    pipeline=st.sampled_from(["full", 2, 3, "none"]),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=25)
def test_any_filter_in_any_form_and_pipeline(filter, form, pipeline, seed):
    make = lambda: Multiplierless(filter, form=form, pipeline=pipeline)  # noqa: E731
    contract.check_all(make, filter, random.Random(seed), samples=12)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("pipeline", [1, 2, "none"])
def test_the_same_core_again_without_the_solver(form, pipeline, monkeypatch):
    filter = FIRS["asymmetric"]
    core = Multiplierless(filter, form=form, pipeline=pipeline)
    assert core.architecture["form"] == form
    assert core.architecture["pipeline"] == pipeline
    text = rtlil.convert(core, emit_src=False)
    monkeypatch.setattr("fxfir.arith.mcm.solve", None)
    again = build(filter, json.loads(json.dumps(core.architecture)))
    assert again.architecture == core.architecture
    assert again.timing == core.timing
    assert rtlil.convert(again, emit_src=False) == text


@pytest.mark.parametrize("form", FORMS)
def test_a_graph_for_other_taps_is_refused(form):
    architecture = Multiplierless(FIRS["asymmetric"], form=form).architecture
    adder = architecture["graph"]["adders"][-1]
    adder[4] += 1
    with pytest.raises(GraphError, match=r"of the graph must be -?\d+ times input \d+, got"):
        build(FIRS["asymmetric"], architecture)


def test_more_adders_to_a_stage_are_fewer_stages():
    filter = fir([171, 3, 99, 85], coeff=9)
    for form in FORMS:
        latencies = [
            Multiplierless(filter, form=form, pipeline=pipeline).timing.latency
            for pipeline in ("full", 2, "none")
        ]
        assert latencies == sorted(latencies, reverse=True)
        assert len(set(latencies)) == 3
    assert Multiplierless(filter, pipeline="auto").architecture["pipeline"] == 1
    assert Multiplierless(filter, pipeline="3").architecture["pipeline"] == 3


def test_long_taps_are_not_searched_for_minutes():
    filter = fir([0x5A5A5A5, -0x1234567, 3], coeff=32, input=SQ(1, 7), drop=26, width=12)
    core = Multiplierless(filter)
    assert core.graph.coefficients() == ((0x5A5A5A5, -0x1234567, 3),)
    with pytest.raises(GraphError, match="effort must be one of quick, normal, thorough"):
        Multiplierless(filter, effort="endless")


@pytest.mark.parametrize("case", ["asymmetric", "even", "powers", "unsigned_all"])
def test_auto_takes_the_form_with_fewer_cells(case):
    cells = {form: Multiplierless(FIRS[case], form=form).one_bit_adders for form in FORMS}
    assert Multiplierless(FIRS[case]).one_bit_adders == min(cells.values())


def test_graph_from_elsewhere():
    filter = fir([3, -5, 7], coeff=9)
    graph = sum_of_products(csd_graph([3, -5, 7]), (-128, 127))
    assert Multiplierless(filter, form="direct", graph=graph).graph is graph
    block = csd_graph([3, 5, 7])
    # A value twice, and one that nothing reads.
    block = replace(block, adders=(*block.adders, block.adders[0]))
    core = Multiplierless(filter, form="transposed", graph=block)
    lanes = contract.samples_for(filter, 9, random.Random(1))
    contract.check_numbers_and_timing(lambda: core, filter, lanes)


def test_one_mapping_holds_for_every_filter_of_a_bank():
    bank = Bank(filters=[FIRS["odd"], FIRS["even"]])
    core = build(bank, {"name": "multiplierless", "pipeline": 2, "form": "direct"})
    parts = core.architecture["filters"]
    assert [(p["name"], p["pipeline"]) for p in parts] == [("multiplierless", 2)] * 2
    node = Series(
        stages=[FIRS["one"], Requantise(input=FIRS["one"].output.to, cast=Cast(to=SQ(1, 3)))]
    )
    stages = build(node, {"name": "multiplierless", "pipeline": 2}).architecture["stages"]
    assert [stage["name"] for stage in stages] == ["multiplierless", "requantise"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"form": "lattice"},
            "'multiplierless' must be one of auto, direct, transposed, got 'lattice'",
        ),
        ({"pipeline": 0}, "a positive number of adders, got 0"),
        ({"pipeline": True}, "got True"),
        ({"pipeline": "some"}, "must be auto, full, none or a positive number of adders"),
        ({"graph": csd_graph([3])}, "must be given with a graph, got 'auto'"),
    ],
)
def test_bad_options(options, sentence):
    with pytest.raises(ArchitectureError, match=re.escape(sentence)):
        Multiplierless(fir([3]), **options)
