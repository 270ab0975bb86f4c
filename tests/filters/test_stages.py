"""Stages without memory: what they refuse, and their JSON."""

import pytest

from fxfir.errors import FilterError
from fxfir.filters import Clip, Select, Sum, Table, from_json, to_json
from fxfir.fixed import SQ, UQ, Cast, Rounding

X = SQ(1, 3)
TABLE = Table(input=X, words=range(-8, 8), to=SQ(2, 2))


@pytest.mark.parametrize(
    "node",
    [
        Clip(input=X, lo=-3, hi=5),
        Clip.relu(UQ(0, 4)),
        Select(input=X, count=3, index=SQ(3, 0)),
        TABLE,
        Sum(inputs=[X, UQ(2, 5)], output=Cast(to=X, rounding=Rounding.CEIL)),
        Sum(inputs=[X], output=Cast(to=X), offset=-3),
    ],
)
def test_json_round_trip(node):
    assert from_json(to_json(node)) == node
    assert len(node.inputs) == node.n_in
    assert len(node.outputs) == node.n_out == 1


def test_the_accumulator_of_a_sum_holds_every_sum():
    assert Sum(inputs=[X, UQ(2, 5)], output=Cast(to=X)).acc == SQ(4, 5)
    assert Sum(inputs=[UQ(1, 0)] * 3, output=Cast(to=X)).acc == UQ(2, 0)
    assert Sum(inputs=[UQ(1, 0)] * 3, output=Cast(to=X), offset=-4).acc_range == (-4, -1)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Clip(input=X, lo=-9, hi=1), r"lo of a clip must fit sfix4_En3 .* got -9"),
        (lambda: Clip(input=X, lo=2, hi=1), "must not exceed hi, got 2 and 1"),
        (lambda: Clip(input="sfix4", lo=0, hi=1), "input must be a Format"),
        (lambda: Clip(input=X, lo=0.5, hi=1), "lo must be an integer"),
        (lambda: Select(input=X, count=1, index=UQ(2, 0)), "at least 2 lanes, got 1"),
        (lambda: Select(input=X, count=5, index=UQ(2, 0)), "reaches 4, got ufix2_En0"),
        (lambda: Select(input=X, count=2, index=UQ(2, 1)), "integer that reaches 1"),
        (lambda: Sum(inputs=[], output=Cast(to=X)), "at least one lane"),
        (lambda: Sum(inputs=[X, 3], output=Cast(to=X)), r"inputs\[1\] must be a Format"),
        (lambda: Sum(inputs=[X], output=X), "output must be a Cast"),
        (lambda: Sum(inputs=[X], output=Cast(to=X), offset=0.5), "offset must be an integer"),
        (lambda: Table(input=SQ(1, 16), words=[0], to=X), "at most 16 bits, got sfix17_En16"),
        (lambda: Table(input=X, words=[0] * 15, to=X), "needs 16 words for sfix4_En3, got 15"),
        (lambda: Table(input=X, words=[0] * 15 + [8], to=X), r"got words\[15\] = 8"),
    ],
)
def test_what_is_refused(make, sentence):
    with pytest.raises(FilterError, match=sentence):
        make()
