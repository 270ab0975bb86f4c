"""`rtl.build`: names, mappings, automatic choice, and what it refuses."""

import json
import re

import pytest

from fxfir.errors import ArchitectureError
from fxfir.filters import Bank, Requantise, Series
from fxfir.fixed import SQ, Cast
from fxfir.rtl import architecture_names, build
from fxfir.rtl.fir import ARCHITECTURES
from tests.rtl.cases import FIRS, fir

SYMMETRIC, PLAIN = FIRS["even"], fir([1, 2, 3])


def test_automatic_choice():
    assert build(SYMMETRIC).architecture == {"name": "symmetric"}
    assert build(FIRS["anti_odd"], "auto").architecture == {"name": "symmetric"}
    assert build(PLAIN).architecture == {"name": "transposed"}
    assert build(PLAIN, {}).architecture == {"name": "transposed"}
    assert build(PLAIN, {"name": "auto"}).architecture == {"name": "transposed"}


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_architecture_round_trips_through_json(name):
    core = build(SYMMETRIC, name)
    again = build(SYMMETRIC, json.loads(json.dumps(core.architecture)))
    assert type(again) is type(core) is ARCHITECTURES[name]
    assert again.architecture == core.architecture
    assert again.timing == core.timing


def test_a_name_applies_to_every_filter_it_fits():
    cast = Requantise(input=SYMMETRIC.output.to, cast=Cast(to=SQ(1, 3)))
    node = Bank(filters=[Series(stages=[SYMMETRIC, cast]), PLAIN])
    core = build(node, "direct")
    assert core.architecture == {
        "name": "bank",
        "filters": [
            {"name": "series", "stages": [{"name": "direct"}, {"name": "requantise"}]},
            {"name": "direct"},
        ],
    }
    assert build(node, core.architecture).architecture == core.architecture
    assert build(node, "bank").architecture == build(node).architecture
    assert architecture_names(node) == [*ARCHITECTURES, "requantise", "series", "bank"]


@pytest.mark.parametrize(
    ("node", "architecture", "sentence"),
    [
        (
            PLAIN,
            "lattice",
            f"one of auto, {', '.join(ARCHITECTURES)} for this FixedFir, got 'lattice'",
        ),
        (PLAIN, {"name": "tree"}, "for a FixedFir, got 'tree'"),
        (PLAIN, {"name": "direct", "fold": 1}, "'direct' has the options (), got 'fold'"),
        (
            PLAIN,
            {"name": "serial", "taps": 1},
            "has the options (fold, multipliers, memory, clocks, mac16), got 'taps'",
        ),
        (PLAIN, 3, "an architecture must be a name or a mapping, got 3"),
        (PLAIN, "symmetric", "got taps[0] = 1 and taps[2] = 3"),
        (Bank(filters=[PLAIN]), {"filters": []}, "must list 1 filters, got 0"),
        (Bank(filters=[PLAIN]), {"name": "series"}, "must be 'bank' for a Bank, got 'series'"),
        (Bank(filters=[PLAIN]), {"stages": []}, "the keys name and filters, got 'stages'"),
        (Bank(filters=[PLAIN]), 3, "an architecture must be a name or a mapping, got 3"),
        (Bank(filters=[PLAIN]), "tree", f"auto, {', '.join(ARCHITECTURES)}, bank for"),
        (SQ(1, 7), None, "a core needs a filter of the contract, got a Format"),
    ],
)
def test_what_is_refused(node, architecture, sentence):
    with pytest.raises(ArchitectureError, match=re.escape(sentence)):
        build(node, architecture)


def test_an_unknown_target_is_refused():
    with pytest.raises(
        ArchitectureError, match=r"must be one of generic, ecp5, ice40, xc7, got 'asic'"
    ):
        build(PLAIN, target="asic")
