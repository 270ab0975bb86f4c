"""Sets of taps: what they refuse, their formats and their JSON."""

import pytest

from fxfir.errors import FilterError, TapsError
from fxfir.filters import Clip, FixedFir, Series, SwitchedFir, from_json, set_width, to_json
from fxfir.fixed import SQ, UQ, Cast

X = SQ(1, 7)
SETS = SwitchedFir(taps=((1, -2), (3,), (0, 0, 5)), coeff=SQ(4, 0), input=X, output=Cast(to=X))


def fir(taps, coeff=None, **given):
    fields = {"input": X, "output": Cast(to=X)} | given
    return FixedFir(taps=taps, coeff=coeff or SQ(4, 0), **fields)


def test_sets_are_filled_up_and_keep_their_own_filters():
    assert SETS.taps == ((1, -2, 0), (3, 0, 0), (0, 0, 5))
    assert (SETS.n_sets, SETS.n_taps, SETS.index) == (3, 3, UQ(2, 0))
    assert SETS.inputs == (X, UQ(2, 0))
    assert SETS.sets[0] == fir((1, -2, 0))
    assert SETS.acc_range == (-640, 635)
    assert from_json(to_json(SETS)) == SETS


def test_joined_filters_keep_the_values_of_their_taps():
    joined = SwitchedFir.of_filters((fir((1, -2)), fir((3,), SQ(2, 2)), fir((7,), SQ(2, 2))))
    assert joined.taps == ((4, -8), (3, 0), (7, 0))
    assert joined.coeff == SQ(2, 2)
    assert SwitchedFir.of_filters((fir((1,)), fir((2,)))).coeff == SQ(4, 0)


def test_the_number_is_a_lane_of_its_own_at_the_entrance_only():
    assert set_width(SETS) == 2
    assert set_width(Series(stages=(SETS, Clip.relu(X)))) == 2
    assert set_width(fir((1,))) == 0
    assert set_width(Series(stages=(Clip.relu(X), fir((1,))))) == 0


def sets(**given):
    fields = {"taps": ((1,), (2,)), "coeff": SQ(4, 0), "input": X, "output": Cast(to=X)}
    return SwitchedFir(**(fields | given))


@pytest.mark.parametrize(
    ("make", "error", "sentence"),
    [
        (lambda: sets(taps=((1,),)), FilterError, "from 2 to 256, got 1"),
        (lambda: sets(taps=[(1,)] * 257), FilterError, "from 2 to 256, got 257"),
        (lambda: sets(taps="12"), FilterError, "sequence of sets, got '12'"),
        (lambda: sets(taps=((1,), (8,))), TapsError, r"set 1: .* got taps\[0\] = 8"),
        (lambda: sets(taps=((1,), (0,))), TapsError, "set 1: at least one tap must differ"),
        (lambda: sets(taps=((1,), (0.5,))), FilterError, r"taps\[1\]\[0\] must be an integer"),
        (lambda: sets(input=8), FilterError, "input must be a Format"),
        (lambda: sets(output=X), FilterError, "output must be a Cast"),
        (lambda: SwitchedFir.of_filters(()), FilterError, "from 2 to 256, got 0"),
        (
            lambda: SwitchedFir.of_filters((fir((1,)), fir((1,), output=Cast(to=SQ(1, 8))))),
            FilterError,
            "same formats, .* sfix9_En8 in set 1",
        ),
    ],
)
def test_what_is_refused(make, error, sentence):
    with pytest.raises(error, match=sentence):
        make()
