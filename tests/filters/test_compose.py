"""Compositions: lanes, formats where stages meet, and every refusal."""

import pytest
from hypothesis import given

from fxfir.errors import FilterError
from fxfir.filters import Bank, FixedFir, Interleave, Node, Parallel, Requantise, Series
from fxfir.fixed import SQ, UQ, Cast
from tests.filters import strategies

A, B, C = SQ(1, 7), SQ(1, 9), UQ(8, 0)


def through(source, to):
    return Requantise(input=source, cast=Cast(to=to))


def test_lanes_of_each():
    bank = Bank(filters=[through(A, B), through(A, C), through(A, A)])
    assert (bank.n_in, bank.n_out) == (1, 3)
    assert bank.inputs == (A,)
    assert bank.outputs == (B, C, A)
    lanes = Parallel(filters=[through(B, A), through(C, A), through(A, C)])
    assert (lanes.n_in, lanes.n_out) == (3, 3)
    assert lanes.inputs == (B, C, A)
    assert lanes.outputs == (A, A, C)
    series = Series(stages=[bank, lanes])
    assert (series.n_in, series.n_out) == (1, 3)
    assert series.inputs == (A,)
    assert series.outputs == (A, A, C)
    nested = Parallel(filters=[series, through(C, C)])
    assert (nested.n_in, nested.n_out) == (2, 4)
    assert nested.inputs == (A, C)


@given(strategies.nodes())
def test_every_node_counts_its_lanes(node):
    assert isinstance(node, Node)
    assert node.n_in == len(node.inputs)
    assert node.n_out == len(node.outputs)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Series(stages=[]), "stages must hold at least one filter, got none"),
        (lambda: Bank(filters=()), "filters must hold at least one filter, got none"),
        (lambda: Parallel(filters=()), "filters must hold at least one filter, got none"),
        (lambda: Series(stages=[through(A, B), 7]), r"stages must be filters, got stages\[1\] = 7"),
        (
            lambda: Series(stages=[through(A, B), through(C, A)]),
            r"stages must meet in lanes and formats, got stages\[0\] giving \(sfix10_En9\) and",
        ),
        (
            lambda: Series(stages=[Bank(filters=[through(A, B)] * 2), through(B, A)]),
            r"got stages\[0\] giving \(sfix10_En9, sfix10_En9\) and stages\[1\] reading \(sfix10",
        ),
        (
            lambda: Bank(filters=[through(A, B), through(B, A)]),
            r"same input \(sfix8_En7\), got filters\[1\] reading \(sfix10_En9\)",
        ),
        (lambda: Requantise(input="sfix8", cast=Cast(to=A)), "input must be a Format, got 'sfix8'"),
        (lambda: Requantise(input=A, cast=A), "cast must be a Cast, got Format"),
    ],
)
def test_refused(make, message):
    with pytest.raises(FilterError, match=message):
        make()


@pytest.mark.parametrize(
    ("filters", "channels", "message"),
    [
        ([through(A, B)], 1, "^channels must be from 2 to 64, got 1$"),
        ([through(A, B)], 65, "^channels must be from 2 to 64, got 65$"),
        ([through(A, B)], 2.0, "^channels must be an integer, got 2.0$"),
        (
            [through(A, B)] * 3,
            2,
            "^filters must be one for all or one for each of 2 channels, got 3$",
        ),
        ([], 2, "got 0$"),
        ([through(A, B), 5], 2, r"^filters must be filters, got filters\[1\] = 5$"),
        ([Parallel(filters=[through(A, B)] * 2)], 2, r"one input lane, got filters\[0\] with 2$"),
        (
            [Bank(filters=[through(A, B)] * 2), Bank(filters=[through(A, B), through(A, C)])],
            2,
            r"output format sfix10_En9, sfix10_En9, got sfix10_En9, ufix8_En0 in filters\[1\]$",
        ),
        (
            [through(A, B), through(A, C)],
            2,
            r"same output format sfix10_En9, got ufix8_En0 in filters\[1\]$",
        ),
        ([through(A, B), through(C, B)], 2, "^channels must have the same input format sfix8_En7"),
    ],
)
def test_channels_refused(filters, channels, message):
    with pytest.raises(FilterError, match=message):
        Interleave(filters=filters, channels=channels)


def test_equal_channels_are_one_filter():
    node = Interleave(filters=[through(A, B)] * 3, channels=3)
    assert node.filters == (through(A, B),)
    assert node.of_channels == (through(A, B),) * 3
    assert node == Interleave(filters=(through(A, B),), channels=3)
    assert node != Interleave(filters=(through(A, B),), channels=2)
    assert (node.n_in, node.n_out, node.inputs, node.outputs) == (1, 1, (A,), (B,))
    bank = Bank(filters=[through(A, B), through(A, C)])
    node = Interleave(filters=(bank, bank), channels=2)
    assert (node.n_in, node.n_out, node.inputs, node.outputs) == (1, 2, (A,), (B, C))


def test_formats_that_only_differ_in_the_binary_point_do_not_meet():
    with pytest.raises(FilterError, match="stages must meet"):
        Series(stages=[through(A, SQ(2, 6)), through(A, A)])


def test_a_fir_meets_what_it_gives():
    fir = FixedFir(taps=(1,), coeff=SQ(2, 0), input=A, output=Cast(to=B))
    assert Series(stages=(fir, through(B, C))).outputs == (C,)
