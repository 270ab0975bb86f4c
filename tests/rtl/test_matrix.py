"""Filters between several lanes: as parts and as one graph, the same integers."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.errors import ArchitectureError, FilterError, TapsError
from fxfir.filters import Clip, FirMatrix, Parallel, Series, from_json, to_json
from fxfir.fixed import SQ, UQ, Cast, Overflow, Rounding
from fxfir.rtl import architecture_names, build
from fxfir.rtl.fir import MATRICES, MultiplierlessMatrix
from tests.rtl import contract

X = SQ(1, 7)
AT = {"coeff": SQ(1, 7), "input": X, "output": Cast(to=X)}
NODES = {
    "square": FirMatrix(taps=[[[3, -70, 3], [5, 1]], [[3, 9, 3], [0, 7, 101]]], **AT),
    "many_to_one": FirMatrix(taps=[[[1, 2, 1], [5], [0, 0, -128]]], offsets=[777], **AT),
    "one_to_many": FirMatrix(taps=[[[3, 5, 3]], [[-6, -10, -6]], [[1]]], **AT),
    "offsets": FirMatrix(
        taps=[[[4, 8], [-12, 0]], [[-1, -4], [-2, -1]]],
        offsets=[-24, 3],
        **AT | {"output": Cast(to=SQ(3, 6), rounding=Rounding.HALF_UP)},
    ),
    "unsigned": FirMatrix(
        taps=[[[3, 0, 0, 7], [0, 2]], [[0], [1, 1]]],
        **AT | {"input": UQ(0, 6), "output": Cast(to=UQ(0, 5), overflow=Overflow.WRAP)},
    ),
    "an_unheard_lane": FirMatrix(taps=[[[3, 1], [0]], [[2], [0]]], **AT),
}


@pytest.mark.parametrize("architecture", [None, "serial", "multiplierless"])
@pytest.mark.parametrize("node", NODES.values(), ids=NODES)
def test_contract(node, architecture, seed):
    contract.check_all(lambda: build(node, architecture), node, random.Random(seed), samples=30)


@st.composite
def matrices(draw):
    n_in, n_out, n_taps = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 4))
    tap = st.sampled_from([0, 1, -2, 3, 5, -128, 127])
    part = st.lists(tap, min_size=n_taps, max_size=n_taps)
    row = st.lists(part, min_size=n_in, max_size=n_in).filter(lambda r: any(map(any, r)))
    taps = draw(st.lists(row, min_size=n_out, max_size=n_out))
    offsets = draw(st.lists(st.integers(-999, 999), min_size=n_out, max_size=n_out))
    to = draw(st.sampled_from([SQ(1, 7), SQ(2, 3), SQ(9, 14), UQ(1, 3)]))
    cast = Cast(to=to, rounding=draw(st.sampled_from(Rounding)))
    return FirMatrix(taps=taps, offsets=offsets, **AT | {"output": cast})


@settings(max_examples=25)
@given(matrices(), st.sampled_from([1, "full", "none"]), st.randoms(use_true_random=False))
def test_any_matrix(node, pipeline, rng):
    architecture = {"name": "multiplierless", "pipeline": pipeline, "effort": "quick"}
    contract.check_all(lambda: build(node, architecture), node, rng, samples=16)
    assert from_json(to_json(node)) == node


def test_mirrored_samples_and_common_rows_are_added_once():
    # Three outputs of the same two sums of mirrored samples, scaled: their graphs share both.
    rows = [[[a, 0, a], [b, 0, b]] for a, b in ((1, 1), (3, 1), (1, 5))]
    node = FirMatrix(taps=rows, **AT)
    shared = build(node, "multiplierless").graph.n_adders
    apart = sum(build(FirMatrix(taps=[row], **AT), "multiplierless").graph.n_adders for row in rows)
    assert shared <= apart - 4


def test_a_core_is_built_again_from_what_it_says(seed):
    for name in (None, "serial", "multiplierless"):
        core = build(NODES["square"], name)
        again = build(NODES["square"], core.architecture)
        assert (again.architecture, again.timing) == (core.architecture, core.timing)
    assert set(MATRICES) <= set(architecture_names(NODES["square"]))


def test_inside_compositions(seed):
    row = Series(stages=(NODES["square"], Parallel(filters=(Clip.relu(X), Clip.relu(X)))))
    contract.check_all(lambda: build(row, "multiplierless"), row, random.Random(seed))


def test_another_tap_is_seen(seed):
    other = FirMatrix(taps=[[[3, -70, 3], [5, 1]], [[3, 9, 3], [0, 7, 100]]], **AT)
    with pytest.raises(AssertionError):
        contract.check_all(
            lambda: build(other, "multiplierless"), NODES["square"], random.Random(seed)
        )


@pytest.mark.parametrize(
    ("given", "error", "sentence"),
    [
        ({"taps": [[[1]], [[1], [2]]]}, FilterError, r"got \[1, 2\] inputs"),
        ({"taps": []}, FilterError, "got no inputs"),
        ({"taps": 3}, FilterError, "taps must be a sequence, got 3"),
        ({"taps": [[[128]]]}, TapsError, r"got taps\[0\]\[0\]\[0\] = 128"),
        ({"taps": [[[1]], [[0]]]}, TapsError, "not zero, got none for 1"),
        ({"taps": [[[1]]], "offsets": [1, 2]}, FilterError, "one per output, got 2"),
        ({"taps": [[[1]]], "output": X}, FilterError, "output must be a Cast"),
    ],
)
def test_what_is_refused(given, error, sentence):
    with pytest.raises(error, match=sentence):
        FirMatrix(**AT | given)


def test_the_graph_builds_a_matrix_only():
    with pytest.raises(ArchitectureError, match="builds a FirMatrix, got a Clip"):
        MultiplierlessMatrix(Clip.relu(X))
