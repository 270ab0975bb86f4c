"""`rtl.cost`: features and predictions."""

import json
from dataclasses import replace
from importlib import resources
from pathlib import Path as File

import pytest

from fxfir.errors import ArchitectureError
from fxfir.fixed import SQ
from fxfir.rtl import build
from fxfir.rtl.cost import Census, cost_of, model_of
from fxfir.rtl.cost.counted import Path, Store
from fxfir.rtl.cost.features import FAMILIES, FAMILY_OF_TARGET, features
from fxfir.rtl.cost.model import Speed, TargetModel
from fxfir.rtl.fir import ARCHITECTURES
from fxfir.rtl.fir.candidates import CANDIDATES, candidates
from tests.rtl.cases import FIRS, fir

TABLE = File(__file__).parents[3] / "bench" / "cost_model.jsonl"
NOTHING = Census(
    registers=0, adders=0, carry=0, inverted=0, selects=0, logic=0, reduced=0,
    products=(), stores=(), cells={}, paths=(),
)  # fmt: skip


def with_products(*products):
    return replace(NOTHING, products=products)


@pytest.mark.parametrize(
    ("family", "product", "blocks"),
    [
        ("ecp5", (18, 18), 1),
        ("ecp5", (19, 18), 2),
        ("ecp5", (36, 19), 6),
        ("xc7", (25, 18), 1),
        ("xc7", (26, 19), 4),
        ("xc7", (4, 4), 0),
    ],
)
def test_blocks_of_a_product(family, product, blocks):
    assert features(with_products(product), FAMILIES[family]).dsps == blocks


def test_memories_are_counted_by_their_read_port():
    stores = [
        Store(width=16, depth=64, writable=True, clocked=False),
        Store(width=36, depth=1024, writable=True, clocked=True),
    ]
    found = replace(NOTHING, stores=tuple(stores))
    parts = features(found, FAMILIES["ecp5"])
    assert (parts.luts, parts.rams) == (6 * 4 * 4, 2)


def test_the_slowest_path_sets_the_period():
    speed = Speed(
        base_ns=1, level_ns=0.5, carry_ns=0.1, multiply_ns=4, spread_ns=0.25, reach_ns=0.5
    )
    paths = (Path(levels=3), Path(levels=1, carry=30))
    assert speed.period_ns(paths, 16, 3) == 1 + 0.5 + 3 + 0.25 * 4 + 0.5 * 2


def test_a_cost_is_the_sum_of_its_parts():
    found = replace(NOTHING, carry=100, adders=4, registers=50)
    model = TargetModel(luts={"core": 10, "carry": 1.1, "adders": 2}, ff_ratio=0.5, speed=None)
    cost = model.cost(found, "ecp5")
    assert (cost.luts, cost.ffs, cost.dsps, cost.rams, cost.fmax_mhz) == (128, 25, 0, 0, None)


def test_a_target_that_nobody_measured():
    with pytest.raises(
        ArchitectureError, match=r"costs are known for the targets .*, got 'abacus'"
    ):
        cost_of(build(FIRS["even"]), "abacus")


@pytest.mark.parametrize("target", FAMILY_OF_TARGET)
def test_every_architecture_has_a_cost_on_every_target(target):
    for name in ARCHITECTURES:
        cost = cost_of(build(FIRS["even"], name, target=target), target)
        assert cost.luts > 0
        assert cost.ffs > 0


def test_more_taps_cost_more():
    few, many = (cost_of(build(fir(range(1, n)), "transposed"), "ecp5") for n in (8, 16))
    assert few.luts < many.luts
    assert few.ffs < many.ffs
    assert few.dsps < many.dsps


def test_candidates_are_architectures_that_build():
    assert set(CANDIDATES) <= set(ARCHITECTURES)
    for taps in FIRS.values():
        for candidate in candidates(taps, 4):
            build(taps, {**candidate.architecture, **candidate.draft})


def test_the_least_adders_are_no_more_than_there_are():
    for filter in FIRS.values():
        (found,) = (c for c in candidates(filter, 1) if c.architecture["name"] == "multiplierless")
        core = build(filter, "multiplierless")
        assert found.least_adder_bits <= core.one_bit_adders


@pytest.mark.parametrize(
    ("target", "device", "median"),
    [("ecp5", "ecp5-25k", 0.04), ("ice40", "up5k", 0.08), ("xc7", "xc7", 0.15)],
)
def test_predictions_of_cores_that_nothing_was_fitted_to(target, device, median):
    """The filters of `BENCH` in bench/cost_filters.py; docs/choosing.md tells the errors."""
    rows = [json.loads(line) for line in TABLE.read_text("utf-8").splitlines()]
    held_out = ("remez", "lowpass9/", "decay27/")
    rows = [row for row in rows if row["device"] == device and row["key"].startswith(held_out)]
    assert len(rows) >= 5
    errors = []
    for row in rows:
        cost = model_of(target).cost(Census.from_json(row["census"]), target)
        assert cost.dsps == row["resources"].get("dsp", 0)
        assert cost.rams == row["resources"].get("ram", 0)
        errors.append(abs(cost.luts / row["resources"]["comb"] - 1))
    assert sorted(errors)[len(errors) // 2] < median
    assert max(errors) < 0.25


def test_the_input_format_counts():
    narrow = fir([3, 5, 7, 9], input=SQ(1, 5))
    wide = fir([3, 5, 7, 9], input=SQ(1, 15))
    assert cost_of(build(narrow), "ecp5").luts < cost_of(build(wide), "ecp5").luts


def test_each_target_says_what_it_was_measured_with():
    data = json.loads(
        resources.files("fxfir.rtl.cost").joinpath("coefficients.json").read_text("utf-8")
    )
    assert set(data["targets"]) == set(FAMILY_OF_TARGET.values()) == set(FAMILIES)
    for target in data["targets"].values():
        assert target["measured"]["cores"] >= 8
        assert target["measured"]["tool"].startswith("Yosys ")
